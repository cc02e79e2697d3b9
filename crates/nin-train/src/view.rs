//! Looking at a network while it trains, or after: what it makes of a drawing, of the test digits, of one of them
//! layer by layer. Everything is computed by the CPU engine on a [`Snapshot`], so that training never waits for it.

mod inspect;
mod latest;
mod viewer;

pub use latest::Latest;
pub use viewer::Viewer;

use serde::{Deserialize, Serialize};

use crate::{Model, Prediction};

/// Where in a run a network was looked at. `epoch` and `step` count what is over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The stage's name.
    pub stage: String,
    /// Epochs of the stage that are over.
    pub epoch: usize,
    /// Steps of the current epoch that are over.
    pub step: usize,
}

/// A network at a moment of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When.
    pub moment: Moment,
    /// What it was then.
    pub model: Model,
}

/// Something to find out about the newest network. Of each kind only the newest is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "look", rename_all = "snake_case")]
pub enum Look {
    /// Which digit is this? Answered by [`Seen::Prediction`].
    Predict {
        /// Comes back with the answer.
        id: u64,
        /// 28×28 bytes, 0 background to 255 ink, row-major.
        image: Vec<u8>,
    },
    /// What does each layer make of this? Answered by [`Seen::Inspection`].
    Inspect {
        /// Comes back with the answer.
        id: u64,
        /// 28×28 bytes, 0 background to 255 ink, row-major; or a test image.
        image: Vec<u8>,
    },
    /// Some test digits with what they are taken for. Answered by [`Seen::Digits`].
    Digits {
        /// Their places among the test images; those that are not there are left out.
        indices: Vec<u32>,
    },
    /// What every test digit is taken for. Answered by [`Seen::Classification`].
    Classify,
    /// How much each layer would learn now. Answered by [`Seen::LayerGradients`].
    LayerGradients,
}

/// The answer to a [`Look`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// To [`Look::Predict`].
    Prediction(Prediction),
    /// To [`Look::Inspect`].
    Inspection(Inspection),
    /// To [`Look::Digits`].
    Digits {
        /// As far as they are there, in the order asked for.
        digits: Vec<SeenDigit>,
    },
    /// To [`Look::Classify`].
    Classification(Classification),
    /// To [`Look::LayerGradients`].
    LayerGradients {
        /// Images that the gradient is of: the first ones of the training set.
        images: usize,
        /// One for each convolution, in order.
        layers: Vec<LayerGradient>,
    },
    /// The look could not be answered.
    Failed {
        /// One sentence.
        message: String,
    },
}

/// A test digit and what it is taken for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenDigit {
    /// Its place among the test images.
    pub index: u32,
    /// What it is.
    pub label: u8,
    /// Height and width of its picture.
    pub side: usize,
    /// `side²` bytes, row-major.
    pub image: Vec<u8>,
    /// What it is taken for; its `id` is the index.
    pub prediction: Prediction,
}

/// What the test digits are taken for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The network that was asked.
    pub moment: Moment,
    /// Test images there are; the first ones of them are classified, all of them unless that would take too long.
    pub of: usize,
    /// What each is.
    pub labels: Vec<u8>,
    /// What each is taken for.
    pub digits: Vec<u8>,
    /// The probability given to what it is.
    pub probabilities: Vec<f32>,
}

/// What each layer makes of one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// As in the look.
    pub id: u64,
    /// What the picture is taken for.
    pub prediction: Prediction,
    /// Output of each convolution (after its ReLU), in order.
    pub layers: Vec<LayerMaps>,
    /// For each digit 0–9 the part of the last layer's output whose mean becomes its logit: where in the picture
    /// the evidence for it lies.
    pub evidence: Vec<FeatureMap>,
}

/// The feature maps of one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerMaps {
    /// PyTorch's name of the layer (`features.7`).
    pub layer: String,
    /// One for each channel.
    pub maps: Vec<FeatureMap>,
}

/// One channel's map, coarse enough to be looked at: `low + (high − low) · byte / 255`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureMap {
    /// Height and width, at most [`FeatureMap::MAX_SIDE`]; larger maps are averaged down.
    pub side: usize,
    /// The least value.
    pub low: f32,
    /// The largest value.
    pub high: f32,
    /// `side²` bytes, row-major.
    pub values: Vec<u8>,
}

/// How much a layer would learn from a gradient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerGradient {
    /// PyTorch's name of the layer (`features.7`).
    pub layer: String,
    /// Euclidean norm of the gradient of its weights and biases.
    pub gradient_norm: f32,
    /// Euclidean norm of its weights and biases.
    pub parameter_norm: f32,
}
