//! The contract between a training run and whatever computes it. `nin-cpu` and `nin-gpu` implement [`Engine`].

use std::future::Future;

use serde::{Deserialize, Serialize};

use crate::{Ceilings, MapPrecision, NetworkSpec, OptimizerSpec, Profile, SpecError};

/// Computes a network: on the CPU, on a GPU, natively or in a browser.
///
/// Call order: [`load_images`](Engine::load_images) and [`load_network`](Engine::load_network), then per epoch
/// [`begin_epoch`](Engine::begin_epoch), then [`enqueue`](Engine::enqueue) and [`finish`](Engine::finish) in turn.
/// Same calls, same device: same bits, whatever the number of threads and however steps are cut into chunks.
pub trait Engine {
    /// Who computes.
    fn info(&self) -> EngineInfo;

    /// Says how maps are stored between kernels; a new engine stores them as f32. An engine that has to change for it is then as
    /// empty as a new one. It is [`EngineError::NoAdapter`] if this one cannot.
    fn set_map_precision(
        &mut self,
        precision: MapPrecision,
    ) -> impl Future<Output = Result<(), EngineError>> {
        let who = || format!("the {} engine", self.info().kind);
        let answer = if precision.is_f32() { Ok(()) } else { Err(MapPrecision::unsupported(&who())) };
        async { answer }
    }

    /// Makes `images` resident as bytes, in place of what was there for `split`.
    fn load_images(
        &mut self,
        split: Split,
        images: ImageSet<'_>,
    ) -> impl Future<Output = Result<(), EngineError>>;

    /// Builds the network and sets parameters and optimizer state. `batch` is the most images a step will have.
    fn load_network(
        &mut self,
        spec: &NetworkSpec,
        batch: usize,
        optimizer: &OptimizerSpec,
        state: &NetworkState,
    ) -> impl Future<Output = Result<(), EngineError>>;

    /// Sets the order of the training images for the steps to come.
    fn begin_epoch(&mut self, plan: &EpochPlan) -> Result<(), EngineError>;

    /// Queues training steps without waiting for them (the CPU engine computes them before it returns).
    fn enqueue(&mut self, steps: &[Step]) -> Result<(), EngineError>;

    /// Waits for the oldest queued chunk of steps and returns its metrics, one per step; empty if nothing is queued.
    fn finish(&mut self) -> impl Future<Output = Result<Vec<StepMetrics>, EngineError>>;

    /// Loss and confusion over the first `limit` images of `split` (all without a limit), without augmentation.
    fn evaluate(
        &mut self,
        split: Split,
        limit: Option<usize>,
    ) -> impl Future<Output = Result<Evaluation, EngineError>>;

    /// Logits `[N, logits]` of images of the size loaded for [`Split::Test`], or 28×28 if none are.
    fn predict(&mut self, images: &[u8]) -> impl Future<Output = Result<Vec<f32>, EngineError>>;

    /// Logits, mean loss and gradients of one batch (1 to `batch` images) at the current parameters, without a step.
    fn gradients(&mut self, images: ImageSet<'_>) -> impl Future<Output = Result<Gradients, EngineError>>;

    /// Parameters and optimizer state after all queued steps.
    fn state(&mut self) -> impl Future<Output = Result<NetworkState, EngineError>>;

    /// Measures what a training step costs: makes some over and over, at the current parameters and on the first images of
    /// the epoch (without one, the first training images), and changes nothing.
    fn profile(&mut self) -> impl Future<Output = Result<Profile, EngineError>>;

    /// Measures the most that the device does. Takes about a second, two large buffers, and neither images nor a network.
    fn ceilings(&mut self) -> impl Future<Output = Result<Ceilings, EngineError>>;

    /// Bytes of all buffers that the engine holds now.
    fn memory_bytes(&self) -> u64;

    /// Sets the device up anew after [`EngineError::Device`]: the same one, as empty as a new engine's, but for its map
    /// precision. An engine without a device has nothing to do.
    fn revive(&mut self) -> impl Future<Output = Result<(), EngineError>> {
        async { Ok(()) }
    }
}

/// Square grey images, `[N, side, side]` bytes, with a label 0–9 each.
#[derive(Clone, Copy, Debug)]
pub struct ImageSet<'a> {
    /// Height and width in pixels.
    pub side: usize,
    /// `N · side²` bytes, row-major.
    pub images: &'a [u8],
    /// `N` labels.
    pub labels: &'a [u8],
}

