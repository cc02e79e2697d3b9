//! When and what a run saves.

use nin_net::{Engine, NetworkState};
use web_time::Instant;

use crate::checkpoint::Checkpoint;
use crate::curves::curves_svg;
use crate::run::{End, Run};
use crate::{CHECKPOINT, Event, Host};

/// Most seconds between two checkpoints, give or take a chunk of steps, unless a command sets another number.
pub(crate) const SAVE_EVERY: f64 = 10.0;

impl<E: Engine, H: Host> Run<'_, E, H> {
    /// Parameters and moments, if all of them are numbers.
    pub(crate) async fn good_state(&mut self) -> Result<NetworkState, End> {
        let state = self.engine.state().await?;
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        if !(finite(&state.parameters) && finite(&state.first_moment) && finite(&state.second_moment)) {
            return Err(self.diverged("the parameters are not numbers").into());
        }
        Ok(state)
    }

    /// After an epoch: a stage's last one is always saved.
    pub(crate) async fn checkpoint_if_due(&mut self) -> Result<(), End> {
        let last = self.at.epoch == self.recipe.stages[self.at.stage].epochs;
        if last || self.is_due() {
            self.checkpoint().await?;
        }
        Ok(())
    }

    /// Within an epoch, which may be long.
    pub(crate) async fn save_in_time(&mut self) -> Result<(), End> {
        if self.is_due() {
            self.finish_chunks().await?;
            self.checkpoint().await?;
        }
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.checkpointed_at.elapsed().as_secs_f64() >= self.save_every
    }

    /// Saves a checkpoint. A disk that refuses is only warned of: training goes on, and the checkpoint before is intact.
    pub(crate) async fn checkpoint(&mut self) -> Result<(), End> {
        let state = self.good_state().await?;
        self.count_time();
        self.remember(Some(state.clone()));
        let checkpoint = Checkpoint {
            recipe: self.recipe.clone(),
            position: self.at,
            state,
            data: self.data.clone(),
            progress: self.progress.clone(),
        };
        let bytes = checkpoint.to_bytes()?;
        match self.host.save(CHECKPOINT, &bytes).await {
            Ok(()) => {
                self.checkpointed = true;
                self.host.emit(Event::Saved { file: CHECKPOINT.to_owned() });
            }
            Err(error) => self.warn(&error.to_string()),
        }
        self.checkpointed_at = Instant::now();
        self.save_records().await?;
        self.count_time();
        Ok(())
    }

    /// Saves the log and its picture; a disk that refuses is only warned of.
    pub(crate) async fn save_records(&mut self) -> Result<(), End> {
        let mut lines = Vec::new();
        for event in &self.progress.log {
            serde_json::to_writer(&mut lines, event)?;
            lines.push(b'\n');
        }
        let title = format!("nin: recipe {}, seed {}", self.recipe.name, self.recipe.seed);
        let picture = curves_svg(&title, &self.progress.log);
        for (name, bytes) in [("metrics.jsonl", lines.as_slice()), ("curves.svg", picture.as_bytes())] {
            if let Err(error) = self.host.save(name, bytes).await {
                self.warn(&error.to_string());
            }
        }
        Ok(())
    }

    /// Saves a result; without it the run has failed.
    pub(crate) async fn save_result(&mut self, name: &str, bytes: &[u8]) -> Result<(), End> {
        self.host.save(name, bytes).await?;
        self.host.emit(Event::Saved { file: name.to_owned() });
        Ok(())
    }
}
