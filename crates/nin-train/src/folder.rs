//! A run's folder on a disk: every file in it is whole, whatever happens while it is written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::{CHECKPOINT, PREVIOUS, SaveError};

/// How the names of files begin and end that are not finished.
const UNFINISHED: (&str, &str) = (".nin-", ".part");

/// A folder for a run's files.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Opens the folder, making it if it isn't there, and removes what a killed run left half-written in it.
    ///
    /// # Errors
    /// A sentence with the folder's name.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, SaveError> {
        let path = path.into();
        match fs::create_dir_all(&path).and_then(|()| remove_unfinished(&path)) {
            Ok(()) => Ok(RunFolder { path }),
            Err(error) => Err(SaveError(format!(
                "the run folder {} cannot be used ({error}): choose another with --out",
                path.display()
            ))),
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
            Some(Ok(before)) => self.replace(PREVIOUS, &before),
            _ => Ok(()),
        };
        kept().and_then(|()| self.replace(name, bytes)).map_err(|error| {
            let file = self.path.join(name);
            SaveError(format!(
                "{} cannot be written ({error}): make room or choose another folder with --out; what was saved \
                 before is intact",
                file.display()
            ))
        })
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED.0).suffix(UNFINISHED.1);
        // Temporary files are private; a run's files are as readable as any other of the user's.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(&self.path)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(self.path.join(name))?;
        if cfg!(unix) {
            // The new name itself is only safe once its folder is.
            File::open(&self.path)?.sync_all()?;
        }
        Ok(())
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
