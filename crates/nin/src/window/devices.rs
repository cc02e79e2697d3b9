//! What can compute, for the screen.

use anyhow::Result;
use nin_app::{Device, News};
use nin_train::EngineKind;

use crate::engines::{Survey, facts};

/// All devices, and what `auto` takes and why.
pub fn list() -> Result<News> {
    let Survey { cpu, adapters, automatic } = Survey::new()?;
    let gpu = |adapter: &nin_gpu::AdapterSummary| Device {
        kind: EngineKind::Gpu,
        name: adapter.name.clone(),
        software: adapter.software,
        facts: facts(adapter),
    };
    let mut devices: Vec<Device> = adapters.iter().map(gpu).collect();
    devices.push(Device { kind: EngineKind::Cpu, name: cpu, software: false, facts: Vec::new() });
    Ok(News::Devices { devices, automatic })
}
