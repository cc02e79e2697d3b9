//! What the window's test needs: a screen that nobody sees, and what a window loads. `screenshots`: the README's
//! pictures, taken by that test.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::{setup, test};

/// Xvfb, OpenGL in software, and the libraries of X that a window loads when it opens.
const PACKAGES: [&str; 12] = [
    "xvfb",
    "libgl1",
    "libglx-mesa0",
    "libegl1",
    "libegl-mesa0",
    "libgl1-mesa-dri",
    "libx11-6",
    "libx11-xcb1",
    "libxkbcommon-x11-0",
    "libxcursor1",
    "libxi6",
    "libxrandr2",
];

/// Installs what is missing where that is possible. Without it the window's test shows as ignored, so nothing here is
/// an error.
pub fn prepare(skip_install: bool) {
    let there = || setup::runs(Command::new("Xvfb").arg("-help"));
    if !setup::install("a screen for the window's test", &PACKAGES, skip_install) && !there() {
        println!(
            "» without Xvfb the window's test will be ignored. To run it, install Xvfb and Mesa (Debian, Ubuntu: apt \
             install {}; Fedora: dnf install xorg-x11-server-Xvfb mesa-dri-drivers; Arch: pacman -S \
             xorg-server-xvfb mesa)",
            PACKAGES.join(" ")
        );
    }
}

#[derive(clap::Args)]
pub struct Options {
    /// Install nothing; what is missing is only named.
    #[arg(long)]
    skip_install: bool,
}

/// Takes the README's pictures.
pub fn run(options: &Options) -> Result<()> {
    prepare(options.skip_install);
    let folder = crate::root().join("assets/readme");
    let mut pictures =
        test::cargo("test --release --package nin --test window -- --exact pictures_for_the_readme");
    ensure!(test::succeeds(pictures.env("NIN_SCREENSHOTS", &folder))?, "the pictures could not be taken");
    println!("the pictures are in {}", folder.display());
    Ok(())
}
