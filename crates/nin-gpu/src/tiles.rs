//! How a segment's work is cut into tiles, patches and lanes.

use nin_net::Pool;

use crate::autotune::Shape;
use crate::segment::Segment;

/// Workgroup memory of WebGPU's default limits, in bytes.
const WORKGROUP_MEMORY: usize = 16 << 10;
/// Most groups of four channels that one invocation of a single convolution makes.
const TILE_GROUPS: usize = 4;
/// Invocations of a workgroup that are tried, the default first.
const TRIED_LANES: [usize; 3] = [64, 128, 256];
/// Most multiply-add statements (of four channels) that a convolution's taps are written out to.
const UNROLLED: usize = 216;
/// The same on a processor, whose compilers take long.
const UNROLLED_BRIEF: usize = 96;
/// Most multiply-add statements that a tile of convolution_weight_gradient is written out to, on a processor.
const WEIGHT_TILE: usize = 128;
/// The same where sums are arrays, for the sake of a compiler that takes longest.
const WEIGHT_TILE_BRIEF: usize = 64;
/// Most taps of a first convolution whose weight gradient block_backward makes.
const FUSED_TAPS: usize = 32;
/// Height and width of a patch of several pooling windows,
const WIDE_PATCH: (usize, usize) = (2, 4);
/// if such patches cover at most so many percent of the map.
const MOST_COVERED: usize = 120;
/// Lanes of workgroups whose lanes add up on their own: a vector of most processors.
pub(crate) const PRIVATE_LANES: usize = 8;

impl Segment {
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

    /// Height and width of patches of a pooling window: 2×2, or a part of a row.
    fn window_patch(&self) -> (usize, usize) {
        match self.pool.size() {
            2 => (2, 2),
            size => (1, divisor(size, 4)),
        }
    }

    /// Height and width of patches of several pooling windows: a weight then serves more pixels, which a processor, where
    /// loads cost most, is glad of. A window's patch where they would not cover the map well.
    fn wide_patch(&self) -> (usize, usize) {
        let (rows, columns) = self.window_grid(WIDE_PATCH);
        let (down, across) = self.windows(WIDE_PATCH);
        let covered = rows * down * columns * across;
        match self.pool.size() <= 2 && covered * 100 <= self.pooled * self.pooled * MOST_COVERED {
            true => WIDE_PATCH,
            false => self.window_patch(),
        }
    }

    /// Windows of pooling, down and across, that a patch covers: one if it is a part of one.
    pub(crate) fn windows(&self, patch: (usize, usize)) -> (usize, usize) {
        let size = self.pool.size();
        ((patch.0 / size).max(1), (patch.1 / size).max(1))
    }

    /// Patches, down and across, that cover the pooled map, a window counted once if it is walked in patches.
    pub(crate) fn window_grid(&self, patch: (usize, usize)) -> (usize, usize) {
        let (down, across) = self.windows(patch);
        (self.pooled.div_ceil(down), self.pooled.div_ceil(across))
    }

    /// Ways to lay block_forward's work out, the default first. A mean depends by rounding on the part of its window that is
    /// added up at a time, a maximum does not.
    pub(crate) fn forward_shapes(&self) -> Vec<Shape> {
        let (one, wide) = (self.window_patch(), self.wide_patch());
        let default = if self.private_sums() { wide } else { one };
        let mut patches = vec![default];
        patches.extend([one, wide].into_iter().filter(|&patch| patch != default));
        if matches!(self.pool, Pool::Max(_)) {
            patches.extend([(1, one.1), (1, 1)].into_iter().filter(|&patch| patch != one));
        }
        let shapes = patches.into_iter().flat_map(lane_shapes);
        shapes.chain(self.tiled_forward_shapes(default)).collect()
    }

    /// Ways to lay convolution_input_gradient's work out, the default first.
    pub(crate) fn input_shapes(&self) -> Vec<Shape> {
        lane_shapes(self.input_shape.patch).into_iter().chain(self.tiled_input_shapes()).collect()
    }

    /// Rows of taps written out at a time, for a kernel that makes `pixels` pixels of `groups` groups.
    pub(crate) fn band(&self, pixels: usize, groups: usize) -> usize {
        let kernel = self.kernel();
        let most = if self.private_sums() { UNROLLED_BRIEF } else { UNROLLED };
        if kernel * kernel * pixels * groups <= most { kernel } else { 1 }
    }

    /// Rows of taps that a workgroup of convolution_weight_gradient takes.
    pub(crate) fn weight_band(&self) -> usize {
        if self.kernel() <= 3 { self.kernel() } else { 1 }
    }

