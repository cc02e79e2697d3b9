//! The dispatches of a pass: forward, head, backward, update.

use crate::kernel::{Kernel, RECORD_STRIDE};
use crate::network::Network;
use crate::packing::PartialSums;
use crate::record::Record;
use crate::segment::Segment;
use crate::segment_kernels::SegmentKernels;

/// Most workgroups in one dimension of a dispatch, by WebGPU's default limits.
const MOST_WORKGROUPS: usize = 65_535;

/// What a dispatch computes; for a segment, if the kernel is a segment's own.
#[derive(Clone, Copy)]
pub(crate) enum Task<'n> {
    Gather,
    Forward(&'n SegmentKernels),
    Head,
    Backward(&'n SegmentKernels),
    WeightGradient(&'n SegmentKernels),
    InputGradient(&'n SegmentKernels),
    Reduce,
    GradientNorm,
    Optimizer,
}

/// A kernel with its buffers and the workgroups that the images of a record need.
pub(crate) struct Dispatch<'n> {
    pub(crate) task: Task<'n>,
    pub(crate) kernel: &'n Kernel,
    pub(crate) group: &'n wgpu::BindGroup,
    pub(crate) size: [usize; 3],
}

impl Dispatch<'_> {
    /// Records it for record `index`.
    pub(crate) fn record(&self, network: &Network, pass: &mut wgpu::ComputePass<'_>, index: usize) {
        let offset = (index as u64 * RECORD_STRIDE) as u32;
        pass.set_pipeline(&self.kernel.pipeline);
        pass.set_bind_group(0, &network.records_group, &[offset]);
        pass.set_bind_group(1, self.group, &[]);
        pass.dispatch_workgroups(self.size[0] as u32, self.size[1] as u32, self.size[2] as u32);
    }
}

impl Network {
    /// Images to logits, losses and the gradient of the last maps.
    pub(crate) fn forward<'n>(
        &'n self,
        record: &Record,
        gather: &'n wgpu::BindGroup,
        head: &'n wgpu::BindGroup,
    ) -> impl Iterator<Item = Dispatch<'n>> + use<'n> {
        let count = record.count as usize;
        let resolution = self.layout.spec.resolution;
        let size = grid(count * resolution * resolution, 64, 1);
        let gather = Dispatch { task: Task::Gather, kernel: &self.gather, group: gather, size };
        let size = [count, 1, 1];
        let head = Dispatch { task: Task::Head, kernel: &self.head, group: head, size };
        let segments = self.segments.iter().map(move |kernels| {
            let segment = &kernels.segment;
            let size = segment.forward_size(count);
            kernels.forward.dispatch(Task::Forward(kernels), size)
        });
        [gather].into_iter().chain(segments).chain([head])
    }

    /// The gradient of the last maps to the flat gradient.
    pub(crate) fn backward<'n>(&'n self, record: &Record) -> impl Iterator<Item = Dispatch<'n>> + use<'n> {
        let count = record.count as usize;
        let segments = self.segments.iter().rev().flat_map(move |kernels| kernels.backward(count));
        let sums = self.segments.iter().flat_map(|kernels| &kernels.sums);
        let groups = sums.map(PartialSums::reduce_groups).sum();
        segments.chain([self.reduce.dispatch(Task::Reduce, [groups, 1, 1])])
    }

    /// The step's metrics, and its update of what `optimizer` binds.
    pub(crate) fn update<'n>(&'n self, optimizer: &'n wgpu::BindGroup) -> [Dispatch<'n>; 2] {
        let size = [self.layout.parameter_count.div_ceil(64), 1, 1];
        [
            self.gradient_norm.dispatch(Task::GradientNorm, [1, 1, 1]),
            Dispatch { task: Task::Optimizer, kernel: &self.optimizer.kernel, group: optimizer, size },
        ]
    }
}

