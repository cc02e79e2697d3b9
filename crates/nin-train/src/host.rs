//! What a run needs of the world around it: someone to tell, someone to listen to, somewhere to save.

use std::future::Future;

use crate::{Command, Event, SaveError};

/// The world around a run: a thread's channels and a folder ([`ThreadHost`](crate::ThreadHost)), or a web worker's messages and a database.
pub trait Host {
    /// Takes an event.
    fn emit(&mut self, event: Event);

    /// The next command, if one is there. Called every few steps; a host in a browser first lets the event loop run.
    fn try_command(&mut self) -> impl Future<Output = Option<Command>>;

    /// Waits for a command (the run is paused). A host whose commander is gone answers [`Command::Stop`].
    fn wait_command(&mut self) -> impl Future<Output = Command>;

    /// Keeps `bytes` under `name`, wholly or not at all; what had that name before is replaced,
    /// except that the [`CHECKPOINT`](crate::CHECKPOINT) before is kept as [`PREVIOUS`](crate::PREVIOUS).
    fn save(&mut self, name: &str, bytes: &[u8]) -> impl Future<Output = Result<(), SaveError>>;
}
