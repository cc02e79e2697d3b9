//! A run's folder on a disk: every file in it is whole, whatever happens while it is written.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::whole_file::{UNFINISHED, replace};
use crate::{CHECKPOINT, PREVIOUS, SaveError};

/// An empty file that is locked by the run that writes to the folder. It stays: removing it could take it from a run
/// that has just opened it.
const LOCK: &str = ".nin-lock";

/// A folder for a run's files, which no other run can open meanwhile.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Locked until the last clone is dropped, or the program ends in whatever way.
    _lock: Arc<File>,
}

impl RunFolder {
    /// Opens the folder, making it if it isn't there, and removes what a killed run left half-written in it.
    ///
    /// # Errors
    /// A sentence with the folder's name, also if another run has it open.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, SaveError> {
        let path = path.into();
        let cannot = |error: io::Error| {
            SaveError(format!(
                "the run folder {} cannot be used ({error}): make it writable or choose another with --out",
                path.display()
            ))
        };
        fs::create_dir_all(&path).map_err(cannot)?;
        let Some(lock) = lock(&path).map_err(cannot)? else {
            return Err(SaveError(format!(
                "the run folder {} is in use by another run: stop that one first, or choose another with --out",
                path.display()
            )));
        };
        remove_unfinished(&path).map_err(cannot)?;
        Ok(RunFolder { path, _lock: Arc::new(lock) })
    }

    /// Removes the folder at `path` if no run has left anything in it.
    pub fn remove_if_empty(path: &Path) {
        let empty = |entries: fs::ReadDir| entries.flatten().all(|entry| entry.file_name() == LOCK);
        if fs::read_dir(path).is_ok_and(empty) {
            // An empty folder that stays does no harm.
            let _ = fs::remove_file(path.join(LOCK)).and_then(|()| fs::remove_dir(path));
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file: under a temporary name, synced, then renamed. The checkpoint before is kept as [`PREVIOUS`].
    ///
    /// # Errors
    /// A sentence with the file's name; what was there before is still there.
    pub fn save(&self, name: &str, bytes: &[u8]) -> Result<(), SaveError> {
        let kept = || match (name == CHECKPOINT).then(|| fs::read(self.path.join(CHECKPOINT))) {
            Some(Ok(before)) => replace(&self.path, PREVIOUS.as_ref(), &before),
            _ => Ok(()),
        };
        kept().and_then(|()| replace(&self.path, name.as_ref(), bytes)).map_err(|error| {
            let file = self.path.join(name);
            SaveError(format!(
                "{} cannot be written ({error}): make room or choose another folder with --out; what was saved \
                 before is intact",
                file.display()
            ))
        })
    }
}

/// The folder's lock, or nothing if another run has it. Where the file system knows no locks, a run goes on without.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
