//! Programs of others, run by the Python that `cargo xtask test` sets up.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

/// A test that runs Python with these modules: shown as ignored where they cannot be imported.
pub fn python_trial(
    name: impl Into<String>,
    modules: &[&str],
    test: impl FnOnce() + Send + 'static,
) -> Trial {
    let mut import = Command::new(interpreter());
    import
        .args(["-c", &format!("import {}", modules.join(", "))])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let missing = !import.status().is_ok_and(|status| status.success());
    Trial::test(format!("python::{}", name.into()), move || {
        test();
        Ok(())
    })
    .with_ignored_flag(missing)
}

/// Runs a script of `tests/python` on a folder; it has to succeed.
pub fn python(script: &str, folder: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let output = Command::new(interpreter()).arg(&script).arg(folder).output().expect("Python starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {}\n{complaint}", script.display(), output.status);
}

/// What the variable `NIN_PYTHON` names, else the one in the target folder.
fn interpreter() -> PathBuf {
    let in_target =
        if cfg!(windows) { "target/python/Scripts/python.exe" } else { "target/python/bin/python" };
    match std::env::var_os("NIN_PYTHON") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(in_target),
    }
}
