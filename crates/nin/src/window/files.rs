//! Files that come in, and files that go out.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, absolute};

use anyhow::{Context as _, Result, anyhow, bail};
use nin_app::News;
use nin_train::{Model, Moment, Recipe, Snapshot, save_file};

/// Longest file that is read, in bytes.
const LONGEST: u64 = 256 << 20;

/// Finds out what a file or folder is, and reads it: a recipe, a network or digits. Without `bytes` it lies at `path`.
pub fn take(path: &Path, bytes: Option<Vec<u8>>) -> Result<News> {
    if bytes.is_none() && path.is_dir() {
        return data(path);
    }
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("toml") => recipe(path, bytes),
        Some("safetensors") => model(path, bytes),
        _ => bail!(
            "{} is nothing that nin reads: expected a recipe (.toml), a network (.safetensors), or a folder of digits",
            path.display()
        ),
    }
}

/// The recipe in a file.
pub fn recipe(path: &Path, bytes: Option<Vec<u8>>) -> Result<News> {
    let cannot = || format!("the recipe {} cannot be used", path.display());
    let text = String::from_utf8(content(path, bytes)?)
        .map_err(|_| anyhow!("it is no text"))
        .with_context(cannot)?;
    let recipe = Recipe::from_toml(&text).with_context(cannot)?;
    Ok(News::Recipe(Box::new(recipe)))
}

/// The network in a file, under the file's name.
pub fn model(path: &Path, bytes: Option<Vec<u8>>) -> Result<News> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let model = Model::from_bytes(&name, &content(path, bytes)?)
        .with_context(|| format!("the network {} cannot be used", path.display()))?;
    Ok(News::Model(Snapshot { moment: Moment::default(), model }))
}

/// The digits in a folder, if they can be read.
pub fn data(path: &Path) -> Result<News> {
    let path = absolute(path)?;
    let name = path.display().to_string();
    nin_data::open(&name, &mut |_, _, _| {})?;
    Ok(News::Data { name })
}

/// What is in a file, up to a length that no memory suffers from.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let cannot = || format!("{} cannot be read", path.display());
    let file = File::open(path).with_context(cannot)?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 > LONGEST {
        bail!("{} is longer than {} MiB: it is no file of nin's", path.display(), LONGEST >> 20);
    }
    Ok(bytes)
}

/// Writes a file wholly or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<News> {
    save_file(path, bytes)?;
    Ok(News::Saved { place: path.display().to_string() })
}

fn content(path: &Path, bytes: Option<Vec<u8>>) -> Result<Vec<u8>> {
    bytes.map_or_else(|| read(path), Ok)
}
