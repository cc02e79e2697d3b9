//! A piece of a block: some of its rows, forward and backward, strip of rows by strip of rows, so that what one layer writes
//! is still in cache when the next reads it.

use std::ops::Range;

use nin_net::Convolution;

use crate::block::{Backward, Shape};
use crate::convolve::{After, Convolve};
use crate::lanes::{Cells, LANES};
use crate::map::{Map, Rows};
use crate::packing::Packed;
use crate::pool::{PoolBackward, PoolForward};
use crate::simd::Instructions;
use crate::weight_gradient::WeightGradient;

/// Rows and buffers of a piece.
#[derive(Debug)]
pub struct Piece {
    /// Rows of the block.
    pub rows: Range<usize>,
    /// Output of each convolution (after its ReLU): all rows of the piece if the block keeps them, else a strip.
    pub activations: Vec<Map>,
    /// Gradient of the same: a strip; none of the first convolution's if the block has that for itself.
    pub gradients: Vec<Map>,
    /// Of the gradients of the block's parameters, lane by lane, in the kernels' order.
    pub sums: Cells,
}

/// Some rows of a piece, counted from its first.
#[derive(Clone, Copy)]
struct Strip {
    first: usize,
    rows: usize,
}

impl Piece {
    /// Buffers of the piece that has these `rows`.
    pub fn new(shape: &Shape, rows: Range<usize>) -> Self {
        let strip_rows = shape.strip_rows.min(rows.len());
        let kept = if shape.keeps { rows.len() } else { strip_rows };
        let map = |rows: usize, c: &Convolution| Map::zeros(rows, shape.active, c.out_channels, 0);
        let own = &shape.convolutions[usize::from(shape.passes_on)..];
        Piece {
            activations: shape.convolutions.iter().map(|c| map(kept, c)).collect(),
            gradients: own.iter().map(|c| map(strip_rows, c)).collect(),
            sums: Cells::zeros(shape.parameters.len()),
            rows,
        }
    }

    fn strips(&self, shape: &Shape) -> impl Iterator<Item = Strip> + use<> {
        let (count, rows) = (self.rows.len(), shape.strip_rows);
        (0..count).step_by(rows).map(move |first| Strip { first, rows: rows.min(count - first) })
    }

    /// Computes the piece's rows of the pooled output.
    pub fn forward(
        &mut self,
        shape: &Shape,
        instructions: Instructions,
        packed: &Packed,
        input: &Map,
        output: &mut Rows<'_>,
    ) {
        let size = shape.layout.pool.size();
        for strip in self.strips(shape) {
            self.convolve(shape, instructions, packed, input, strip);
            let Some(last) = self.activations.last() else { return };
            let to = output.at;
            instructions.run(PoolForward {
                pool: shape.layout.pool,
                input: last.row(kept_row(shape, strip)),
                from: last.at,
                output: output.row_mut(strip.first / size),
                to,
                rows: strip.rows / size,
                width: shape.layout.pooled_side,
            });
        }
    }

    /// Computes the activations of a strip.
    fn convolve(
        &mut self,
        shape: &Shape,
        instructions: Instructions,
        packed: &Packed,
        input: &Map,
        strip: Strip,
    ) {
        let kept_row = kept_row(shape, strip);
        for (index, convolution) in shape.convolutions.iter().enumerate() {
            let (before, rest) = self.activations.split_at_mut(index);
            let output = &mut rest[0];
            let (from, start) = match before.last() {
                Some(map) => (map, map.pixel(kept_row)),
                None => (input, input.tap(self.rows.start + strip.first, convolution.kernel / 2)),
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
                width: shape.active,
                after: if convolution.relu { After::Relu } else { After::Store },
            });
        }
    }

    /// Sums the gradients of the block's parameters over the piece. `first` is the piece's part of the first convolution's
    /// gradient, if the block has that for itself.
    pub fn backward(&mut self, shape: &Shape, pass: &Backward<'_>, first: Option<Rows<'_>>) {
        self.sums.fill(0.0);
        let mut first = first;
        for strip in self.strips(shape) {
            if !shape.keeps {
                self.convolve(shape, pass.instructions, pass.packed, pass.input, strip);
            }
            let whole = first.as_mut().map(|rows| Rows { at: rows.at, cells: rows.row_mut(strip.first) });
            let own = self.gradients.iter_mut().map(Map::rows_mut);
            let mut step = StripBackward {
                shape,
                pass,
                strip,
                row: self.rows.start + strip.first,
                activations: &self.activations,
                gradients: whole.into_iter().chain(own).collect(),
                sums: &mut self.sums,
            };
            step.unpool();
            for index in (0..shape.convolutions.len()).rev() {
                step.accumulate(index);
                if index > 0 {
                    step.propagate(index);
                }
            }
        }
    }
}

