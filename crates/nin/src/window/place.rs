//! Where the window keeps runs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf, absolute};

use anyhow::{Result, bail};

/// Folders that runs may be kept in: the first one that can be written is taken.
#[derive(Clone, Debug)]
pub struct Place {
    pub candidates: Vec<PathBuf>,
}

impl Place {
    /// `runs` in the current folder, or, where that cannot be written, in the user's data folder.
    pub fn of_user() -> Self {
        let here = absolute("runs").unwrap_or_else(|_| PathBuf::from("runs"));
        let data = directories::ProjectDirs::from("", "", "nin");
        let data = data.map(|folders| folders.data_dir().join("runs"));
        Place { candidates: [here].into_iter().chain(data).collect() }
    }

    /// The folder of all runs; it need not be there yet.
    pub fn runs(&self) -> Result<&Path> {
        match self.candidates.iter().find(|folder| can_be_written(folder)) {
            Some(folder) => Ok(folder),
            None => {
                let names: Vec<String> =
                    self.candidates.iter().map(|folder| folder.display().to_string()).collect();
                bail!(
                    "no run can be kept, because {} cannot be written: start nin in a folder of your own",
                    names.join(" and ")
                )
            }
        }
    }

    /// The folder of one run, which is there.
    pub fn run(&self, name: &str) -> Result<PathBuf> {
        let folder = self.runs()?.join(name);
        match folder.file_name() == Some(OsStr::new(name)) && folder.is_dir() {
            true => Ok(folder),
            false => bail!("there is no run `{name}` in {}", self.runs()?.display()),
        }
    }
}

/// Whether a file can be made in the folder, or where it would have to be made.
fn can_be_written(folder: &Path) -> bool {
    let there = folder.ancestors().find(|path| path.exists());
    there.is_some_and(|there| there.is_dir() && tempfile::tempfile_in(there).is_ok())
}
