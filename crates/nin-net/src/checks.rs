//! What every engine asks of its arguments before it computes: part of the contract, so written once.

use crate::{EngineError, EpochPlan, Layout, NetworkState, Step};

impl EpochPlan {
    /// Whether it fits a training set of `images` images.
    ///
    /// # Errors
    /// [`EngineError::Input`] for an index beyond the images, or transforms that are not one per index.
    pub fn check(&self, images: usize) -> Result<(), EngineError> {
        if let Some(index) = self.order.iter().find(|&&index| index as usize >= images) {
            return Err(EngineError::Input(format!(
                "the order names image {index}, but {images} training images are loaded"
            )));
        }
        if !self.transforms.is_empty() && self.transforms.len() != self.order.len() {
            let (found, order) = (self.transforms.len(), self.order.len());
            let message = format!("{found} transforms came with {order} indices: expected one each, or none");
            return Err(EngineError::Input(message));
        }
        Ok(())
    }
}

impl Step {
    /// Whether it has 1 to `batch` images and ends within an order of `order` places.
    ///
    /// # Errors
    /// [`EngineError::Input`] if not.
    pub fn check(&self, batch: usize, order: usize) -> Result<(), EngineError> {
        let count = self.count as usize;
        if count == 0 || count > batch {
            let message = format!("a step of {count} images was asked for: expected 1 to {batch}");
            return Err(EngineError::Input(message));
        }
        let end = u64::from(self.first) + u64::from(self.count);
        if end > order as u64 {
            let message =
                format!("a step ends at place {end} of an order of {order}: call begin_epoch first");
            return Err(EngineError::Input(message));
        }
        Ok(())
    }
}

impl NetworkState {
    /// Whether parameters and moments are as many as the network has.
    ///
    /// # Errors
    /// [`EngineError::Input`] names the part that is not.
    pub fn check(&self, layout: &Layout) -> Result<(), EngineError> {
        let expected = layout.parameter_count;
        let parts = [
            ("parameters", self.parameters.len()),
            ("first moments", self.first_moment.len()),
            ("second moments", self.second_moment.len()),
        ];
        match parts.into_iter().find(|&(_, found)| found != expected) {
            Some((what, found)) => {
                Err(EngineError::Input(format!("the network needs {expected} {what}, found {found}")))
            }
            None => Ok(()),
        }
    }
}
