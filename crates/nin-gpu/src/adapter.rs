//! Which adapters there are, and which one is taken.

use std::sync::Arc;

use nin_net::{EngineError, MapPrecision};
use serde::{Deserialize, Serialize};

use crate::autotune::Autotune;
use crate::tiles::PRIVATE_LANES;

/// Largest subgroup whose invocations fetch weights for each other: it has to be a part of every workgroup.
const MOST_SUBGROUP: u32 = PRIVATE_LANES as u32;
/// Smallest and largest subgroups that add up what they have: `head` wants four neighbours, and workgroups hold whole ones.
const SUMMING_SUBGROUPS: std::ops::RangeInclusive<u32> = 4..=64;

/// Which adapter an engine may take.
#[derive(Clone, Debug)]
pub struct GpuOptions {
    /// Part of the adapter's name, in any case; without it the first suitable adapter, discrete GPUs first.
    pub adapter: Option<String>,
    /// Whether a software rasteriser (lavapipe, SwiftShader, WARP) will do.
    pub allow_software: bool,
    /// How weight gradients are added up; without it as suits the adapter: shared on a GPU, private on a processor. The
    /// results differ by rounding, so that a run should keep to one.
    pub weight_sums: Option<WeightSums>,
    /// Whether kernels are tried in several shapes; without it they have the default ones. See [`Autotune`].
    pub autotune: Option<Arc<Autotune>>,
    /// Whether the invocations of a subgroup may hand each other sums and, on a processor, weights. The numbers stay the same.
    pub subgroups: bool,
    /// How maps are stored between kernels: f16 needs an adapter that has it.
    pub map_precision: MapPrecision,
}

impl Default for GpuOptions {
    fn default() -> Self {
        GpuOptions {
            adapter: None,
            allow_software: false,
            weight_sums: None,
            autotune: None,
            subgroups: true,
            map_precision: MapPrecision::F32,
        }
    }
}

/// Who adds up the weight gradients of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightSums {
    /// The invocations of a workgroup together, through its memory.
    Shared,
    /// Each invocation its own, in registers and what they spill to.
    Private,
    /// As `Private`, the sums in arrays, which SwiftShader compiles sooner, and lavapipe far later. The numbers are the same.
    PrivateArrays,
}

/// One adapter, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdapterSummary {
    /// Its name as the driver tells it.
    pub name: String,
    /// Vulkan, Metal, Dx12 or BrowserWebGpu.
    pub backend: String,
    /// DiscreteGpu, IntegratedGpu, VirtualGpu, Cpu or Other.
    pub device_type: String,
    /// Driver and its version.
    pub driver: String,
    /// Whether it computes on the CPU.
    pub software: bool,
    /// Storage buffers a shader may bind (8 are needed).
    pub storage_buffers: u32,
    /// Largest storage buffer binding, in bytes.
    pub storage_binding_bytes: u64,
    /// Largest buffer, in bytes.
    pub buffer_bytes: u64,
    /// Workgroup memory, in bytes.
    pub workgroup_memory_bytes: u32,
    /// Invocations in a workgroup.
    pub workgroup_invocations: u32,
    /// Features of interest that it has: timestamps, subgroups, f16.
    pub features: Vec<String>,
}

/// All adapters, in the order of preference, software ones last.
pub(crate) async fn ranked() -> Vec<wgpu::Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    let mut adapters = wgpu::Instance::new(descriptor).enumerate_adapters(wgpu::Backends::PRIMARY).await;
    adapters.sort_by_key(|adapter| rank(&adapter.get_info()));
    adapters
}

fn rank(info: &wgpu::AdapterInfo) -> u32 {
    match info.device_type {
        _ if is_software(info) => 4,
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        _ => 3,
    }
}

/// Its name as the driver tells it. A browser may keep it to itself.
pub(crate) fn name(info: &wgpu::AdapterInfo) -> String {
    if info.name.is_empty() { "a GPU without a name".to_owned() } else { info.name.clone() }
}

