//! Recording the dispatches of a pass: forward, head, backward, update.

use crate::kernel::RECORD_STRIDE;
use crate::network::{Bound, Network, SegmentKernels};
use crate::packing::PartialSums;
use crate::record::Record;

/// Most workgroups in one dimension of a dispatch, by WebGPU's default limits.
const MOST_WORKGROUPS: usize = 65_535;

/// Records the kernels of one pass after another into a compute pass.
pub(crate) struct Recorder<'p, 'e> {
    network: &'p Network,
    pass: wgpu::ComputePass<'e>,
    /// Where the current record lies.
    offset: u32,
}

impl<'p, 'e> Recorder<'p, 'e> {
    pub(crate) fn new(network: &'p Network, encoder: &'e mut wgpu::CommandEncoder) -> Self {
        let pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        Recorder { network, pass, offset: 0 }
    }

    /// Works on record `index` from here on.
    pub(crate) fn select(&mut self, index: usize) {
        self.offset = (index as u64 * RECORD_STRIDE) as u32;
    }

    fn dispatch(&mut self, pipeline: &wgpu::ComputePipeline, group: &wgpu::BindGroup, size: [usize; 3]) {
        self.pass.set_pipeline(pipeline);
        self.pass.set_bind_group(0, &self.network.records_group, &[self.offset]);
        self.pass.set_bind_group(1, group, &[]);
        self.pass.dispatch_workgroups(size[0] as u32, size[1] as u32, size[2] as u32);
    }

    fn run(&mut self, bound: &Bound, size: [usize; 3]) {
        self.dispatch(&bound.kernel.pipeline, &bound.group, size);
    }

    /// Images to logits, losses and the gradient of the last maps.
    pub(crate) fn forward(&mut self, record: &Record, gather: &wgpu::BindGroup, head: &wgpu::BindGroup) {
        let network = self.network;
        let count = record.count as usize;
        let resolution = network.layout.spec.resolution;
        self.dispatch(network.gather_pipeline(), gather, grid(count * resolution * resolution, 1));
        for kernels in &network.segments {
            let segment = &kernels.segment;
            let pixels = count * segment.pooled * segment.pooled;
            self.run(&kernels.forward, grid(pixels, segment.tiles()));
        }
        self.dispatch(network.head_pipeline(), head, [count, 1, 1]);
    }

    /// The gradient of the last maps to the flat gradient.
    pub(crate) fn backward(&mut self, record: &Record) {
        let network = self.network;
        let count = record.count as usize;
        for kernels in network.segments.iter().rev() {
            self.segment_backward(kernels, count);
        }
        let sums = network.segments.iter().flat_map(|kernels| &kernels.sums);
        let groups = sums.map(PartialSums::reduce_groups).sum();
        self.run(&network.reduce, [groups, 1, 1]);
    }

    fn segment_backward(&mut self, kernels: &SegmentKernels, count: usize) {
        let segment = &kernels.segment;
        let size = match kernels.sums.get(1) {
            Some(sums) => [sums.walkers(count), 1, 1],
            None => grid(count * segment.backward_patches(), segment.tiles()),
        };
        self.run(&kernels.backward, size);
        let bands = segment.kernel() / segment.weight_band();
        let walkers = kernels.sums[0].walkers(count);
        let size = [walkers, segment.in_channels(), segment.groups(0) * bands];
        self.run(&kernels.weight_gradient, size);
        if let Some(input_gradient) = &kernels.input_gradient {
            let patches = segment.side.div_ceil(2);
            self.run(input_gradient, grid(count * patches * patches, segment.in_tiles()));
        }
    }

    /// The step's metrics, and its update.
    pub(crate) fn update(&mut self) {
        let network = self.network;
        self.run(&network.gradient_norm, [1, 1, 1]);
        self.run(&network.optimizer, [network.layout.parameter_count.div_ceil(64), 1, 1]);
    }
}

/// Workgroups of 64 for `invocations`, spread over x and y where x would be too long.
fn grid(invocations: usize, tiles: usize) -> [usize; 3] {
    let groups = invocations.div_ceil(64);
    let rows = groups.div_ceil(MOST_WORKGROUPS);
    [groups.div_ceil(rows), rows, tiles]
}

#[cfg(test)]
mod tests {
    use super::grid;

    #[test]
    fn grids_cover_all_invocations_within_the_limits() {
        assert_eq!(grid(1, 1), [1, 1, 1]);
        assert_eq!(grid(65, 3), [2, 1, 3]);
        for invocations in [65_535 * 64, 65_535 * 64 + 1, 60 * 512 * 512] {
            let [x, y, _] = grid(invocations, 1);
            assert!(x <= 65_535 && x * y * 64 >= invocations && x * (y - 1) * 64 < invocations);
        }
    }
}
