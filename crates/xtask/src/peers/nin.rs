//! nin itself: its own `bench`, on both engines, and the losses that the others are held against.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::contender::Contender;
use super::results::Who;

const CPU: Who = Who { id: "nin-cpu", name: "nin, CPU engine", allowed: "`nin bench --engine cpu`" };
pub const GPU: Who = Who { id: "nin-gpu", name: "nin, GPU engine", allowed: "`nin bench --engine gpu`" };

/// The program that was built.
pub struct Nin {
    program: PathBuf,
    /// Version and commit.
    pub version: String,
}

impl Nin {
    pub fn build() -> Result<Self> {
        let mut build = crate::test::cargo("build --quiet --release --package nin");
        ensure!(crate::test::succeeds(&mut build)?, "nin does not build");
        let name = format!("release/nin{}", std::env::consts::EXE_SUFFIX);
        let program = crate::web::target_folder().join(name);
        let mut git = Command::new("git");
        git.args(["rev-parse", "--short", "HEAD"]).current_dir(crate::root());
        let version = printed(Command::new(&program).arg("--version"))?;
        let version = match printed(&mut git) {
            Ok(commit) => format!("{version}, commit {commit}"),
            Err(_) => version,
        };
        Ok(Nin { program, version })
    }

    /// The case's losses with input of `resolution`, by the CPU engine.
    pub fn losses(&self, resolution: usize) -> Result<Vec<f64>> {
        self.losses_by("cpu", resolution)
    }

    fn losses_by(&self, engine: &str, resolution: usize) -> Result<Vec<f64>> {
        let mut check = Command::new(&self.program);
        check.args(["check-golden", "--engine", engine, "--losses", &resolution.to_string()]);
        let told = printed(check.arg(super::case()))?;
        serde_json::from_str(&told).with_context(|| format!("expected losses, found `{told}`"))
    }

    /// The CPU engine, for input of `resolution`; what it trains is written into `folder`.
    pub fn cpu(&self, folder: &Path, resolution: usize) -> Result<Contender> {
        self.contender(CPU, "cpu", folder, resolution, Vec::new())
    }

    /// The GPU engine, likewise.
    ///
    /// # Errors
    /// Why it cannot be measured: mostly that there is no adapter.
    pub fn gpu(&self, folder: &Path, resolution: usize) -> Result<Contender> {
        self.contender(GPU, "gpu", folder, resolution, self.losses_by("gpu", resolution)?)
    }

    fn contender(
        &self,
        who: Who,
        engine: &str,
        folder: &Path,
        resolution: usize,
        losses: Vec<f64>,
    ) -> Result<Contender> {
        let path = folder.join(format!("v2-{resolution}.toml"));
        fs::write(&path, recipe(resolution)).with_context(|| format!("cannot write {}", path.display()))?;
        let arguments = ["bench", "--json", "--engine", engine, "--recipe", &path.display().to_string()];
        let arguments = arguments.map(str::to_owned).to_vec();
        Ok(Contender { who, program: self.program.clone(), arguments, environment: Vec::new(), losses })
    }
}

/// The case's network and optimizer, on the digits that come with nin.
fn recipe(resolution: usize) -> String {
    format!(
        r#"name = "peers"
resolution = {resolution}
head = "global"
batch = 60
initial = "kaiming"

[[stages]]
name = "v2"
epochs = 1
optimizer = {{ kind = "sgd", momentum = 0.9 }}
schedule = {{ kind = "constant", learning_rate = 0.001 }}
blocks = [
    {{ kernel = 3, channels = [10, 10, 10], pool = "max2" }},
    {{ kernel = 3, channels = [20, 20, 20], pool = "max2" }},
    {{ kernel = 3, channels = [10, 10, 10], pool = "max2" }},
]
"#
    )
}

/// What a program prints, without the line's end.
fn printed(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{:?} does not start", command.get_program()))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
