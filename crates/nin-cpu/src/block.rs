//! One mlpconv block of a group: `conv k×k → 1×1 … → pool`, forward and backward, strip of rows by strip of rows so that
//! what one layer writes is still in cache when the next reads it.

use nin_net::{BlockLayout, Convolution, Layout};

use crate::convolve::{After, Convolve};
use crate::lanes::LANES;
use crate::map::Map;
use crate::packing::Packed;
use crate::pool::{PoolBackward, PoolForward};
use crate::simd::Instructions;
use crate::weight_gradient::WeightGradient;

/// Activations of a block up to this size are kept for the backward pass, larger ones computed again there: that takes
/// as long as fetching them from beyond the cache, and at 224² saves some 150 MB a thread.
const KEPT_BYTES: usize = 16 << 20;
/// A strip's widest map has about this size.
const STRIP_BYTES: usize = 96 << 10;
/// Sums of weight gradients up to this size stay in cache from one strip to the next.
const SUMS_BYTES: usize = 512 << 10;
/// Pixels of a strip where they do not.
const STRIP_PIXELS: usize = 256;

/// Shapes and buffers of one block.
#[derive(Debug)]
pub struct Block {
    /// Its shapes.
    pub layout: BlockLayout,
    /// Its convolutions.
    pub convolutions: Vec<Convolution>,
    /// Rows and columns that pooling sees; what it drops at the right and bottom edge is never computed.
    pub active: usize,
    strip_rows: usize,
    /// Whether the activations are kept for the backward pass.
    pub keeps: bool,
    /// Whether there is a block before it that wants a gradient.
    passes_on: bool,
    /// Output of each convolution (after its ReLU): all rows if the block keeps them, else a strip.
    pub activations: Vec<Map>,
    /// Gradient of the same: a strip; all rows with a border for the first convolution's, whose input gradient needs it.
    pub gradients: Vec<Map>,
}

/// Rows `first .. first + rows` of a block.
#[derive(Clone, Copy)]
struct Strip {
    first: usize,
    rows: usize,
}

impl Block {
    /// Buffers of block `index`.
    pub fn new(layout: &Layout, index: usize) -> Self {
        let block = layout.blocks[index].clone();
        let convolutions = layout.convolutions[block.convolutions.clone()].to_vec();
        let size = block.pool.size();
        let active = block.pooled_side * size;
        let pixel_bytes = |channels: usize| channels * LANES * size_of::<f32>();
        let channels = convolutions.iter().map(|c| c.out_channels);
        let widest = active * pixel_bytes(channels.clone().max().unwrap_or(1));
        let weights: usize = convolutions.iter().map(Convolution::weight_count).sum();
        // Each strip reads and writes the sums of all weights: where those do not stay in cache, it has to be worth it.
        let pixels = if weights * pixel_bytes(1) > SUMS_BYTES { STRIP_PIXELS } else { 0 };
        let rows = (STRIP_BYTES / widest).max(pixels / active.max(1));
        let strip_rows = ((rows / size).max(1) * size).min(active);
        let keeps = active * active * pixel_bytes(channels.sum()) <= KEPT_BYTES;
        let rows = if keeps { active } else { strip_rows };
        let strip = |rows: usize, c: &Convolution| Map::zeros(rows, active, c.out_channels, 0);
        let activations = convolutions.iter().map(|c| strip(rows, c)).collect();
        let passes_on = index > 0;
        let gradient = |(position, c): (usize, &Convolution)| {
            if passes_on && position == 0 {
                Map::zeros(block.side, block.side, c.out_channels, c.kernel / 2)
            } else {
                strip(strip_rows, c)
            }
        };
        let gradients = convolutions.iter().enumerate().map(gradient).collect();
        Block { layout: block, convolutions, active, strip_rows, keeps, passes_on, activations, gradients }
    }

    fn strips(&self) -> impl Iterator<Item = Strip> + use<> {
        let (active, rows) = (self.active, self.strip_rows);
        (0..active).step_by(rows).map(move |first| Strip { first, rows: rows.min(active - first) })
    }

    /// Row of the activation buffers where a strip starts.
    fn kept_row(&self, strip: Strip) -> usize {
        if self.keeps { strip.first } else { 0 }
    }

    /// Computes the pooled output.
    pub fn forward(&mut self, instructions: Instructions, packed: &Packed, input: &Map, output: &mut Map) {
        for strip in self.strips() {
            self.convolve(instructions, packed, input, strip);
            let Some(last) = self.activations.last() else { return };
            let size = self.layout.pool.size();
            let to = output.at;
            instructions.run(PoolForward {
                pool: self.layout.pool,
                input: last.row(self.kept_row(strip)),
                from: last.at,
                output: output.row_mut(strip.first / size),
                to,
                rows: strip.rows / size,
                width: self.layout.pooled_side,
            });
        }
    }

    /// Computes the activations of a strip.
    fn convolve(&mut self, instructions: Instructions, packed: &Packed, input: &Map, strip: Strip) {
        let kept_row = self.kept_row(strip);
        for (index, convolution) in self.convolutions.iter().enumerate() {
            let (before, rest) = self.activations.split_at_mut(index);
            let output = &mut rest[0];
            let (from, start) = match before.last() {
                Some(map) => (map, map.pixel(kept_row)),
                None => (input, input.tap(strip.first, convolution.kernel / 2)),
            };
            let to = output.at;
            instructions.run(Convolve {
                input: &from.cells[start..],
                from: from.at,
                kernel: convolution.kernel,
                weights: &packed.forward[convolution.weight()],
                bias: &packed.forward[convolution.bias()],
                output: output.row_mut(kept_row),
                to,
                rows: strip.rows,
                width: self.active,
                after: if convolution.relu { After::Relu } else { After::Store },
            });
        }
    }
}

