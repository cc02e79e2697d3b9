//! [`GpuEngine`]: nin's contract with whatever computes, kept by a GPU.

use std::collections::VecDeque;

use nin_net::{
    Ceilings, EngineError, EngineInfo, EpochPlan, Evaluation, Gradients, ImageSet, Layout, MapPrecision,
    NetworkSpec, NetworkState, OptimizerSpec, Profile, Split, Step, StepMetrics,
};

use crate::adapter::{AdapterSummary, GpuOptions, choose, name, ranked, summary};
use crate::buffers::PlanBuffers;
use crate::device::Gpu;
use crate::images::Images;
use crate::network::Network;
use crate::training::{Chunk, Epoch};

/// Trains and runs networks on a GPU. See [`nin_net::Engine`].
pub struct GpuEngine {
    /// What finds its adapter again.
    options: GpuOptions,
    pub(crate) gpu: Gpu,
    pub(crate) train: Option<Images>,
    pub(crate) test: Option<Images>,
    pub(crate) network: Option<Network>,
    pub(crate) epoch: Option<Epoch>,
    /// No order, no transforms.
    pub(crate) no_plan: PlanBuffers,
    /// Queued chunks of steps, oldest first.
    pub(crate) chunks: VecDeque<Chunk>,
    /// Optimizer steps queued so far.
    pub(crate) step: u64,
}

impl GpuEngine {
    /// Opens a device of its own on the adapter that `options` ask for.
    ///
    /// # Errors
    /// [`EngineError::NoAdapter`] if there is none, or it gives no device with WebGPU's default limits, or without the
    /// features that `options` need.
    pub async fn new(options: &GpuOptions) -> Result<Self, EngineError> {
        let adapter = choose(options).await?;
        let gpu = Gpu::open(&adapter, options).await?;
        let no_plan =
            PlanBuffers { order: gpu.storage("no order", 1), transforms: gpu.storage("no transforms", 1) };
        let options = GpuOptions { adapter: Some(gpu.info.name.clone()), ..options.clone() };
        Ok(GpuEngine {
            options,
            gpu,
            train: None,
            test: None,
            network: None,
            epoch: None,
            no_plan,
            chunks: VecDeque::new(),
            step: 0,
        })
    }

    /// All adapters of this machine in the order of preference, software rasterisers last.
    pub async fn adapters() -> Vec<AdapterSummary> {
        ranked().await.iter().map(summary).collect()
    }

    /// Destroys the device, as if its driver had failed: for tests of what comes after.
    #[doc(hidden)]
    pub fn destroy_device(&self) {
        self.gpu.device.destroy();
    }

    pub(crate) fn images(&self, split: Split) -> Result<&Images, EngineError> {
        let (images, name) = match split {
            Split::Train => (&self.train, "training"),
            Split::Test => (&self.test, "test"),
        };
        images.as_ref().ok_or_else(|| EngineError::Input(format!("no {name} images are loaded")))
    }

    pub(crate) fn network(&self) -> Result<&Network, EngineError> {
        self.network.as_ref().ok_or_else(|| EngineError::Input("no network is loaded".to_owned()))
    }
}

impl nin_net::Engine for GpuEngine {
    fn info(&self) -> EngineInfo {
        let info = &self.gpu.info;
        let maps = if self.options.map_precision.is_f32() { "" } else { ", f16 maps" };
        EngineInfo { kind: "gpu".to_owned(), name: format!("{} ({:?}{maps})", name(info), info.backend) }
    }

    async fn set_map_precision(&mut self, precision: MapPrecision) -> Result<(), EngineError> {
        if precision != self.options.map_precision {
            *self = GpuEngine::new(&GpuOptions { map_precision: precision, ..self.options.clone() }).await?;
        }
        Ok(())
    }

