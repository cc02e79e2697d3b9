//! A loaded network: batches through it, steps, evaluation.

use nin_net::{
    CLASSES, EngineError, Evaluation, Gradients, Layout, NetworkSpec, NetworkState, OptimizerSpec,
    StepMetrics,
};

use crate::batch::Batch;
use crate::head::prediction;
use crate::images::Images;
use crate::lanes::LANES;
use crate::optimizer;
use crate::packing::{Packed, Packing};
use crate::threads::Threads;
use crate::workspace::{GroupResult, Workspace};

/// A network with its state and the buffers to compute it.
pub struct Network {
    /// Its shapes.
    pub layout: Layout,
    /// Most images of a step.
    pub batch: usize,
    /// The update rule.
    pub optimizer: OptimizerSpec,
    /// What training changes.
    pub state: NetworkState,
    packing: Packing,
    packed: Packed,
    /// One for each group that is computed at the same time.
    pub workspaces: Vec<Workspace>,
    /// What the groups' last passes found.
    pub results: Vec<GroupResult>,
    /// Of the last step, in the order of the flat parameters.
    pub gradient: Vec<f32>,
}

/// How far a batch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// To logits and loss.
    Forward,
    /// And back to the gradient.
    Backward,
    /// The same, by the clock.
    Timed,
}

impl Network {
    /// Checks that the arguments fit and makes room.
    pub fn new(
        spec: &NetworkSpec,
        batch: usize,
        optimizer: &OptimizerSpec,
        state: &NetworkState,
    ) -> Result<Self, EngineError> {
        let layout = Layout::new(spec)?;
        if batch == 0 {
            return Err(EngineError::Input("the batch size is 0: expected at least 1".into()));
        }
        state.check(&layout)?;
        Ok(Network {
            batch,
            optimizer: optimizer.clone(),
            state: state.clone(),
            packing: Packing::new(&layout),
            packed: Packed::default(),
            workspaces: Vec::new(),
            results: Vec::new(),
            gradient: vec![0.0; layout.parameter_count],
            layout,
        })
    }

    /// One training step.
    pub fn step(&mut self, threads: &Threads, batch: &Batch<'_>, learning_rate: f32) -> StepMetrics {
        let loss = self.differentiate(threads, batch);
        let right = |(place, logits): &(usize, &[f32])| prediction(logits) == batch.label(*place);
        let hits = self.logits(batch).enumerate().filter(right).count() as u32;
        let gradient_norm =
            optimizer::update(&self.optimizer, learning_rate, &mut self.gradient, &mut self.state);
        StepMetrics { loss, hits, count: batch.count as u32, gradient_norm }
    }

    /// Logits, loss and gradient of all `images` as one batch.
    pub fn gradients(&mut self, threads: &Threads, images: &Images) -> Gradients {
        let batch = Batch::range(images, 0, images.len());
        let loss = self.differentiate(threads, &batch);
        let logits = self.logits(&batch).flatten().copied().collect();
        Gradients { logits, loss, gradient: self.gradient.clone() }
    }

    /// Logits of all `images`.
    pub fn predict(&mut self, threads: &Threads, images: &Images) -> Vec<f32> {
        let mut all = Vec::with_capacity(images.len() * self.layout.logits);
        self.pack();
        for batch in passes(images, images.len(), threads) {
            self.run(threads, &batch, Pass::Forward);
            all.extend(self.logits(&batch).flatten());
        }
        all
    }

    /// Loss and confusion over the first `count` images.
    pub fn evaluate(&mut self, threads: &Threads, images: &Images, count: usize) -> Evaluation {
        let (mut confusion, mut outside) = (vec![0; CLASSES * CLASSES], vec![0; CLASSES]);
        let mut loss = 0.0;
        self.pack();
        for batch in passes(images, count, threads) {
            self.run(threads, &batch, Pass::Forward);
            loss += self.results[..batch.groups()].iter().map(|r| r.loss).sum::<f64>();
            for (place, logits) in self.logits(&batch).enumerate() {
                let label = batch.label(place);
                match prediction(logits) {
                    class if class < CLASSES => confusion[label * CLASSES + class] += 1,
                    _ => outside[label] += 1,
                }
            }
        }
        Evaluation { count: count as u32, loss: loss / count.max(1) as f64, confusion, outside }
    }

    /// Lays the parameters out as the kernels read them.
    pub fn pack(&mut self) {
        self.packing.pack(&self.state.parameters, &mut self.packed);
    }

    /// Takes a batch through the network and, if asked, back.
    pub fn run(&mut self, threads: &Threads, batch: &Batch<'_>, pass: Pass) {
        let groups = batch.groups();
        if self.results.len() < groups {
            self.results.resize_with(groups, GroupResult::default);
        }
        let (packing, packed) = (&self.packing, &self.packed);
        let results = &mut self.results[..groups];
        threads.for_each_group(&self.layout, &mut self.workspaces, results, |workspace, group, result| {
            if pass == Pass::Timed {
                result.laps.start();
            }
            workspace.forward(packed, batch, group, result);
            if pass != Pass::Forward {
                workspace.backward(packed, packing, result);
            }
        });
    }

    /// Leaves the batch's gradient in `self.gradient` and returns its mean loss.
    fn differentiate(&mut self, threads: &Threads, batch: &Batch<'_>) -> f32 {
        self.pack();
        self.run(threads, batch, Pass::Backward);
        self.reduce(batch)
    }

    /// Sums the groups' gradients and losses, in their order.
    pub fn reduce(&mut self, batch: &Batch<'_>) -> f32 {
        let results = &self.results[..batch.groups()];
        self.gradient.fill(0.0);
        for result in results {
            for (sum, gradient) in self.gradient.iter_mut().zip(&result.gradient) {
                *sum += gradient;
            }
        }
        (results.iter().map(|r| r.loss).sum::<f64>() / batch.count as f64) as f32
    }

    /// Logits of each image of the batch that just ran.
    fn logits(&self, batch: &Batch<'_>) -> impl Iterator<Item = &[f32]> {
        let results = self.results[..batch.groups()].iter();
        results.flat_map(|r| r.logits.chunks_exact(self.layout.logits)).take(batch.count)
    }
}

/// Cuts the first `count` images into forward passes that keep all threads busy.
fn passes<'a>(images: &'a Images, count: usize, threads: &Threads) -> impl Iterator<Item = Batch<'a>> {
    let size = threads.count * 8 * LANES;
    (0..count).step_by(size).map(move |first| Batch::range(images, first, size.min(count - first)))
}
