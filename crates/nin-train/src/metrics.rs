//! What a run measures: epochs, dead channels, drawings, stages, the whole.

use nin_net::EngineInfo;
use serde::{Deserialize, Serialize};

/// An epoch, measured. "Train" is over the epoch's steps, as they went; "test" is after them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// The stage's name.
    pub stage: String,
    /// From 1 within the stage.
    pub epoch: usize,
    /// Epochs of the stage.
    pub epochs: usize,
    /// Mean cross-entropy over the training images.
    pub train_loss: f64,
    /// Accuracy over the training images.
    pub train_accuracy: f64,
    /// Mean cross-entropy over the test images.
    pub test_loss: f64,
    /// Accuracy over the test images.
    pub test_accuracy: f64,
    /// Test accuracy of each digit 0–9.
    pub class_accuracy: Vec<f64>,
    /// `[label · 10 + predicted]`: how many test images.
    pub confusion: Vec<u32>,
    /// Per label: test images taken for none of the ten digits (the quadrant head's other logits).
    pub outside: Vec<u32>,
    /// Channels that are 0 everywhere, layer by layer; layers without any are left out.
    pub dead_channels: Vec<DeadChannels>,
    /// Mean over the steps of the gradient's Euclidean norm.
    pub gradient_norm: f64,
    /// Of the last step.
    pub learning_rate: f32,
    /// Training images per second, measuring left aside.
    pub images_per_second: f64,
    /// Duration of the epoch with its measuring.
    pub seconds: f64,
}

/// The dead channels of one layer: 0 on every pixel of the probe images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadChannels {
    /// PyTorch's name of the layer (`features.7`).
    pub layer: String,
    /// Its channels.
    pub of: usize,
    /// Which of them are dead, from 0.
    pub channels: Vec<usize>,
}

/// What the network makes of a drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// As in the question.
    pub id: u64,
    /// The most likely digit.
    pub digit: usize,
    /// Softmax over all logits, of the digits 0–9; with the quadrant head the rest goes to no digit.
    pub probabilities: Vec<f32>,
}

/// A finished stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSummary {
    /// Its name.
    pub stage: String,
    /// Parameters of its network.
    pub parameters: usize,
    /// Epochs trained.
    pub epochs: usize,
    /// Test accuracy of the stage before, just before growing; none for a stage that didn't grow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_accuracy_before_growth: Option<f64>,
    /// Test accuracy before the first step (just after growing).
    pub test_accuracy_at_start: f64,
    /// Test accuracy at the end.
    pub test_accuracy: f64,
    /// Mean cross-entropy of the last epoch's steps; none if nothing was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Mean cross-entropy over the test images at the end.
    pub test_loss: f64,
    /// Time it took, pauses left out.
    pub seconds: f64,
}

/// A finished run: what `summary.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Test accuracy at the end of the last stage.
    pub test_accuracy: f64,
    /// Test loss at the end of the last stage.
    pub test_loss: f64,
    /// Time of all stages.
    pub seconds: f64,
    /// The recipe's name.
    pub recipe: String,
    /// The recipe's seed.
    pub seed: u64,
    /// The data's name.
    pub data: String,
    /// The engine.
    pub engine: EngineInfo,
    /// The stages, in order.
    pub stages: Vec<StageSummary>,
}

/// The line that the seed experiment prints: `(epoch, batch) loss : running_loss/batch_idx`.
///
/// ```
/// assert_eq!(nin_train::seed_line(1, 300, 3.5), "(1, 300) loss : 3.5");
/// ```
pub fn seed_line(epoch: usize, batch: usize, loss: f64) -> String {
    format!("({epoch}, {batch}) loss : {loss}")
}
