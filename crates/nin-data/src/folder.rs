//! Datasets by name or from a folder.

use std::{fs, path::Path};

use crate::{DataError, Dataset, download, embedded, idx};

/// Training images and labels, test images and labels: each under both spellings in use.
const NAMES: [[&str; 2]; 4] = [
    ["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
    ["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
    ["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"],
    ["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"],
];

/// A dataset by name (`embedded`, `mnist`, `fashion-mnist`) or from a folder of IDX files.
///
/// `mnist` and `fashion-mnist` are downloaded once into the user's cache folder, checked against known SHA-256 sums.
/// `progress` hears of a download: the file's name, bytes so far, bytes in all if known. The environment variable
/// `NIN_MNIST_MIRROR` names another place (a URL up to the file's name) to download from.
///
/// # Errors
/// [`DataError`]: unknown name, missing or wrong files, no download.
pub fn open(source: &str, progress: &mut dyn FnMut(&str, u64, Option<u64>)) -> Result<Dataset, DataError> {
    match source {
        "embedded" => embedded(),
        "mnist" => download::open(&download::MNIST, progress),
        "fashion-mnist" => download::open(&download::FASHION_MNIST, progress),
        folder if Path::new(folder).is_dir() => read_folder(Path::new(folder)),
        name => Err(DataError::Unknown { name: name.to_owned() }),
    }
}

/// The dataset of the four IDX files in a folder, under MNIST's usual names, each plain or gzipped (`.gz`).
///
/// # Errors
/// [`DataError::Missing`], [`DataError::File`] or [`DataError::Format`], with the file's name.
pub fn read_folder(path: &Path) -> Result<Dataset, DataError> {
    let [a, b, c, d] = &NAMES;
    let files = [read_one(path, a)?, read_one(path, b)?, read_one(path, c)?, read_one(path, d)?];
    dataset(&path.display().to_string(), &files)
}

/// The content of a file, plain or gzipped, with its path for error messages.
pub(crate) struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// The dataset of training images and labels, test images and labels.
pub(crate) fn dataset(name: &str, files: &[File; 4]) -> Result<Dataset, DataError> {
    idx::from_files(name, files.each_ref().map(|file| (&*file.path, &*file.bytes)))
}

/// The first of the files that is there.
fn read_one(folder: &Path, names: &[&'static str; 2]) -> Result<File, DataError> {
    let mut candidates = names.iter().flat_map(|name| [folder.join(name), folder.join(format!("{name}.gz"))]);
    let Some(path) = candidates.find(|path| path.exists()) else {
        return Err(DataError::Missing { folder: folder.display().to_string(), file: names[0] });
    };
    let bytes = fs::read(&path);
    let path = path.display().to_string();
    match bytes {
        Ok(bytes) => Ok(File { path, bytes }),
        Err(error) => Err(DataError::File { action: "read", path, reason: error.to_string() }),
    }
}
