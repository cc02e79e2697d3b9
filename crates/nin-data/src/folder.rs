//! Datasets by name or from a folder.

use std::io::Read as _;
use std::{fs, path::Path};

use crate::idx::{self, MAX_UNPACKED, format_error};
use crate::{
    DataError, Dataset, cache, collection::COLLECTIONS, embedded, error::file_error, picture_folder,
};

/// Training images and labels, test images and labels: each under both spellings in use.
const NAMES: [[&str; 2]; 4] = [
    ["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
    ["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
    ["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"],
    ["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"],
];

/// A dataset by name (`embedded`, `mnist`, `fashion-mnist`) or from a folder: see [`read_folder`].
///
/// `mnist` and `fashion-mnist` are downloaded once into the user's cache folder, checked against known SHA-256 sums.
/// `progress` hears of a download: the file's name, bytes so far, bytes in all if known. The environment variable
/// `NIN_MNIST_MIRROR` names another place (a URL up to the file's name) to download from.
///
/// # Errors
/// [`DataError`]: unknown name, missing or wrong files, no download.
pub fn open(source: &str, progress: &mut dyn FnMut(&str, u64, Option<u64>)) -> Result<Dataset, DataError> {
    let collection = COLLECTIONS.into_iter().find(|collection| collection.name == source);
    match (source, collection) {
        ("embedded", _) => embedded(),
        (_, Some(collection)) => cache::open(collection, progress),
        (folder, None) if Path::new(folder).is_dir() => read_folder(Path::new(folder)),
        (name, None) => Err(DataError::Unknown { name: name.to_owned() }),
    }
}

/// The dataset in a folder: the four IDX files under MNIST's usual names, each plain or gzipped (`.gz`), or pictures.
///
/// Pictures are PNG or JPEG, all square and of one size, in folders named `0` to `9`; they are taken as grey, black (0)
/// for background, transparent pixels as black. Where `train/0` … `train/9` and `test/0` … `test/9` are there (or
/// `training` and `testing`), they are the two sets; otherwise every fifth picture of each digit, in the order of the
/// files' names, is for testing.
///
/// # Errors
/// [`DataError::NoDigits`], [`DataError::Missing`], [`DataError::File`] or [`DataError::Format`], with the file's name.
pub fn read_folder(path: &Path) -> Result<Dataset, DataError> {
    if !NAMES.iter().flatten().any(|name| exists(path, name)) {
        return picture_folder::read(path);
    }
    let [a, b, c, d] = &NAMES;
    let files = [read_one(path, a)?, read_one(path, b)?, read_one(path, c)?, read_one(path, d)?];
    dataset(&path.display().to_string(), &files)
}

fn exists(folder: &Path, name: &str) -> bool {
    folder.join(name).exists() || folder.join(format!("{name}.gz")).exists()
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
    Ok(File { bytes: read_file(&path)?, path: path.display().to_string() })
}

/// A file's bytes, unless it has more than any that belongs to a dataset.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    let most = MAX_UNPACKED as u64 + 64;
    fs::File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|error| file_error("read", path, &error))?;
    if bytes.len() as u64 > most {
        let expected = format!("a file of at most {MAX_UNPACKED} bytes and a header");
        return Err(format_error(&path.display().to_string(), expected, "more"));
    }
    Ok(bytes)
}
