//! The engine: what is resident, and what a training run asks of it.

use std::collections::VecDeque;

use nin_net::{
    Ceilings, Engine, EngineError, EngineInfo, EpochPlan, Evaluation, Gradients, ImageSet, NetworkSpec,
    NetworkState, OptimizerSpec, Profile, Split, Step, StepMetrics,
};

use crate::batch::Batch;
use crate::images::Images;
use crate::network::Network;
use crate::simd::Instructions;
use crate::threads::Threads;

/// Side of images that [`Engine::predict`] expects when no test images are loaded.
const DEFAULT_SIDE: usize = 28;

/// Computes networks on this machine's processor.
pub struct CpuEngine {
    threads: Threads,
    train: Images,
    test: Images,
    plan: EpochPlan,
    network: Option<Network>,
    metrics: VecDeque<Vec<StepMetrics>>,
}

impl CpuEngine {
    /// An engine with its own `threads`, or one per processor. In wasm it computes on the thread that calls.
    ///
    /// # Errors
    /// [`EngineError::Input`] if 0 threads are asked for, or more than the system starts.
    pub fn new(threads: Option<usize>) -> Result<Self, EngineError> {
        CpuEngine::with_instructions(threads, Instructions::best())
    }

    pub(crate) fn with_instructions(
        threads: Option<usize>,
        instructions: Instructions,
    ) -> Result<Self, EngineError> {
        Ok(CpuEngine {
            threads: Threads::new(threads, instructions)?,
            train: Images::default(),
            test: Images::default(),
            plan: EpochPlan::default(),
            network: None,
            metrics: VecDeque::new(),
        })
    }
}

impl Engine for CpuEngine {
    fn info(&self) -> EngineInfo {
        let threads = match self.threads.count {
            1 => "1 thread".into(),
            count => format!("{count} threads"),
        };
        EngineInfo { kind: "cpu".into(), name: format!("{threads}, {}", self.threads.instructions.name()) }
    }

    async fn load_images(&mut self, split: Split, images: ImageSet<'_>) -> Result<(), EngineError> {
        let images = Images::new(images)?;
        match split {
            Split::Train => {
                self.train = images;
                self.plan = EpochPlan::default();
            }
            Split::Test => self.test = images,
        }
        Ok(())
    }

    async fn load_network(
        &mut self,
        spec: &NetworkSpec,
        batch: usize,
        optimizer: &OptimizerSpec,
        state: &NetworkState,
    ) -> Result<(), EngineError> {
        self.network = Some(Network::new(spec, batch, optimizer, state)?);
        self.metrics.clear();
        Ok(())
    }

    fn begin_epoch(&mut self, plan: &EpochPlan) -> Result<(), EngineError> {
        plan.check(self.train.len())?;
        self.plan.clone_from(plan);
        Ok(())
    }

    fn enqueue(&mut self, steps: &[Step]) -> Result<(), EngineError> {
        let network = loaded(&mut self.network)?;
        for step in steps {
            step.check(network.batch, self.plan.order.len())?;
        }
        let metrics = steps.iter().map(|step| {
            let batch = Batch::step(&self.train, &self.plan, step);
            network.step(&self.threads, &batch, step.learning_rate)
        });
        self.metrics.push_back(metrics.collect());
        Ok(())
    }

    async fn finish(&mut self) -> Result<Vec<StepMetrics>, EngineError> {
        Ok(self.metrics.pop_front().unwrap_or_default())
    }

    async fn evaluate(&mut self, split: Split, limit: Option<usize>) -> Result<Evaluation, EngineError> {
        let network = loaded(&mut self.network)?;
        let images = match split {
            Split::Train => &self.train,
            Split::Test => &self.test,
        };
        let count = limit.unwrap_or(usize::MAX).min(images.len());
        Ok(network.evaluate(&self.threads, images, count))
    }

    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, EngineError> {
        let network = loaded(&mut self.network)?;
        let side = if self.test.side() > 0 { self.test.side() } else { DEFAULT_SIDE };
        Ok(network.predict(&self.threads, &Images::unlabelled(side, images)?))
    }

    async fn gradients(&mut self, images: ImageSet<'_>) -> Result<Gradients, EngineError> {
        let network = loaded(&mut self.network)?;
        let images = Images::new(images)?;
        if images.len() == 0 || images.len() > network.batch {
            let (found, most) = (images.len(), network.batch);
            let message = format!("gradients of {found} images were asked for: expected 1 to {most}");
            return Err(EngineError::Input(message));
        }
        Ok(network.gradients(&self.threads, &images))
    }

    async fn state(&mut self) -> Result<NetworkState, EngineError> {
        Ok(loaded(&mut self.network)?.state.clone())
    }

    async fn profile(&mut self) -> Result<Profile, EngineError> {
        let network = loaded(&mut self.network)?;
        if self.train.len() == 0 {
            return Err(EngineError::Input("no training images are loaded".into()));
        }
        let batch = match self.plan.order.len() {
            0 => Batch::range(&self.train, 0, network.batch.min(self.train.len())),
            places => {
                let count = network.batch.min(places) as u32;
                Batch::step(&self.train, &self.plan, &Step { first: 0, count, learning_rate: 0.0 })
            }
        };
        let profile = network.profile(&self.threads, &batch);
        Ok(Profile { device_memory_bytes: self.memory_bytes(), ..profile })
    }

    async fn ceilings(&mut self) -> Result<Ceilings, EngineError> {
        self.threads.ceilings().await
    }

    fn memory_bytes(&self) -> u64 {
        let transforms = size_of_val(self.plan.transforms.as_slice());
        let plan = size_of_val(self.plan.order.as_slice()) + transforms;
        let words = self.network.as_ref().map_or(0, Network::words);
        (self.train.byte_count() + self.test.byte_count() + plan + 4 * words) as u64
    }
}

fn loaded(network: &mut Option<Network>) -> Result<&mut Network, EngineError> {
    let message = "no network is loaded: call load_network first";
    network.as_mut().ok_or_else(|| EngineError::Input(message.into()))
}
