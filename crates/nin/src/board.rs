//! `--tensorboard`: what a run tells, also as TensorBoard's event file.

use std::path::Path;

use nin_train::{Event, SaveError, TensorBoard};

use crate::arguments::TrainArguments;
use crate::output::complain;

/// An event file, if one was asked for.
pub struct Board(Option<TensorBoard>);

impl Board {
    /// In the folder of the flag, in one of the run's name; without a folder in the run's own.
    pub fn new(arguments: &TrainArguments, run: &Path) -> Result<Self, SaveError> {
        let folder = match &arguments.tensorboard {
            None => return Ok(Board(None)),
            Some(None) => run.to_owned(),
            Some(Some(folder)) => folder.join(run.file_name().unwrap_or("run".as_ref())),
        };
        TensorBoard::create(&folder).map(|board| Board(Some(board)))
    }

    /// Writes an event down. A disk that refuses is told once; the run goes on without.
    pub fn record(&mut self, event: &Event) {
        let Some(board) = &mut self.0 else { return };
        if let Err(error) = board.record(event) {
            complain(&format!("warning: {error}; the run goes on without it"));
            self.0 = None;
        }
    }
}
