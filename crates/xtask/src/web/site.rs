//! What belongs to the page, and where it lies in the repository.

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context as _, Result};

/// Files and folders that a browser may load, relative to the repository's root.
const SITE: [&str; 4] =
    ["index.html", "web", "assets/digits-images-idx3-ubyte.gz", "assets/digits-labels-idx1-ubyte.gz"];

/// Whether `path` (relative, without `..`) is part of the page.
pub fn holds(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
        && SITE.iter().any(|part| path.starts_with(part))
}

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

/// What a file is, for a browser.
pub fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_is_served() {
        for path in
            ["index.html", "web/worker.js", "web/pkg/nin_web.js", "assets/digits-images-idx3-ubyte.gz"]
        {
            assert!(holds(Path::new(path)), "{path}");
        }
        for path in ["Cargo.toml", "web/../Cargo.toml", "/etc/passwd", "assets", "webx", ""] {
            assert!(!holds(Path::new(path)), "{path}");
        }
    }
}
