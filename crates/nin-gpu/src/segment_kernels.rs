//! The kernels of one segment, with their buffers.

use nin_net::EngineError;

use crate::autotune::{Shape, Trial};
use crate::buffers::Buffers;
use crate::constants;
use crate::kernel::KernelMaker;
use crate::network::{Bound, bound};
use crate::packing::{Packing, PartialSums};
use crate::segment::Segment;

const BLOCK_FORWARD: &str = include_str!("../../../shaders/block_forward.wgsl");
const BLOCK_BACKWARD: &str = include_str!("../../../shaders/block_backward.wgsl");
const BLOCK_BACKWARD_PRIVATE: &str = include_str!("../../../shaders/block_backward_private.wgsl");
const POOL_BACKWARD: &str = include_str!("../../../shaders/pool_backward.wgsl");
const CONVOLUTION_WEIGHT_GRADIENT: &str = include_str!("../../../shaders/convolution_weight_gradient.wgsl");
const CONVOLUTION_WEIGHT_GRADIENT_TILED: &str =
    include_str!("../../../shaders/convolution_weight_gradient_tiled.wgsl");
const CONVOLUTION_INPUT_GRADIENT: &str = include_str!("../../../shaders/convolution_input_gradient.wgsl");

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

/// Where a segment's kernels find what they read and write.
pub(crate) struct Place<'n> {
    pub(crate) buffers: &'n Buffers,
    pub(crate) packing: &'n Packing,
    /// Bound at 0: a whole pass.
    pub(crate) records: &'n wgpu::BindGroup,
    /// The segment's.
    pub(crate) index: usize,
    /// Images of a pass.
    pub(crate) capacity: usize,
}

impl SegmentKernels {
    pub(crate) async fn new(
        maker: &KernelMaker<'_>,
        place: &Place<'_>,
        mut segment: Segment,
        sums: Vec<PartialSums>,
    ) -> Result<Self, EngineError> {
        let forward = place.forward(maker, &mut segment).await?;
        let backward = place.backward(maker, &segment, &sums).await?;
        let weight_gradient = match segment.fuses_first() {
            true => None,
            false => Some(place.weight_gradient(maker, &segment, &sums[0]).await?),
        };
        let input_gradient = match place.index {
            0 => None,
            _ => Some(place.input_gradient(maker, &mut segment).await?),
        };
        Ok(SegmentKernels { segment, forward, backward, weight_gradient, input_gradient, sums })
    }
}

impl Place<'_> {
    /// What block_forward does here, for the fastest of its shapes, which the segment takes.
    async fn forward(&self, maker: &KernelMaker<'_>, segment: &mut Segment) -> Result<Bound, EngineError> {
        let (b, index, weights) = (self.buffers, self.index, &self.packing.forward[self.index]);
        let shaped = |forward_shape: Shape| Segment { forward_shape, ..segment.clone() };
        let make = async |shape: Shape| {
            let constants = constants::block_forward(&shaped(shape), weights);
            let kernel = maker.make("block_forward", BLOCK_FORWARD, &constants).await?;
            let others = [&b.maps[index], &b.maps[index + 1], &b.routes[index]];
            let group = kernel.bind(maker.gpu, &b.with_weights(weights, &others));
            Ok(Bound { kernel, group })
        };
        let trial = self.trial("block_forward", segment, segment.forward_shapes());
        let size = |shape| shaped(shape).forward_size(self.capacity);
        let (shape, bound) = maker.gpu.fastest(trial, make, size).await?;
        segment.forward_shape = shape;
        Ok(bound)
    }

    /// block_backward, in one of its ways, or what stands for it where there are no 1×1s.
    async fn backward(
        &self,
        maker: &KernelMaker<'_>,
        segment: &Segment,
        sums: &[PartialSums],
    ) -> Result<Bound, EngineError> {
        let (b, weights) = (self.buffers, &self.packing.forward[self.index]);
        let (input, route, conv) =
            (&b.maps[self.index], &b.routes[self.index], &b.conv_gradients[self.index]);
        let mut others = vec![input, route, &b.output_gradient, &b.partial_sums];
        if !segment.fuses_first() {
            others.push(conv);
        }
        let constants = match segment.layers() {
            1 => constants::pool_backward(segment, weights),
            _ => constants::block_backward(segment, weights, sums),
        };
        let kernel = if segment.layers() == 1 {
            others = vec![input, route, &b.output_gradient, conv];
            maker.make("pool_backward", POOL_BACKWARD, &constants).await?
        } else if segment.private_sums() {
            maker.make("block_backward_private", BLOCK_BACKWARD_PRIVATE, &constants).await?
        } else {
            maker.make("block_backward", BLOCK_BACKWARD, &constants).await?
        };
        let group = kernel.bind(maker.gpu, &b.with_weights(weights, &others));
        Ok(Bound { kernel, group })
    }

    async fn weight_gradient(
        &self,
        maker: &KernelMaker<'_>,
        segment: &Segment,
        sums: &PartialSums,
    ) -> Result<Bound, EngineError> {
        let kernel = if segment.tiles_weights() {
            let constants = constants::convolution_weight_gradient_tiled(segment, sums);
            let shader = CONVOLUTION_WEIGHT_GRADIENT_TILED;
            maker.make("convolution_weight_gradient_tiled", shader, &constants).await?
        } else {
            let constants = constants::convolution_weight_gradient(segment, sums);
            maker.make("convolution_weight_gradient", CONVOLUTION_WEIGHT_GRADIENT, &constants).await?
        };
        let b = self.buffers;
        Ok(bound(maker.gpu, kernel, &[&b.maps[self.index], &b.conv_gradients[self.index], &b.partial_sums]))
    }

    /// What convolution_input_gradient does here, for the fastest of its shapes, which the segment takes.
    async fn input_gradient(
        &self,
        maker: &KernelMaker<'_>,
        segment: &mut Segment,
    ) -> Result<Bound, EngineError> {
        let (b, turned) = (self.buffers, &self.packing.turned[self.index]);
        let shaped = |input_shape: Shape| Segment { input_shape, ..segment.clone() };
        let make = async |shape: Shape| {
            let constants = constants::convolution_input_gradient(&shaped(shape), turned);
            let kernel =
                maker.make("convolution_input_gradient", CONVOLUTION_INPUT_GRADIENT, &constants).await?;
            let others = [&b.conv_gradients[self.index], &b.output_gradient];
            let group = kernel.bind(maker.gpu, &b.with_weights(turned, &others));
            Ok(Bound { kernel, group })
        };
        let trial = self.trial("convolution_input_gradient", segment, segment.input_shapes());
        let size = |shape| shaped(shape).input_size(self.capacity);
        let (shape, bound) = maker.gpu.fastest(trial, make, size).await?;
        segment.input_shape = shape;
        Ok(bound)
    }

    fn trial(&self, name: &str, segment: &Segment, shapes: Vec<Shape>) -> Trial<'_> {
        let channels: Vec<_> = segment.convolutions.iter().map(|c| c.out_channels.to_string()).collect();
        let kernel = format!(
            "{name} {}×{} {} -> {} {:?} at {}² ×{} {:?}",
            segment.kernel(),
            segment.kernel(),
            segment.in_channels(),
            channels.join(" -> "),
            segment.pool,
            segment.side,
            self.capacity,
            segment.input_precision
        );
        Trial { kernel, records: self.records, shapes }
    }
}
