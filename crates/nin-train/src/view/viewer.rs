//! Answers looks, a short piece of work at a time.

use nin_cpu::CpuEngine;
use nin_data::{Dataset, Digits};
use nin_net::{Engine, EngineError, ImageSet, Layout, NetworkState, OptimizerSpec, Split};

use super::inspect::inspect;
use super::{Classification, LayerGradient, Look, Moment, Seen, SeenDigit, Snapshot};
use crate::predict;

/// Side of a drawing when no digits are loaded.
const DRAWING_SIDE: usize = 28;
/// Training images that layer gradients are of, at 28×28; fewer for larger inputs.
const PROBE_IMAGES: usize = 60;
/// Multiply-adds of one piece of a classification: a few hundredths of a second.
const PIECE: usize = 100_000_000;
/// Multiply-adds of a whole classification, at most.
const MOST: u64 = 20_000_000_000;

/// Looks at the newest network with a CPU engine of one thread.
///
/// [`answer`](Viewer::answer) is quick; a classification goes on in [`piece`](Viewer::piece), so that other looks can come between.
pub struct Viewer {
    engine: CpuEngine,
    test: Digits,
    /// The first training images.
    probe: Digits,
    shown: Option<(Snapshot, Layout)>,
    /// What is shown when the classification that goes on is done: it is of one network.
    next: Option<Snapshot>,
    job: Option<Classification>,
}

impl Viewer {
    /// A viewer without digits or network.
    ///
    /// # Errors
    /// If the system starts no thread.
    pub fn new() -> Result<Self, EngineError> {
        let none = || Digits { side: DRAWING_SIDE, images: Vec::new(), labels: Vec::new() };
        let engine = CpuEngine::new(Some(1))?;
        Ok(Viewer { engine, test: none(), probe: none(), shown: None, next: None, job: None })
    }

    /// Takes the digits that looks are about.
    ///
    /// # Errors
    /// If they are not whole images.
    pub async fn load_digits(&mut self, dataset: &Dataset) -> Result<(), EngineError> {
        self.job = None;
        self.test.clone_from(&dataset.test);
        self.probe = dataset.train.first(PROBE_IMAGES);
        self.engine.load_images(Split::Test, self.test.as_set()).await
    }

    /// Takes the network that looks are about from now on, or as soon as the classification that goes on is done.
    ///
    /// # Errors
    /// If its spec is wrong or its parameters are not as many as the spec asks for.
    pub async fn show(&mut self, snapshot: Snapshot) -> Result<(), EngineError> {
        if self.job.is_some() {
            self.next = Some(snapshot);
            return Ok(());
        }
        let layout = Layout::new(&snapshot.model.spec)?;
        let state = NetworkState::new(snapshot.model.parameters.clone());
        self.engine
            .load_network(&snapshot.model.spec, PROBE_IMAGES, &OptimizerSpec::sgd(0.0), &state)
            .await?;
        self.shown = Some((snapshot, layout));
        Ok(())
    }

    /// Answers a look. A classification is only begun; without a network there is nothing to see.
    pub async fn answer(&mut self, look: Look) -> Option<Seen> {
        match self.look(look).await {
            Ok(seen) => seen,
            Err(error) => Some(Seen::Failed { message: error.to_string() }),
        }
    }

    /// Whether a classification goes on.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Does the next piece of a classification; returns it when it is done.
    pub async fn piece(&mut self) -> Option<Seen> {
        match self.classify().await {
            Ok(seen) => seen,
            Err(error) => {
                self.job = None;
                Some(Seen::Failed { message: error.to_string() })
            }
        }
    }

    async fn look(&mut self, look: Look) -> Result<Option<Seen>, EngineError> {
        let Some((snapshot, layout)) = &self.shown else { return Ok(None) };
        let side = if self.test.is_empty() { DRAWING_SIDE } else { self.test.side };
        Ok(match look {
            Look::Predict { id, image } => {
                Some(Seen::Prediction(predict(id, &self.engine.predict(&image).await?)))
            }
            Look::Inspect { id, image } => {
                Some(Seen::Inspection(inspect(id, &snapshot.model, layout, side, &image)?))
            }
            Look::Digits { indices } => Some(Seen::Digits { digits: self.digits(&indices).await? }),
            Look::Classify => {
                let (moment, of) = (snapshot.moment.clone(), self.test.len());
                self.job = (of > 0).then(|| Classification::begin(moment, of));
                None
            }
            Look::LayerGradients => self.layer_gradients().await?,
        })
    }

    async fn digits(&mut self, indices: &[u32]) -> Result<Vec<SeenDigit>, EngineError> {
        let mut digits = Vec::new();
        let pixels = self.test.side * self.test.side;
        for &index in indices.iter().filter(|&&index| (index as usize) < self.test.len()) {
            let at = index as usize;
            let image = self.test.images[at * pixels..][..pixels].to_vec();
            let prediction = predict(u64::from(index), &self.engine.predict(&image).await?);
            let (label, side) = (self.test.labels[at], self.test.side);
            digits.push(SeenDigit { index, label, side, image, prediction });
        }
        Ok(digits)
    }

    async fn layer_gradients(&mut self) -> Result<Option<Seen>, EngineError> {
        let Some((snapshot, layout)) = &self.shown else { return Ok(None) };
        let images = (PIECE / layout.macs().max(1)).clamp(1, PROBE_IMAGES).min(self.probe.len());
        if images == 0 {
            return Ok(None);
        }
        let pixels = self.probe.side * self.probe.side;
        let set = ImageSet {
            side: self.probe.side,
            images: &self.probe.images[..images * pixels],
            labels: &self.probe.labels[..images],
        };
        let gradient = self.engine.gradients(set).await?.gradient;
        let norm = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let layers = layout.convolutions.iter().map(|convolution| {
            let range = convolution.weight().start..convolution.bias().end;
            LayerGradient {
                layer: format!("features.{}", convolution.module),
                gradient_norm: norm(&gradient[range.clone()]),
                parameter_norm: norm(&snapshot.model.parameters[range]),
            }
        });
        Ok(Some(Seen::LayerGradients { images, layers: layers.collect() }))
    }

    async fn classify(&mut self) -> Result<Option<Seen>, EngineError> {
        let (Some(job), Some((_, layout))) = (&mut self.job, &self.shown) else { return Ok(None) };
        let macs = layout.macs().max(1);
        let whole = self.test.len().min((MOST / macs as u64).max(1) as usize);
        let first = job.labels.len();
        let count = (PIECE / macs).max(1).min(whole.saturating_sub(first));
        let pixels = self.test.side * self.test.side;
        let logits = self.engine.predict(&self.test.images[first * pixels..][..count * pixels]).await?;
        for (&label, logits) in self.test.labels[first..].iter().zip(logits.chunks_exact(layout.logits)) {
            let prediction = predict(0, logits);
            job.labels.push(label);
            job.digits.push(prediction.digit as u8);
            job.probabilities.push(prediction.probabilities.get(usize::from(label)).copied().unwrap_or(0.0));
        }
        if job.labels.len() < whole {
            return Ok(None);
        }
        let done = self.job.take();
        if let Some(next) = self.next.take() {
            self.show(next).await?;
        }
        Ok(done.map(Seen::Classification))
    }
}

impl Classification {
    fn begin(moment: Moment, of: usize) -> Self {
        Classification { moment, of, labels: Vec::new(), digits: Vec::new(), probabilities: Vec::new() }
    }
}
