//! Runs that are killed, interrupted, or short of disk: each ends with the bits of a run left alone. What a machine has
//! no means for (an adapter, a file system to fill) shows as ignored, with the reason in its name.
#![allow(clippy::expect_used, clippy::panic)]

#[cfg(unix)]
mod disks;
mod kills;
#[cfg(unix)]
mod signals;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use libtest_mimic::{Arguments, Trial};
use nin_gpu::GpuEngine;

/// Three stages of two epochs of ten steps.
const RECIPE: &str = r#"
name = "tiny"
seed = 4
data = "data"
resolution = 14
head = "global"
batch = 24
initial = "kaiming"
augmentation = { rotation_degrees = 5.0 }

[[stages]]
name = "v0"
epochs = 2
optimizer = { kind = "adam" }
schedule = { kind = "one_cycle", learning_rate = 0.02 }
blocks = [
    { kernel = 3, channels = [6], pool = "max2" },
    { kernel = 3, channels = [10, 10], relu = [true, false], pool = "max2" },
]

[[stages]]
name = "v1"
epochs = 2
growth = { start = "identity", carry = "weights+biases" }
optimizer = { kind = "adam" }
schedule = { kind = "cosine", learning_rate = 0.01 }
blocks = [
    { kernel = 3, channels = [6, 6], pool = "max2" },
    { kernel = 3, channels = [10, 10], relu = [true, false], pool = "max2" },
]

[[stages]]
name = "v2"
epochs = 2
growth = { start = "identity", carry = "weights+biases", new = [[2, 2]] }
optimizer = { kind = "sgd", momentum = 0.9 }
schedule = { kind = "constant", learning_rate = 0.01 }
blocks = [
    { kernel = 3, channels = [6, 6], pool = "max2" },
    { kernel = 3, channels = [10, 10, 10], relu = [true, true, false], pool = "max2" },
]
"#;
const RESULTS: [&str; 3] = ["v0.safetensors", "v1.safetensors", "v2.safetensors"];
const START: [&str; 3] = ["--no-gui", "--recipe", "tiny.toml"];

fn main() {
    let no_adapter = pollster::block_on(GpuEngine::adapters()).is_empty();
    let mut trials = vec![
        trial("kills_on_the_cpu_change_no_bit", || kills::change_no_bit("cpu", 50)),
        trial("kills_on_the_gpu_change_no_bit", || kills::change_no_bit("gpu", 5))
            .with_ignored_flag(no_adapter),
    ];
    #[cfg(unix)]
    trials.extend(signals::trials());
    #[cfg(unix)]
    trials.extend(disks::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || {
        test();
        Ok(())
    })
}

/// A new folder with the recipe and a few digits in it; in memory where there is such a place, for every save is synced.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let folder = folder.expect("a folder for the test");
    fs::write(folder.path().join("tiny.toml"), RECIPE).expect("the recipe");
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a folder for the digits");
    let all = nin_data::embedded().expect("digits");
    for (name, digits) in [("train", all.train.take(240)), ("t10k", all.test.take(60))] {
        let side = digits.side as u32;
        let images = idx(&[digits.labels.len() as u32, side, side], &digits.images);
        fs::write(data.join(format!("{name}-images-idx3-ubyte")), images).expect("images");
        let labels = idx(&[digits.labels.len() as u32], &digits.labels);
        fs::write(data.join(format!("{name}-labels-idx1-ubyte")), labels).expect("labels");
    }
    folder
}

fn idx(sizes: &[u32], content: &[u8]) -> Vec<u8> {
    let head = [0, 0, 8, sizes.len() as u8];
    [&head[..], &sizes.iter().flat_map(|size| size.to_be_bytes()).collect::<Vec<_>>(), content].concat()
}

/// The program, about to start in `folder`.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nin"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).env("XDG_RUNTIME_DIR", folder);
    command
}

/// Runs the program, which has to succeed.
fn succeed(folder: &Path, arguments: &[&str]) {
    let output = program(folder, arguments).output().expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {}", told(&output));
}

/// What a program that ended said.
fn told(output: &Output) -> String {
    format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr))
}

/// The results of the run in `folder/name`.
fn results(folder: &Path, name: &str) -> Vec<Vec<u8>> {
    let read = |file: PathBuf| fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    RESULTS.iter().map(|file| read(folder.join(name).join(file))).collect()
}
