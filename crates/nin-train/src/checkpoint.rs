//! A run between two steps, as one `safetensors` file: parameters, moments, and everything else as metadata.

use std::collections::BTreeMap;
use std::fmt;

use nin_net::{Layout, NetworkState, RANDOM_VERSION, load_tensors, read_metadata, save_tensors};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{CheckpointError, Event, Position, Recipe};

/// Name and version of the file's metadata.
const FORMAT: &str = "nin-checkpoint-1";
const FIRST_MOMENT: &str = "first_moment.";
const SECOND_MOMENT: &str = "second_moment.";

/// Everything that a run needs to go on, bit for bit on the same device.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// What is trained (with a learning rate that was changed by hand).
    pub recipe: Recipe,
    /// Where the run is.
    pub position: Position,
    /// Parameters and moments of the current stage's network.
    pub state: NetworkState,
    /// Which data the run started with.
    pub data: DataIdentity,
    /// What was measured so far.
    pub progress: Progress,
}

/// Which data: a name for people, a sum for certainty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataIdentity {
    /// Its name.
    pub name: String,
    /// Over all images and labels.
    pub sha256: String,
}

impl fmt::Display for DataIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, sha256 {:.12}…", self.name, self.sha256)
    }
}

/// What a run has measured so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The lasting events, in order: what `metrics.jsonl` holds.
    pub log: Vec<Event>,
    /// The current epoch's sums.
    pub epoch: EpochSums,
    /// Time of the current stage, pauses left out.
    pub stage_seconds: f64,
}

/// Sums over the steps of an epoch that are over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochSums {
    /// Images seen.
    pub images: u64,
    /// Sum of their losses.
    pub loss: f64,
    /// Right ones among them.
    pub hits: u64,
    /// Sum of the steps' losses.
    pub step_loss: f64,
    /// Sum of the steps' gradient norms.
    pub gradient_norm: f64,
    /// Time of the steps.
    pub training_seconds: f64,
    /// Time of the steps and of everything around them, pauses left out.
    pub seconds: f64,
}

impl Checkpoint {
    /// The file's bytes.
    ///
    /// # Errors
    /// Only if recipe and state don't fit each other, or for a recipe that TOML cannot hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let damaged = |key| move |what: String| CheckpointError::Metadata { key, what };
        let recipe = self.recipe.to_toml().map_err(|e| damaged("recipe")(e.to_string()))?;
        let json = |key, value: serde_json::Result<String>| value.map_err(|e| damaged(key)(e.to_string()));
        let metadata = BTreeMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("random_version".to_owned(), RANDOM_VERSION.to_owned()),
            ("recipe".to_owned(), recipe),
            ("data".to_owned(), json("data", serde_json::to_string(&self.data))?),
            ("position".to_owned(), json("position", serde_json::to_string(&self.position))?),
            ("optimizer_step".to_owned(), self.state.step.to_string()),
            ("progress".to_owned(), json("progress", serde_json::to_string(&self.progress))?),
        ]);
        let groups = [
            ("", self.state.parameters.as_slice()),
            (FIRST_MOMENT, self.state.first_moment.as_slice()),
            (SECOND_MOMENT, self.state.second_moment.as_slice()),
        ];
        Ok(save_tensors(&layout(&self.recipe, self.position)?, &groups, &metadata)?)
    }

    /// Reads a file's bytes back.
    ///
    /// # Errors
    /// One sentence on what is wrong with the file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let metadata = Metadata(read_metadata(bytes)?);
        if !metadata.0.contains_key("recipe") {
            return Err(CheckpointError::NoRun);
        }
        for (key, expected) in [("format", FORMAT), ("random_version", RANDOM_VERSION)] {
            let found = metadata.text(key)?;
            if found != expected {
                return Err(CheckpointError::Format {
                    found: found.to_owned(),
                    expected: expected.to_owned(),
                });
            }
        }
        let recipe = Recipe::from_toml(metadata.text("recipe")?)
            .map_err(|e| CheckpointError::Metadata { key: "recipe", what: e.to_string() })?;
        let position = metadata.json("position")?;
        let layout = layout(&recipe, position)?;
        let state = NetworkState {
            parameters: load_tensors(&layout, bytes, "")?,
            first_moment: load_tensors(&layout, bytes, FIRST_MOMENT)?,
            second_moment: load_tensors(&layout, bytes, SECOND_MOMENT)?,
            step: metadata.json("optimizer_step")?,
        };
        Ok(Checkpoint {
            recipe,
            position,
            state,
            data: metadata.json("data")?,
            progress: metadata.json("progress")?,
        })
    }
}

/// The layout of the stage that `position` is in.
fn layout(recipe: &Recipe, position: Position) -> Result<Layout, CheckpointError> {
    let outside = |what: String| CheckpointError::Metadata { key: "position", what };
    match recipe.stages.get(position.stage) {
        Some(stage) if position.epoch <= stage.epochs => {
            Layout::new(&recipe.spec(position.stage)).map_err(|e| outside(e.to_string()))
        }
        _ => Err(outside("its recipe has no such stage or epoch".to_owned())),
    }
}

struct Metadata(BTreeMap<String, String>);

impl Metadata {
    fn text(&self, key: &'static str) -> Result<&str, CheckpointError> {
        let missing = || CheckpointError::Metadata { key, what: "it is missing".to_owned() };
        self.0.get(key).map(String::as_str).ok_or_else(missing)
    }

    fn json<T: DeserializeOwned>(&self, key: &'static str) -> Result<T, CheckpointError> {
        let text = self.text(key)?;
        serde_json::from_str(text).map_err(|e| CheckpointError::Metadata { key, what: e.to_string() })
    }
}
