//! The runs in a folder, each as its own files tell it; a damaged run is listed with what is wrong with it.

#[cfg(not(target_arch = "wasm32"))]
mod folders;

use std::path::{Path, PathBuf};

#[cfg(not(target_arch = "wasm32"))]
pub use folders::list_runs;
use serde::{Deserialize, Serialize};

use crate::{Event, PlannedStage, Recipe};

/// A run in its folder. Accuracies are in percent, times in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEntry {
    /// The folder's name.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// The recipe's name; empty if it cannot be read.
    pub recipe: String,
    /// The recipe's seed, if it can be read.
    pub seed: Option<u64>,
    /// The data's name.
    pub data: String,
    /// How far it came.
    pub state: RunState,
    /// The stages, in order, also those to come.
    pub stages: Vec<RunStage>,
    /// Newest accuracy on the test images, if any was measured.
    pub test_accuracy: Option<f64>,
    /// Time of all stages so far.
    pub seconds: f64,
    /// When it was last saved, in seconds since 1970 (UTC).
    pub saved_at: u64,
    /// Whether there is a checkpoint to go on from.
    pub has_checkpoint: bool,
}

/// How far a run came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// All stages are over.
    Finished,
    /// It stopped before its end, or is still at work.
    Unfinished {
        /// Name of the stage that it is in.
        stage: String,
        /// Epochs of the stage that are over.
        epoch: usize,
    },
    /// Some of its files cannot be read; the entry tells what the others say.
    Damaged {
        /// One sentence that names the file.
        message: String,
    },
}

/// A stage as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunStage {
    /// Its name.
    pub stage: String,
    /// Epochs that the recipe plans.
    pub epochs: usize,
    /// Epochs that are over.
    pub trained: usize,
    /// Whether it is over.
    pub finished: bool,
    /// Parameters of its network, once it was started.
    pub parameters: Option<usize>,
    /// Test accuracy of the stage before, just before growing; none for a stage that didn't grow.
    pub test_accuracy_before_growth: Option<f64>,
    /// Test accuracy before the first step (just after growing).
    pub test_accuracy_at_start: Option<f64>,
    /// Newest test accuracy.
    pub test_accuracy: Option<f64>,
    /// Mean cross-entropy of the newest epoch's steps.
    pub loss: Option<f64>,
    /// Time it took so far.
    pub seconds: f64,
}

/// What a run's files hold, wherever they are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFiles {
    /// `recipe.toml`, or why it cannot be read.
    pub recipe: Result<String, String>,
    /// `metrics.jsonl`, empty if there is none yet, or why it cannot be read.
    pub metrics: Result<String, String>,
    /// When it was last saved, in seconds since 1970 (UTC).
    pub saved_at: u64,
    /// Whether there is a checkpoint to go on from.
    pub has_checkpoint: bool,
}

impl RunEntry {
    /// The run in `folder` as its files tell it.
    pub fn new(folder: &Path, files: &RunFiles) -> Self {
        let mut run = RunEntry {
            name: folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned(),
            folder: folder.to_owned(),
            recipe: String::new(),
            seed: None,
            data: String::new(),
            state: RunState::Finished,
            stages: Vec::new(),
            test_accuracy: None,
            seconds: 0.0,
            saved_at: files.saved_at,
            has_checkpoint: files.has_checkpoint,
        };
        let recipe = run.take_recipe(&files.recipe).map_err(|why| (folder.join("recipe.toml"), why));
        let metrics = run.take_metrics(&files.metrics).map_err(|why| (folder.join("metrics.jsonl"), why));
        let read = recipe.and(metrics);
        run.seconds = run.stages.iter().map(|stage| stage.seconds).sum();
        run.test_accuracy = run.stages.iter().rev().find_map(|stage| stage.test_accuracy);
        run.state = match read {
            Ok(()) => run.progress(),
            Err((file, why)) => {
                RunState::Damaged { message: format!("{} cannot be read ({why})", file.display()) }
            }
        };
        run
    }

    /// Out of the recipe: what is planned.
    fn take_recipe(&mut self, text: &Result<String, String>) -> Result<(), String> {
        let recipe = Recipe::from_toml(text.as_ref()?).map_err(|error| error.to_string())?;
        let stage = |stage: &crate::Stage| RunStage {
            stage: stage.name.clone(),
            epochs: stage.epochs,
            ..RunStage::default()
        };
        self.stages = recipe.stages.iter().map(stage).collect();
        (self.recipe, self.seed, self.data) = (recipe.name, Some(recipe.seed), recipe.data);
        Ok(())
    }

    /// Out of the log: what was done.
    fn take_metrics(&mut self, text: &Result<String, String>) -> Result<(), String> {
        for (index, line) in text.as_ref()?.lines().enumerate() {
            let event = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))?;
            self.take(event);
        }
        Ok(())
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::RunStarted(started) => {
                let of_log = |planned: PlannedStage| RunStage {
                    stage: planned.stage,
                    epochs: planned.epochs,
                    ..RunStage::default()
                };
                (self.recipe, self.data) = (started.recipe, started.data);
                self.stages = started.stages.into_iter().map(of_log).collect();
            }
            Event::StageStarted(started) => self.change(&started.stage, |stage| {
                stage.parameters = Some(started.parameters);
                stage.test_accuracy_at_start = Some(started.test_accuracy);
                stage.test_accuracy = Some(started.test_accuracy);
            }),
            Event::Grown(grown) => self.change(&grown.stage, |stage| {
                stage.test_accuracy_before_growth = Some(grown.test_accuracy_before);
            }),
            Event::Epoch(epoch) => self.change(&epoch.stage, |stage| {
                stage.trained = epoch.epoch;
                stage.test_accuracy = Some(epoch.test_accuracy);
                stage.loss = Some(epoch.train_loss);
                stage.seconds += epoch.seconds;
            }),
            Event::StageFinished(summary) => self.change(&summary.stage, |stage| {
                stage.finished = true;
                stage.seconds = summary.seconds;
            }),
            _ => {}
        }
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut RunStage)) {
        if let Some(stage) = self.stages.iter_mut().find(|stage| stage.stage == name) {
            change(stage);
        }
    }

    /// Where it is, by its stages.
    fn progress(&self) -> RunState {
        match self.stages.iter().find(|stage| !stage.finished) {
            Some(stage) => RunState::Unfinished { stage: stage.stage.clone(), epoch: stage.trained },
            None => RunState::Finished,
        }
    }
}
