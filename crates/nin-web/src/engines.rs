//! Which engine computes in the worker, and why.

use nin_cpu::CpuEngine;
use nin_gpu::{AdapterSummary, GpuEngine, GpuOptions};
use nin_net::EngineError;
use nin_train::{EngineKind, EngineWish};

/// Why there is no GPU, and what to do.
const NO_WEBGPU: &str = "this browser gives no WebGPU; a current Chrome, Edge, Firefox or Safari on a machine with a GPU, \
                         with hardware acceleration switched on, trains faster";
const SOFTWARE: &str = "this browser's only WebGPU adapter is software, and slower; with hardware acceleration switched on \
                        in its settings, or in another browser, the GPU is used";

/// One of the engines: made once, so its size does not matter.
#[allow(clippy::large_enum_variant)]
pub enum AnyEngine {
    /// The CPU.
    Cpu(CpuEngine),
    /// WebGPU.
    Gpu(GpuEngine),
}

/// An engine, and if it is the CPU for want of a GPU, the sentence that says why.
pub struct Chosen {
    pub engine: AnyEngine,
    pub instead_of_gpu: Option<String>,
}

/// The engine that was wished for; `auto` takes a hardware GPU, else the CPU.
pub async fn choose(wish: &EngineWish) -> Result<Chosen, EngineError> {
    let (engine, instead_of_gpu) = match wish.kind {
        EngineKind::Cpu => (AnyEngine::Cpu(CpuEngine::new(None)?), None),
        EngineKind::Gpu => (AnyEngine::Gpu(any_gpu().await?), None),
        EngineKind::Auto => match automatic().await {
            Ok(engine) => (AnyEngine::Gpu(engine), None),
            Err(reason) => {
                (AnyEngine::Cpu(CpuEngine::new(None)?), Some(format!("training on the CPU: {reason}")))
            }
        },
    };
    Ok(Chosen { engine, instead_of_gpu })
}

async fn any_gpu() -> Result<GpuEngine, EngineError> {
    if GpuEngine::adapters().await.is_empty() {
        return Err(EngineError::NoAdapter(format!("{NO_WEBGPU}; or choose the CPU")));
    }
    GpuEngine::new(&GpuOptions { allow_software: true, ..GpuOptions::default() }).await
}

/// The hardware GPU that `auto` takes, or why it takes none.
async fn automatic() -> Result<GpuEngine, String> {
    if let Some(reason) = why_no_gpu(&GpuEngine::adapters().await) {
        return Err(reason.to_owned());
    }
    GpuEngine::new(&GpuOptions::default()).await.map_err(|error| error.to_string())
}

/// Why `auto` takes none of these adapters, if it doesn't.
pub fn why_no_gpu(adapters: &[AdapterSummary]) -> Option<&'static str> {
    if adapters.is_empty() {
        return Some(NO_WEBGPU);
    }
    adapters.iter().all(|adapter| adapter.software).then_some(SOFTWARE)
}
