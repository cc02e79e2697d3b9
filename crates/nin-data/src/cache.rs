//! The user's cache folder: which data sets are in it, and how they get there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::collection::{COLLECTIONS, Collection, RemoteFile};
use crate::download::{PART, Source, checked};
use crate::{DataError, Dataset, error::file_error, folder};

/// Told of a download: the file's name, bytes so far (0 when it begins), bytes in all if known.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(&str, u64, Option<u64>);

/// A data set that can be fetched, and how much of it lies in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetchable {
    /// What [`open`](crate::open) knows it by.
    pub name: &'static str,
    /// Training and test images.
    pub images: [usize; 2],
    /// What a download is about, in millions of bytes.
    pub megabytes: u64,
    /// Where it is kept.
    pub folder: PathBuf,
    /// Bytes that are there, those of a download that was cut short included.
    pub bytes: u64,
    /// Whether all files are there. Their sums are checked when they are read.
    pub complete: bool,
}

/// The data sets that can be fetched, and what lies in the user's cache folder.
///
/// # Errors
/// [`DataError::File`] if this user has no home folder.
pub fn fetchable() -> Result<Vec<Fetchable>, DataError> {
    COLLECTIONS.iter().map(|collection| Ok(state(collection, &cache_folder(collection)?))).collect()
}

/// The collection from the user's cache folder, completed by downloads.
pub(crate) fn open(collection: &Collection, progress: Progress<'_>) -> Result<Dataset, DataError> {
    fetch(collection, &Source::of(collection), &cache_folder(collection)?, progress)
}

fn cache_folder(collection: &Collection) -> Result<PathBuf, DataError> {
    let folders = directories::ProjectDirs::from("", "", "nin").ok_or_else(|| DataError::File {
        action: "find",
        path: "the user's cache folder".to_owned(),
        reason: "this user has no home folder".to_owned(),
    })?;
    Ok(folders.cache_dir().join(collection.name))
}

pub(crate) fn state(collection: &Collection, folder: &Path) -> Fetchable {
    let length = |name: String| fs::metadata(folder.join(name)).map(|file| file.len()).ok();
    let whole: Vec<u64> = collection.files.iter().filter_map(|file| length(file.name.to_owned())).collect();
    let parts = collection.files.iter().filter_map(|file| length(format!("{}{PART}", file.name)));
    Fetchable {
        name: collection.name,
        images: collection.images,
        megabytes: collection.megabytes,
        folder: folder.to_owned(),
        bytes: whole.iter().copied().chain(parts).sum(),
        complete: whole.len() == collection.files.len(),
    }
}

/// The collection from `folder`; files that are missing or wrong there are downloaded.
pub(crate) fn fetch(
    collection: &Collection,
    source: &Source,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<Dataset, DataError> {
    fs::create_dir_all(folder).map_err(|error| file_error("create", folder, &error))?;
    let mut one = |file| fetch_file(file, source, folder, progress);
    let [a, b, c, d] = &collection.files;
    folder::dataset(collection.name, &[one(a)?, one(b)?, one(c)?, one(d)?])
}

fn fetch_file(
    file: &RemoteFile,
    source: &Source,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<folder::File, DataError> {
    let path = folder.join(file.name);
    let cached = || fs::read(&path).ok().and_then(|packed| checked(file, &packed).ok());
    let mut bytes = cached();
    if bytes.is_none() {
        // While another program downloads, this one waits, and then finds what that one fetched. Where the file system
        // knows no locks, sums still tell whether what came out is right.
        let lock = File::create(folder.join(".nin-lock"));
        let _locked = lock.as_ref().map(File::lock);
        bytes = cached();
        if bytes.is_none() {
            bytes = Some(source.download(file, &path, progress)?);
        }
    }
    Ok(folder::File { path: path.display().to_string(), bytes: bytes.unwrap_or_default() })
}
