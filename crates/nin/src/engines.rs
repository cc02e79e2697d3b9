//! Which engine computes, and why.

use std::sync::Arc;

use anyhow::{Result, bail};
use nin_cpu::CpuEngine;
use nin_gpu::{AdapterSummary, Autotune, GpuEngine, GpuOptions};
use nin_net::Engine as _;
use nin_train::{EngineKind, EngineWish};
use pollster::block_on;

use crate::tuning;

/// One of the engines: made once, so its size does not matter.
#[allow(clippy::large_enum_variant)]
pub enum AnyEngine {
    /// The CPU.
    Cpu(CpuEngine),
    /// A GPU, or a software adapter that stands in for one.
    Gpu(GpuEngine),
}

/// An engine and the line that says why it was chosen.
pub struct Chosen {
    pub engine: AnyEngine,
    pub why: String,
}

/// The engine that is wished for, the CPU's with so many threads, a GPU's kernels in the shapes that are fastest there if `autotune`. A software adapter computes only when a GPU is asked for and there is no other,
/// or when it is named.
pub fn choose(wish: &EngineWish, threads: Option<u16>, autotune: bool) -> Result<Chosen> {
    let autotune = autotune.then(tuning::remembered);
    match (wish.kind, &wish.adapter) {
        (EngineKind::Cpu, Some(_)) => {
            bail!("--adapter names a GPU, but --engine cpu wants none: leave one out")
        }
        (EngineKind::Cpu, None) => cpu(threads, "as asked"),
        (EngineKind::Auto, None) => match automatic(&adapters(), autotune) {
            Ok(engine) => Ok(gpu(engine, "the first hardware GPU")),
            Err(reason) => cpu(threads, &reason),
        },
        (EngineKind::Auto | EngineKind::Gpu, adapter) => {
            let options = GpuOptions {
                adapter: adapter.clone(),
                allow_software: true,
                autotune,
                ..GpuOptions::default()
            };
            Ok(gpu(block_on(GpuEngine::new(&options))?, "as asked"))
        }
    }
}

fn adapters() -> Vec<AdapterSummary> {
    block_on(GpuEngine::adapters())
}

/// The hardware GPU that `auto` takes, or why it takes none.
fn automatic(adapters: &[AdapterSummary], autotune: Option<Arc<Autotune>>) -> Result<GpuEngine, String> {
    if adapters.is_empty() {
        return Err("no GPU was found".to_owned());
    }
    if adapters.iter().all(|adapter| adapter.software) {
        return Err("the only GPU found is software, and slower; gpu takes it nevertheless".to_owned());
    }
    let options = GpuOptions { autotune, ..GpuOptions::default() };
    block_on(GpuEngine::new(&options)).map_err(|error| error.to_string())
}

fn gpu(engine: GpuEngine, reason: &str) -> Chosen {
    let why = format!("engine: GPU, {}: {reason}", engine.info().name);
    Chosen { engine: AnyEngine::Gpu(engine), why }
}

fn cpu(threads: Option<u16>, reason: &str) -> Result<Chosen> {
    let engine = CpuEngine::new(threads.map(usize::from))?;
    let why = format!("engine: CPU, {}: {reason}", engine.info().name);
    Ok(Chosen { engine: AnyEngine::Cpu(engine), why })
}

/// What can compute here, and what `auto` makes of it.
pub struct Survey {
    /// The CPU, with its instructions and threads.
    pub cpu: String,
    /// The adapters, in the order in which `auto` looks at them.
    pub adapters: Vec<AdapterSummary>,
    /// What `auto` takes and why, in one sentence.
    pub automatic: String,
}

impl Survey {
    /// Looks at everything there is; a hardware GPU is opened to see whether it works.
    pub fn new() -> Result<Self> {
        let cpu = CpuEngine::new(None)?.info().name;
        let adapters = adapters();
        let automatic = match automatic(&adapters, None) {
            Ok(engine) => format!("auto takes the GPU: {} is the first hardware GPU", engine.info().name),
            Err(reason) => format!("auto takes the CPU: {reason}"),
        };
        Ok(Survey { cpu, adapters, automatic })
    }
}

/// Properties and limits of an adapter, as name and value.
pub fn facts(adapter: &AdapterSummary) -> Vec<(String, String)> {
    const MIB: u64 = 1 << 20;
    let kind = if adapter.software { "software" } else { "hardware" };
    let features = match adapter.features.is_empty() {
        true => "none of timestamps, subgroups, f16".to_owned(),
        false => adapter.features.join(", "),
    };
    let facts = [
        ("kind", format!("{kind}, {}", adapter.device_type)),
        ("back end", format!("{}, driver {}", adapter.backend, adapter.driver)),
        ("storage buffers", adapter.storage_buffers.to_string()),
        ("largest binding", format!("{} MiB", adapter.storage_binding_bytes / MIB)),
        ("largest buffer", format!("{} MiB", adapter.buffer_bytes / MIB)),
        ("workgroup memory", format!("{} KiB", adapter.workgroup_memory_bytes / 1024)),
        ("workgroup invocations", adapter.workgroup_invocations.to_string()),
        ("features", features),
    ];
    facts.map(|(name, value)| (name.to_owned(), value)).to_vec()
}
