//! How a byte of an image becomes an input value.

/// Side of MNIST's square images, in pixels.
pub const IMAGE_SIDE: usize = 28;
/// Mean of MNIST's training pixels, in 0–1.
pub const MEAN: f32 = 0.1307;
/// Standard deviation of MNIST's training pixels, in 0–1.
pub const STANDARD_DEVIATION: f32 = 0.3081;

/// `(byte / 255 − mean) / standard deviation`, rounded in PyTorch's order (`ToTensor`, then `Normalize`).
///
/// Engines look values up in a table of the 256 results, so that all of them start from the same bits.
pub fn normalise(byte: u8) -> f32 {
    (f32::from(byte) / 255.0 - MEAN) / STANDARD_DEVIATION
}
