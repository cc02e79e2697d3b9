//! Snapshots for whoever watches a run.

use nin_net::Engine;
use web_time::Instant;

use crate::run::{End, Run};
use crate::{Event, Host, Model, Moment, Snapshot};

impl<E: Engine, H: Host> Run<'_, E, H> {
    /// Tells a snapshot if one is due between two epochs' ends.
    pub(crate) async fn snapshot_if_due(&mut self) -> Result<(), End> {
        match self.watch {
            Some(least) if self.watched_at.elapsed() >= least => self.snapshot().await,
            _ => Ok(()),
        }
    }

    /// Tells a snapshot if anybody watches.
    pub(crate) async fn snapshot(&mut self) -> Result<(), End> {
        if self.watch.is_none() {
            return Ok(());
        }
        let parameters = self.engine.state().await?.parameters;
        let stage = self.recipe.stages[self.at.stage].name.clone();
        // The parameters are those after everything that is queued.
        let step = self.at.step + self.queued.iter().sum::<usize>();
        let name = format!("{}, {stage}, epoch {}", self.recipe.name, self.at.epoch);
        let model = Model { name, spec: self.layouts[self.at.stage].spec.clone(), parameters };
        let moment = Moment { stage, epoch: self.at.epoch, step };
        self.host.emit(Event::Snapshot(Snapshot { moment, model }));
        self.watched_at = Instant::now();
        Ok(())
    }
}
