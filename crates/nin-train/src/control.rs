//! What commands do to a run.

use nin_net::{CLASSES, Engine};

use crate::run::{End, Run};
use crate::{Command, Event, Host, Prediction};

impl<E: Engine, H: Host> Run<'_, E, H> {
    /// Carries out the commands that came in; returns when steps may be queued.
    pub(crate) async fn obey(&mut self) -> Result<(), End> {
        while let Some(command) = self.host.try_command().await {
            self.carry_out(command).await?;
        }
        if self.allowance == Some(0) && self.queued.is_empty() {
            self.wait().await?;
        }
        Ok(())
    }

    /// Paused: saves, then waits for commands until one lets the run go on.
    async fn wait(&mut self) -> Result<(), End> {
        self.checkpoint().await?;
        self.host.emit(Event::Paused);
        while self.allowance == Some(0) {
            let command = self.host.wait_command().await;
            self.carry_out(command).await?;
        }
        self.skip_time();
        Ok(())
    }

    async fn carry_out(&mut self, command: Command) -> Result<(), End> {
        // Whatever is done, is done between two steps.
        while !self.queued.is_empty() {
            self.finish_chunk().await?;
        }
        match command {
            Command::Start { .. } => self.warn("a run is on already: stop it before you start another"),
            Command::Pause => self.allowance = Some(0),
            Command::Step => self.allowance = Some(1 + self.allowance.unwrap_or(0)),
            Command::Resume if self.allowance.is_some() => {
                self.allowance = None;
                self.host.emit(Event::Resumed);
            }
            Command::Resume => {}
            Command::Stop => {
                self.checkpoint().await?;
                return Err(End::Stopped);
            }
            Command::Save => self.checkpoint().await?,
            Command::SetLearningRate { learning_rate } => self.set_learning_rate(learning_rate),
            Command::Predict { id, image } => self.predict(id, &image).await?,
        }
        Ok(())
    }

    pub(crate) fn warn(&mut self, message: &str) {
        self.host.emit(Event::Warning { message: message.to_owned() });
    }

    fn set_learning_rate(&mut self, learning_rate: f32) {
        if !(learning_rate.is_finite() && learning_rate >= 0.0) {
            return self.warn("the learning rate was left as it is: expected a finite number, 0 or more");
        }
        self.recipe.stages[self.at.stage].schedule.learning_rate = learning_rate;
        self.record(Event::LearningRateSet { learning_rate });
    }

    async fn predict(&mut self, id: u64, image: &[u8]) -> Result<(), End> {
        let side = self.dataset.test.side;
        if image.len() != side * side {
            self.warn(&format!("a drawing of {} bytes was left unread: expected {side}×{side}", image.len()));
            return Ok(());
        }
        let logits = self.engine.predict(image).await?;
        self.host.emit(Event::Prediction(prediction(id, &logits)));
        Ok(())
    }
}

/// Softmax over all logits; the largest of the first ten (the first, if several are equal) is the digit.
fn prediction(id: u64, logits: &[f32]) -> Prediction {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = powers.iter().sum();
    let probabilities: Vec<f32> = powers.iter().take(CLASSES).map(|power| power / sum).collect();
    let digit = (0..probabilities.len()).rev().max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    Prediction { id, digit: digit.unwrap_or(0), probabilities }
}
