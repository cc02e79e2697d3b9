//! The full data sets: downloaded once into the user's cache folder, checked each time they are read.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
    time::Duration,
};

use sha2::{Digest as _, Sha256};

use crate::{
    DataError, Dataset,
    dataset::hexadecimal,
    folder::{self, File},
    idx,
};

#[cfg(test)]
mod tests;

/// Names a place to download from instead of the mirrors; the file's name is added to it.
const MIRROR_VARIABLE: &str = "NIN_MNIST_MIRROR";
/// No file of a collection is larger than this, packed or unpacked.
const MAX_FILE: u64 = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// Told of a download: the file's name, bytes so far, bytes in all if known.
type Progress<'a> = &'a mut dyn FnMut(&str, u64, Option<u64>);

/// A data set in four files: training images and labels, test images and labels.
pub(crate) struct Collection {
    name: &'static str,
    /// Addresses up to the file's name, tried in this order.
    mirrors: &'static [&'static str],
    files: [RemoteFile; 4],
}

struct RemoteFile {
    name: &'static str,
    sha256: Sum,
}

/// SHA-256 of what.
enum Sum {
    /// Of the IDX file: true of every way to pack it.
    Unpacked(&'static str),
    /// Of the gzip file, where nothing else is published.
    Packed(&'static str),
}

/// The sums are those of the files whose MD5 sums are published for the unpacked originals:
/// 6bbc9ace898e44ae57da46a324031adb, a25bea736e30d166cdddb491f175f624, 2646ac647ad5339dbf082846283269ea,
/// 27ae3e4e09519cfbb04c329615203637.
pub(crate) const MNIST: Collection = Collection {
    name: "mnist",
    mirrors: &[
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    files: [
        RemoteFile {
            name: "train-images-idx3-ubyte.gz",
            sha256: Sum::Unpacked("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        },
        RemoteFile {
            name: "train-labels-idx1-ubyte.gz",
            sha256: Sum::Unpacked("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        },
        RemoteFile {
            name: "t10k-images-idx3-ubyte.gz",
            sha256: Sum::Unpacked("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        },
        RemoteFile {
            name: "t10k-labels-idx1-ubyte.gz",
            sha256: Sum::Unpacked("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        },
    ],
};

/// Addresses from <https://github.com/zalandoresearch/fashion-mnist>; sums of the packed files as TensorFlow Datasets
/// publishes them (`tensorflow_datasets/url_checksums/fashion_mnist.txt`).
pub(crate) const FASHION_MNIST: Collection = Collection {
    name: "fashion-mnist",
    mirrors: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ],
    files: [
        RemoteFile {
            name: "train-images-idx3-ubyte.gz",
            sha256: Sum::Packed("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        },
        RemoteFile {
            name: "train-labels-idx1-ubyte.gz",
            sha256: Sum::Packed("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        },
        RemoteFile {
            name: "t10k-images-idx3-ubyte.gz",
            sha256: Sum::Packed("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        },
        RemoteFile {
            name: "t10k-labels-idx1-ubyte.gz",
            sha256: Sum::Packed("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        },
    ],
};

/// The collection from the user's cache folder, completed by downloads.
pub(crate) fn open(collection: &Collection, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let folders = directories::ProjectDirs::from("", "", "nin").ok_or_else(|| DataError::File {
        action: "find",
        path: "the user's cache folder".to_owned(),
        reason: "this user has no home folder".to_owned(),
    })?;
    let mirrors = mirrors(collection, std::env::var(MIRROR_VARIABLE).ok());
    fetch(collection, &mirrors, &folders.cache_dir().join(collection.name), progress)
}

/// Where to download from, each ending in `/`.
fn mirrors(collection: &Collection, instead: Option<String>) -> Vec<String> {
    match instead.filter(|address| !address.is_empty()) {
        Some(address) => vec![format!("{}/", address.trim_end_matches('/'))],
        None => collection.mirrors.iter().map(|&address| address.to_owned()).collect(),
    }
}

/// The collection from `folder`; files that are missing or wrong there are downloaded.
fn fetch(
    collection: &Collection,
    mirrors: &[String],
    folder: &Path,
    progress: Progress<'_>,
) -> Result<Dataset, DataError> {
    fs::create_dir_all(folder).map_err(|error| file_error("create", folder, &error))?;
    let mut one = |file| fetch_file(file, mirrors, folder, progress);
    let [a, b, c, d] = &collection.files;
    folder::dataset(collection.name, &[one(a)?, one(b)?, one(c)?, one(d)?])
}

fn fetch_file(
    file: &RemoteFile,
    mirrors: &[String],
    folder: &Path,
    progress: Progress<'_>,
) -> Result<File, DataError> {
    let path = folder.join(file.name);
    let cached = fs::read(&path).ok().and_then(|packed| checked(file, &packed).ok());
    let bytes = match cached {
        Some(bytes) => bytes,
        None => download_file(file, mirrors, &path, progress)?,
    };
    Ok(File { path: path.display().to_string(), bytes })
}

/// Downloads from the first mirror that gives the right bytes, keeps them at `path` and returns them unpacked.
fn download_file(
    file: &RemoteFile,
    mirrors: &[String],
    path: &Path,
    progress: Progress<'_>,
) -> Result<Vec<u8>, DataError> {
    let mut attempts = Vec::new();
    for mirror in mirrors {
        let address = format!("{mirror}{}", file.name);
        let result =
            get(&address, file.name, progress).and_then(|packed| Ok((checked(file, &packed)?, packed)));
        match result {
            Ok((bytes, packed)) => {
                keep(path, &packed).map_err(|error| file_error("write", path, &error))?;
                return Ok(bytes);
            }
            Err(reason) => attempts.push(format!("{address}: {reason}")),
        }
    }
    Err(DataError::Download { file: file.name, attempts: attempts.join("; ") })
}

/// The body at an address, or why there is none, in words.
fn get(address: &str, name: &str, progress: Progress<'_>) -> Result<Vec<u8>, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .build()
        .into();
    let mut response = agent.get(address).call().map_err(|error| error.to_string())?;
    let total = response.body().content_length();
    let mut body = response.body_mut().as_reader().take(MAX_FILE);
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        progress(name, bytes.len() as u64, total);
        match body.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) => return Err(format!("the connection broke after {} bytes: {error}", bytes.len())),
        }
    }
}

/// The file unpacked, if it is the right one.
fn checked(file: &RemoteFile, packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let unpacked = idx::unpacked(packed).take(MAX_FILE).read_to_end(&mut bytes);
    let (expected, found) = match file.sha256 {
        Sum::Packed(expected) => (expected, Sha256::digest(packed)),
        Sum::Unpacked(expected) => (expected, Sha256::digest(&bytes)),
    };
    let found = hexadecimal(&found);
    if let Err(error) = unpacked {
        return Err(format!("{} bytes that do not unpack: {error}", packed.len()));
    }
    if found != expected {
        return Err(format!("expected SHA-256 {expected}, found {found} ({} bytes)", packed.len()));
    }
    Ok(bytes)
}

/// Writes the whole file or nothing, whatever happens meanwhile and whoever else downloads.
fn keep(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    Ok(())
}

fn file_error(action: &'static str, path: &Path, error: &std::io::Error) -> DataError {
    DataError::File { action, path: path.display().to_string(), reason: error.to_string() }
}
