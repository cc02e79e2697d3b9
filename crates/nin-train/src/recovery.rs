//! What a run does when its device is lost: it goes on from what it remembers, to the same bits.

use nin_net::{Engine, NetworkState};

use crate::checkpoint::Progress;
use crate::run::{End, Run};
use crate::{Host, Position, RunError};

/// Losses in a row that end a run; the error's sentence has the number in words.
const MOST_LOSSES: usize = 3;

/// A run between two steps. It is renewed after each epoch and with each checkpoint.
#[derive(Default)]
pub(crate) struct Memory {
    at: Position,
    progress: Progress,
    /// None before the first stage has begun.
    pub state: Option<NetworkState>,
}

impl<E: Engine, H: Host> Run<'_, E, H> {
    /// Takes note of where the run is, with the state of its network there.
    pub(crate) fn remember(&mut self, state: Option<NetworkState>) {
        if self.at != self.memory.at {
            self.losses = 0;
        }
        self.memory = Memory { at: self.at, progress: self.progress.clone(), state };
    }

    /// Sets the device up anew and goes back to what is remembered. Events since then may be told a second time.
    ///
    /// # Errors
    /// [`RunError::DeviceLost`] if this has happened too often since the run last got further.
    pub(crate) async fn recover(&mut self, mut reason: String) -> Result<(), End> {
        loop {
            self.losses += 1;
            if self.losses == MOST_LOSSES {
                return Err(RunError::DeviceLost { reason }.into());
            }
            self.warn(&format!(
                "the GPU stopped working ({reason}): it is set up anew, and the run goes on from its last good state"
            ));
            match self.engine.revive().await {
                Ok(()) => break,
                Err(error) => reason = error.to_string(),
            }
        }
        self.queued.clear();
        self.at = self.memory.at;
        self.progress = self.memory.progress.clone();
        Ok(())
    }
}
