//! A run from its recipe to its summary: stage after stage.

use std::collections::VecDeque;
use std::time::Duration;

use nin_data::Dataset;
use nin_net::{Engine, EngineError, Evaluation, Layout, NetworkState, Split};
use web_time::Instant;

use crate::checkpoint::{Checkpoint, DataIdentity, Progress};
use crate::pace::Pace;
use crate::recovery::Memory;
use crate::saving::SAVE_EVERY;
use crate::{
    CheckpointError, Command, Event, Host, PROTOCOL_VERSION, PlannedStage, Position, Recipe, RunError,
    RunStarted, Summary,
};

/// How a run ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All stages are trained.
    Finished(Summary),
    /// A command stopped it; the checkpoint holds where.
    Stopped,
}

/// Trains `recipe` from its start. `dataset` is the whole of what `recipe.data` names; `recipe.hold_out` is applied here.
///
/// # Errors
/// Whatever ended the run; the same sentence was told as [`Event::Failed`].
pub async fn train<E: Engine, H: Host>(
    engine: &mut E,
    host: &mut H,
    dataset: Dataset,
    recipe: &Recipe,
) -> Result<Outcome, RunError> {
    let result = from_start(engine, host, dataset, recipe).await;
    tell_end(host, result)
}

/// Goes on from a checkpoint's bytes, bit for bit on the same device.
///
/// # Errors
/// Whatever ended the run; the same sentence was told as [`Event::Failed`].
pub async fn resume<E: Engine, H: Host>(
    engine: &mut E,
    host: &mut H,
    dataset: Dataset,
    checkpoint: &[u8],
) -> Result<Outcome, RunError> {
    let result = from_checkpoint(engine, host, dataset, checkpoint).await;
    tell_end(host, result)
}

async fn from_start<E: Engine, H: Host>(
    engine: &mut E,
    host: &mut H,
    dataset: Dataset,
    recipe: &Recipe,
) -> Result<Summary, End> {
    let mut run = Run::new(engine, host, dataset, recipe.clone()).await?;
    let text = run.recipe.to_toml()?;
    let started = run.started(None);
    run.record(started);
    run.save_result("recipe.toml", text.as_bytes()).await?;
    run.remember(None);
    run.stages().await
}

async fn from_checkpoint<E: Engine, H: Host>(
    engine: &mut E,
    host: &mut H,
    dataset: Dataset,
    checkpoint: &[u8],
) -> Result<Summary, End> {
    let checkpoint = Checkpoint::from_bytes(checkpoint)?;
    let data = DataIdentity { name: dataset.name.clone(), sha256: dataset.sha256.clone() };
    if data.sha256 != checkpoint.data.sha256 {
        let (expected, found) = (checkpoint.data.to_string(), data.to_string());
        return Err(CheckpointError::Data { expected, found }.into());
    }
    let mut run = Run::new(engine, host, dataset, checkpoint.recipe).await?;
    run.at = checkpoint.position;
    run.progress = checkpoint.progress;
    run.checkpointed = true;
    run.remember(Some(checkpoint.state));
    let started = run.started(Some(run.at));
    run.host.emit(started);
    run.stages().await
}

fn tell_end<H: Host>(host: &mut H, result: Result<Summary, End>) -> Result<Outcome, RunError> {
    match result {
        Ok(summary) => {
            host.emit(Event::Finished(summary.clone()));
            Ok(Outcome::Finished(summary))
        }
        Err(End::Stopped) => {
            host.emit(Event::Stopped);
            Ok(Outcome::Stopped)
        }
        Err(End::Failed(error)) => {
            host.emit(Event::Failed { message: error.to_string() });
            Err(error)
        }
    }
}

/// Why a run is left before its last stage's end.
pub(crate) enum End {
    Stopped,
    Failed(RunError),
}

impl<E: Into<RunError>> From<E> for End {
    fn from(error: E) -> Self {
        End::Failed(error.into())
    }
}

/// A run that is on.
pub(crate) struct Run<'a, E, H> {
    pub engine: &'a mut E,
    pub host: &'a mut H,
    /// With what is held out in place of the test images.
    pub dataset: Dataset,
    /// Of the dataset as it was given.
    pub data: DataIdentity,
    pub recipe: Recipe,
    /// One for each stage.
    pub layouts: Vec<Layout>,
    /// Between which steps: those before it are counted in `progress`.
    pub at: Position,
    pub progress: Progress,
    pub pace: Pace,
    /// Steps of each queued chunk, oldest first.
    pub queued: VecDeque<usize>,
    /// Steps that may still be queued before the run pauses; without a number it doesn't.
    pub allowance: Option<usize>,
    /// Whether a good checkpoint is saved.
    pub checkpointed: bool,
    /// When the newest one was.
    pub checkpointed_at: Instant,
    /// Seconds until the next one.
    pub save_every: f64,
    /// What it goes on from when the device is lost.
    pub memory: Memory,
    /// How often the device was lost since the run last got further.
    pub losses: usize,
    /// The command that is being carried out.
    pub pending: Option<Command>,
    /// Up to when time is counted.
    pub counted_to: Instant,
    /// Least time between two snapshots; none are told without.
    pub watch: Option<Duration>,
    /// When the newest snapshot was told.
    pub watched_at: Instant,
}

