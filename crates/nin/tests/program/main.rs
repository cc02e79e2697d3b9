//! The program as its users meet it: started, read, killed, resumed, misused.
#![allow(clippy::expect_used, clippy::panic)] // the helpers belong to tests, too

mod bad_input;
mod bench;
mod eval;
mod exports;
mod faults;
mod follow;
mod golden;
mod info;
mod predict;
mod runs;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A recipe that trains through three stages in about a second: 14×14 input, narrow layers.
const SMALL: &str = r#"
name = "small"
seed = 3
resolution = 14
head = "global"
batch = 100
initial = "kaiming"

[augmentation]
rotation_degrees = 4.0

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
epochs = 3
growth = { start = "identity", carry = "weights+biases", new = [[2, 2]] }
optimizer = { kind = "sgd", momentum = 0.9 }
schedule = { kind = "constant", learning_rate = 0.01 }
blocks = [
    { kernel = 3, channels = [6, 6], pool = "max2" },
    { kernel = 3, channels = [10, 10, 10], relu = [true, true, false], pool = "max2" },
]
"#;

/// The program, about to start in `folder` with nothing on its standard input.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nin"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).env_remove("CARGO_MANIFEST_DIR");
    // Without it some Vulkan drivers complain on the standard error, which is read here.
    command.env("XDG_RUNTIME_DIR", folder);
    // No test is to open a window.
    ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// Runs the program to its end.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().expect("the program starts")
}

/// Runs the program, which has to succeed, and returns what it wrote on its standard output.
fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {}\n{stdout}\n{stderr}", output.status);
    stdout
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A new folder with [`SMALL`] in it as `small.toml`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::write(folder.path().join("small.toml"), SMALL).expect("the recipe is written");
    folder
}
