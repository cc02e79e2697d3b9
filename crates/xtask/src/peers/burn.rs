//! Burn: the program in `tests/peers/burn`, with the back ends that were asked for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;

use super::Setting;
use super::contender::Contender;
use super::results::Who;

/// What of Burn computes. Each has a build of its own: what does not build leaves the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackEnd {
    /// Burn's CPU back end in plain Rust.
    Flex,
    /// The one before, deprecated since 0.22.
    Ndarray,
    /// Its GPU back end on wgpu: for each operation the kernel that its rules choose.
    Wgpu,
}

const FLEX: Who = Who {
    id: "burn-flex",
    name: "Burn, flex",
    allowed: "its CPU back end, with SIMD, AVX-512 in gemm and rayon",
};
const NDARRAY: Who = Who {
    id: "burn-ndarray",
    name: "Burn, ndarray",
    allowed: "its former CPU back end, with SIMD and rayon",
};
const WGPU: Who = Who {
    id: "burn-wgpu",
    name: "Burn, wgpu",
    allowed: "its GPU back end on wgpu (WGSL), with fusion, without autotune",
};
impl BackEnd {
    /// As the command line, its feature and its program call it.
    pub fn name(self) -> &'static str {
        match self {
            BackEnd::Flex => "flex",
            BackEnd::Ndarray => "ndarray",
            BackEnd::Wgpu => "wgpu",
        }
    }

    pub fn who(self) -> Who {
        match self {
            BackEnd::Flex => FLEX,
            BackEnd::Ndarray => NDARRAY,
            BackEnd::Wgpu => WGPU,
        }
    }
}

/// The program with this back end.
pub fn prepare(folder: &Path, back_end: BackEnd) -> Result<PathBuf> {
    let (target, name) = (folder.join("burn"), back_end.name());
    println!("» {}, into {}", back_end.who().name, target.display());
    let mut cargo = crate::test::cargo("build --release --locked --manifest-path");
    cargo.arg(super::folder_of("burn").join("Cargo.toml")).arg("--target-dir").arg(&target);
    ensure!(
        cargo.args(["--features", name]).status()?.success(),
        "tests/peers/burn does not build with its feature {name}"
    );
    let program = |name: &str| target.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    // The next build puts its own in this place.
    let (built, kept) = (program("release/nin-peer-burn"), program(&format!("nin-peer-burn-{name}")));
    fs::copy(&built, &kept).with_context(|| format!("cannot copy {}", built.display()))?;
    Ok(kept)
}

/// One for each of the programs, for input of `resolution`.
pub fn contenders(
    programs: &[(BackEnd, PathBuf)],
    resolution: usize,
    setting: &Setting,
) -> impl Iterator<Item = Contender> {
    programs.iter().map(move |(back_end, program)| {
        let arguments = vec![
            super::case().display().to_string(),
            resolution.to_string(),
            back_end.name().to_owned(),
            setting.windows.to_string(),
            setting.window_seconds.to_string(),
        ];
        let (program, environment, losses) = (program.to_owned(), Vec::new(), Vec::new());
        Contender { who: back_end.who(), program, arguments, environment, losses }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_back_end_has_one_name_everywhere() {
        let manifest = fs::read_to_string(super::super::folder_of("burn").join("Cargo.toml")).unwrap();
        for back_end in BackEnd::value_variants() {
            let name = back_end.name();
            assert_eq!(back_end.to_possible_value().unwrap().get_name(), name);
            assert!(manifest.contains(&format!("\n{name} = [")), "tests/peers/burn has no feature {name}");
            assert_eq!(back_end.who().id, format!("burn-{name}"));
        }
    }
}
