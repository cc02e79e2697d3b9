//! How a network is cut into pieces that one kernel computes each, and how each piece is cut into tiles and patches.

use nin_net::{Convolution, Layout, Pool};

/// Widest layer of a block that is computed as one piece, all its channels in registers.
const FUSED_CHANNELS: usize = 24;
/// Most convolutions of such a block.
const FUSED_LAYERS: usize = 4;
/// Workgroup memory of WebGPU's default limits, in bytes.
const WORKGROUP_MEMORY: usize = 16 << 10;
/// Most groups of four channels that one invocation of a single convolution makes.
const TILE_GROUPS: usize = 4;
/// Most multiply-add statements (of four channels) that a convolution's taps are written out to.
const UNROLLED: usize = 256;

/// What depends on the kind of adapter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuning {
    /// Pixels that a lane of block_backward should take.
    pub(crate) pixels: usize,
    /// Whether a lane of block_backward adds up a 4×4 tile of a 1×1 weight, or 4 rows of all outputs: fewer loads, more registers.
    pub(crate) whole_rows: bool,
    /// Workgroups of a kernel that walks over a batch.
    pub(crate) walkers: usize,
}

impl Tuning {
    /// A GPU hides loads behind many small workgroups; a software rasteriser pays for each of both.
    pub(crate) fn new(software: bool) -> Self {
        match software {
            true => Tuning { pixels: 2, whole_rows: true, walkers: 64 },
            false => Tuning { pixels: 1, whole_rows: false, walkers: 1024 },
        }
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
    /// Zeros around the output map: the next segment's padding.
    pub(crate) out_halo: usize,
    /// Pixels that a lane of block_backward takes, side by side.
    pub(crate) backward_pixels: usize,
    /// Lanes of block_backward's workgroups.
    pub(crate) backward_lanes: usize,
    pub(crate) tuning: Tuning,
}

/// Cuts the network into segments.
pub(crate) fn segments(layout: &Layout, tuning: Tuning) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for block in &layout.blocks {
        let range = block.convolutions.clone();
        let convolutions = &layout.convolutions[range.clone()];
        let fused = range.len() <= FUSED_LAYERS
            && (range.len() == 1 || convolutions.iter().all(|c| c.out_channels <= FUSED_CHANNELS));
        let length = if fused { range.len() } else { 1 };
        for first in range.clone().step_by(length) {
            let last = first + length == range.end;
            segments.push(Segment {
                first,
                convolutions: layout.convolutions[first..first + length].to_vec(),
                pool: if last { block.pool } else { Pool::None },
                side: block.side,
                pooled: if last { block.pooled_side } else { block.side },
                out_halo: 0,
                backward_pixels: 1,
                backward_lanes: 64,
                tuning,
            });
        }
    }
    for i in 0..segments.len() {
        segments[i].out_halo = segments.get(i + 1).map_or(0, Segment::halo);
        segments[i].choose_backward_shape();
    }
    segments
}

impl Segment {
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

    /// Groups of the k×k convolution's output that one invocation makes: all of them if 1×1s follow.
    pub(crate) fn tile(&self) -> usize {
        let groups = self.groups(0);
        if self.layers() > 1 { groups } else { tile_of(groups) }
    }

    /// Tiles of the k×k convolution's output.
    pub(crate) fn tiles(&self) -> usize {
        self.groups(0).div_ceil(self.tile())
    }

    /// Groups of output channels of convolution `layer` as its weights are laid out: whole tiles.
    pub(crate) fn padded_groups(&self, layer: usize) -> usize {
        if layer == 0 { self.tile() * self.tiles() } else { self.groups(layer) }
    }

    /// Groups of input channels that one invocation of convolution_input_gradient makes.
    pub(crate) fn in_tile(&self) -> usize {
        tile_of(self.in_channels().div_ceil(4))
    }

    pub(crate) fn in_tiles(&self) -> usize {
        self.in_channels().div_ceil(4).div_ceil(self.in_tile())
    }

    /// Height and width of block_forward's patches: 2×2, or a part of a row of the pooling window.
    pub(crate) fn forward_patch(&self) -> (usize, usize) {
        match self.pool.size() {
            2 => (2, 2),
            size => (1, divisor(size, 4)),
        }
    }

    /// Rows of taps written out at a time, for a kernel that makes `pixels` pixels of `groups` groups.
    pub(crate) fn band(&self, pixels: usize, groups: usize) -> usize {
        let kernel = self.kernel();
        if kernel * kernel * pixels * groups <= UNROLLED { kernel } else { 1 }
    }

    /// Rows of taps that a workgroup of convolution_weight_gradient takes.
    pub(crate) fn weight_band(&self) -> usize {
        if self.kernel() <= 3 { self.kernel() } else { 1 }
    }

    /// Patches of an image in block_backward: only pixels that pooling did not drop.
    pub(crate) fn backward_patches(&self) -> usize {
        let side = self.pooled * self.pool.size();
        side * (side / self.backward_pixels)
    }

    /// Groups of outputs of a 1×1 convolution's weight that one lane of block_backward adds up, for one group of inputs:
    /// enough that there are no more tiles than lanes.
    pub(crate) fn tile_width(&self, layer: usize) -> usize {
        let (inputs, outputs) = (self.groups(layer - 1), self.groups(layer));
        let fits =
            |width: &usize| outputs.is_multiple_of(*width) && inputs * outputs / width <= self.backward_lanes;
        if self.tuning.whole_rows { outputs } else { (1..=outputs).find(fits).unwrap_or(outputs) }
    }

    /// Tiles of a 1×1 convolution's weight.
    pub(crate) fn weight_tiles(&self, layer: usize) -> usize {
        self.groups(layer - 1) * self.groups(layer) / self.tile_width(layer)
    }

    /// How many lanes share one of these tiles, each taking every so manieth row.
    pub(crate) fn slices(&self, layer: usize) -> usize {
        (self.backward_lanes / self.weight_tiles(layer)).clamp(1, 16)
    }

    /// Groups of one pixel's values that block_backward keeps in workgroup memory: each 1×1's inputs and output gradients.
    pub(crate) fn row_length(&self) -> usize {
        (1..self.layers()).map(|layer| self.groups(layer - 1) + self.groups(layer)).sum()
    }

    fn choose_backward_shape(&mut self) {
        if self.layers() == 1 {
            return;
        }
        self.backward_pixels = divisor(self.pool.size(), self.tuning.pixels);
        let fits = |rows: &usize| rows * self.row_length() * 16 <= WORKGROUP_MEMORY;
        let rows = [64, 32].into_iter().find(fits).unwrap_or(16);
        self.backward_lanes = rows / self.backward_pixels;
    }
}

fn tile_of(groups: usize) -> usize {
    if groups <= TILE_GROUPS + 2 { groups } else { TILE_GROUPS }
}

/// Largest divisor of `size` up to `most`.
fn divisor(size: usize, most: usize) -> usize {
    (1..=most).rev().find(|d| size.is_multiple_of(*d)).unwrap_or(1)
}
