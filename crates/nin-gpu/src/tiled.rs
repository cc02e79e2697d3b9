//! How wide layers are cut: into tiles of pixels and channels that a workgroup makes together, from slabs in workgroup memory.

use crate::autotune::Shape;
use crate::packing::MOST_ROUNDS;
use crate::segment::{FUSED_CHANNELS, Segment};

/// Terms that parts/tiled_product has in workgroup memory at a time. With the largest of the tiles below these are 10 KiB.
pub(crate) const SLAB: usize = 8;
/// Groups of four channels that an invocation makes.
pub(crate) const TILE: usize = 2;
/// Lanes of a workgroup, and how many of them are side by side in channels.
const TRIED_LANES: [(usize, usize); 3] = [(64, 4), (128, 8), (256, 8)];
/// Patches of pixels that are tried where no window of pooling is larger.
const TRIED_PATCHES: [(usize, usize); 2] = [(2, 2), (2, 4)];

/// Pixels that convolution_weight_gradient_tiled has in workgroup memory at a time. With most lanes these are 9 KiB.
pub(crate) const PIXEL_SLAB: usize = 16;
/// Lanes of its workgroups side by side in terms, of which each makes four.
pub(crate) const TERM_LANES: usize = 16;
/// Most of them side by side in channels.
const MOST_OUT_LANES: usize = 8;
/// Workgroups that keep a GPU busy.
const BUSY: usize = 1024;

impl Segment {
    /// Whether it is one wide convolution on an adapter whose invocations are to work together.
    fn is_wide(&self) -> bool {
        !self.private_sums()
            && self.layers() == 1
            && self.in_channels().max(self.out_channels()) > FUSED_CHANNELS
    }

    /// Ways for block_forward's workgroups to make tiles together. Sums come in the order of the other ways, those of a mean, too.
    pub(crate) fn tiled_forward_shapes(&self, default: (usize, usize)) -> Vec<Shape> {
        if self.pool.size() <= 2 {
            return self.tiled_shapes(self.in_channels(), 1, &TRIED_PATCHES);
        }
        let size = self.pool.size();
        let parts = (size / default.0) * (size / default.1);
        self.tiled_shapes(self.in_channels(), parts, &[default])
    }

    /// Ways for convolution_input_gradient's.
    pub(crate) fn tiled_input_shapes(&self) -> Vec<Shape> {
        self.tiled_shapes(self.out_channels(), 1, &TRIED_PATCHES)
    }

    /// Shapes for a convolution of `channels` channels that is computed `parts` times. None if that is more than an invocation's
    /// loops may take: a round per term, and for each slab one, and those that fetch it.
    fn tiled_shapes(&self, channels: usize, parts: usize, patches: &[(usize, usize)]) -> Vec<Shape> {
        let terms = self.terms(channels);
        let rounds = parts * (terms + terms.div_ceil(SLAB) * (1 + 2 * SLAB));
        if !self.is_wide() || rounds > MOST_ROUNDS {
            return Vec::new();
        }
        let lanes = |&patch| TRIED_LANES.map(|(lanes, channel_lanes)| Shape { lanes, channel_lanes, patch });
        patches.iter().flat_map(lanes).collect()
    }

    /// Taps of `channels` channels: of so many products each output is a sum.
    pub(crate) fn terms(&self, channels: usize) -> usize {
        channels * self.kernel() * self.kernel()
    }

    /// Whether convolution_weight_gradient_tiled makes its weight gradient. By width alone, since the order of sums depends on it:
    /// narrow layers would leave most of a tile empty.
    pub(crate) fn tiles_weights(&self) -> bool {
        self.is_wide()
    }

    /// Lanes of convolution_weight_gradient_tiled side by side in channels.
    pub(crate) fn out_lanes(&self) -> usize {
        self.groups(0).div_ceil(TILE).min(MOST_OUT_LANES)
    }

    /// Its tiles, over terms and over groups of output channels.
    pub(crate) fn tiled_weight_counts(&self) -> (usize, usize) {
        let terms = self.terms(self.in_channels());
        (terms.div_ceil(4 * TERM_LANES), self.groups(0).div_ceil(TILE * self.out_lanes()))
    }

    /// Shares of the pixels, each of which makes a row of sums, if `fitting` rows fit.
    pub(crate) fn pixel_shares(&self, fitting: usize) -> usize {
        let (terms, groups) = self.tiled_weight_counts();
        (BUSY / (terms * groups)).min(fitting).max(1)
    }

