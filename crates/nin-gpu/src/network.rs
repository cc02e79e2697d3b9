//! A network on the device: its kernels, buffers and bindings.

use nin_net::{EngineError, Layout, MapPrecision, NetworkState, OptimizerSpec};

use crate::buffers::{Buffers, PlanBuffers, Shape, capacity, part};
use crate::constants;
use crate::device::Gpu;
use crate::images::Images;
use crate::kernel::{Kernel, KernelMaker, records_layout};
use crate::packing::{Packing, partial_sums};
use crate::passes::{Dispatch, Task};
use crate::record::Record;
use crate::segment::segments;
use crate::segment_kernels::{Place, SegmentKernels};
use crate::training::write_records;

/// A kernel with its buffers.
pub(crate) struct Bound {
    pub(crate) kernel: Kernel,
    pub(crate) group: wgpu::BindGroup,
}

pub(crate) struct Network {
    pub(crate) layout: Layout,
    pub(crate) optimizer_spec: OptimizerSpec,
    /// Images of one step at most.
    pub(crate) batch: usize,
    /// Images of one pass at most.
    pub(crate) capacity: usize,
    pub(crate) segments: Vec<SegmentKernels>,
    pub(crate) gather: Kernel,
    pub(crate) head: Kernel,
    pub(crate) reduce: Bound,
    pub(crate) gradient_norm: Bound,
    pub(crate) optimizer: Bound,
    pub(crate) buffers: Buffers,
    pub(crate) records_group: wgpu::BindGroup,
    /// `head` with the outcomes of a training step.
    pub(crate) step_head: wgpu::BindGroup,
}

impl Bound {
    pub(crate) fn dispatch<'n>(&'n self, task: Task<'n>, size: [usize; 3]) -> Dispatch<'n> {
        Dispatch { task, kernel: &self.kernel, group: &self.group, size }
    }
}

impl Network {
    /// Compiles the kernels for `layout` and sets the state. `batch` is the most images that a step has.
    pub(crate) async fn new(
        gpu: &Gpu,
        layout: Layout,
        batch: usize,
        optimizer_spec: &OptimizerSpec,
        state: &NetworkState,
        precision: MapPrecision,
    ) -> Result<Self, EngineError> {
        let segments = segments(&layout, gpu.tuning, precision);
        let packing = Packing::new(&layout, &segments);
        let capacity = capacity(gpu, &segments, batch)?;
        let (sums, sums_len) = partial_sums(&segments, &packing, capacity);
        let shape = Shape { batch, capacity, sums_len };
        let buffers = Buffers::new(gpu, &layout, &segments, &packing, &shape, state);
        let records_layout = records_layout(gpu);
        let maker = KernelMaker { gpu, records: &records_layout };
        let (first, last) = (&segments[0], &segments[segments.len() - 1]);
        let gather = maker.make("gather", GATHER, &constants::gather(layout.spec.resolution, first)).await?;
        let head = maker.make("head", HEAD, &constants::head(&layout, last)).await?;
        let step_head = buffers.bind_head(gpu, &head, &buffers.outcomes);
        let reduce = maker.make("reduce", REDUCE, &constants::reduce(&sums, gpu.tuning)).await?;
        let reduce = bound(gpu, reduce, &[&buffers.partial_sums, &buffers.flat, &buffers.gradient]);
        let norm = maker
            .make("gradient_norm", GRADIENT_NORM, &constants::gradient_norm(&layout, gpu.tuning))
            .await?;
        let gradient_norm = bound(gpu, norm, &[&buffers.gradient, &buffers.outcomes, &buffers.metrics]);
        let optimizer =
            maker.make("optimizer", OPTIMIZER, &constants::optimizer(&layout, optimizer_spec)).await?;
        let b = &buffers;
        let state = [&b.parameters, &b.first_moment, &b.second_moment, &b.packed];
        let group = buffers.bind_optimizer(gpu, &optimizer, state);
        let optimizer = Bound { kernel: optimizer, group };
        let records_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("records"),
            layout: &records_layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: part(&buffers.records, 0, 5) }],
        });
        // What kernels are tried with: a whole pass.
        write_records(gpu, &buffers, &[Record { count: capacity as u32, ..Record::default() }]);
        let mut kernels = Vec::new();
        for (index, segment) in segments.into_iter().enumerate() {
            let own = sums[segment.first..segment.first + segment.layers()].to_vec();
            let place =
                Place { buffers: &buffers, packing: &packing, records: &records_group, index, capacity };
            kernels.push(SegmentKernels::new(&maker, &place, segment, own).await?);
        }
        Ok(Network {
            layout,
            optimizer_spec: optimizer_spec.clone(),
            batch,
            capacity,
            segments: kernels,
            gather,
            head,
            reduce,
            gradient_norm,
            optimizer,
            buffers,
            records_group,
            step_head,
        })
    }

    /// Binds where images come from: resident pixels, an order and transforms.
    pub(crate) fn bind_gather(&self, gpu: &Gpu, images: &Images, plan: &PlanBuffers) -> wgpu::BindGroup {
        let b = &self.buffers;
        let buffers = [
            &images.pixels,
            &images.labels,
            &plan.order,
            &plan.transforms,
            &b.normalised,
            &b.maps[0],
            &b.batch_labels,
        ];
        self.gather.bind(gpu, &buffers.map(wgpu::Buffer::as_entire_binding))
    }

    /// Binds where `head` leaves what it finds.
    pub(crate) fn bind_head(&self, gpu: &Gpu, outcomes: &wgpu::Buffer) -> wgpu::BindGroup {
        self.buffers.bind_head(gpu, &self.head, outcomes)
    }

    /// Binds the optimizer to copies, which it may spoil, of what training changes.
    pub(crate) fn bind_scratch_optimizer(&self, gpu: &Gpu) -> wgpu::BindGroup {
        let b = &self.buffers;
        let scratch = [&b.parameters, &b.first_moment, &b.second_moment, &b.packed]
            .map(|buffer| gpu.storage("scratch", (buffer.size() / 4) as usize));
        b.bind_optimizer(gpu, &self.optimizer.kernel, scratch.each_ref())
    }
}

const GATHER: &str = include_str!("../../../shaders/gather.wgsl");
const HEAD: &str = include_str!("../../../shaders/head.wgsl");
const REDUCE: &str = include_str!("../../../shaders/reduce.wgsl");
const GRADIENT_NORM: &str = include_str!("../../../shaders/gradient_norm.wgsl");
const OPTIMIZER: &str = include_str!("../../../shaders/optimizer.wgsl");

/// Binds whole buffers.
pub(crate) fn bound(gpu: &Gpu, kernel: Kernel, buffers: &[&wgpu::Buffer]) -> Bound {
    let resources: Vec<_> = buffers.iter().map(|buffer| buffer.as_entire_binding()).collect();
    let group = kernel.bind(gpu, &resources);
    Bound { kernel, group }
}
