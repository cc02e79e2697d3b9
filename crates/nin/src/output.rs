//! Lines for the user. A reader who has left (`nin … | head`) is no error; a full disk is one, told at the end.

use std::io::{self, ErrorKind, Write as _};
use std::sync::OnceLock;

use anyhow::{Result, bail};

static FAILURE: OnceLock<io::Error> = OnceLock::new();

/// A line on the standard output.
pub fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        // Only the first one counts.
        let _ = FAILURE.set(error);
    }
}

/// A line on the standard error; there is nowhere to tell that it failed.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Whether everything that was said could be written.
pub fn check() -> Result<()> {
    match FAILURE.get() {
        Some(error) => bail!("the standard output cannot be written ({error}): send it somewhere else"),
        None => Ok(()),
    }
}

/// An error with its causes as one sentence; a cause that its effect already tells is not repeated.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
