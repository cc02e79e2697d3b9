//! Where a run is saved, and where one that is to go on lies.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use nin_train::{CHECKPOINT, PREVIOUS, RunFolder};

use crate::files;

/// No checkpoint is larger, in bytes.
const LARGEST: u64 = 256 << 20;
/// What a folder that holds a run has in it.
const OF_A_RUN: [&str; 4] = ["recipe.toml", CHECKPOINT, "metrics.jsonl", "summary.json"];

/// The folder for a new run: `out`, or the next free `runs/<recipe>-<n>`.
pub fn for_new_run(out: Option<&Path>, recipe: &str) -> Result<RunFolder> {
    match out {
        None => next_free(Path::new("runs"), recipe),
        Some(out) => {
            if OF_A_RUN.iter().any(|name| out.join(name).exists()) {
                let out = out.display();
                bail!(
                    "{out} holds a run already: choose another folder with --out, or go on with --resume {out}"
                );
            }
            Ok(RunFolder::open(out)?)
        }
    }
}

/// Makes the first `<parent>/<recipe>-<n>` after those that are there; two runs that start at once get two folders.
pub fn next_free(parent: &Path, recipe: &str) -> Result<RunFolder> {
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let recipe: String = recipe.chars().map(plain).collect();
    let cannot =
        |path: &Path| format!("the run folder {} cannot be made: choose another with --out", path.display());
    fs::create_dir_all(parent).with_context(|| cannot(parent))?;
    let mut number = 1 + last_number(parent, &recipe);
    loop {
        let path = parent.join(format!("{recipe}-{number}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(RunFolder::open(path)?),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error).with_context(|| cannot(&path)),
        }
    }
}

fn last_number(parent: &Path, recipe: &str) -> u64 {
    let number = |name: &str| name.strip_prefix(recipe)?.strip_prefix('-')?.parse::<u32>().ok();
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.filter_map(|entry| number(entry.file_name().to_str()?)).max().map_or(0, u64::from)
}

/// The checkpoint that `--resume` names, by itself or by its run's folder, and its bytes.
pub fn read_checkpoint(path: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let file = if path.is_dir() { path.join(CHECKPOINT) } else { path.to_owned() };
    match files::read(&file, LARGEST) {
        Ok(bytes) => Ok((file, bytes)),
        Err(_) if !file.exists() && path.join("recipe.toml").exists() => bail!(
            "{0} has no {CHECKPOINT}: the run ended before it was first saved; start it again with --recipe \
             {0}/recipe.toml",
            path.display()
        ),
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_dir() => {
            bail!("{} has no {CHECKPOINT}: expected a run's folder or a checkpoint", path.display())
        }
        Err(error) => Err(error).with_context(|| format!("cannot read the checkpoint {}", file.display())),
    }
}

/// The folder that a file is in.
pub fn of_file(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// What to do about a checkpoint that cannot be used: the one before it, if it is there.
pub fn remedy(checkpoint: &Path) -> String {
    let previous = checkpoint.with_file_name(PREVIOUS);
    match previous != checkpoint && previous.exists() {
        true => format!("; the one before it may be whole: --resume {}", previous.display()),
        false => String::new(),
    }
}
