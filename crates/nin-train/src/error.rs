//! What can go wrong with a recipe, a checkpoint or a run: one sentence each.

use nin_data::DataError;
use nin_net::{EngineError, FileError, GrowthError, SpecError};

use crate::BUILT_IN;
use crate::nearest::did_you_mean;

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// Not TOML, or not a recipe's fields.
    #[error("line {line}: {message}")]
    Syntax {
        /// From 1.
        line: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// It cannot be written as TOML.
    #[error("the recipe cannot be written as TOML: {0}")]
    Write(String),
    /// No built-in recipe of that name.
    #[error("there is no built-in recipe `{name}`: expected {}, or a TOML file{hint}", known_names())]
    Unknown {
        /// What was asked for.
        name: String,
        /// What was perhaps meant, in words, or nothing.
        hint: String,
    },
    /// Nothing to train.
    #[error("the recipe has no stages: expected at least one [[stages]]")]
    NoStages,
    /// A stage that isn't there.
    #[error("the recipe has no stage `{name}`: expected some of {known}{hint}")]
    NoSuchStage {
        /// What was asked for.
        name: String,
        /// The stages there are.
        known: String,
        /// What was perhaps meant, in words, or nothing.
        hint: String,
    },
    /// A seed that TOML cannot hold.
    #[error("seed is {found}: expected 0 to 9223372036854775807")]
    Seed {
        /// What was asked for.
        found: u64,
    },
    /// A network that cannot be built.
    #[error("stage `{stage}`: {source}")]
    Spec {
        /// Its name.
        stage: String,
        /// What is wrong with it.
        source: SpecError,
    },
    /// A growth that doesn't fit.
    #[error("stage `{stage}`: {source}")]
    Growth {
        /// Its name.
        stage: String,
        /// What is wrong with it.
        source: GrowthError,
    },
    /// Something else about a stage.
    #[error("stage `{stage}`: {what}")]
    Stage {
        /// Its name.
        stage: String,
        /// What is wrong and what was expected.
        what: String,
    },
}

fn known_names() -> String {
    BUILT_IN.map(|(name, _)| format!("`{name}`")).join(" or ")
}

impl RecipeError {
    pub(crate) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = 1 + text.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count();
        let mut message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        // "unknown field `epoch`, expected one of `name`, `epochs`, …": every second piece is a name.
        if message.starts_with("unknown ") {
            let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
            let hint = names.split_first().map(|(found, known)| did_you_mean(found, known.iter().copied()));
            message += &hint.unwrap_or_default();
        }
        RecipeError::Syntax { line, message }
    }
}

/// Why a run cannot go on from a file, or no network be read from it.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Damaged, or of another network than its recipe says.
    #[error(transparent)]
    File(#[from] FileError),
    /// A whole safetensors file, but no checkpoint.
    #[error("this file holds parameters but no run: expected a checkpoint such as last.safetensors")]
    NoRun,
    /// A whole safetensors file that does not say which network it is.
    #[error(
        "this file does not say which network its parameters belong to: expected a checkpoint such as last.safetensors, or a stage such as v2.safetensors"
    )]
    NoNetwork,
    /// From another version of nin.
    #[error(
        "this checkpoint has format `{found}`: expected `{expected}`; go on with the version of nin that wrote it"
    )]
    Format {
        /// In the file.
        found: String,
        /// What is read here.
        expected: String,
    },
    /// Something in the metadata that cannot be read.
    #[error("this checkpoint's `{key}` cannot be read ({what}): the file is damaged")]
    Metadata {
        /// Which entry.
        key: &'static str,
        /// Why.
        what: String,
    },
    /// Other data than the run started with.
    #[error(
        "the run was trained on `{expected}`, but the data given is another (`{found}`): point --data at what it started with"
    )]
    Data {
        /// Name and sha256 in the checkpoint.
        expected: String,
        /// Name and sha256 of what is there now.
        found: String,
    },
}

/// A file that could not be written; the sentence names it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SaveError(pub String);

/// Why a run ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The recipe is wrong.
    #[error("the recipe cannot be trained: {0}")]
    Recipe(#[from] RecipeError),
    /// Recipe and data don't fit each other.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No images to train or to measure on.
    #[error("the data `{name}` has {train} training and {test} test images: expected at least one of each")]
    NoImages {
        /// The data's name.
        name: String,
        /// Training images.
        train: usize,
        /// Test images.
        test: usize,
    },
    /// The checkpoint is wrong.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The device refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The device went away again and again.
    #[error(
        "the GPU stopped working three times in a row ({reason}): what was saved is intact; go on from it with --resume, \
         on the CPU with --engine cpu"
    )]
    DeviceLost {
        /// What was said the last time.
        reason: String,
    },
    /// A stage could not grow.
    #[error(transparent)]
    Growth(#[from] GrowthError),
    /// A result could not be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// A result could not be put into the form of its file.
    #[error("a result could not be written down: {0}")]
    Json(#[from] serde_json::Error),
    /// A stage's parameters could not be put into the form of their file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Loss, gradient or parameters are no longer numbers.
    #[error(
        "training diverged in stage {stage}, epoch {epoch}, step {step}: {what}; {}try a lower learning rate or clip_norm",
        kept(.checkpoint)
    )]
    Diverged {
        /// Its name.
        stage: String,
        /// From 1.
        epoch: usize,
        /// From 1, within the epoch.
        step: usize,
        /// What is not a number.
        what: String,
        /// The last good checkpoint, if one was saved.
        checkpoint: Option<String>,
    },
}

fn kept(checkpoint: &Option<String>) -> String {
    checkpoint.as_ref().map_or(String::new(), |name| format!("{name} still holds the last good state; "))
}
