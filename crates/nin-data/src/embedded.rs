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
    embedded_from_files(IMAGES, LABELS)
}

/// The same from the content of the two files, for a program that loads them when they are needed.
///
/// # Errors
/// [`DataError::Format`] if they are not the IDX files that come with nin.
pub fn embedded_from_files(images: &[u8], labels: &[u8]) -> Result<Dataset, DataError> {
    let mut train = idx::digits(("the embedded images", images), ("the embedded labels", labels))?;
    let test = train.split_off(TRAIN.min(train.len()));
    Ok(Dataset::new("embedded".to_owned(), train, test))
}
