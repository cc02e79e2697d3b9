//! What can be wrong with data.

#[cfg(not(target_arch = "wasm32"))]
use std::path::Path;

/// Why there is no dataset.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    /// A file is not what its place asks for.
    #[error("{file}: expected {expected}, found {found}; use the original file")]
    Format {
        /// Which file.
        file: String,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A picture with more pixels than is sensible.
    #[error("{file} has {width}×{height} pixels: expected at most {most_millions} million; make it smaller")]
    TooLarge {
        /// Which file.
        file: String,
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Millions of pixels that are read.
        most_millions: u64,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {path}: {reason}")]
    File {
        /// `read`, `write`.
        action: &'static str,
        /// Which file or folder.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// A folder lacks one of the four files.
    #[error(
        "{folder} has no {file} (nor {file}.gz): a data folder holds the four IDX files of MNIST, plain or gzipped"
    )]
    Missing {
        /// Which folder.
        folder: String,
        /// Which file.
        file: &'static str,
    },
    /// A folder with nothing in it that could be digits.
    #[error(
        "{folder} holds no digits: expected the four IDX files of MNIST (train-images-idx3-ubyte and its like), or \
         folders 0 to 9 of PNG or JPEG pictures, there or in train/ and test/"
    )]
    NoDigits {
        /// Which folder.
        folder: String,
    },
    /// Neither a known name nor a folder.
    #[error(
        "no data at `{name}`: expected embedded, mnist, fashion-mnist, or a folder that holds four IDX files or pictures"
    )]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// No mirror gave the file.
    #[error(
        "cannot download {file} ({attempts}); try again, or put the four IDX files into a folder and name the folder as the data"
    )]
    Download {
        /// Which file.
        file: &'static str,
        /// Each address with what was wrong.
        attempts: String,
    },
    /// No mirror was even reached.
    #[error(
        "cannot download {file}, for no mirror can be reached: is this machine offline? ({attempts}); connect it, train \
         on the embedded digits, or put the four IDX files into a folder and name the folder as the data"
    )]
    Offline {
        /// Which file.
        file: &'static str,
        /// Each address with what was wrong.
        attempts: String,
    },
    /// Too few images to hold some out.
    #[error("cannot hold out {count} of {images} training images: expected 1 to {}", .images.saturating_sub(1))]
    HoldOut {
        /// Images to hold out.
        count: usize,
        /// Training images there are.
        images: usize,
    },
    /// An amount of augmentation out of range.
    #[error("augmentation's {name} is {found}: expected 0 to {most}")]
    Augmentation {
        /// Which amount.
        name: &'static str,
        /// What was asked for.
        found: f32,
        /// The largest that makes sense.
        most: f32,
    },
}

/// Of a file or folder that the system refuses.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn file_error(action: &'static str, path: &Path, error: &std::io::Error) -> DataError {
    DataError::File { action, path: path.display().to_string(), reason: error.to_string() }
}
