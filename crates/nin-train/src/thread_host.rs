//! The world of a run on a thread: two channels and a folder.

use std::sync::mpsc::{Receiver, Sender};

use crate::{Command, Event, Host, RunFolder, SaveError};

/// A [`Host`] for a thread of its own: it blocks while it waits, and ends with its commander.
#[derive(Debug)]
pub struct ThreadHost {
    /// Where events go; a reader who left is no error.
    pub events: Sender<Event>,
    /// Where commands come from.
    pub commands: Receiver<Command>,
    /// Where files go.
    pub folder: RunFolder,
}

impl Host for ThreadHost {
    fn emit(&mut self, event: Event) {
        // A run goes on, and saves, when nobody watches any more.
        let _ = self.events.send(event);
    }

    async fn try_command(&mut self) -> Option<Command> {
        self.commands.try_recv().ok()
    }

    async fn wait_command(&mut self) -> Command {
        self.commands.recv().unwrap_or(Command::Stop)
    }

    async fn save(&mut self, name: &str, bytes: &[u8]) -> Result<(), SaveError> {
        self.folder.save(name, bytes)
    }
}
