//! `web`: the page and its worker, built, shown and put into a folder.

mod build;
mod serve;
mod site;

use std::path::PathBuf;

use anyhow::Result;

pub use build::{build, target_folder};
pub use site::copy_to;

#[derive(clap::Args)]
pub struct Options {
    /// Serve the page on this machine and open it, until Ctrl-C.
    #[arg(long)]
    serve: bool,
    /// With --serve: at this port; without it, at any free one.
    #[arg(long, value_name = "PORT", default_value_t = 0, requires = "serve")]
    port: u16,
    /// With --serve: leave the browser closed.
    #[arg(long, requires = "serve")]
    no_open: bool,
    /// Put everything that the page needs into this folder, for any static host.
    #[arg(long, value_name = "DIR")]
    dist: Option<PathBuf>,
}

pub fn run(options: &Options) -> Result<()> {
    build()?;
    if let Some(folder) = &options.dist {
        copy_to(folder)?;
        println!("{}: put it on any static host as it is", folder.display());
    }
    if options.serve {
        serve::serve(options.port, !options.no_open)?;
    }
    Ok(())
}
