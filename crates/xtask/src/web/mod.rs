//! `web`: the page and its worker, built, shown and put into a folder.

mod build;
mod site;

use std::path::PathBuf;

use anyhow::Result;

pub use build::build;
pub use site::copy_to;

#[derive(clap::Args)]
pub struct Options {
    /// Put everything that the page needs into this folder, for any static host.
    #[arg(long, value_name = "DIR")]
    dist: Option<PathBuf>,
}

pub fn run(options: &Options) -> Result<()> {
    crate::setup::require_target(false)?;
    build()?;
    if let Some(folder) = &options.dist {
        copy_to(folder)?;
        println!("{}: put it on any static host as it is", folder.display());
    }
    Ok(())
}
