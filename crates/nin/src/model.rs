//! Trained networks in files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nin_train::Model;

use crate::folder;

/// The network in a run's folder (its newest checkpoint's), a checkpoint or a stage's file, and the file that it was in.
pub fn load(path: &Path) -> Result<(PathBuf, Model)> {
    let (file, bytes) = folder::read_checkpoint(path)?;
    let model = Model::from_bytes(&file.display().to_string(), &bytes)
        .with_context(|| format!("no network can be read from {}", file.display()))?;
    Ok((file, model))
}