impl SegmentKernels {
    fn backward(&self, count: usize) -> impl Iterator<Item = Dispatch<'_>> {
        let segment = &self.segment;
        let size = match self.sums.get(1) {
            // The first layer's may be another kernel's.
            Some(sums) => [sums.walkers(count), 1, 1],
            None => grid(count * segment.backward_patches(), 64, segment.tiles()),
        };
        let backward = self.backward.dispatch(Task::Backward(self), size);
        let weight_gradient = self.weight_gradient.as_ref().map(|bound| {
            let (inputs, groups) = segment.weight_groups();
            bound.dispatch(Task::WeightGradient(self), [self.sums[0].walkers(count), inputs, groups])
        });
        let input_gradient = self
            .input_gradient
            .as_ref()
            .map(|bound| bound.dispatch(Task::InputGradient(self), segment.input_size(count)));
        [backward].into_iter().chain(weight_gradient).chain(input_gradient)
    }
}

/// Records one pass after another into a compute pass.
pub(crate) struct Recorder<'p, 'e> {
    network: &'p Network,
    pass: wgpu::ComputePass<'e>,
    /// The current record.
    index: usize,
}

impl<'p, 'e> Recorder<'p, 'e> {
    pub(crate) fn new(network: &'p Network, encoder: &'e mut wgpu::CommandEncoder) -> Self {
        let pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        Recorder { network, pass, index: 0 }
    }

    /// Works on record `index` from here on.
    pub(crate) fn select(&mut self, index: usize) {
        self.index = index;
    }

    /// Images to logits, losses and the gradient of the last maps.
    pub(crate) fn forward(&mut self, record: &Record, gather: &wgpu::BindGroup, head: &wgpu::BindGroup) {
        self.record(self.network.forward(record, gather, head));
    }

    /// The gradient of the last maps to the flat gradient.
    pub(crate) fn backward(&mut self, record: &Record) {
        self.record(self.network.backward(record));
    }

    /// The step's metrics, and its update.
    pub(crate) fn update(&mut self) {
        self.record(self.network.update(&self.network.optimizer.group));
    }

    fn record<'n>(&mut self, dispatches: impl IntoIterator<Item = Dispatch<'n>>) {
        for dispatch in dispatches {
            dispatch.record(self.network, &mut self.pass, self.index);
        }
    }
}

impl Segment {
    /// Workgroups of block_forward for `count` images.
    pub(crate) fn forward_size(&self, count: usize) -> [usize; 3] {
        let (rows, columns) = self.window_grid(self.forward_shape.patch);
        let tiles = match self.forward_shape.is_tiled() {
            true => self.forward_shape.channel_tiles(self.groups(0)),
            false => self.tiles(),
        };
        grid(count * rows * columns, self.forward_shape.patch_lanes(), tiles)
    }

    /// Workgroups of convolution_weight_gradient beside each other, over inputs and over outputs.
    fn weight_groups(&self) -> (usize, usize) {
        if self.tiles_weights() {
            return self.tiled_weight_counts();
        }
        let (inputs, groups) = self.weight_tile_counts();
        (inputs, groups * self.kernel() / self.weight_band())
    }

    /// Workgroups of convolution_input_gradient for `count` images.
    pub(crate) fn input_size(&self, count: usize) -> [usize; 3] {
        let (height, width) = self.input_shape.patch;
        let patches = count * self.side.div_ceil(height) * self.side.div_ceil(width);
        let tiles = match self.input_shape.is_tiled() {
            true => self.input_shape.channel_tiles(self.in_channels().div_ceil(4)),
            false => self.in_tiles(),
        };
        grid(patches, self.input_shape.patch_lanes(), tiles)
    }
}

/// Workgroups of so many lanes for `invocations`, spread over x and y where x would be too long.
fn grid(invocations: usize, lanes: usize, tiles: usize) -> [usize; 3] {
    let groups = invocations.div_ceil(lanes);
    let rows = groups.div_ceil(MOST_WORKGROUPS);
    [groups.div_ceil(rows), rows, tiles]
}

#[cfg(test)]
mod tests {
    use super::grid;

    #[test]
    fn grids_cover_all_invocations_within_the_limits() {
        assert_eq!(grid(1, 64, 1), [1, 1, 1]);
        assert_eq!(grid(65, 64, 3), [2, 1, 3]);
        for invocations in [65_535 * 64, 65_535 * 64 + 1, 60 * 512 * 512] {
            let [x, y, _] = grid(invocations, 64, 1);
            assert!(x <= 65_535 && x * y * 64 >= invocations && x * (y - 1) * 64 < invocations);
        }
    }
}