impl<'a, E: Engine, H: Host> Run<'a, E, H> {
    async fn new(engine: &'a mut E, host: &'a mut H, dataset: Dataset, recipe: Recipe) -> Result<Self, End> {
        recipe.validate()?;
        engine.set_map_precision(recipe.map_precision).await?;
        let data = DataIdentity { name: dataset.name.clone(), sha256: dataset.sha256.clone() };
        let dataset = if recipe.hold_out > 0 { dataset.hold_out(recipe.hold_out)? } else { dataset };
        let (train, test) = (dataset.train.len(), dataset.test.len());
        if train == 0 || test == 0 {
            return Err(RunError::NoImages { name: dataset.name, train, test }.into());
        }
        let layout = |index| Layout::new(&recipe.spec(index)).map_err(EngineError::from);
        let layouts = (0..recipe.stages.len()).map(layout).collect::<Result<_, _>>()?;
        Ok(Run {
            engine,
            host,
            dataset,
            data,
            recipe,
            layouts,
            at: Position::default(),
            progress: Progress::default(),
            pace: Pace::default(),
            queued: VecDeque::new(),
            allowance: None,
            checkpointed: false,
            checkpointed_at: Instant::now(),
            save_every: SAVE_EVERY,
            memory: Memory::default(),
            losses: 0,
            pending: None,
            counted_to: Instant::now(),
            watch: None,
            watched_at: Instant::now(),
        })
    }

    fn started(&self, resumed: Option<Position>) -> Event {
        let planned = |(index, layout): (usize, &Layout)| PlannedStage {
            stage: self.recipe.stages[index].name.clone(),
            parameters: layout.parameter_count,
            macs: layout.macs(),
            epochs: self.recipe.stages[index].epochs,
            steps: self.steps_per_epoch(index),
            learning_rate: self.recipe.stages[index].schedule.learning_rate,
        };
        Event::RunStarted(RunStarted {
            version: PROTOCOL_VERSION,
            recipe: self.recipe.name.clone(),
            engine: self.engine.info(),
            data: self.dataset.name.clone(),
            train_images: self.dataset.train.len(),
            test_images: self.dataset.test.len(),
            stages: self.layouts.iter().enumerate().map(planned).collect(),
            resumed,
        })
    }

    /// All stages that are left, through losses of the device.
    async fn stages(mut self) -> Result<Summary, End> {
        loop {
            match self.stages_on_device().await {
                Err(End::Failed(RunError::Engine(EngineError::Device(reason)))) => {
                    self.recover(reason).await?
                }
                end => return end,
            }
        }
    }

    async fn stages_on_device(&mut self) -> Result<Summary, End> {
        self.engine.load_images(Split::Train, self.dataset.train.as_set()).await?;
        self.engine.load_images(Split::Test, self.dataset.test.as_set()).await?;
        let mut parameters = Vec::new();
        let mut resumed = self.memory.state.clone();
        for index in self.at.stage..self.recipe.stages.len() {
            match resumed.take() {
                Some(state) => self.load(index, &state).await?,
                None => self.begin_stage(index, &parameters).await?,
            }
            while self.at.epoch < self.recipe.stages[index].epochs {
                self.epoch().await?;
            }
            parameters = self.finish_stage().await?;
        }
        self.finish().await
    }

    /// Puts the network of stage `index` onto the device.
    pub(crate) async fn load(&mut self, index: usize, state: &NetworkState) -> Result<(), End> {
        // A step never has more images than there are, whatever the recipe's batch: memory need not be larger.
        let batch = self.recipe.batch(index).min(self.dataset.train.len());
        let stage = &self.recipe.stages[index];
        self.engine.load_network(&self.layouts[index].spec, batch, &stage.optimizer, state).await?;
        self.pace = Pace::default();
        self.skip_time();
        Ok(())
    }

    pub(crate) fn steps_per_epoch(&self, index: usize) -> usize {
        self.dataset.train.len().div_ceil(self.recipe.batch(index))
    }

    /// Tells an event that lasts: it is also a line of `metrics.jsonl`.
    pub(crate) fn record(&mut self, event: Event) {
        self.progress.log.push(event.clone());
        self.host.emit(event);
    }

    /// Measures the test images; a loss that is no number means that training diverged.
    pub(crate) async fn evaluate(&mut self) -> Result<Evaluation, End> {
        let evaluation = self.engine.evaluate(Split::Test, None).await?;
        if !evaluation.loss.is_finite() {
            return Err(self.diverged("the test loss is not a number").into());
        }
        Ok(evaluation)
    }

    /// Counts the time since the last call.
    pub(crate) fn count_time(&mut self) -> f64 {
        let now = Instant::now();
        let seconds = now.duration_since(self.counted_to).as_secs_f64();
        self.counted_to = now;
        self.progress.epoch.seconds += seconds;
        self.progress.stage_seconds += seconds;
        seconds
    }

    /// Leaves the time since the last call uncounted.
    pub(crate) fn skip_time(&mut self) {
        self.counted_to = Instant::now();
    }
}
