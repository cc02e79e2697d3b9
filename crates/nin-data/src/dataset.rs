//! Images with labels, and a training and a test set of them.

use nin_net::ImageSet;
use sha2::{Digest as _, Sha256};

use crate::DataError;

/// Square grey images with a label 0–9 each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// Height and width in pixels.
    pub side: usize,
    /// `[N, side, side]`, row-major, 0 is background.
    pub images: Vec<u8>,
    /// `[N]`.
    pub labels: Vec<u8>,
}

impl Digits {
    /// How many images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The images as engines take them.
    pub fn as_set(&self) -> ImageSet<'_> {
        ImageSet { side: self.side, images: &self.images, labels: &self.labels }
    }

    /// The first `count` images, or all if there are fewer.
    pub fn take(mut self, count: usize) -> Digits {
        self.labels.truncate(count);
        self.images.truncate(self.labels.len() * self.side * self.side);
        self
    }

    /// A copy of the first `count` images, or of all if there are fewer.
    pub fn first(&self, count: usize) -> Digits {
        let count = count.min(self.len());
        Digits {
            side: self.side,
            images: self.images[..count * self.side * self.side].to_vec(),
            labels: self.labels[..count].to_vec(),
        }
    }

    /// Cuts off everything from image `at` on, and returns it.
    pub(crate) fn split_off(&mut self, at: usize) -> Digits {
        Digits {
            side: self.side,
            images: self.images.split_off(at * self.side * self.side),
            labels: self.labels.split_off(at),
        }
    }
}

/// What a network learns from and what it is tested on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// For people: where it came from, and what is held out.
    pub name: String,
    /// The images that are learned from.
    pub train: Digits,
    /// The images that are held out, as large as those of `train`.
    pub test: Digits,
    /// Identity of the content, 64 hexadecimal digits: SHA-256 over, for both sets as they were opened, side and count
    /// (8 bytes each, little-endian), images, labels.
    pub sha256: String,
}

impl Dataset {
    pub(crate) fn new(name: String, train: Digits, test: Digits) -> Dataset {
        let mut hash = Sha256::new();
        for digits in [&train, &test] {
            hash.update((digits.side as u64).to_le_bytes());
            hash.update((digits.len() as u64).to_le_bytes());
            hash.update(&digits.images);
            hash.update(&digits.labels);
        }
        Dataset { name, train, test, sha256: hexadecimal(&hash.finalize()) }
    }

    /// The last `count` training images in place of the test set: for choosing settings without looking at the test
    /// set. The identity stays that of the whole; the name says what is held out.
    ///
    /// # Errors
    /// [`DataError::HoldOut`] unless at least one image is held out and one is left.
    pub fn hold_out(mut self, count: usize) -> Result<Dataset, DataError> {
        let images = self.train.len();
        if count == 0 || count >= images {
            return Err(DataError::HoldOut { count, images });
        }
        self.test = self.train.split_off(images - count);
        self.name = format!("{}, its last {count} training images held out", self.name);
        Ok(self)
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
