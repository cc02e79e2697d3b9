//! How a network is cut into pieces that one kernel computes each, and how each piece is cut into tiles and patches.

use nin_net::{Convolution, Layout, MapPrecision, Pool};

use crate::adapter::{Subgroups, WeightSums};
use crate::autotune::Shape;

/// Widest layer of a block that is computed as one piece, all its channels in registers.
pub(crate) const FUSED_CHANNELS: usize = 24;
/// Most convolutions of such a block.
const FUSED_LAYERS: usize = 4;

/// Most sums (of four weights) that an invocation keeps.
const PRIVATE_SUMS: usize = 320;

/// How the work is cut for a kind of adapter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuning {
    pub(crate) sums: WeightSums,
    /// Workgroups of a kernel that walks over a batch.
    pub(crate) walkers: usize,
    /// Invocations of a subgroup if they fetch weights for each other, else 0.
    pub(crate) subgroup: usize,
    /// Whether the invocations of a subgroup hand each other what is to be added up.
    pub(crate) subgroup_sums: bool,
}

impl Tuning {
    /// A GPU hides loads behind many small workgroups; a processor pays for each of both, so that its invocations fetch weights
    /// for each other where their subgroups have a known size.
    pub(crate) fn new(sums: WeightSums, subgroups: Subgroups) -> Self {
        let (walkers, subgroup) = if sums.are_private() { (8, subgroups.size) } else { (1024, 0) };
        Tuning { sums, walkers, subgroup, subgroup_sums: subgroups.sums }
    }
}

/// A run of convolutions of one block that one kernel computes: the whole block if its layers are narrow, else one convolution
/// each, the last of them with the block's pooling.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// Place of the first convolution in [`Layout::convolutions`].
    pub(crate) first: usize,
    /// Its convolutions: k×k, then 1×1s.
    pub(crate) convolutions: Vec<Convolution>,
    pub(crate) pool: Pool,
    /// Side of input and convolutions.
    pub(crate) side: usize,
    /// Side after pooling.
    pub(crate) pooled: usize,
    /// How the input map is stored.
    pub(crate) input_precision: MapPrecision,
    /// How the output map is stored: as the next segment's input, or as f32 if the head reads it, for nothing keeps that.
    pub(crate) output_precision: MapPrecision,
    /// Zeros around the output map: the next segment's padding.
    pub(crate) out_halo: usize,
    /// How block_forward's work is laid out.
    pub(crate) forward_shape: Shape,
    /// How convolution_input_gradient's work is laid out.
    pub(crate) input_shape: Shape,
    /// Height and width of block_backward's patches, each within a pooling window.
    pub(crate) backward_patch: (usize, usize),
    /// Lanes of block_backward's workgroups.
    pub(crate) backward_lanes: usize,
    pub(crate) tuning: Tuning,
}

/// Cuts the network into segments, the maps between which are stored as `precision` says.
pub(crate) fn segments(layout: &Layout, tuning: Tuning, precision: MapPrecision) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for block in &layout.blocks {
        let range = block.convolutions.clone();
        let convolutions = &layout.convolutions[range.clone()];
        let sums =
            convolutions[1..].iter().map(|c| c.in_channels * c.out_channels.div_ceil(4)).sum::<usize>();
        let fused = range.len() == 1
            || range.len() <= FUSED_LAYERS
                && convolutions.iter().all(|c| c.out_channels <= FUSED_CHANNELS)
                && (!tuning.sums.are_private() || sums <= PRIVATE_SUMS);
        let length = if fused { range.len() } else { 1 };
        for first in range.clone().step_by(length) {
            let last = first + length == range.end;
            segments.push(Segment {
                first,
                convolutions: layout.convolutions[first..first + length].to_vec(),
                pool: if last { block.pool } else { Pool::None },
                side: block.side,
                pooled: if last { block.pooled_side } else { block.side },
                input_precision: precision,
                output_precision: MapPrecision::F32,
                out_halo: 0,
                forward_shape: Shape { lanes: 64, channel_lanes: 1, patch: (1, 1) },
                input_shape: Shape {
                    lanes: 64,
                    channel_lanes: 1,
                    patch: if tuning.sums.are_private() { (2, 4) } else { (2, 2) },
                },
                backward_patch: (1, 1),
                backward_lanes: 64,
                tuning,
            });
        }
    }
    for i in 0..segments.len() {
        segments[i].out_halo = segments.get(i + 1).map_or(0, Segment::halo);
        segments[i].output_precision = segments.get(i + 1).map_or(MapPrecision::F32, |s| s.input_precision);
        segments[i].forward_shape = segments[i].forward_shapes()[0];
        segments[i].choose_backward_shape();
    }
    segments
}

impl Segment {
    pub(crate) fn private_sums(&self) -> bool {
        self.tuning.sums.are_private()
    }

    pub(crate) fn array_sums(&self) -> bool {
        self.tuning.sums == WeightSums::PrivateArrays
    }

    pub(crate) fn kernel(&self) -> usize {
        self.convolutions[0].kernel
    }

    /// Zeros around the input map.
    pub(crate) fn halo(&self) -> usize {
        self.kernel() / 2
    }

    /// Pixels in a row of the input map, its halo included.
    pub(crate) fn row(&self) -> usize {
        self.side + 2 * self.halo()
    }

    pub(crate) fn in_channels(&self) -> usize {
        self.convolutions[0].in_channels
    }

    pub(crate) fn out_channels(&self) -> usize {
        self.convolutions[self.layers() - 1].out_channels
    }

    pub(crate) fn layers(&self) -> usize {
        self.convolutions.len()
    }

    /// Groups of four output channels of convolution `layer`, unpadded.
    pub(crate) fn groups(&self, layer: usize) -> usize {
        self.convolutions[layer].out_channels.div_ceil(4)
    }
}