/// What a block's backward pass reads and writes besides its own buffers.
pub struct Backward<'a> {
    /// What runs.
    pub instructions: Instructions,
    /// The weights.
    pub packed: &'a Packed,
    /// The block's input.
    pub input: &'a Map,
    /// Its pooled output.
    pub output: &'a Map,
    /// Gradient of that.
    pub output_gradient: &'a Map,
    /// Per-lane sums of all parameters' gradients, in the kernels' order.
    pub sums: &'a mut [f32],
}

impl Block {
    /// Adds the block's parameter gradients to the sums.
    pub fn backward(&mut self, pass: &mut Backward<'_>) {
        for strip in self.strips() {
            if !self.keeps {
                self.convolve(pass.instructions, pass.packed, pass.input, strip);
            }
            self.unpool(pass, strip);
            for index in (0..self.convolutions.len()).rev() {
                self.accumulate(pass, strip, index);
                if index > 0 {
                    self.propagate(pass, strip, index);
                }
            }
        }
    }

    /// Row of gradient buffer `index` where a strip starts.
    fn gradient_row(&self, index: usize, strip: Strip) -> usize {
        if index == 0 && self.passes_on { strip.first } else { 0 }
    }

    fn unpool(&mut self, pass: &Backward<'_>, strip: Strip) {
        let last = self.convolutions.len() - 1;
        let (size, kept_row, row) =
            (self.layout.pool.size(), self.kept_row(strip), self.gradient_row(last, strip));
        let gradient = self.gradients[last].at;
        let activation = &self.activations[last];
        pass.instructions.run(PoolBackward {
            pool: self.layout.pool,
            relu: self.convolutions[last].relu,
            input: activation.row(kept_row),
            input_gradient: self.gradients[last].row_mut(row),
            from: activation.at,
            gradient,
            output: pass.output.row(strip.first / size),
            to: pass.output.at,
            output_gradient: pass.output_gradient.row(strip.first / size),
            output_at: pass.output_gradient.at,
            rows: strip.rows / size,
            width: self.layout.pooled_side,
        });
    }

    /// Weight and bias gradient of convolution `index` over a strip.
    fn accumulate(&self, pass: &mut Backward<'_>, strip: Strip, index: usize) {
        let convolution = &self.convolutions[index];
        let (from, start) = match index.checked_sub(1) {
            Some(before) => (&self.activations[before], self.activations[before].pixel(self.kept_row(strip))),
            None => (pass.input, pass.input.tap(strip.first, convolution.kernel / 2)),
        };
        let gradient = &self.gradients[index];
        let (weights, biases) = (convolution.weight(), convolution.bias());
        let sums = &mut pass.sums[weights.start * LANES..biases.end * LANES];
        let (weight_sums, bias_sums) = sums.split_at_mut(weights.len() * LANES);
        pass.instructions.run(WeightGradient {
            input: &from.cells[start..],
            from: from.at,
            kernel: convolution.kernel,
            gradient: gradient.row(self.gradient_row(index, strip)),
            at: gradient.at,
            rows: strip.rows,
            width: self.active,
            weight_sums,
            bias_sums,
        });
    }

    /// Gradient of convolution `index`'s input, a 1×1 one's, through the ReLU before it.
    fn propagate(&mut self, pass: &Backward<'_>, strip: Strip, index: usize) {
        let kept_row = self.kept_row(strip);
        let (from_row, to_row) = (self.gradient_row(index, strip), self.gradient_row(index - 1, strip));
        let (before, rest) = self.gradients.split_at_mut(index);
        let (to, from) = (&mut before[index - 1], &rest[0]);
        let activation = &self.activations[index - 1];
        let at = to.at;
        pass.instructions.run(Convolve {
            input: from.row(from_row),
            from: from.at,
            kernel: 1,
            weights: &pass.packed.backward[self.convolutions[index].weight()],
            bias: &[],
            output: to.row_mut(to_row),
            to: at,
            rows: strip.rows,
            width: self.active,
            after: if self.convolutions[index - 1].relu {
                After::Where { activation: activation.row(kept_row), at: activation.at }
            } else {
                After::Store
            },
        });
    }

    /// Writes the gradient of the block's input, after [`backward`](Block::backward).
    pub fn propagate_to_input(&self, pass: &Backward<'_>, input_gradient: &mut Map) {
        let convolution = &self.convolutions[0];
        let gradient = &self.gradients[0];
        let to = input_gradient.at;
        pass.instructions.run(Convolve {
            input: &gradient.cells[gradient.tap(0, convolution.kernel / 2)..],
            from: gradient.at,
            kernel: convolution.kernel,
            weights: &pass.packed.backward[convolution.weight()],
            bias: &[],
            output: input_gradient.row_mut(0),
            to,
            rows: self.layout.side,
            width: self.layout.side,
            after: After::Store,
        });
    }
}
