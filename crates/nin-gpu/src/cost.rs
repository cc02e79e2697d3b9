//! What a dispatch costs on paper, from the shapes alone. Each formula follows its shader; how operations and bytes are
//! counted stands at [`KernelCost`].

use nin_net::{Convolution, KernelCost, OptimizerKind, Pool};

use crate::buffers::{conv_words, input_words, map_words, output_words, route_words};
use crate::network::Network;
use crate::packing::PartialSums;
use crate::passes::{Dispatch, Task};
use crate::record::Record;
use crate::segment::Segment;
use crate::segment_kernels::SegmentKernels;

/// Floating-point operations, and 32-bit words read and written.
type Cost = (usize, usize);

impl Network {
    /// What `dispatch` costs for the images of `record`; its time is left at 0.
    pub(crate) fn cost(&self, dispatch: &Dispatch<'_>, record: &Record) -> KernelCost {
        let n = record.count as usize;
        let (flop, words) = match dispatch.task {
            Task::Gather => self.gather_cost(record),
            Task::Forward(kernels) => forward(&kernels.segment, n),
            Task::Head => self.head_cost(n),
            Task::Backward(kernels) if kernels.segment.layers() > 1 => block_backward(kernels, n),
            Task::Backward(kernels) => pool_backward(&kernels.segment, n),
            Task::WeightGradient(kernels) => weight_gradient(kernels, n),
            Task::InputGradient(kernels) => input_gradient(&kernels.segment, n),
            Task::Reduce => self.reduce_cost(record),
            Task::GradientNorm => {
                // A square and a sum per parameter; loss and hits per image.
                let (parameters, images) = (self.layout.parameter_count, record.total as usize);
                (2 * parameters + 2 * images, parameters + 3 * images + 4)
            }
            Task::Optimizer => self.optimizer_cost(),
        };
        KernelCost { name: self.name(dispatch), seconds: 0.0, flop: flop as f64, bytes: 4.0 * words as f64 }
    }

    /// The shader's name, with the block's number; `2.3` is the third convolution of a block that is cut into pieces.
    fn name(&self, dispatch: &Dispatch<'_>) -> String {
        // All ways to add up a block's weight gradients go by one name.
        let kernel = dispatch.kernel.name.trim_end_matches("_private").trim_end_matches("_tiled");
        let segment = match dispatch.task {
            Task::Forward(kernels)
            | Task::Backward(kernels)
            | Task::WeightGradient(kernels)
            | Task::InputGradient(kernels) => &kernels.segment,
            _ => return kernel.to_owned(),
        };
        let block = segment.convolutions[0].block;
        let whole = &self.layout.blocks[block].convolutions;
        match segment.layers() == whole.len() {
            true => format!("{kernel} {}", block + 1),
            false => format!("{kernel} {}.{}", block + 1, segment.first - whole.start + 1),
        }
    }

    fn gather_cost(&self, record: &Record) -> Cost {
        let (n, moved) = (record.count as usize, record.augmented != 0);
        let resolution = self.layout.spec.resolution;
        // Per pixel 9 for the bilinear mean. Resized only: 4 per axis for its place and weight; moved: 10 per axis.
        let flop = n * resolution * resolution * if moved { 29 } else { 17 };
        // The image's bytes, its label (read and written), its place in the order, its transform; 256 normalised values.
        let image = (record.side * record.side).div_ceil(4) as usize
            + 2
            + record.ordered as usize
            + if moved { 6 } else { 0 };
        let map = map_words(resolution * resolution, self.segments[0].segment.input_precision);
        (flop, n * (image + map) + 256)
    }

    /// Per value of the last map a sum; per logit 10: its mean, and for softmax, loss and gradient two differences, two
    /// exponentials, a sum, a quotient, a difference and two quotients.
    fn head_cost(&self, n: usize) -> Cost {
        let last = &self.segments[self.segments.len() - 1].segment;
        let (map, logits) = (output_words(last), self.layout.logits);
        // The map and its gradient, the label, the logits, the outcome.
        (n * (map + 10 * logits), n * (2 * map + 1 + logits + 3))
    }

    /// A sum per partial sum, each read once with the index of its parameter; the gradient is written, and read if added to.
    fn reduce_cost(&self, record: &Record) -> Cost {
        let n = record.count as usize;
        let sums = || self.segments.iter().flat_map(|kernels| &kernels.sums);
        let partial: usize = sums().map(|sums| partial_words(sums, n)).sum();
        let indices: usize = sums().map(|sums| sums.length).sum();
        (partial, partial + indices + self.layout.parameter_count * (1 + record.accumulate as usize))
    }

