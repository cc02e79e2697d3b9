//! Which engine computes, and why.

use anyhow::{Result, bail};
use nin_cpu::CpuEngine;
use nin_gpu::{AdapterSummary, GpuEngine, GpuOptions};
use nin_net::Engine as _;
use pollster::block_on;

use crate::arguments::{EngineArguments, EngineChoice};

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

/// The engine that the flags ask for. A software adapter computes only when a GPU is asked for and there is no other,
/// or when it is named.
pub fn choose(arguments: &EngineArguments) -> Result<Chosen> {
    match (arguments.engine, &arguments.adapter) {
        (EngineChoice::Cpu, Some(_)) => {
            bail!("--adapter names a GPU, but --engine cpu wants none: leave one out")
        }
        (EngineChoice::Cpu, None) => cpu(arguments.threads, "as asked"),
        (EngineChoice::Auto, None) => match automatic(&adapters()) {
            Ok(engine) => Ok(gpu(engine, "the first hardware GPU")),
            Err(reason) => cpu(arguments.threads, &reason),
        },
        (EngineChoice::Auto | EngineChoice::Gpu, adapter) => {
            let options = GpuOptions { adapter: adapter.clone(), allow_software: true };
            Ok(gpu(block_on(GpuEngine::new(&options))?, "as asked"))
        }
    }
}

fn adapters() -> Vec<AdapterSummary> {
    block_on(GpuEngine::adapters())
}

/// The hardware GPU that `auto` takes, or why it takes none.
fn automatic(adapters: &[AdapterSummary]) -> Result<GpuEngine, String> {
    if adapters.is_empty() {
        return Err("no GPU was found".to_owned());
    }
    if adapters.iter().all(|adapter| adapter.software) {
        return Err(
            "the only GPU found is software, and slower; --engine gpu takes it nevertheless".to_owned()
        );
    }
    block_on(GpuEngine::new(&GpuOptions::default())).map_err(|error| error.to_string())
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

/// What can compute here, and what `--engine auto` makes of it.
pub fn describe() -> Result<Vec<String>> {
    let mut lines = vec![format!("CPU: {}", CpuEngine::new(None)?.info().name)];
    let adapters = adapters();
    lines.extend(adapters.iter().flat_map(describe_adapter));
    lines.push(match automatic(&adapters) {
        Ok(engine) => {
            format!("--engine auto takes the GPU: {} is the first hardware GPU", engine.info().name)
        }
        Err(reason) => format!("--engine auto takes the CPU: {reason}"),
    });
    Ok(lines)
}

fn describe_adapter(adapter: &AdapterSummary) -> [String; 3] {
    const MIB: u64 = 1 << 20;
    let kind = if adapter.software { "software" } else { "hardware" };
    let features = match adapter.features.is_empty() {
        true => "none of timestamps, subgroups, f16".to_owned(),
        false => adapter.features.join(", "),
    };
    [
        format!(
            "GPU: {} ({kind}, {}, {}, driver {})",
            adapter.name, adapter.device_type, adapter.backend, adapter.driver
        ),
        format!(
            "     limits: {} storage buffers, {} MiB a binding, {} MiB a buffer, {} KiB workgroup memory, {} invocations",
            adapter.storage_buffers,
            adapter.storage_binding_bytes / MIB,
            adapter.buffer_bytes / MIB,
            adapter.workgroup_memory_bytes / 1024,
            adapter.workgroup_invocations
        ),
        format!("     features: {features}"),
    ]
}
