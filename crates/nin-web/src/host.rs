//! The world of a run in a worker: the page's messages and the browser's database.

use std::collections::VecDeque;

use async_channel::Receiver;
use nin_train::{Command, Event, Host, SaveError};

use crate::event_loop::EventLoop;
use crate::post::{Letter, send};
use crate::store::Store;
use crate::{Reply, Request};

/// Least time between two snapshots for the screens, in seconds.
const WATCH_SECONDS: f64 = 0.5;

/// A [`Host`] for a run called `run`.
pub struct WorkerHost<'a> {
    run: String,
    letters: &'a Receiver<Letter>,
    store: &'a Option<Store>,
    event_loop: &'a EventLoop,
    /// Commands before those of the page.
    first: VecDeque<Command>,
    /// Digits that came while the run was on.
    pub given: Vec<(String, Vec<Vec<u8>>)>,
}

impl<'a> WorkerHost<'a> {
    /// Where `store` is none, nothing is kept.
    pub fn new(
        run: String,
        letters: &'a Receiver<Letter>,
        store: &'a Option<Store>,
        event_loop: &'a EventLoop,
    ) -> Self {
        let first = VecDeque::from([Command::Watch { seconds: Some(WATCH_SECONDS) }]);
        WorkerHost { run, letters, store, event_loop, first, given: Vec::new() }
    }

    /// The command in a letter; other letters have to wait, or are not for a trainer.
    fn command(&mut self, (request, bytes): Letter) -> Option<Command> {
        match request {
            Request::Command(command) => return Some(command),
            Request::Given { name } => self.given.push((name, bytes)),
            Request::Digits { .. } | Request::Show(_) | Request::Look(_) => {}
        }
        None
    }
}

impl Host for WorkerHost<'_> {
    fn emit(&mut self, event: Event) {
        send(&Reply::Event(event));
    }

    async fn try_command(&mut self) -> Option<Command> {
        if let Some(command) = self.first.pop_front() {
            return Some(command);
        }
        self.event_loop.turn().await;
        while let Ok(letter) = self.letters.try_recv() {
            if let Some(command) = self.command(letter) {
                return Some(command);
            }
        }
        None
    }

    async fn wait_command(&mut self) -> Command {
        while let Ok(letter) = self.letters.recv().await {
            if let Some(command) = self.command(letter) {
                return command;
            }
        }
        Command::Stop
    }

    async fn save(&mut self, name: &str, bytes: &[u8]) -> Result<(), SaveError> {
        match self.store {
            Some(store) => store.save(&self.run, name, bytes).await,
            None => Ok(()), // said once, when the worker started
        }
    }
}