    fn optimizer_cost(&self) -> Cost {
        let parameters = self.layout.parameter_count;
        let kind = self.optimizer_spec.kind;
        // Parameters and moments are read and written (SGD has one moment); gradient and two places are read.
        let state = if kind == OptimizerKind::Sgd { 4 } else { 6 };
        // Packed weights are written, a second time where convolution_input_gradient reads them.
        let again = self.segments[1..].iter().map(|kernels| kernels.segment.convolutions[0].weight_count());
        let packed = parameters + again.sum::<usize>();
        (kind.flop() * parameters, (state + 3) * parameters + packed)
    }
}

/// A multiply-add per weight and pixel that pooling does not drop; for the mean, a sum per value. Reads weights and input,
/// writes the pooled map and where each maximum was.
fn forward(segment: &Segment, n: usize) -> Cost {
    let multiply_adds: usize = segment.convolutions.iter().map(Convolution::weight_count).sum();
    let flop = active_pixels(segment, n) * (2 * multiply_adds + mean(segment) * segment.out_channels());
    let output = map_words(output_words(segment), segment.output_precision);
    (flop, parameters(segment) + n * (input_words(segment) + output + routes(segment)))
}

/// Per pixel that pooling does not drop: the block again but its last layer (that too where its ReLU has to be known), then for
/// each 1×1 the gradients of input, weights and biases, and of the first convolution's weights where nothing else does. Reads
/// weights, input, routes and the output's gradient; writes the gradient of the first convolution's output where it is wanted,
/// and partial sums.
fn block_backward(kernels: &SegmentKernels, n: usize) -> Cost {
    let segment = &kernels.segment;
    let again = segment.layers() - usize::from(!recomputes(segment));
    let forward: usize = segment.convolutions[..again].iter().map(|c| 2 * c.weight_count()).sum();
    let gradients = segment.convolutions[1..].iter().map(|c| 4 * c.weight_count() + c.out_channels);
    let flop = forward + gradients.sum::<usize>() + mean(segment) * segment.out_channels();
    let partial: usize =
        kernels.sums[segment.first_layer()..].iter().map(|sums| partial_words(sums, n)).sum();
    let maps = input_words(segment) + output_words(segment) + routes(segment);
    let pixels = active_pixels(segment, n);
    let first = &segment.convolutions[0];
    let (own, stored) = match segment.fuses_first() {
        true => (2 * first.weight_count() + first.out_channels, 0),
        false => (0, first.out_channels),
    };
    (pixels * (flop + own), parameters(segment) + n * maps + pixels * stored + partial)
}

/// Reads the output's gradient and routes, writes the gradient of the convolution's output; computes the convolution again
/// where its ReLU has to be known.
fn pool_backward(segment: &Segment, n: usize) -> Cost {
    let pixels = active_pixels(segment, n);
    let (flop, words) = match recomputes(segment) {
        true => (2 * segment.convolutions[0].weight_count(), parameters(segment) + n * input_words(segment)),
        false => (0, 0),
    };
    let maps = n * (output_words(segment) + routes(segment)) + pixels * segment.out_channels();
    (pixels * (flop + mean(segment) * segment.out_channels()), words + maps)
}

/// Per pixel a multiply-add for each weight and a sum for each bias; reads input and gradient, writes partial sums.
fn weight_gradient(kernels: &SegmentKernels, n: usize) -> Cost {
    let segment = &kernels.segment;
    let convolution = &segment.convolutions[0];
    let flop = n * segment.side * segment.side * (2 * convolution.weight_count() + convolution.out_channels);
    (flop, n * (input_words(segment) + conv_words(segment)) + partial_words(&kernels.sums[0], n))
}

/// Per pixel a multiply-add for each weight; reads weights and gradient, writes the input's gradient.
fn input_gradient(segment: &Segment, n: usize) -> Cost {
    let (pixels, weights) = (n * segment.side * segment.side, segment.convolutions[0].weight_count());
    (2 * pixels * weights, weights + n * conv_words(segment) + pixels * segment.in_channels())
}

fn parameters(segment: &Segment) -> usize {
    segment.convolutions.iter().map(|c| c.weight_count() + c.out_channels).sum()
}

/// Pixels of `n` images that pooling does not drop.
fn active_pixels(segment: &Segment, n: usize) -> usize {
    let side = segment.pooled * segment.pool.size();
    n * side * side
}

/// 1 for mean pooling, which adds up (and on the way back shares out) every value; a maximum only compares.
fn mean(segment: &Segment) -> usize {
    usize::from(matches!(segment.pool, Pool::Average(_)))
}

fn routes(segment: &Segment) -> usize {
    if mean(segment) == 1 { 0 } else { route_words(segment) }
}

/// Whether the backward pass computes the last layer again: a mean does not tell whether its ReLU was open.
fn recomputes(segment: &Segment) -> bool {
    mean(segment) == 1 && segment.convolutions.last().is_some_and(|c| c.relu)
}

fn partial_words(sums: &PartialSums, n: usize) -> usize {
    sums.walkers(n) * sums.slices * sums.length
}
