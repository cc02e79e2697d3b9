//! Resident images, as bytes.

use nin_net::{EngineError, ImageSet};

/// A resident set of images.
#[derive(Debug, Default)]
pub struct Images {
    side: usize,
    bytes: Vec<u8>,
    labels: Vec<u8>,
}

impl Images {
    /// Copies `set` after checking it.
    pub fn new(set: ImageSet<'_>) -> Result<Self, EngineError> {
        let count = count(set.side, set.images)?;
        if set.labels.len() != count {
            let message = format!("{count} images came with {} labels: expected one each", set.labels.len());
            return Err(EngineError::Input(message));
        }
        if let Some(label) = set.labels.iter().find(|&&label| usize::from(label) >= nin_net::CLASSES) {
            return Err(EngineError::Input(format!("label {label} is no digit: expected 0 to 9")));
        }
        Ok(Images { side: set.side, bytes: set.images.to_vec(), labels: set.labels.to_vec() })
    }

    /// The same without labels (they are all 0).
    pub fn unlabelled(side: usize, bytes: &[u8]) -> Result<Self, EngineError> {
        let labels = vec![0; count(side, bytes)?];
        Ok(Images { side, bytes: bytes.to_vec(), labels })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Height and width in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Bytes of all pixels and labels.
    pub fn byte_count(&self) -> usize {
        self.bytes.len() + self.labels.len()
    }

    /// Label of an image.
    pub fn label(&self, index: usize) -> usize {
        usize::from(self.labels[index])
    }

    /// Pixels of an image.
    pub fn bytes(&self, index: usize) -> &[u8] {
        &self.bytes[index * self.side * self.side..][..self.side * self.side]
    }
}

fn count(side: usize, bytes: &[u8]) -> Result<usize, EngineError> {
    if side == 0 || !bytes.len().is_multiple_of(side * side) {
        let message = format!("{} bytes are not whole images of {side}×{side} pixels", bytes.len());
        return Err(EngineError::Input(message));
    }
    Ok(bytes.len() / (side * side))
}
