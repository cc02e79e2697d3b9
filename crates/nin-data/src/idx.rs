//! IDX, MNIST's file format, plain or gzipped: two zeros, type 8 (unsigned byte), the number of dimensions, the
//! dimensions (32 bits, big-endian), then the bytes, last dimension fastest (<http://yann.lecun.com/exdb/mnist/>).

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::{DataError, Dataset, Digits};

/// No file of a dataset is larger than this unpacked, whatever its header or its gzip claims.
pub(crate) const MAX_UNPACKED: usize = 1 << 30;
/// No image is larger than this.
pub(crate) const MAX_SIDE: usize = 512;

/// A file's name for error messages, and its bytes, plain or gzipped.
pub(crate) type Named<'a> = (&'a str, &'a [u8]);

/// A dataset from the content of its four IDX files, each plain or gzipped. `name` is for people.
///
/// # Errors
/// [`DataError::Format`] if a file is not IDX of bytes, is cut short or too long, if images are not square (1 to 512
/// pixels), if training and test images differ in size, if images and labels differ in number, or if a label is over 9.
pub fn from_idx_files(
    name: &str,
    train_images: &[u8],
    train_labels: &[u8],
    test_images: &[u8],
    test_labels: &[u8],
) -> Result<Dataset, DataError> {
    from_files(
        name,
        [
            ("the training images", train_images),
            ("the training labels", train_labels),
            ("the test images", test_images),
            ("the test labels", test_labels),
        ],
    )
}

/// As [`from_idx_files`], with files that have names of their own.
pub(crate) fn from_files(name: &str, files: [Named<'_>; 4]) -> Result<Dataset, DataError> {
    let [train_images, train_labels, test_images, test_labels] = files;
    let (train, test) = (digits(train_images, train_labels)?, digits(test_images, test_labels)?);
    if train.side != test.side {
        let size = |side| format!("images of {side}×{side} pixels");
        return Err(format_error(test_images.0, size(train.side) + " as for training", size(test.side)));
    }
    Ok(Dataset::new(name.to_owned(), train, test))
}

/// Images with their labels.
pub(crate) fn digits(images: Named<'_>, labels: Named<'_>) -> Result<Digits, DataError> {
    let ([count, height, width], pixels) = read(images.0, images.1)?;
    if height != width || !(1..=MAX_SIDE).contains(&height) {
        let expected = format!("square images of 1 to {MAX_SIDE} pixels a side");
        return Err(format_error(images.0, expected, format!("{height}×{width} pixels")));
    }
    let ([labelled], labels_of) = read(labels.0, labels.1)?;
    if labelled != count {
        let expected = format!("{count} labels, one per image of {}", images.0);
        return Err(format_error(labels.0, expected, labelled.to_string()));
    }
    if let Some(at) = labels_of.iter().position(|&label| label > 9) {
        let found = format!("label {} at place {at}", labels_of[at]);
        return Err(format_error(labels.0, "labels from 0 to 9", found));
    }
    Ok(Digits { side: height, images: pixels, labels: labels_of })
}

/// Dimensions and content of an IDX file of bytes. Memory grows with what is there, not with what a header claims.
fn read<const D: usize>(name: &str, bytes: &[u8]) -> Result<([usize; D], Vec<u8>), DataError> {
    let mut source = unpacked(bytes);
    let mut head = [0u8; 4];
    let broken = |error: std::io::Error| format_error(name, "an IDX file", error.to_string());
    source.read_exact(&mut head).map_err(broken)?;
    if head != [0, 0, 8, D as u8] {
        let expected = format!("an IDX file that starts with 0 0 8 {D}");
        return Err(format_error(name, expected, format!("{} {} {} {}", head[0], head[1], head[2], head[3])));
    }
    let mut sizes = [0usize; D];
    for size in &mut sizes {
        let mut word = [0u8; 4];
        source.read_exact(&mut word).map_err(broken)?;
        *size = u32::from_be_bytes(word) as usize;
    }
    let length = sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    let Some(length) = length.filter(|length| (1..=MAX_UNPACKED).contains(length)) else {
        return Err(format_error(
            name,
            format!("1 to {MAX_UNPACKED} bytes"),
            format!("dimensions {sizes:?}"),
        ));
    };
    let mut content = Vec::new();
    // One byte more than belongs there: shows a file that is too long, and lets gzip check its own checksum.
    source.take(length as u64 + 1).read_to_end(&mut content).map_err(broken)?;
    if content.len() != length {
        let found = if content.len() > length { "more".to_owned() } else { content.len().to_string() };
        return Err(format_error(name, format!("{length} bytes after the header"), found));
    }
    Ok((sizes, content))
}

/// The bytes themselves, or what they unpack to if they are gzip.
pub(crate) fn unpacked<'a>(bytes: &'a [u8]) -> Box<dyn Read + 'a> {
    if bytes.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(bytes)) } else { Box::new(bytes) }
}

pub(crate) fn format_error(file: &str, expected: impl Into<String>, found: impl Into<String>) -> DataError {
    DataError::Format { file: file.to_owned(), expected: expected.into(), found: found.into() }
}
