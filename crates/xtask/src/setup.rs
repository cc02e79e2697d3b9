//! What the checks need besides cargo: clippy and rustfmt, the browser's target, a Vulkan driver for the GPU tests,
//! a screen for the window's, a Python for the comparisons.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

const TARGET: &str = "wasm32-unknown-unknown";
/// Mesa's lavapipe, a Vulkan driver that needs no GPU, and Vulkan's loader.
const PACKAGES: [&str; 2] = ["mesa-vulkan-drivers", "libvulkan1"];

/// Installs what is missing where that is possible; otherwise says what to install.
pub fn prepare(skip_install: bool) -> Result<()> {
    require("rustfmt", cargo_has("fmt"), "component", "rustfmt", skip_install)?;
    require("clippy", cargo_has("clippy"), "component", "clippy", skip_install)?;
    require_target(skip_install)?;
    prepare_vulkan(skip_install);
    if cfg!(target_os = "linux") {
        crate::screen::prepare(skip_install);
    }
    crate::python::prepare(skip_install);
    Ok(())
}

/// What code for the browser is built with.
pub fn require_target(skip_install: bool) -> Result<()> {
    require("the browser's target", has_target(), "target", TARGET, skip_install)
}

/// A part of the Rust toolchain, which no check can go without.
fn require(what: &str, present: bool, kind: &str, name: &str, skip_install: bool) -> Result<()> {
    if present {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args([kind, "add", name]).current_dir(crate::root());
    if !skip_install && runs(Command::new("rustup").arg("--version")) {
        println!("» {what} is missing: rustup {kind} add {name}");
        if rustup.status().is_ok_and(|status| status.success()) {
            return Ok(());
        }
    }
    bail!(
        "{what} is missing: run `rustup {kind} add {name}`, or install `{name}` as your Rust toolchain came"
    );
}

fn cargo_has(subcommand: &str) -> bool {
    runs(Command::new("cargo").args([subcommand, "--version"]).current_dir(crate::root()))
}

fn has_target() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(crate::root());
    rustc.output().is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

/// On Linux, installs a software driver where that is possible. Without a driver the GPU tests show as ignored, and benchmarks leave
/// the GPU engine out, so nothing here is an error.
pub fn prepare_vulkan(skip_install: bool) {
    if !cfg!(target_os = "linux") || !has_apt() && has_driver() {
        return;
    }
    if install("a software Vulkan driver", &PACKAGES, skip_install) {
        return;
    }
    let packages = PACKAGES.join(" ");
    println!(
        "» no software Vulkan driver: without a GPU, the GPU tests are ignored, and benchmarks leave the GPU \
         engine out. To run them, install lavapipe \
         (Debian, Ubuntu: apt install {packages}; Fedora: dnf install mesa-vulkan-drivers vulkan-loader; \
         Arch: pacman -S vulkan-swrast vulkan-icd-loader)"
    );
}

/// Whether Debian's `packages` are there; they are installed now if that goes without a question.
pub fn install(what: &str, packages: &[&str], skip_install: bool) -> bool {
    if !has_apt() {
        return false;
    }
    if packages.iter().all(|package| is_installed(package)) {
        return true;
    }
    let Some(prefix) = administrator().filter(|_| !skip_install) else { return false };
    println!("» {what} is missing: apt-get install {}", packages.join(" "));
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    apt_get(prefix, &["update"]) && apt_get(prefix, &install)
}

fn has_apt() -> bool {
    runs(Command::new("apt-get").arg("--version"))
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${Status}", package]);
    query.output().is_ok_and(|output| output.stdout.ends_with(b" installed"))
}

/// Whether any Vulkan driver is registered.
fn has_driver() -> bool {
    [
        "/usr/share/vulkan/icd.d",
        "/usr/local/share/vulkan/icd.d",
        "/etc/vulkan/icd.d",
        "/run/opengl-driver/share/vulkan/icd.d",
    ]
    .iter()
    .any(|folder| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()))
}

/// What to put before a command to run it as root, if that goes without a question.
fn administrator() -> Option<&'static [&'static str]> {
    let id = Command::new("id").arg("-u").output().ok()?;
    if id.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    runs(Command::new("sudo").args(["--non-interactive", "true"])).then_some(&["sudo", "--non-interactive"])
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> bool {
    let words = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"], arguments].concat();
    Command::new(words[0])
        .args(&words[1..])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether a command starts and succeeds; its output is dropped.
pub fn runs(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
