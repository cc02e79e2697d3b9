//! Burn: the program in `tests/peers/burn`, with the back ends that were asked for.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::ValueEnum;

use super::Setting;
use super::contender::Contender;
use super::results::Who;

/// What of Burn computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackEnd {
    /// Burn's CPU back end in plain Rust.
    Flex,
    /// The one before, deprecated since 0.22.
    Ndarray,
}

impl BackEnd {
    fn who(self) -> Who {
        let (id, name, allowed) = match self {
            BackEnd::Flex => {
                ("burn-flex", "Burn, flex", "its CPU back end, with SIMD, AVX-512 in gemm and rayon")
            }
            BackEnd::Ndarray => {
                ("burn-ndarray", "Burn, ndarray", "its former CPU back end, with SIMD and rayon")
            }
        };
        Who { id, name, allowed }
    }

    /// The feature that the program needs for it.
    fn feature(self) -> Option<&'static str> {
        match self {
            BackEnd::Flex => None,
            BackEnd::Ndarray => Some("ndarray"),
        }
    }
}

/// The program.
pub fn prepare(folder: &Path, back_ends: &[BackEnd]) -> Result<PathBuf> {
    let target = folder.join("burn");
    println!("» Burn, into {}", target.display());
    let mut cargo = crate::test::cargo("build --quiet --release --locked --manifest-path");
    cargo.arg(super::folder_of("burn").join("Cargo.toml")).arg("--target-dir").arg(&target);
    let features: Vec<&str> = back_ends.iter().filter_map(|back_end| back_end.feature()).collect();
    if !cargo.arg("--features").arg(features.join(",")).status()?.success() {
        bail!("tests/peers/burn does not build with these back ends");
    }
    Ok(target.join("release").join(format!("nin-peer-burn{}", std::env::consts::EXE_SUFFIX)))
}

/// One for each back end, for input of `resolution`.
pub fn contenders(
    program: &Path,
    back_ends: &[BackEnd],
    resolution: usize,
    setting: &Setting,
) -> Vec<Contender> {
    let contender = |back_end: &BackEnd| {
        let name = back_end.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned());
        let arguments = vec![
            super::case().display().to_string(),
            resolution.to_string(),
            name,
            setting.windows.to_string(),
            setting.window_seconds.to_string(),
        ];
        let (program, environment, losses) = (program.to_owned(), Vec::new(), Vec::new());
        Contender { who: back_end.who(), program, arguments, environment, losses }
    };
    back_ends.iter().map(contender).collect()
}