pub(crate) fn is_software(info: &wgpu::AdapterInfo) -> bool {
    let text = format!("{} {} {}", info.name, info.driver, info.driver_info).to_lowercase();
    info.device_type == wgpu::DeviceType::Cpu
        || ["llvmpipe", "lavapipe", "swiftshader", "basic render", "warp adapter"]
            .iter()
            .any(|name| text.contains(name))
}

impl WeightSums {
    /// Whether each invocation has its own.
    pub(crate) fn are_private(self) -> bool {
        self != WeightSums::Shared
    }

    /// What suits an adapter. A browser does not name its own software adapter, which is SwiftShader.
    pub(crate) fn of(info: &wgpu::AdapterInfo) -> Self {
        let browser = info.backend == wgpu::Backend::BrowserWebGpu;
        match is_software(info) {
            false => WeightSums::Shared,
            true if browser || info.name.to_lowercase().contains("swiftshader") => WeightSums::PrivateArrays,
            true => WeightSums::Private,
        }
    }
}

/// What an adapter's subgroups are used for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subgroups {
    /// Invocations of one if they may fetch weights for each other; 0 if there are none, or not always as many.
    pub(crate) size: usize,
    /// Whether they may add up what they have, whatever their number.
    pub(crate) sums: bool,
}

impl Subgroups {
    /// Those of `adapter`, as far as `options` allow them.
    pub(crate) fn of(adapter: &wgpu::Adapter, options: &GpuOptions) -> Self {
        let wgpu::AdapterInfo { subgroup_min_size: least, subgroup_max_size: most, .. } = adapter.get_info();
        let usable = options.subgroups && adapter.features().contains(wgpu::Features::SUBGROUP);
        let size = if usable && least == most && most <= MOST_SUBGROUP { most as usize } else { 0 };
        let sums = usable && SUMMING_SUBGROUPS.contains(&least) && SUMMING_SUBGROUPS.contains(&most);
        Subgroups { size, sums }
    }
}

/// Takes the adapter that `options` ask for.
pub(crate) async fn choose(options: &GpuOptions) -> Result<wgpu::Adapter, EngineError> {
    let adapters = ranked().await;
    let names: Vec<String> = adapters.iter().map(|adapter| adapter.get_info().name).collect();
    let wanted = options.adapter.as_deref().unwrap_or_default().to_lowercase();
    let mut named =
        adapters.into_iter().filter(|a| a.get_info().name.to_lowercase().contains(&wanted)).peekable();
    if named.peek().is_none() {
        return Err(EngineError::NoAdapter(match names.len() {
            0 => "no GPU adapter was found; install a Vulkan, Metal or DirectX 12 driver, or use the CPU engine".to_owned(),
            _ => format!("no GPU adapter has `{wanted}` in its name; there are: {}", names.join(", ")),
        }));
    }
    named.find(|adapter| options.allow_software || !is_software(&adapter.get_info())).ok_or_else(|| {
        EngineError::NoAdapter(format!(
            "only software adapters were found ({}), which are slower than the CPU engine; allow them explicitly to use one",
            names.join(", ")
        ))
    })
}

pub(crate) fn summary(adapter: &wgpu::Adapter) -> AdapterSummary {
    let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
    let interesting = [
        ("timestamps", wgpu::Features::TIMESTAMP_QUERY),
        ("subgroups", wgpu::Features::SUBGROUP),
        ("f16", wgpu::Features::SHADER_F16),
    ];
    AdapterSummary {
        software: is_software(&info),
        backend: format!("{:?}", info.backend),
        device_type: format!("{:?}", info.device_type),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        name: name(&info),
        storage_buffers: limits.max_storage_buffers_per_shader_stage,
        storage_binding_bytes: limits.max_storage_buffer_binding_size,
        buffer_bytes: limits.max_buffer_size,
        workgroup_memory_bytes: limits.max_compute_workgroup_storage_size,
        workgroup_invocations: limits.max_compute_invocations_per_workgroup,
        features: interesting
            .iter()
            .filter(|(_, feature)| features.contains(*feature))
            .map(|(name, _)| (*name).to_owned())
            .collect(),
    }
}