/// Row of the activation buffers where a strip starts.
fn kept_row(shape: &Shape, strip: Strip) -> usize {
    if shape.keeps { strip.first } else { 0 }
}

/// A strip's way back.
struct StripBackward<'a> {
    shape: &'a Shape,
    pass: &'a Backward<'a>,
    strip: Strip,
    /// Its first row in the block.
    row: usize,
    activations: &'a [Map],
    /// Of each convolution's output, from the strip's first row on.
    gradients: Vec<Rows<'a>>,
    sums: &'a mut [f32],
}

impl<'a> StripBackward<'a> {
    /// The strip's activations of convolution `index`.
    fn activation(&self, index: usize) -> &'a [f32] {
        self.activations[index].row(kept_row(self.shape, self.strip))
    }

    fn unpool(&mut self) {
        let (pool, pass, last) = (self.shape.layout.pool, self.pass, self.shape.convolutions.len() - 1);
        let row = self.row / pool.size();
        let input = self.activation(last);
        let gradient = &mut self.gradients[last];
        pass.instructions.run(PoolBackward {
            pool,
            relu: self.shape.convolutions[last].relu,
            input,
            from: self.activations[last].at,
            gradient: gradient.at,
            input_gradient: gradient.row_mut(0),
            output: pass.output.row(row),
            to: pass.output.at,
            output_gradient: pass.output_gradient.row(row),
            output_at: pass.output_gradient.at,
            rows: self.strip.rows / pool.size(),
            width: self.shape.layout.pooled_side,
        });
    }

    /// Weight and bias gradient of convolution `index`.
    fn accumulate(&mut self, index: usize) {
        let (shape, input) = (self.shape, self.pass.input);
        let convolution = &shape.convolutions[index];
        let (input, from) = match index.checked_sub(1) {
            Some(before) => (self.activation(before), self.activations[before].at),
            None => (&input.cells[input.tap(self.row, convolution.kernel / 2)..], input.at),
        };
        let gradient = &self.gradients[index];
        let start = shape.parameters.start;
        let (weights, biases) = (convolution.weight(), convolution.bias());
        let sums = &mut self.sums[(weights.start - start) * LANES..(biases.end - start) * LANES];
        let (weight_sums, bias_sums) = sums.split_at_mut(weights.len() * LANES);
        self.pass.instructions.run(WeightGradient {
            input,
            from,
            kernel: convolution.kernel,
            gradient: gradient.row(0),
            at: gradient.at,
            rows: self.strip.rows,
            width: shape.active,
            weight_sums,
            bias_sums,
        });
    }

    /// Gradient of convolution `index`'s input, a 1×1 one's, through the ReLU before it.
    fn propagate(&mut self, index: usize) {
        let (shape, pass, activation) = (self.shape, self.pass, self.activation(index - 1));
        let (before, rest) = self.gradients.split_at_mut(index);
        let (to, from) = (&mut before[index - 1], &rest[0]);
        pass.instructions.run(Convolve {
            input: from.row(0),
            from: from.at,
            kernel: 1,
            weights: &pass.packed.backward[shape.convolutions[index].weight()],
            bias: &[],
            to: to.at,
            output: to.row_mut(0),
            rows: self.strip.rows,
            width: shape.active,
            after: if shape.convolutions[index - 1].relu {
                After::Where { activation, at: self.activations[index - 1].at }
            } else {
                After::Store
            },
        });
    }
}
