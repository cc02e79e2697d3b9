//! A compiled shader with the layout of its bindings.

use nin_net::EngineError;

use crate::device::Gpu;
use crate::template::{Constants, expand};

/// Bytes from one step's record to the next: WebGPU's alignment of dynamic uniform offsets.
pub(crate) const RECORD_STRIDE: u64 = 256;

/// A compute pipeline. Group 0 is the record of the pass (a uniform at a dynamic offset), group 1 the kernel's buffers.
pub(crate) struct Kernel {
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) name: &'static str,
    layout: wgpu::BindGroupLayout,
}

/// Makes kernels that share the layout of group 0.
pub(crate) struct KernelMaker<'g> {
    pub(crate) gpu: &'g Gpu,
    pub(crate) records: &'g wgpu::BindGroupLayout,
}

impl KernelMaker<'_> {
    /// Specialises and compiles shader `name`; a shader that does not compile is an error, not a panic.
    pub(crate) async fn make(
        &self,
        name: &'static str,
        template: &str,
        constants: &Constants,
    ) -> Result<Kernel, EngineError> {
        let failed = |message: String| EngineError::Device(format!("shader {name}: {message}"));
        let source = expand(template, constants).map_err(failed)?;
        let device = &self.gpu.device;
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let kernel = self.compile(name, &source);
        match scope.pop().await {
            Some(error) => Err(failed(error.to_string())),
            None => Ok(kernel),
        }
    }

    fn compile(&self, name: &'static str, source: &str) -> Kernel {
        let device = &self.gpu.device;
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(name),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let entries: Vec<_> =
            bindings(source).into_iter().zip(0..).map(|(ty, i)| entry(i, ty, false)).collect();
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(name),
            entries: &entries,
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(name),
            bind_group_layouts: &[Some(self.records), Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(name),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        Kernel { pipeline, name, layout }
    }
}

impl Kernel {
    /// Binds `buffers` in the order of the shader's bindings.
    pub(crate) fn bind(&self, gpu: &Gpu, buffers: &[wgpu::BindingResource<'_>]) -> wgpu::BindGroup {
        let entries: Vec<_> = buffers
            .iter()
            .zip(0..)
            .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource: resource.clone() })
            .collect();
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(self.name),
            layout: &self.layout,
            entries: &entries,
        })
    }
}

/// The layout of group 0.
pub(crate) fn records_layout(gpu: &Gpu) -> wgpu::BindGroupLayout {
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("records"),
        entries: &[entry(0, wgpu::BufferBindingType::Uniform, true)],
    })
}

fn entry(binding: u32, ty: wgpu::BufferBindingType, dynamic: bool) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: dynamic, min_binding_size: None },
        count: None,
    }
}

/// Kinds of the bindings of group 1, in order, read off the shader's declarations.
fn bindings(source: &str) -> Vec<wgpu::BufferBindingType> {
    source
        .lines()
        .filter(|line| line.starts_with("@group(1)"))
        .map(|line| {
            if line.contains("var<uniform>") {
                wgpu::BufferBindingType::Uniform
            } else {
                wgpu::BufferBindingType::Storage { read_only: !line.contains("read_write") }
            }
        })
        .collect()
}
