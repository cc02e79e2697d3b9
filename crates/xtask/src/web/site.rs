//! What belongs to the page, and where it lies in the repository.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Files and folders that a browser may load, relative to the repository's root.
const SITE: [&str; 3] = ["web", "assets/digits-images-idx3-ubyte.gz", "assets/digits-labels-idx1-ubyte.gz"];

/// Copies the page into `folder`.
///
/// # Errors
/// If a file cannot be read or written.
pub fn copy_to(folder: &Path) -> Result<()> {
    SITE.iter().try_for_each(|part| copy(&crate::root().join(part), &folder.join(part)))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let cannot = || format!("cannot copy {} to {}", from.display(), to.display());
    if from.is_dir() {
        for entry in fs::read_dir(from).with_context(cannot)? {
            let name = entry.with_context(cannot)?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
        return Ok(());
    }
    fs::create_dir_all(to.parent().unwrap_or(to)).with_context(cannot)?;
    fs::copy(from, to).map(|_| ()).with_context(cannot)
}
