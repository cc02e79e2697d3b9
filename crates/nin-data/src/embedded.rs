//! The digits that come with the program. `assets/README.md` says where they are from.

use crate::{DataError, Dataset, idx};

const IMAGES: &[u8] = include_bytes!("../../../assets/digits-images-idx3-ubyte.gz");
const LABELS: &[u8] = include_bytes!("../../../assets/digits-labels-idx1-ubyte.gz");
const TRAIN: usize = 8000;

/// 10,000 digits of MNIST, 28×28, evenly mixed by class: the first 8,000 for training, the last 2,000 for testing.
///
/// # Errors
/// [`DataError::Format`] if the program was built with other files.
pub fn embedded() -> Result<Dataset, DataError> {
    let mut train = idx::digits(("the embedded images", IMAGES), ("the embedded labels", LABELS))?;
    let test = train.split_off(TRAIN.min(train.len()));
    Ok(Dataset::new("embedded".to_owned(), train, test))
}