    /// Input channels, and groups of output channels, of a tile of convolution_weight_gradient.
    pub(crate) fn weight_tile(&self) -> (usize, usize) {
        if !self.private_sums() {
            return (1, 1);
        }
        let weight_tile = if self.array_sums() { WEIGHT_TILE_BRIEF } else { WEIGHT_TILE };
        let statements = |groups: usize| groups * self.weight_band() * self.kernel();
        let groups = divisor(self.groups(0), (weight_tile / statements(1)).clamp(1, TILE_GROUPS + 2));
        (divisor(self.in_channels(), (weight_tile / statements(groups)).max(1)), groups)
    }

    /// How many such tiles: over the input channels, and over the groups of output channels.
    pub(crate) fn weight_tile_counts(&self) -> (usize, usize) {
        let (inputs, groups) = self.weight_tile();
        (self.in_channels() / inputs, self.groups(0) / groups)
    }

    /// Lanes of convolution_weight_gradient's workgroups.
    pub(crate) fn weight_lanes(&self) -> usize {
        if self.private_sums() { PRIVATE_LANES } else { 64 }
    }

    /// Whether block_backward also makes the first convolution's weight gradient: nobody else wants that convolution's own.
    pub(crate) fn fuses_first(&self) -> bool {
        self.first == 0 && self.layers() > 1 && self.in_channels() == 1 && self.inputs(0) <= FUSED_TAPS
    }

    /// The first layer whose weight gradient block_backward makes.
    pub(crate) fn first_layer(&self) -> usize {
        usize::from(!self.fuses_first())
    }

    /// Values of which one output of convolution `layer` is a sum.
    pub(crate) fn inputs(&self, layer: usize) -> usize {
        let convolution = &self.convolutions[layer];
        convolution.in_channels * convolution.kernel * convolution.kernel
    }

    /// Groups of four of them.
    pub(crate) fn input_groups(&self, layer: usize) -> usize {
        self.inputs(layer).div_ceil(4)
    }

    /// Patches of an image in block_backward: only pixels that pooling did not drop.
    pub(crate) fn backward_patches(&self) -> usize {
        let side = self.pooled * self.pool.size();
        let (height, width) = self.backward_patch;
        (side / height) * (side / width)
    }

    /// Groups of outputs of a weight that one lane of block_backward adds up, for one group of inputs: enough that there are
    /// no more tiles than lanes.
    pub(crate) fn tile_width(&self, layer: usize) -> usize {
        let (inputs, outputs) = (self.input_groups(layer), self.groups(layer));
        let fits =
            |width: &usize| outputs.is_multiple_of(*width) && inputs * outputs / width <= self.backward_lanes;
        (1..=outputs).find(fits).unwrap_or(outputs)
    }

    /// Tiles of a weight.
    pub(crate) fn weight_tiles(&self, layer: usize) -> usize {
        self.input_groups(layer) * self.groups(layer) / self.tile_width(layer)
    }

    /// How many lanes of block_backward share a tile, each taking every so manieth row: each makes a row of partial sums.
    pub(crate) fn slices(&self, layer: usize) -> usize {
        if self.private_sums() {
            return self.backward_lanes;
        }
        (self.backward_lanes / self.weight_tiles(layer)).clamp(1, 16)
    }

    /// Groups of one pixel's values that block_backward keeps in workgroup memory: each layer's inputs and output gradients.
    pub(crate) fn row_length(&self) -> usize {
        (self.first_layer()..self.layers()).map(|layer| self.input_groups(layer) + self.groups(layer)).sum()
    }

    /// Rounds of loops, at most, that block_backward takes for one patch.
    pub(crate) fn backward_rounds(&self) -> usize {
        let (height, width) = self.backward_patch;
        let pixels = height * width;
        let bands = self.kernel() / self.band(pixels, self.tile());
        let groups: usize = (0..self.layers()).map(|layer| self.groups(layer)).sum();
        let sums = if self.private_sums() { pixels } else { self.layers() * self.backward_lanes * pixels };
        1 + self.in_channels() * bands + 2 * groups + sums
    }

    /// Sets the patch and the lanes of block_backward.
    pub(crate) fn choose_backward_shape(&mut self) {
        if self.layers() == 1 {
            return;
        }
        if self.private_sums() {
            (self.backward_patch, self.backward_lanes) = (self.window_patch(), PRIVATE_LANES);
            return;
        }
        let fits = |rows: &usize| rows * self.row_length() * 16 <= WORKGROUP_MEMORY;
        self.backward_lanes = [64, 32].into_iter().find(fits).unwrap_or(16);
    }
}

/// Ways for invocations that each fetch for themselves.
fn lane_shapes(patch: (usize, usize)) -> [Shape; 3] {
    TRIED_LANES.map(|lanes| Shape { lanes, channel_lanes: 1, patch })
}

fn tile_of(groups: usize) -> usize {
    if groups <= TILE_GROUPS + 2 { groups } else { TILE_GROUPS }
}

/// Largest divisor of `size` up to `most`.
fn divisor(size: usize, most: usize) -> usize {
    (1..=most).rev().find(|d| size.is_multiple_of(*d)).unwrap_or(1)
}
