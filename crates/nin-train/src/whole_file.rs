//! Files that are replaced wholly or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use crate::SaveError;

/// How the names of files begin and end that are not finished.
pub(crate) const UNFINISHED: (&str, &str) = (".nin-", ".part");

/// Writes a file: under a temporary name in its folder, synced, then renamed.
///
/// # Errors
/// A sentence with the file's name; what was there before is still there.
pub fn save_file(file: &Path, bytes: &[u8]) -> Result<(), SaveError> {
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let name = file.file_name().ok_or_else(|| io::Error::other("expected the name of a file"));
    let written = name.and_then(|name| replace(folder, name.as_ref(), bytes));
    written.map_err(|error| {
        let file = file.display();
        SaveError(format!("{file} cannot be written ({error}): make room or choose another place with --out"))
    })
}

/// Replaces the file `name` in `folder`.
pub(crate) fn replace(folder: &Path, name: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED.0).suffix(UNFINISHED.1);
    // Temporary files are private; a run's files are as readable as any other of the user's.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    if cfg!(unix) {
        // The new name itself is only safe once its folder is.
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