    /// Rounds of loops, at most, that it takes for a slab of pixels: a pixel, again for the biases, and what fetches them.
    pub(crate) fn slab_rounds(&self) -> usize {
        let lanes = self.out_lanes() * TERM_LANES;
        1 + 2 * PIXEL_SLAB + (PIXEL_SLAB * (TILE * self.out_lanes() + TERM_LANES)).div_ceil(lanes) + 2
    }
}

impl Shape {
    /// Lanes side by side in patches.
    pub(crate) fn patch_lanes(&self) -> usize {
        self.lanes / self.channel_lanes
    }

    /// Tiles that workgroups make together of so many groups of channels.
    pub(crate) fn channel_tiles(&self, groups: usize) -> usize {
        groups.div_ceil(TILE * self.channel_lanes)
    }

    /// Whether a workgroup makes its tile together.
    pub(crate) fn is_tiled(&self) -> bool {
        self.channel_lanes > 1
    }
}

#[cfg(test)]
mod tests {
    use nin_net::{BlockSpec, Head, Layout, MapPrecision, NetworkSpec, Pool};

    use super::*;
    use crate::adapter::{Subgroups, WeightSums};
    use crate::segment::{Tuning, segments};

    const NONE: Subgroups = Subgroups { size: 0, sums: false };

    /// 5×5, 1 -> 192 -> 96 -> 10 at 36².
    fn wide(pool: Pool, sums: WeightSums) -> Vec<Segment> {
        let block = BlockSpec { kernel: 5, channels: vec![192, 96, 10], relu: vec![], pool };
        let spec = NetworkSpec { resolution: 36, head: Head::Global, blocks: vec![block] };
        segments(&Layout::new(&spec).unwrap(), Tuning::new(sums, NONE), MapPrecision::F32)
    }

    #[test]
    fn a_mean_is_added_up_in_the_same_parts_in_every_shape() {
        for pool in [Pool::Average(2), Pool::Average(3), Pool::Average(4), Pool::Average(6)] {
            let segments = wide(pool, WeightSums::Shared);
            let shapes = segments[2].forward_shapes();
            let parts = |shape: &Shape| {
                let (down, across) = segments[2].windows(shape.patch);
                (shape.patch.0 / down, shape.patch.1 / across)
            };
            assert!(shapes.iter().any(Shape::is_tiled), "{pool:?}");
            assert!(shapes.iter().all(|shape| parts(shape) == parts(&shapes[0])), "{pool:?}: {shapes:?}");
        }
    }

    #[test]
    fn processors_and_narrow_layers_keep_to_registers() {
        for segment in wide(Pool::Max(2), WeightSums::Private) {
            assert!(!segment.tiles_weights());
            assert!(!segment.forward_shapes().iter().chain(&segment.input_shapes()).any(Shape::is_tiled));
        }
        let block = BlockSpec { kernel: 3, channels: vec![24], relu: vec![], pool: Pool::Max(2) };
        let spec = NetworkSpec { resolution: 8, head: Head::Global, blocks: vec![block] };
        let narrow =
            segments(&Layout::new(&spec).unwrap(), Tuning::new(WeightSums::Shared, NONE), MapPrecision::F32);
        assert!(!narrow[0].tiles_weights() && !narrow[0].forward_shapes().iter().any(Shape::is_tiled));
    }

    #[test]
    fn workgroups_fit_the_default_limits() {
        for segment in wide(Pool::Average(4), WeightSums::Shared) {
            let out_lanes = segment.out_lanes();
            assert!(out_lanes * TERM_LANES <= 256 && (out_lanes * TERM_LANES).is_multiple_of(PIXEL_SLAB));
            let weight_gradient = PIXEL_SLAB * (out_lanes * TILE + 1 + TERM_LANES + 1) * 16;
            let shapes = segment.forward_shapes().into_iter().chain(segment.input_shapes());
            let product = shapes.filter(Shape::is_tiled).map(|shape| {
                let quads = (shape.patch.0 * shape.patch.1).div_ceil(4);
                SLAB * (quads * shape.patch_lanes() + shape.channel_lanes * TILE) * 16
            });
            assert!(product.max().unwrap().max(weight_gradient) <= 16 << 10);
        }
    }
}