    async fn load_images(&mut self, split: Split, images: ImageSet<'_>) -> Result<(), EngineError> {
        self.gpu.check()?;
        let loaded = Images::upload(&self.gpu, images)?;
        match split {
            Split::Train => {
                self.train = Some(loaded);
                self.epoch = None;
            }
            Split::Test => self.test = Some(loaded),
        }
        self.gpu.check()
    }

    async fn load_network(
        &mut self,
        spec: &NetworkSpec,
        batch: usize,
        optimizer: &OptimizerSpec,
        state: &NetworkState,
    ) -> Result<(), EngineError> {
        self.gpu.check()?;
        let layout = Layout::new(spec)?;
        state.check(&layout)?;
        self.chunks.clear();
        self.network = None;
        let precision = self.options.map_precision;
        self.network = Some(Network::new(&self.gpu, layout, batch, optimizer, state, precision).await?);
        self.step = state.step;
        self.gpu.check()
    }

    fn begin_epoch(&mut self, plan: &EpochPlan) -> Result<(), EngineError> {
        self.gpu.check()?;
        let epoch = Epoch::upload(&self.gpu, plan, self.images(Split::Train)?)?;
        self.epoch = Some(epoch);
        Ok(())
    }

    fn enqueue(&mut self, steps: &[Step]) -> Result<(), EngineError> {
        self.gpu.check()?;
        let chunk = self.submit_steps(steps)?;
        self.chunks.push_back(chunk);
        Ok(())
    }

    async fn finish(&mut self) -> Result<Vec<StepMetrics>, EngineError> {
        self.gpu.check()?;
        match self.chunks.pop_front() {
            Some(chunk) => chunk.metrics(&self.gpu).await,
            None => Ok(Vec::new()),
        }
    }

    async fn evaluate(&mut self, split: Split, limit: Option<usize>) -> Result<Evaluation, EngineError> {
        self.gpu.check()?;
        self.evaluate_images(split, limit).await
    }

    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, EngineError> {
        self.gpu.check()?;
        let side = self.test.as_ref().map_or(28, |test| test.side);
        let labels = vec![0; images.len() / (side * side)];
        let images = Images::upload(&self.gpu, ImageSet { side, images, labels: &labels })?;
        Ok(self.run_images(&images, false).await?.logits)
    }

    async fn gradients(&mut self, images: ImageSet<'_>) -> Result<Gradients, EngineError> {
        self.gpu.check()?;
        let images = Images::upload(&self.gpu, images)?;
        self.run_images(&images, true).await
    }

    async fn state(&mut self) -> Result<NetworkState, EngineError> {
        self.gpu.check()?;
        let buffers = &self.network()?.buffers;
        let count = self.network()?.layout.parameter_count;
        let sources = [&buffers.parameters, &buffers.first_moment, &buffers.second_moment];
        let staging = self.gpu.staging(3 * count);
        let mut encoder = self.gpu.encoder();
        for (source, place) in sources.into_iter().zip(0..) {
            let bytes = 4 * count as u64;
            encoder.copy_buffer_to_buffer(source, 0, &staging, place * bytes, bytes);
        }
        let submission = self.gpu.queue.submit([encoder.finish()]);
        let values: Vec<f32> = self.gpu.read(&staging, submission).await?;
        Ok(NetworkState {
            parameters: values[..count].to_vec(),
            step: self.step,
            first_moment: values[count..2 * count].to_vec(),
            second_moment: values[2 * count..].to_vec(),
        })
    }

    async fn revive(&mut self) -> Result<(), EngineError> {
        *self = GpuEngine::new(&self.options).await?;
        Ok(())
    }

    async fn profile(&mut self) -> Result<Profile, EngineError> {
        self.profile_by_best_clock().await
    }

    async fn ceilings(&mut self) -> Result<Ceilings, EngineError> {
        self.gpu.check()?;
        self.gpu.ceilings().await
    }

    fn memory_bytes(&self) -> u64 {
        self.held_bytes()
    }
}
