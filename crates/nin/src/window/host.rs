//! The world of a run that the window shows.

use std::sync::mpsc::{Receiver, Sender};

use nin_train::{Command, Event, Host, RunFolder, SaveError};

use super::reporter::Reporter;
use super::viewer::ToViewer;

/// Commands from the screen, events to it, snapshots also to the viewer, files into the run's folder.
pub struct WindowHost<'a> {
    /// Obeyed before any other.
    pub first: Option<Command>,
    pub commands: &'a Receiver<Command>,
    pub reporter: &'a Reporter,
    pub viewer: &'a Sender<ToViewer>,
    pub folder: RunFolder,
}

impl Host for WindowHost<'_> {
    fn emit(&mut self, event: Event) {
        if let Event::Snapshot(snapshot) = &event {
            // A viewer that is gone shows nothing; the run goes on.
            let _ = self.viewer.send(ToViewer::Show(snapshot.clone()));
        }
        self.reporter.event(event);
    }

    async fn try_command(&mut self) -> Option<Command> {
        self.first.take().or_else(|| self.commands.try_recv().ok())
    }

    async fn wait_command(&mut self) -> Command {
        self.commands.recv().unwrap_or(Command::Stop)
    }

    async fn save(&mut self, name: &str, bytes: &[u8]) -> Result<(), SaveError> {
        self.folder.save(name, bytes)
    }
}
