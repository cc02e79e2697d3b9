//! What commands do to a run.

use std::time::Duration;

use nin_net::Engine;

use crate::run::{End, Run};
use crate::{Command, Event, Host};

impl<E: Engine, H: Host> Run<'_, E, H> {
    /// Carries out the commands that came in; returns when steps may be queued.
    pub(crate) async fn obey(&mut self) -> Result<(), End> {
        if let Some(command) = self.pending.take() {
            self.carry_out(command).await?;
        }
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
        self.pending = Some(command.clone());
        // Whatever is done, is done between two steps.
        self.finish_chunks().await?;
        match command {
            Command::Start { .. } | Command::GoOn { .. } => {
                self.warn("a run is on already: stop it before you start another");
            }
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
            Command::SaveEvery { seconds } => self.save_every = seconds,
            Command::SetLearningRate { learning_rate } => self.set_learning_rate(learning_rate).await?,
            Command::Watch { seconds } => self.watch(seconds).await?,
            Command::Profile => self.profile().await?,
        }
        self.pending = None;
        Ok(())
    }

    pub(crate) fn warn(&mut self, message: &str) {
        self.host.emit(Event::Warning { message: message.to_owned() });
    }

    async fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), End> {
        if !(learning_rate.is_finite() && learning_rate >= 0.0) {
            self.warn("the learning rate was left as it is: expected a finite number, 0 or more");
            return Ok(());
        }
        let state = self.good_state().await?;
        self.recipe.stages[self.at.stage].schedule.learning_rate = learning_rate;
        self.record(Event::LearningRateSet { learning_rate });
        self.remember(Some(state));
        Ok(())
    }

    /// From now on snapshots are told; the first one at once.
    async fn watch(&mut self, seconds: Option<f64>) -> Result<(), End> {
        self.watch = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        self.snapshot().await
    }
    /// Training does not notice: neither its numbers nor its clock.
    async fn profile(&mut self) -> Result<(), End> {
        let ceilings = self.engine.ceilings().await?;
        let profile = self.engine.profile().await?;
        self.host.emit(Event::Profiled { profile, ceilings });
        self.skip_time();
        Ok(())
    }
}
