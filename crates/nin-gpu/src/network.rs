//! A network on the device: its kernels, buffers and bindings.

use nin_net::{EngineError, Layout, NetworkState, OptimizerSpec};

use crate::adapter::WeightSums;
use crate::buffers::{Buffers, PlanBuffers, Shape, capacity, part};
use crate::constants;
use crate::device::Gpu;
use crate::images::Images;
use crate::kernel::{Kernel, KernelMaker, records_layout};
use crate::packing::{Packing, PartialSums, partial_sums};
use crate::passes::{Dispatch, Task};
use crate::segment::{Segment, segments};

/// A kernel with its buffers.
pub(crate) struct Bound {
    pub(crate) kernel: Kernel,
    pub(crate) group: wgpu::BindGroup,
}

/// A segment's kernels and the device's view of its shape.
pub(crate) struct SegmentKernels {
    pub(crate) segment: Segment,
    pub(crate) forward: Bound,
    pub(crate) backward: Bound,
    /// Not if `backward` makes it.
    pub(crate) weight_gradient: Option<Bound>,
    /// Not for the first segment: nobody asks for the gradient of the images.
    pub(crate) input_gradient: Option<Bound>,
    /// One per convolution.
    pub(crate) sums: Vec<PartialSums>,
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
    ) -> Result<Self, EngineError> {
        let segments = segments(&layout, gpu.tuning);
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
        let reduce = maker.make("reduce", REDUCE, &constants::reduce(&sums)).await?;
        let reduce = bound(gpu, reduce, &[&buffers.partial_sums, &buffers.flat, &buffers.gradient]);
        let norm = maker.make("gradient_norm", GRADIENT_NORM, &constants::gradient_norm(&layout)).await?;
        let gradient_norm = bound(gpu, norm, &[&buffers.gradient, &buffers.outcomes, &buffers.metrics]);
        let optimizer =
            maker.make("optimizer", OPTIMIZER, &constants::optimizer(&layout, optimizer_spec)).await?;
        let b = &buffers;
        let state = [&b.parameters, &b.first_moment, &b.second_moment, &b.packed];
        let group = buffers.bind_optimizer(gpu, &optimizer, state);
        let optimizer = Bound { kernel: optimizer, group };
        let mut kernels = Vec::new();
        for (index, segment) in segments.into_iter().enumerate() {
            let own = sums[segment.first..segment.first + segment.layers()].to_vec();
            kernels.push(SegmentKernels::new(&maker, &buffers, &packing, index, segment, own).await?);
        }
        let records_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("records"),
            layout: &records_layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: part(&buffers.records, 0, 5) }],
        });
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
const BLOCK_FORWARD: &str = include_str!("../../../shaders/block_forward.wgsl");
const HEAD: &str = include_str!("../../../shaders/head.wgsl");
const BLOCK_BACKWARD: &str = include_str!("../../../shaders/block_backward.wgsl");
const BLOCK_BACKWARD_PRIVATE: &str = include_str!("../../../shaders/block_backward_private.wgsl");
const POOL_BACKWARD: &str = include_str!("../../../shaders/pool_backward.wgsl");
const CONVOLUTION_WEIGHT_GRADIENT: &str = include_str!("../../../shaders/convolution_weight_gradient.wgsl");
const CONVOLUTION_INPUT_GRADIENT: &str = include_str!("../../../shaders/convolution_input_gradient.wgsl");
const REDUCE: &str = include_str!("../../../shaders/reduce.wgsl");
const GRADIENT_NORM: &str = include_str!("../../../shaders/gradient_norm.wgsl");
const OPTIMIZER: &str = include_str!("../../../shaders/optimizer.wgsl");

impl SegmentKernels {
    async fn new(
        maker: &KernelMaker<'_>,
        buffers: &Buffers,
        packing: &Packing,
        index: usize,
        segment: Segment,
        sums: Vec<PartialSums>,
    ) -> Result<Self, EngineError> {
        let gpu = maker.gpu;
        let (weights, turned) = (&packing.forward[index], &packing.turned[index]);
        let (input, output) = (&buffers.maps[index], &buffers.maps[index + 1]);
        let (route, conv) = (&buffers.routes[index], &buffers.conv_gradients[index]);
        let above = &buffers.output_gradient;
        let c = constants::block_forward(&segment, weights);
        let kernel = maker.make("block_forward", BLOCK_FORWARD, &c).await?;
        let group = kernel.bind(gpu, &buffers.with_weights(weights, &[input, output, route]));
        let forward = Bound { kernel, group };

        let mut others = vec![input, route, above, &buffers.partial_sums];
        let backward = if segment.layers() > 1 {
            let c = constants::block_backward(&segment, weights, &sums);
            let kernel = match segment.tuning.sums {
                WeightSums::Private => {
                    maker.make("block_backward_private", BLOCK_BACKWARD_PRIVATE, &c).await?
                }
                WeightSums::Shared => maker.make("block_backward", BLOCK_BACKWARD, &c).await?,
            };
            if !segment.fuses_first() {
                others.push(conv);
            }
            let group = kernel.bind(gpu, &buffers.with_weights(weights, &others));
            Bound { kernel, group }
        } else {
            let c = constants::pool_backward(&segment, weights);
            let kernel = maker.make("pool_backward", POOL_BACKWARD, &c).await?;
            let group = kernel.bind(gpu, &buffers.with_weights(weights, &[input, route, above, conv]));
            Bound { kernel, group }
        };

        let mut weight_gradient = None;
        if !segment.fuses_first() {
            let c = constants::convolution_weight_gradient(&segment, &sums[0]);
            let kernel = maker.make("convolution_weight_gradient", CONVOLUTION_WEIGHT_GRADIENT, &c).await?;
            weight_gradient = Some(bound(gpu, kernel, &[input, conv, &buffers.partial_sums]));
        }

        let mut input_gradient = None;
        if index > 0 {
            let c = constants::convolution_input_gradient(&segment, turned);
            let kernel = maker.make("convolution_input_gradient", CONVOLUTION_INPUT_GRADIENT, &c).await?;
            let below = &buffers.output_gradient;
            let group = kernel.bind(gpu, &buffers.with_weights(turned, &[conv, below]));
            input_gradient = Some(Bound { kernel, group });
        }
        Ok(SegmentKernels { segment, forward, backward, weight_gradient, input_gradient, sums })
    }
}

fn bound(gpu: &Gpu, kernel: Kernel, buffers: &[&wgpu::Buffer]) -> Bound {
    let resources: Vec<_> = buffers.iter().map(|buffer| buffer.as_entire_binding()).collect();
    let group = kernel.bind(gpu, &resources);
    Bound { kernel, group }
}
