//! Which kernels are fastest here, as a file in the user's cache folder. Without that file, or with one that cannot be read, they
//! are tried again.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use nin_gpu::{Autotune, TuningTable};
use nin_train::save_file;

/// Goes on from what was found in earlier runs, and keeps what is found.
pub fn remembered() -> Arc<Autotune> {
    let table =
        file().and_then(|file| fs::read(file).ok()).and_then(|json| serde_json::from_slice(&json).ok());
    Arc::new(Autotune::new(table.unwrap_or_default(), keep))
}

fn file() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "nin").map(|folders| folders.cache_dir().join("autotune.json"))
}

/// What cannot be kept is tried anew next time: no reason to stop a run.
fn keep(table: &TuningTable) {
    let (Some(file), Ok(json)) = (file(), serde_json::to_vec_pretty(table)) else { return };
    if let Some(folder) = file.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let _ = save_file(&file, &json);
}
