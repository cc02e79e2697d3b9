//! Downloads: from the first mirror that gives the right bytes, going on where one was cut short.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use ureq::http::{Response, StatusCode, header};

use crate::cache::Progress;
use crate::collection::{Collection, RemoteFile, Sum};
use crate::{DataError, dataset::hexadecimal, error::file_error, idx};

#[cfg(test)]
mod tests;

/// Names a place to download from instead of the mirrors; the file's name is added to it.
const MIRROR_VARIABLE: &str = "NIN_MNIST_MIRROR";
/// End of the name of a file that is not whole yet.
pub(crate) const PART: &str = ".part";
/// No file of a collection is larger than this, packed or unpacked.
const MAX_FILE: u64 = 64 << 20;
/// How long a mirror may keep silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a mirror is asked again whose connection broke after it had given something.
const TRIES: usize = 4;

/// Where to download from.
pub(crate) struct Source {
    /// Addresses up to the file's name, tried in this order.
    pub mirrors: Vec<String>,
    pub patience: Duration,
}

/// Why a mirror did not give a file.
struct Failure {
    /// In words.
    reason: String,
    /// Whether it was not even reached.
    unreachable: bool,
}

impl Source {
    /// The collection's mirrors, or what the environment names instead.
    pub(crate) fn of(collection: &Collection) -> Source {
        let instead = std::env::var(MIRROR_VARIABLE).ok();
        Source { mirrors: mirrors(collection, instead), patience: PATIENCE }
    }

    /// Downloads from the first mirror that gives the right bytes, keeps them at `path` and returns them unpacked. What
    /// a cut connection has given is kept beside it, and the next attempt goes on from there.
    pub(crate) fn download(
        &self,
        file: &RemoteFile,
        path: &Path,
        progress: Progress<'_>,
    ) -> Result<Vec<u8>, DataError> {
        progress(file.name, 0, None);
        let part = path.with_file_name(format!("{}{PART}", file.name));
        let (mut attempts, mut offline) = (Vec::new(), true);
        for mirror in &self.mirrors {
            let address = format!("{mirror}{}", file.name);
            match self.complete(&address, file, &part, progress) {
                Ok(bytes) => {
                    fs::rename(&part, path).map_err(|error| file_error("write", path, &error))?;
                    return Ok(bytes);
                }
                Err(Failure { reason, unreachable }) => {
                    attempts.push(format!("{address}: {reason}"));
                    offline &= unreachable;
                }
            }
        }
        let attempts = attempts.join("; ");
        Err(match offline {
            true => DataError::Offline { file: file.name, attempts },
            false => DataError::Download { file: file.name, attempts },
        })
    }

    /// Completes the file at `part` from one mirror and returns it unpacked.
    fn complete(
        &self,
        address: &str,
        file: &RemoteFile,
        part: &Path,
        progress: Progress<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let mut tries = 0;
        loop {
            let before = length(part);
            tries += 1;
            match self.get(address, file.name, part, progress) {
                Ok(()) => match fs::read(part).map_err(|e| e.to_string()).and_then(|b| checked(file, &b)) {
                    Ok(bytes) => return Ok(bytes),
                    Err(reason) => {
                        fs::remove_file(part).map_err(failure)?;
                        // What was there before may have been another mirror's: once more, from the start.
                        if before == 0 || tries >= TRIES {
                            return Err(Failure { reason, unreachable: false });
                        }
                    }
                },
                Err(failure) if length(part) <= before || tries >= TRIES => return Err(failure),
                Err(_) => {}
            }
        }
    }

    /// Adds to the file at `part` what it lacks of the body at `address`.
    fn get(&self, address: &str, name: &str, part: &Path, progress: Progress<'_>) -> Result<(), Failure> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_connect(Some(self.patience))
            .timeout_recv_response(Some(self.patience))
            .timeout_per_read(Some(self.patience))
            .build()
            .into();
        let mut bytes = length(part);
        let mut request = agent.get(address);
        if bytes > 0 {
            request = request.header(header::RANGE, format!("bytes={bytes}-"));
        }
        let mut response = match request.call() {
            // There is nothing after what is there: it may be whole.
            Err(ureq::Error::StatusCode(416)) if bytes > 0 => return Ok(()),
            other => other.map_err(unanswered)?,
        };
        let mut file = File::options().create(true).append(true).open(part).map_err(failure)?;
        if !goes_on_from(&response, bytes) {
            file.set_len(0).map_err(failure)?;
            bytes = 0;
        }
        let total = response.body().content_length().map(|rest| bytes + rest);
        let mut body = response.body_mut().as_reader().take(MAX_FILE.saturating_sub(bytes));
        let mut chunk = vec![0; 1 << 16];
        loop {
            match body.read(&mut chunk) {
                Ok(0) => return file.sync_all().map_err(failure),
                Ok(count) => file.write_all(&chunk[..count]).map_err(failure)?,
                Err(error) => {
                    let reason = format!("the connection broke after {} bytes: {error}", length(part));
                    return Err(Failure { reason, unreachable: false });
                }
            }
            bytes = length(part);
            progress(name, bytes, total);
        }
    }
}

/// Where to download from, each ending in `/`.
fn mirrors(collection: &Collection, instead: Option<String>) -> Vec<String> {
    match instead.filter(|address| !address.is_empty()) {
        Some(address) => vec![format!("{}/", address.trim_end_matches('/'))],
        None => collection.mirrors.iter().map(|&address| address.to_owned()).collect(),
    }
}

/// Whether the answer is the rest of a file of which `bytes` bytes are known; else it is the whole.
fn goes_on_from<B>(response: &Response<B>, bytes: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    response.status() == StatusCode::PARTIAL_CONTENT
        && range.is_some_and(|range| range.starts_with(&format!("bytes {bytes}-")))
}

/// The file unpacked, if it is the right one.
pub(crate) fn checked(file: &RemoteFile, packed: &[u8]) -> Result<Vec<u8>, String> {
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

/// Bytes of the file; 0 if there is none.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn failure(error: std::io::Error) -> Failure {
    Failure { reason: error.to_string(), unreachable: false }
}

fn unanswered(error: ureq::Error) -> Failure {
    use ureq::{Error, Timeout};
    let unreachable = matches!(
        error,
        Error::Io(_)
            | Error::HostNotFound
            | Error::ConnectionFailed
            | Error::Timeout(Timeout::Resolve | Timeout::Connect)
    );
    Failure { reason: error.to_string(), unreachable }
}
