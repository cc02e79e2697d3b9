//! Rust → `web/pkg/nin_web.js` and `nin_web_bg.wasm`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use flate2::{Compression, write::GzEncoder};
use wasm_bindgen_cli_support::Bindgen;

/// Builds, and says how large it became.
pub fn build() -> Result<()> {
    crate::setup::require_target(false)?;
    let mut cargo =
        crate::test::cargo("build --profile web --target wasm32-unknown-unknown --package nin-web");
    ensure!(cargo.status().context("cargo does not start")?.success(), "nin-web does not build");
    let package = crate::root().join("web/pkg");
    bind(&target_folder().join("wasm32-unknown-unknown/web/nin_web.wasm"), &package)?;
    tell_sizes(&package)
}

/// Where cargo builds.
pub fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), PathBuf::from)
}

/// Writes the JavaScript that loads `wasm`, and `wasm` as that expects it.
fn bind(wasm: &Path, package: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(package)
        .with_context(|| format!("cannot make a browser's module of {}", wasm.display()))
}

fn tell_sizes(package: &Path) -> Result<()> {
    let mut sum = (0, 0);
    for file in ["nin_web_bg.wasm", "nin_web.js"] {
        let path = package.join(file);
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let packed = gzipped(&content)?;
        println!("{}: {} bytes, gzipped {packed}", path.display(), content.len());
        sum = (sum.0 + content.len(), sum.1 + packed);
    }
    println!("in all {} bytes, gzipped {}", sum.0, sum.1);
    Ok(())
}

fn gzipped(content: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut encoder, content)?;
    Ok(encoder.finish()?.len())
}
