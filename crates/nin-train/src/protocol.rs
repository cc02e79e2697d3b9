//! What a run is told and what it tells: plain values, the same on threads, in web workers and in JSON lines.

use nin_net::{Ceilings, EngineInfo, Profile};
use serde::{Deserialize, Serialize};

use crate::{DeadChannels, EpochMetrics, Recipe, Snapshot, StageSummary, Summary};

/// Version of [`Command`] and [`Event`]; it grows when a reader of the old ones would misread the new.
pub const PROTOCOL_VERSION: u32 = 2;

/// What a run is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Start a run. For whoever owns the engine; a run that is on refuses it with a warning.
    Start {
        /// What to train.
        recipe: Box<Recipe>,
        /// Who computes.
        #[serde(default)]
        engine: EngineWish,
    },
    /// Go on with a run that was kept. For whoever owns the engine; a run that is on refuses it with a warning.
    GoOn {
        /// The run's name: of its folder, or of its entry in a browser's database.
        run: String,
        /// Who computes.
        #[serde(default)]
        engine: EngineWish,
    },
    /// Save, then wait.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Make one training step, then wait again.
    Step,
    /// Save and end the run; it can be resumed from the checkpoint.
    Stop,
    /// Save a checkpoint now.
    Save,
    /// Let at most this much time pass between two checkpoints, also within an epoch (10 seconds, unless it is told).
    SaveEvery {
        /// 0: as often as commands are asked for.
        seconds: f64,
    },
    /// Change the current stage's highest learning rate, from the next steps on.
    SetLearningRate {
        /// The new value.
        learning_rate: f32,
    },
    /// Tell a [`Snapshot`] now, after each epoch, and as often as this in between.
    Watch {
        /// Least time between two; without a number none are told.
        seconds: Option<f64>,
    },
    /// Measure what a training step costs now, kernel by kernel, and what the device does at most. Takes about two seconds, or
    /// some steps if those are longer.
    Profile,
}

/// Which engine a run should have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineWish {
    /// What computes.
    pub kind: EngineKind,
    /// The GPU whose name contains this text, instead of the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
}

/// What computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// A hardware GPU if there is one, else the CPU.
    #[default]
    Auto,
    /// A GPU, also a software one if there is no other.
    Gpu,
    /// The CPU.
    Cpu,
}

/// What a run tells. Stages have names; epochs and steps are counted from 1; accuracies are in percent, times in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Before a run begins: something that takes a while. Told by whoever owns the engine.
    Preparing {
        /// What is done, in plain words.
        what: String,
        /// How much of it.
        done: u64,
        /// Of how much, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<u64>,
    },
    /// The first event of a run.
    RunStarted(RunStarted),
    /// A stage's network is ready to be trained.
    StageStarted(StageStarted),
    /// A stage's network grew out of the one before.
    Grown(GrownEvent),
    /// Some steps were made.
    Steps(StepsEvent),
    /// An epoch is over and measured.
    Epoch(EpochMetrics),
    /// The seed experiment's own line, every 300 batches: see [`seed_line`](crate::seed_line).
    SeedLine {
        /// From 1.
        epoch: usize,
        /// From 1: 300, 600, …
        batch: usize,
        /// Sum of the epoch's batch losses so far, divided by `batch − 1` as the experiment did.
        loss: f64,
    },
    /// Something the user should know; the run goes on.
    Warning {
        /// In plain words, with what to do.
        message: String,
    },
    /// The network as it is now: see [`Command::Watch`].
    Snapshot(Snapshot),
    /// The answer to [`Command::Profile`].
    Profiled {
        /// The step, kernel by kernel.
        #[serde(flatten)]
        profile: Profile,
        /// What the device does at most.
        ceilings: Ceilings,
    },
    /// A file was written.
    Saved {
        /// Its name within the run's folder.
        file: String,
    },
    /// The learning rate was changed by hand.
    LearningRateSet {
        /// The current stage's highest learning rate from now on.
        learning_rate: f32,
    },
    /// The run waits for a command.
    Paused,
    /// The run goes on.
    Resumed,
    /// A stage is over.
    StageFinished(StageSummary),
    /// All stages are over: the last event.
    Finished(Summary),
    /// The run was stopped by command: the last event.
    Stopped,
    /// The run ended before its time: the last event.
    Failed {
        /// One sentence.
        message: String,
    },
}

/// Who trains what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`PROTOCOL_VERSION`].
    pub version: u32,
    /// The recipe's name.
    pub recipe: String,
    /// The engine.
    pub engine: EngineInfo,
    /// The data's name.
    pub data: String,
    /// Training images.
    pub train_images: usize,
    /// Images that accuracy is measured on.
    pub test_images: usize,
    /// The stages, in order.
    pub stages: Vec<PlannedStage>,
    /// Where a resumed run goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Position>,
}

/// A stage as the recipe plans it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedStage {
    /// Its name.
    pub stage: String,
    /// Parameters of its network.
    pub parameters: usize,
    /// Multiply-adds of one image's forward pass.
    pub macs: usize,
    /// Epochs to train.
    pub epochs: usize,
    /// Steps in an epoch.
    pub steps: usize,
    /// The highest learning rate, as it is when the run starts or goes on.
    #[serde(default)]
    pub learning_rate: f32,
}

/// A place in a run: between two steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Stages before this one.
    pub stage: usize,
    /// Epochs of the stage that are over.
    pub epoch: usize,
    /// Steps of the current epoch that are over.
    pub step: usize,
}

/// A stage at its start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageStarted {
    /// Its name.
    pub stage: String,
    /// Its place among the stages, from 0.
    pub index: usize,
    /// Epochs it will train.
    pub epochs: usize,
    /// Parameters of its network.
    pub parameters: usize,
    /// Multiply-adds of one image's forward pass.
    pub macs: usize,
    /// Accuracy on the test images before any step.
    pub test_accuracy: f64,
    /// Mean cross-entropy on the test images before any step.
    pub test_loss: f64,
    /// Channels that are 0 everywhere.
    pub dead_channels: Vec<DeadChannels>,
}

/// What growing did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrownEvent {
    /// The new stage's name.
    pub stage: String,
    /// The old stage's name.
    pub from: String,
    /// PyTorch's names of the new layers (`features.4`).
    pub new_layers: Vec<String>,
    /// Accuracy on the test images just before.
    pub test_accuracy_before: f64,
    /// Accuracy on the test images just after.
    pub test_accuracy_after: f64,
    /// Test loss just before.
    pub test_loss_before: f64,
    /// Test loss just after.
    pub test_loss_after: f64,
}

/// Some steps, averaged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepsEvent {
    /// The stage's name.
    pub stage: String,
    /// From 1.
    pub epoch: usize,
    /// Epochs of the stage.
    pub epochs: usize,
    /// Steps of the epoch that are over.
    pub step: usize,
    /// Steps in the epoch.
    pub steps: usize,
    /// Mean cross-entropy over these steps' images.
    pub loss: f64,
    /// Accuracy over these steps' images.
    pub accuracy: f64,
    /// Of the last of these steps.
    pub learning_rate: f32,
    /// Euclidean norm of the last of these steps' gradient.
    pub gradient_norm: f32,
    /// Training speed of late.
    pub images_per_second: f64,
    /// Estimate of the whole run's remaining time.
    pub seconds_left: f64,
}
