//! The thread that looks at the newest network: the newest look of each kind is answered, all others are forgotten.

use std::sync::mpsc::Receiver;

use nin_app::Report;
use nin_data::Dataset;
use nin_net::EngineError;
use nin_train::{Latest, Look, Seen, Snapshot, Viewer};
use pollster::block_on;

use super::reporter::Reporter;

/// What the thread is told.
pub enum ToViewer {
    /// Digits that looks are about from now on.
    Digits(Dataset),
    /// The network that looks are about from now on.
    Show(Snapshot),
    /// Something to find out.
    Look(Look),
}

/// Looks until nobody is left to show anything to.
pub struct Looking {
    viewer: Viewer,
    latest: Latest,
    /// The newest network, until it is shown.
    snapshot: Option<Snapshot>,
    reporter: Reporter,
}

impl Looking {
    /// # Errors
    /// If the system starts no thread.
    pub fn new(reporter: Reporter) -> Result<Self, EngineError> {
        Ok(Looking { viewer: Viewer::new()?, latest: Latest::default(), snapshot: None, reporter })
    }

    /// The thread.
    pub fn run(mut self, told: &Receiver<ToViewer>) {
        while let Ok(message) = told.recv() {
            self.take(message);
            self.work(told);
        }
    }

    /// Works until there is nothing more to do; what comes in meanwhile comes first.
    fn work(&mut self, told: &Receiver<ToViewer>) {
        loop {
            told.try_iter().for_each(|message| self.take(message));
            if let Some(snapshot) = self.snapshot.take() {
                let shown = block_on(self.viewer.show(snapshot));
                self.complain(shown);
            }
            let seen = match self.latest.pop() {
                Some(look) => block_on(self.viewer.answer(look)),
                None if self.viewer.is_busy() => block_on(self.viewer.piece()),
                None => return,
            };
            if let Some(seen) = seen {
                self.reporter.tell(Report::Seen(seen));
            }
        }
    }

    fn take(&mut self, message: ToViewer) {
        match message {
            ToViewer::Digits(dataset) => {
                let loaded = block_on(self.viewer.load_digits(&dataset));
                self.complain(loaded);
            }
            ToViewer::Show(snapshot) => self.snapshot = Some(snapshot),
            ToViewer::Look(look) => self.latest.push(look),
        }
    }

    fn complain(&self, result: Result<(), EngineError>) {
        if let Err(error) = result {
            self.reporter.tell(Report::Seen(Seen::Failed { message: error.to_string() }));
        }
    }
}
