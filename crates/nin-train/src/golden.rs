//! Checks an engine against a recorded case: logits, loss, gradients and parameters after SGD steps, as another
//! implementation (PyTorch, in float64 where the key says `64`) computed them.
//!
//! Keys of a case: `images_u8` `[B, side, side]`, `labels` `[B]`, `params0.*`, `logits64`, `loss64`, `grad64.*`,
//! `params1.*`, `params5.*`, `losses64` `[6]`, and, if it has them, `act.N`; metadata: `res`, `head`, `lr`, `momentum`.

use nin_cpu::activations;
use nin_net::{
    BlockSpec, Engine, EngineError, EpochPlan, Head, ImageSet, Layout, NetworkSpec, NetworkState,
    OptimizerSpec, Pool, Split, Step,
};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

/// How far an engine's tensor is from the recorded one.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Key of the recorded tensor.
    pub name: String,
    /// ‖a − b‖ / ‖b‖ (‖a‖ where b is all zeros).
    pub error: f64,
    /// Largest error that is accepted.
    pub bound: f64,
}

impl Comparison {
    /// Whether the error is within the bound; NaN is not.
    pub fn passes(&self) -> bool {
        self.error <= self.bound
    }
}

/// Why a case could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// The file is not a recorded case.
    #[error("this is not a recorded case: {0}")]
    Format(String),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// One recorded case.
struct Case<'a> {
    file: SafeTensors<'a>,
    layout: Layout,
    side: usize,
    images: Vec<u8>,
    labels: Vec<u8>,
    learning_rate: f32,
    momentum: f32,
}

/// Up to this resolution single precision stays within [`TIGHT`] of float64; above it, near-ties of the max
/// pooling may fall the other way and move gradients by up to [`LOOSE`].
const TIE_FREE_RESOLUTION: usize = 32;
const TIGHT: f64 = 1e-5;
const LOOSE: f64 = 1e-3;
/// Steps of a case.
const STEPS: usize = 5;

/// Runs the case in `bytes` on `engine` and compares every tensor. One result per recorded tensor.
pub async fn check_golden<E: Engine>(engine: &mut E, bytes: &[u8]) -> Result<Vec<Comparison>, GoldenError> {
    let case = Case::read(bytes)?;
    let images = case.load(engine).await?;
    let found = engine.gradients(images).await?;
    let mut results =
        vec![case.compare("logits64", &found.logits, TIGHT)?, case.compare("loss64", &[found.loss], TIGHT)?];
    if engine.info().kind == "cpu" {
        results.extend(case.compare_activations()?);
    }
    results.extend(case.compare_parameters("grad64.", &found.gradient)?);

    let mut losses = Vec::new();
    for number in 0..STEPS {
        losses.push(case.step(engine, number).await?);
        if losses.len() == 1 {
            results.extend(case.compare_parameters("params1.", &engine.state().await?.parameters)?);
        }
    }
    losses.push(engine.gradients(images).await?.loss);
    results.extend(case.compare_parameters("params5.", &engine.state().await?.parameters)?);
    results.push(case.compare("losses64", &losses, TIGHT)?);
    Ok(results)
}

/// The losses of a case's batch with input of this `resolution`: before any step, and after each of five SGD steps. What a
/// program that trains the same case has to come to.
pub async fn golden_losses<E: Engine>(
    engine: &mut E,
    bytes: &[u8],
    resolution: usize,
) -> Result<Vec<f32>, GoldenError> {
    let mut case = Case::read(bytes)?;
    let spec = NetworkSpec { resolution, ..case.layout.spec };
    case.layout = Layout::new(&spec).map_err(EngineError::from)?;
    case.load(engine).await?;
    let mut losses = Vec::new();
    for number in 0..STEPS {
        losses.push(case.step(engine, number).await?);
    }
    losses.push(engine.gradients(case.images()).await?.loss);
    Ok(losses)
}