/// Which of the two resident sets of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// The images that are learned from.
    Train,
    /// The images that are held out.
    Test,
}

/// Which images the steps of an epoch see, in which order, and how each is moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochPlan {
    /// Indices into the training images; a [`Step`] takes a range of them.
    pub order: Vec<u32>,
    /// Empty (no augmentation), or one for each entry of `order`.
    pub transforms: Vec<Affine>,
}

/// Where an output pixel looks in the source image, in pixels from the image's centre:
/// `x' = xx·x + xy·y + x0`, `y' = yx·x + yy·y + y0`. Outside lies background (byte 0).
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Affine {
    /// Factor of x in x'.
    pub xx: f32,
    /// Factor of y in x'.
    pub xy: f32,
    /// Constant of x'.
    pub x0: f32,
    /// Factor of x in y'.
    pub yx: f32,
    /// Factor of y in y'.
    pub yy: f32,
    /// Constant of y'.
    pub y0: f32,
}

/// One training step over `order[first .. first + count]` of the current [`EpochPlan`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// First place in the order.
    pub first: u32,
    /// Images in the batch, at most the `batch` of [`Engine::load_network`].
    pub count: u32,
    /// Learning rate of this step.
    pub learning_rate: f32,
}

/// What one step found, before its update.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Mean cross-entropy of the batch.
    pub loss: f32,
    /// Images whose largest logit (the first, if several are equal) is their label's.
    pub hits: u32,
    /// Images in the batch.
    pub count: u32,
    /// Euclidean norm of the whole gradient, before clipping and weight decay.
    pub gradient_norm: f32,
}

/// Loss and confusion over a set of images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Images seen.
    pub count: u32,
    /// Mean cross-entropy.
    pub loss: f64,
    /// `[label · 10 + predicted]`: how many; a prediction outside 0–9 (quadrant head) is in [`Evaluation::outside`].
    pub confusion: Vec<u32>,
    /// Per label: images whose largest logit is none of the ten classes'.
    pub outside: Vec<u32>,
}

impl Evaluation {
    /// Images whose prediction is right.
    pub fn hits(&self) -> u32 {
        self.confusion.iter().step_by(crate::CLASSES + 1).sum()
    }

    /// Share of right predictions, in percent.
    pub fn accuracy(&self) -> f64 {
        100.0 * f64::from(self.hits()) / f64::from(self.count.max(1))
    }
}

/// What [`Engine::gradients`] returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// `[N, logits]`.
    pub logits: Vec<f32>,
    /// Mean cross-entropy.
    pub loss: f32,
    /// One per parameter, in the order of the flat parameters.
    pub gradient: Vec<f32>,
}

/// Everything that training changes.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkState {
    /// Flat, in the order of [`Layout`](crate::Layout).
    pub parameters: Vec<f32>,
    /// Optimizer steps taken with these moments (Adam's bias correction).
    pub step: u64,
    /// SGD's velocity or Adam's first moment; as long as the parameters.
    pub first_moment: Vec<f32>,
    /// Adam's second moment; as long as the parameters (zeros for SGD).
    pub second_moment: Vec<f32>,
}

impl NetworkState {
    /// A fresh optimizer over `parameters`.
    pub fn new(parameters: Vec<f32>) -> Self {
        let zeros = vec![0.0; parameters.len()];
        NetworkState { first_moment: zeros.clone(), second_moment: zeros, step: 0, parameters }
    }
}

/// Who computes, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineInfo {
    /// `cpu` or `gpu`.
    pub kind: String,
    /// Processor and instruction set, or adapter and back end.
    pub name: String,
}

/// Why an engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The network's description is wrong.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Arguments do not fit each other.
    #[error("{0}")]
    Input(String),
    /// No usable adapter.
    #[error("{0}")]
    NoAdapter(String),
    /// The device went away or refused; after [`Engine::revive`] it can go on from the last state.
    #[error("the GPU stopped working: {0}; start again from the last checkpoint, or with --engine cpu")]
    Device(String),
}
