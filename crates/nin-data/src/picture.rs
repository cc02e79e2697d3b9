//! Pictures of digits: PNG or JPEG of any size and mode, drawn on a screen or photographed on paper, as ink.
//!
//! The ground is estimated where it is, so that a shadow over the paper is ground too; ink is what differs from the
//! ground, darker or lighter, whichever leaves the calmer ground.

mod decode;
mod ground;
mod specks;

use crate::{DataError, Ink};
use decode::Picture;

/// Parts of full contrast below which nothing counts as drawn: what a camera makes of empty paper stays under it.
const FAINTEST: f32 = 0.12;
/// One pixel of so many may be darker than the darkest ink: dust, or noise.
const OUTLIERS: usize = 50_000;
/// The least number of such pixels.
const FEWEST_OUTLIERS: usize = 3;

/// The ink in a picture file's bytes; all zeros if the picture is blank. `file` is named in errors.
///
/// PNG and JPEG, grey or coloured, with palette, 16 bits or alpha, turned as its EXIF data says; dark ink on a light
/// ground or light on dark. [`normalise_drawing`](crate::normalise_drawing) makes a digit of it.
///
/// # Errors
/// [`DataError::Format`] if the bytes are no whole PNG or JPEG, [`DataError::TooLarge`] if the picture has over 50 million
/// pixels.
pub fn read_picture(file: &str, bytes: &[u8]) -> Result<Ink, DataError> {
    let picture = decode::read(file, bytes)?;
    let (width, height) = (picture.width, picture.height);
    let contrast = match &picture.opacity {
        Some(opacity) if picture.is_of_one_colour(opacity) => opacity.clone(),
        Some(opacity) => ground::contrast(&picture.on_its_ground(opacity), width),
        None => ground::contrast(&picture.light, width),
    };
    let mut ink = Ink { width, height, values: values(&contrast) };
    specks::remove(&mut ink);
    Ok(ink)
}

/// Contrasts as ink: the strongest, outliers left aside, is full ink.
fn values(contrast: &[f32]) -> Vec<u8> {
    let mut sorted = contrast.to_vec();
    let outliers = (contrast.len() / OUTLIERS).max(FEWEST_OUTLIERS).min(contrast.len() - 1);
    let (_, peak, _) = sorted.select_nth_unstable_by(outliers, |a, b| b.total_cmp(a));
    if *peak < FAINTEST {
        return vec![0; contrast.len()];
    }
    contrast.iter().map(|value| (255.0 * value / *peak).round() as u8).collect()
}

impl Picture {
    /// Whether what is opaque is of one brightness: then it is ink on nothing, else paper with ink on it.
    fn is_of_one_colour(&self, opacity: &[f32]) -> bool {
        const SPREAD: f32 = 0.25;
        let (mut lightest, mut darkest) = (0.0_f32, 1.0_f32);
        for (&light, _) in self.light.iter().zip(opacity).filter(|(_, opacity)| **opacity > 0.9) {
            lightest = lightest.max(light);
            darkest = darkest.min(light);
        }
        lightest - darkest < SPREAD
    }

    /// The brightness of what is opaque, over its own median.
    fn on_its_ground(&self, opacity: &[f32]) -> Vec<f32> {
        let opaque = self.light.iter().zip(opacity).filter(|(_, opacity)| **opacity > 0.9);
        let mut opaque: Vec<f32> = opaque.map(|(light, _)| *light).collect();
        let middle = opaque.len() / 2;
        let ground = match opaque.is_empty() {
            true => 1.0,
            false => *opaque.select_nth_unstable_by(middle, f32::total_cmp).1,
        };
        self.light.iter().zip(opacity).map(|(light, opacity)| ground + opacity * (light - ground)).collect()
    }
}
