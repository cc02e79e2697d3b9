//! Runs that lie in folders.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::{RunEntry, RunFiles};
use crate::CHECKPOINT;

/// Longest file of a run that is read for the list, in bytes.
const LONGEST: u64 = 256 << 20;

/// All runs in `folder`, the newest first; empty if there are none or the folder cannot be read.
pub fn list_runs(folder: &Path) -> Vec<RunEntry> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut runs: Vec<RunEntry> = entries.filter_map(|entry| RunEntry::read(&entry.path())).collect();
    runs.sort_by(|a, b| b.saved_at.cmp(&a.saved_at).then_with(|| a.name.cmp(&b.name)));
    runs
}

impl RunEntry {
    /// The run in `folder`; `None` if it holds none.
    pub fn read(folder: &Path) -> Option<Self> {
        let (recipe, metrics) = (folder.join("recipe.toml"), folder.join("metrics.jsonl"));
        if !recipe.is_file() && !metrics.is_file() {
            return None;
        }
        let text = |file: &Path| read(file).map_err(|error| error.to_string());
        let files = RunFiles {
            recipe: text(&recipe),
            // A run that never came to a checkpoint has none.
            metrics: if metrics.exists() { text(&metrics) } else { Ok(String::new()) },
            saved_at: saved_at(&metrics).or_else(|| saved_at(&recipe)).unwrap_or(0),
            has_checkpoint: folder.join(CHECKPOINT).is_file(),
        };
        Some(RunEntry::new(folder, &files))
    }
}

fn saved_at(file: &Path) -> Option<u64> {
    let modified = fs::metadata(file).ok()?.modified().ok()?;
    Some(modified.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}
