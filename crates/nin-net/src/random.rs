//! The one random generator: PCG-64 (XSL-RR 128/64, O'Neill 2014), and the few distributions that nin draws.
//!
//! The distributions are written out here, not taken from a library, so that a seed keeps its meaning for ever.

use rand_core::Rng;
use rand_pcg::Pcg64;

/// Name and version of the generator and its distributions, as written into checkpoints.
pub const RANDOM_VERSION: &str = "pcg64-1";

/// What a stream of random numbers is for. Streams of one seed are independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Stream {
    /// Initial values of a network and of grown layers.
    Initial = 1,
    /// The order of the training images.
    Order = 2,
    /// Shifts, rotations and scales.
    Augmentation = 3,
}

/// A seeded generator.
///
/// ```
/// use nin_net::{Random, Stream};
/// let (mut a, mut b) = (Random::new(7, Stream::Order, 3), Random::new(7, Stream::Order, 3));
/// assert_eq!(a.below(1000), b.below(1000));
/// ```
#[derive(Clone, Debug)]
pub struct Random(Pcg64);

impl Random {
    /// The generator of `seed` for one `stream`; `part` numbers what is drawn anew (the epoch, the stage).
    pub fn new(seed: u64, stream: Stream, part: u64) -> Self {
        let state = (u128::from(part) << 64) | u128::from(seed);
        Random(Pcg64::new(state, stream as u128))
    }

    /// Uniform in `[low, high)`, from 24 random bits.
    pub fn uniform(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.0.next_u64() >> 40) as f32 * (1.0 / 16_777_216.0);
        low + (high - low) * unit
    }

    /// Uniform in `0..n` (0 if `n` is 0), by the high half of a 64×32-bit product; its bias is below 2⁻³².
    pub fn below(&mut self, n: u32) -> u32 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u32
    }

    /// Shuffles in place (Fisher–Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
    }
}
