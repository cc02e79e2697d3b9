//! `nin completions` and `nin man`: what a shell and a manual page reader want to know.

use std::io;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::output::say;

/// Flags of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// Which shell's.
    shell: Shell,
}

/// Flags of `man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// Write a page for every command into this folder; otherwise `nin`'s own page is printed.
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints what completes nin's command line in a shell.
pub fn completions(arguments: &CompletionsArguments) {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "nin", &mut script);
    say(String::from_utf8_lossy(&script).trim_end());
}

/// Prints or writes manual pages.
pub fn man(arguments: &ManArguments) -> Result<()> {
    let command = Arguments::command();
    if let Some(folder) = &arguments.folder {
        let cannot = || format!("the manual pages cannot be written into {}", folder.display());
        return pages(command, folder).with_context(cannot);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    say(String::from_utf8_lossy(&page).trim_end());
    Ok(())
}

fn pages(command: clap::Command, folder: &PathBuf) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)
}
