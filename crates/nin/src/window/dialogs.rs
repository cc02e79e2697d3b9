//! The system's file dialogs. They wait for the user: each is opened on a thread of its own.

use std::path::PathBuf;
use std::sync::{Mutex, Once, PoisonError};

use anyhow::{Result, bail};
use log::{LevelFilter, Log, Metadata, Record};
use pollster::block_on;
use rfd::{AsyncFileDialog, FileHandle};

/// Why the newest dialog could not be shown. The dialogs only log it, and answer as if the user had chosen nothing.
static TROUBLE: Mutex<Option<String>> = Mutex::new(None);
static LISTENER: Listener = Listener;
static LISTEN: Once = Once::new();

struct Listener;

impl Log for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("rfd")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            *TROUBLE.lock().unwrap_or_else(PoisonError::into_inner) = Some(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// Lets the user choose a file whose name ends in `.extension`; none if the user chose none.
pub fn choose_file(title: &str, extension: &str) -> Result<Option<PathBuf>> {
    let dialog = AsyncFileDialog::new().set_title(title).add_filter(title, &[extension]);
    shown(|| block_on(dialog.pick_file()))
}

/// Lets the user choose a folder; none if the user chose none.
pub fn choose_folder(title: &str) -> Result<Option<PathBuf>> {
    shown(|| block_on(AsyncFileDialog::new().set_title(title).pick_folder()))
}

/// Lets the user choose where a file is saved; none if the user chose nowhere.
pub fn choose_place(name: &str) -> Result<Option<PathBuf>> {
    let dialog = AsyncFileDialog::new().set_title(format!("Save {name}")).set_file_name(name);
    shown(|| block_on(dialog.save_file()))
}

fn shown(dialog: impl FnOnce() -> Option<FileHandle>) -> Result<Option<PathBuf>> {
    LISTEN.call_once(|| {
        // Another logger is no harm: then a dialog that cannot be shown looks like one that was closed.
        if log::set_logger(&LISTENER).is_ok() {
            log::set_max_level(LevelFilter::Error);
        }
    });
    let trouble = || TROUBLE.lock().unwrap_or_else(PoisonError::into_inner).take();
    trouble();
    match (dialog(), trouble()) {
        (None, Some(reason)) => bail!(
            "no file dialog can be shown ({reason}): install xdg-desktop-portal or zenity, or drop the file on the window"
        ),
        (chosen, _) => Ok(chosen.map(|file| file.path().to_owned())),
    }
}
