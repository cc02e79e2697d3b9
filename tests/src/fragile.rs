//! An engine whose device can be lost at any call.

use nin_net::{
    Ceilings, Engine, EngineError, EngineInfo, EpochPlan, Evaluation, Gradients, ImageSet, MapPrecision,
    NetworkSpec, NetworkState, OptimizerSpec, Profile, Split, Step, StepMetrics,
};

/// How the device of an engine is lost: for good, until it is revived.
pub trait Lose: Engine {
    /// Loses it.
    fn lose(&mut self);
}

impl Lose for nin_gpu::GpuEngine {
    fn lose(&mut self) {
        self.destroy_device();
    }
}

/// An engine that loses its device just before the calls that `breaks` names by their number, from 1.
pub struct Fragile<E, B> {
    engine: E,
    breaks: B,
    /// Calls so far, revivals left out.
    pub calls: usize,
    /// Revivals so far.
    pub revivals: usize,
}

impl<E: Lose, B: FnMut(usize) -> bool> Fragile<E, B> {
    /// Around an engine that is whole.
    pub fn new(engine: E, breaks: B) -> Self {
        Fragile { engine, breaks, calls: 0, revivals: 0 }
    }

    fn call(&mut self) -> &mut E {
        self.calls += 1;
        if (self.breaks)(self.calls) {
            self.engine.lose();
        }
        &mut self.engine
    }
}

impl<E: Lose, B: FnMut(usize) -> bool> Engine for Fragile<E, B> {
    fn info(&self) -> EngineInfo {
        self.engine.info()
    }

    async fn set_map_precision(&mut self, precision: MapPrecision) -> Result<(), EngineError> {
        self.engine.set_map_precision(precision).await
    }

    async fn load_images(&mut self, split: Split, images: ImageSet<'_>) -> Result<(), EngineError> {
        self.call().load_images(split, images).await
    }

    async fn load_network(
        &mut self,
        spec: &NetworkSpec,
        batch: usize,
        optimizer: &OptimizerSpec,
        state: &NetworkState,
    ) -> Result<(), EngineError> {
        self.call().load_network(spec, batch, optimizer, state).await
    }

    fn begin_epoch(&mut self, plan: &EpochPlan) -> Result<(), EngineError> {
        self.call().begin_epoch(plan)
    }

    fn enqueue(&mut self, steps: &[Step]) -> Result<(), EngineError> {
        self.call().enqueue(steps)
    }

    async fn finish(&mut self) -> Result<Vec<StepMetrics>, EngineError> {
        self.call().finish().await
    }

    async fn evaluate(&mut self, split: Split, limit: Option<usize>) -> Result<Evaluation, EngineError> {
        self.call().evaluate(split, limit).await
    }

    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, EngineError> {
        self.call().predict(images).await
    }

    async fn gradients(&mut self, images: ImageSet<'_>) -> Result<Gradients, EngineError> {
        self.call().gradients(images).await
    }

    async fn state(&mut self) -> Result<NetworkState, EngineError> {
        self.call().state().await
    }

    async fn profile(&mut self) -> Result<Profile, EngineError> {
        self.call().profile().await
    }

    async fn ceilings(&mut self) -> Result<Ceilings, EngineError> {
        self.call().ceilings().await
    }

    fn memory_bytes(&self) -> u64 {
        self.engine.memory_bytes()
    }

    async fn revive(&mut self) -> Result<(), EngineError> {
        self.revivals += 1;
        self.engine.revive().await
    }
}
