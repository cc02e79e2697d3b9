//! The Python of the tests that compare with other programs: a virtual environment in the target folder, made once.

use std::{path::PathBuf, process::Command};

use crate::setup::runs;

/// What the tests import, and how pip is asked for it (some 150 MB).
const MODULES: &str = "numpy, onnxruntime";
const PACKAGES: [&str; 2] = ["numpy>=1.26,<3", "onnxruntime>=1.17,<2"];

/// Without it those tests show as ignored, so nothing here is an error.
pub fn prepare(skip_install: bool) {
    if std::env::var_os("NIN_PYTHON").is_some() || runs(Command::new(interpreter()).args(["-c", &import()])) {
        return;
    }
    if !skip_install {
        println!("» Python for the comparison with onnxruntime: {} with {MODULES}", folder().display());
        if make() {
            return;
        }
    }
    println!(
        "» no Python with {MODULES}: the tests that compare with onnxruntime will be ignored. They need Python 3 with \
         venv and pip (Debian, Ubuntu: apt install python3-venv) and PyPI, or a Python that has both, named by NIN_PYTHON"
    );
}

fn make() -> bool {
    let mut install = Command::new(interpreter());
    install.args(["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "20"]).args(PACKAGES);
    runs(Command::new("python3").args(["-m", "venv"]).arg(folder())) && runs(&mut install)
}

fn import() -> String {
    format!("import {MODULES}")
}

fn folder() -> PathBuf {
    crate::root().join("target/python")
}

fn interpreter() -> PathBuf {
    folder().join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}