impl<'a> Case<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, GoldenError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format_error)?;
        let file = SafeTensors::deserialize(bytes).map_err(format_error)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let text = |key: &str| {
            metadata
                .get(key)
                .cloned()
                .ok_or_else(|| GoldenError::Format(format!("metadata `{key}` is missing")))
        };
        let number = |key: &str| -> Result<f64, GoldenError> {
            let text = text(key)?;
            text.parse()
                .map_err(|_| GoldenError::Format(format!("metadata `{key}` is `{text}`, not a number")))
        };
        let head = match text("head")?.as_str() {
            "global" => Head::Global,
            "quadrant" => Head::Quadrant,
            other => return Err(GoldenError::Format(format!("head `{other}` is not known"))),
        };
        let spec = NetworkSpec { resolution: number("res")? as usize, head, blocks: blocks(&file)? };
        let images = tensor(&file, "images_u8")?;
        let side = images.shape().last().copied().unwrap_or(0);
        Ok(Case {
            layout: Layout::new(&spec).map_err(EngineError::from)?,
            side,
            images: images.data().to_vec(),
            labels: values(&tensor(&file, "labels")?)?.iter().map(|&label| label as u8).collect(),
            learning_rate: number("lr")? as f32,
            momentum: number("momentum")? as f32,
            file,
        })
    }

    fn images(&self) -> ImageSet<'_> {
        ImageSet { side: self.side, images: &self.images, labels: &self.labels }
    }

    /// Gives the engine the case as it begins, and an epoch of [`STEPS`] times its batch.
    async fn load(&self, engine: &mut impl Engine) -> Result<ImageSet<'_>, GoldenError> {
        let start = NetworkState::new(self.parameters("params0.")?);
        let batch = self.labels.len();
        engine.load_images(Split::Train, self.images()).await?;
        engine.load_network(&self.layout.spec, batch, &OptimizerSpec::sgd(self.momentum), &start).await?;
        let order = (0..STEPS).flat_map(|_| 0..batch as u32).collect();
        engine.begin_epoch(&EpochPlan { order, transforms: Vec::new() })?;
        Ok(self.images())
    }

    /// Makes a step of that epoch; the loss before it.
    async fn step(&self, engine: &mut impl Engine, number: usize) -> Result<f32, GoldenError> {
        let count = self.labels.len() as u32;
        let step = Step { first: number as u32 * count, count, learning_rate: self.learning_rate };
        engine.enqueue(&[step])?;
        Ok(engine.finish().await?.iter().map(|metrics| metrics.loss).sum())
    }

    /// The flat parameters of the group with `prefix`.
    fn parameters(&self, prefix: &str) -> Result<Vec<f32>, GoldenError> {
        let mut parameters = Vec::new();
        for layer in &self.layout.convolutions {
            for name in [layer.weight_name(), layer.bias_name()] {
                let tensor = tensor(&self.file, &format!("{prefix}{name}"))?;
                parameters.extend(values(&tensor)?.iter().map(|&v| v as f32));
            }
        }
        Ok(parameters)
    }

    fn compare(&self, name: &str, found: &[f32], bound: f64) -> Result<Comparison, GoldenError> {
        let expected = values(&tensor(&self.file, name)?)?;
        if expected.len() != found.len() {
            let (expected, found) = (expected.len(), found.len());
            return Err(GoldenError::Format(format!(
                "`{name}` has {expected} values, the network makes {found}"
            )));
        }
        Ok(Comparison { name: name.to_owned(), error: relative_error(found, &expected), bound })
    }

    /// What every module makes, where the case has it. Only the CPU engine can tell: fused kernels keep none of it.
    fn compare_activations(&self) -> Result<Vec<Comparison>, GoldenError> {
        let parameters = self.parameters("params0.")?;
        let mut results = Vec::new();
        if self.file.tensor("act.0").is_ok() {
            for activation in activations(&self.layout.spec, &parameters, self.side, &self.images)? {
                results.push(self.compare(
                    &format!("act.{}", activation.module),
                    &activation.values,
                    TIGHT,
                )?);
            }
        }
        Ok(results)
    }

    fn compare_parameters(&self, prefix: &str, found: &[f32]) -> Result<Vec<Comparison>, GoldenError> {
        let bound = if self.layout.spec.resolution <= TIE_FREE_RESOLUTION { TIGHT } else { LOOSE };
        let mut results = Vec::new();
        for layer in &self.layout.convolutions {
            for (name, range) in [(layer.weight_name(), layer.weight()), (layer.bias_name(), layer.bias())] {
                results.push(self.compare(&format!("{prefix}{name}"), &found[range], bound)?);
            }
        }
        Ok(results)
    }
}

/// The blocks that the parameters' names and shapes tell of: a k×k kernel, or two modules between convolutions
/// (ReLU and pooling), open a new block; one module between them is a ReLU.
fn blocks(file: &SafeTensors<'_>) -> Result<Vec<BlockSpec>, GoldenError> {
    let mut layers: Vec<(usize, usize, usize)> = Vec::new();
    for (name, tensor) in file.tensors() {
        let module = name.strip_prefix("params0.features.").and_then(|rest| rest.strip_suffix(".weight"));
        if let (Some(Ok(module)), [out_channels, _, kernel, _]) = (module.map(str::parse), tensor.shape()) {
            layers.push((module, *out_channels, *kernel));
        }
    }
    layers.sort_unstable();
    let mut blocks: Vec<BlockSpec> = Vec::new();
    let mut previous = None;
    for &(module, out_channels, kernel) in &layers {
        let gap = previous.map_or(usize::MAX, |p| module - p);
        match blocks.last_mut() {
            Some(block) if kernel == 1 && gap <= 2 => {
                block.relu.extend([gap == 2]);
                block.channels.push(out_channels);
            }
            last => {
                last.into_iter().for_each(|block| block.relu.push(gap == 3));
                blocks.push(BlockSpec {
                    kernel,
                    channels: vec![out_channels],
                    relu: vec![],
                    pool: Pool::Max(2),
                });
            }
        }
        previous = Some(module);
    }
    blocks.last_mut().into_iter().for_each(|block| block.relu.push(true));
    Ok(blocks)
}

fn tensor<'a>(file: &SafeTensors<'a>, name: &str) -> Result<TensorView<'a>, GoldenError> {
    file.tensor(name).map_err(|_| GoldenError::Format(format!("tensor `{name}` is missing")))
}

fn values(tensor: &TensorView<'_>) -> Result<Vec<f64>, GoldenError> {
    let data = tensor.data();
    match tensor.dtype() {
        Dtype::F32 => Ok(data.as_chunks().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect()),
        Dtype::F64 => Ok(data.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect()),
        Dtype::I64 => Ok(data.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect()),
        other => {
            Err(GoldenError::Format(format!("a tensor of type {other:?} where f32, f64 or i64 was expected")))
        }
    }
}

/// ‖found − expected‖ / ‖expected‖, or ‖found‖ where everything expected is 0.
fn relative_error(found: &[f32], expected: &[f64]) -> f64 {
    let difference = found.iter().zip(expected).map(|(&a, b)| (f64::from(a) - b).powi(2)).sum::<f64>().sqrt();
    let norm = expected.iter().map(|b| b * b).sum::<f64>().sqrt();
    if norm == 0.0 { difference } else { difference / norm }
}

fn format_error(error: safetensors::SafeTensorError) -> GoldenError {
    GoldenError::Format(error.to_string())
}
