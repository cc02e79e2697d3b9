//! The order of an epoch and the augmentation of its images, from seeds.

use nin_net::{Affine, EpochPlan, Random, Stream};
use serde::{Deserialize, Serialize};

use crate::DataError;

/// How far training images are moved at random, anew in each epoch. Every amount is drawn uniformly in ±; 0 is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Rotation about the centre, in degrees.
    pub rotation_degrees: f32,
    /// Shift along x and, independently, along y, in pixels of the source image.
    pub shift_pixels: f32,
    /// Scale, in percent of the size.
    pub scale_percent: f32,
    /// Horizontal shear, as the slant of upright lines in degrees.
    pub shear_degrees: f32,
}

impl Augmentation {
    /// Whether nothing moves.
    pub fn is_none(&self) -> bool {
        *self == Augmentation::default()
    }

    /// Checks that every amount makes sense.
    ///
    /// # Errors
    /// [`DataError::Augmentation`] names the amount that is negative, too large or not a number.
    pub fn check(&self) -> Result<(), DataError> {
        let amounts = [
            ("rotation_degrees", self.rotation_degrees, 180.0),
            ("shift_pixels", self.shift_pixels, 512.0),
            ("scale_percent", self.scale_percent, 90.0),
            ("shear_degrees", self.shear_degrees, 80.0),
        ];
        for (name, found, most) in amounts {
            if !(0.0..=most).contains(&found) {
                return Err(DataError::Augmentation { name, found, most });
            }
        }
        Ok(())
    }

    /// One draw. All five numbers are always drawn, so that switching one amount off leaves the others' draws alone.
    fn draw(&self, random: &mut Random) -> Affine {
        let mut amount = |most: f32| random.uniform(-most, most);
        let angle = amount(self.rotation_degrees).to_radians();
        let (x0, y0) = (amount(self.shift_pixels), amount(self.shift_pixels));
        let zoom = 1.0 / (1.0 + amount(self.scale_percent) / 100.0);
        let slant = amount(self.shear_degrees).to_radians().tan();
        let (sine, cosine) = angle.sin_cos();
        // zoom · rotation [c −s; s c] · shear [1 slant; 0 1], from output to source pixels.
        Affine {
            xx: zoom * cosine,
            xy: zoom * (cosine * slant - sine),
            x0,
            yx: zoom * sine,
            yy: zoom * (sine * slant + cosine),
            y0,
        }
    }
}

/// The plan of one epoch over `count` training images (fewer than 2³²): a shuffled order, and a transform for each of
/// its entries if `augmentation` moves anything. Same arguments, same plan.
pub fn epoch_plan(count: usize, seed: u64, epoch: u64, augmentation: &Augmentation) -> EpochPlan {
    let mut order: Vec<u32> = (0..count as u32).collect();
    Random::new(seed, Stream::Order, epoch).shuffle(&mut order);
    if augmentation.is_none() {
        return EpochPlan { order, transforms: Vec::new() };
    }
    let mut random = Random::new(seed, Stream::Augmentation, epoch);
    let transforms = (0..count).map(|_| augmentation.draw(&mut random)).collect();
    EpochPlan { order, transforms }
}
