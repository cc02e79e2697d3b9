//! A piece of a block: some of its rows, forward and backward, strip by strip, so that what one layer writes is still in cache
//! when the next reads it.

use std::ops::Range;

use nin_net::Convolution;

use crate::block::{Backward, Shape};
use crate::chunks::is_one_chunk;
use crate::convolve::{After, Convolve};
use crate::lanes::{Cells, LANES};
use crate::map::{Map, Rows};
use crate::packing::Packed;
use crate::pool::{PoolBackward, PoolForward};
use crate::simd::Instructions;
use crate::weight_gradient::{DENSE, WeightGradient};

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
    /// Room for those of one strip and convolution, where it takes more than one chunk.
    pub chunk_sums: Cells,
    /// Room for a chunk's gradient.
    pub dense: Cells,
}

/// A rectangle of a piece: several of its rows, or a part of few.
#[derive(Clone, Copy)]
struct Strip {
    /// First row, counted from the piece's.
    top: usize,
    left: usize,
    rows: usize,
    columns: usize,
}

impl Piece {
    /// Buffers of the piece that has these `rows`.
    pub fn new(shape: &Shape, rows: Range<usize>) -> Self {
        let strip = (shape.strip.0.min(rows.len()), shape.strip.1);
        let kept = if shape.keeps { (rows.len(), shape.active) } else { strip };
        let map =
            |(rows, columns): (usize, usize), c: &Convolution| Map::zeros(rows, columns, c.out_channels, 0);
        let own = &shape.convolutions[usize::from(shape.passes_on)..];
        let most_sums = shape.convolutions.iter().map(|c| c.weight_count() + c.out_channels).max();
        Piece {
            activations: shape.convolutions.iter().map(|c| map(kept, c)).collect(),
            gradients: own.iter().map(|c| map(strip, c)).collect(),
            sums: Cells::zeros(shape.parameters.len()),
            chunk_sums: Cells::zeros(if is_one_chunk(strip.0, strip.1) { 0 } else { most_sums.unwrap_or(0) }),
            dense: Cells::zeros(DENSE),
            rows,
        }
    }

    fn strips(&self, shape: &Shape) -> impl Iterator<Item = Strip> + use<> {
        let (height, width, (rows, columns)) = (self.rows.len(), shape.active, shape.strip);
        (0..height).step_by(rows).flat_map(move |top| {
            let rows = rows.min(height - top);
            let strip = move |left: usize| Strip { top, left, rows, columns: columns.min(width - left) };
            (0..width).step_by(columns).map(strip)
        })
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
                input: strip.kept(shape, last),
                from: last.at,
                output: output.part(strip.top / size, strip.left / size).cells,
                to,
                rows: strip.rows / size,
                width: strip.columns / size,
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
        let (row, column) = strip.kept_place(shape);
        for (index, convolution) in shape.convolutions.iter().enumerate() {
            let (before, rest) = self.activations.split_at_mut(index);
            let output = &mut rest[0];
            let (input, from) = match before.last() {
                Some(map) => (strip.kept(shape, map), map.at),
                None => (strip.taps(self.rows.start, convolution, input), input.at),
            };
            let to = output.at;
            instructions.run(Convolve {
                input,
                from,
                kernel: convolution.kernel,
                weights: &packed.forward[convolution.weight()],
                bias: &packed.forward[convolution.bias()],
                output: output.rows_mut().part(row, column).cells,
                to,
                rows: strip.rows,
                width: strip.columns,
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
            let whole = first.as_mut().map(|rows| rows.part(strip.top, strip.left));
            let own = self.gradients.iter_mut().map(Map::rows_mut);
            let mut step = StripBackward {
                shape,
                pass,
                strip,
                top: self.rows.start,
                activations: &self.activations,
                gradients: whole.into_iter().chain(own).collect(),
                sums: &mut self.sums,
                chunk_sums: &mut self.chunk_sums,
                dense: &mut self.dense,
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

impl Strip {
    /// Row and column of the activation buffers where it starts.
    fn kept_place(self, shape: &Shape) -> (usize, usize) {
        if shape.keeps { (self.top, self.left) } else { (0, 0) }
    }

    /// What there is of it in an activation buffer.
    fn kept<'m>(self, shape: &Shape, map: &'m Map) -> &'m [f32] {
        let (row, column) = self.kept_place(shape);
        map.pixel(row, column)
    }

    /// The block's input under `convolution`, the piece having `top` rows above it.
    fn taps<'m>(self, top: usize, convolution: &Convolution, input: &'m Map) -> &'m [f32] {
        &input.cells[input.tap(top + self.top, self.left, convolution.kernel / 2)..]
    }
}

/// A strip's way back.
struct StripBackward<'a> {
    shape: &'a Shape,
    pass: &'a Backward<'a>,
    strip: Strip,
    /// Rows of the block above the piece.
    top: usize,
    activations: &'a [Map],
    /// Of each convolution's output, from the strip's first pixel on.
    gradients: Vec<Rows<'a>>,
    sums: &'a mut [f32],
    chunk_sums: &'a mut [f32],
    dense: &'a mut [f32],
}

impl<'a> StripBackward<'a> {
    /// The strip's activations of convolution `index`.
    fn activation(&self, index: usize) -> &'a [f32] {
        self.strip.kept(self.shape, &self.activations[index])
    }

    fn unpool(&mut self) {
        let (pool, pass, last) = (self.shape.layout.pool, self.pass, self.shape.convolutions.len() - 1);
        let (row, column) = ((self.top + self.strip.top) / pool.size(), self.strip.left / pool.size());
        let input = self.activation(last);
        let gradient = &mut self.gradients[last];
        pass.instructions.run(PoolBackward {
            pool,
            relu: self.shape.convolutions[last].relu,
            input,
            from: self.activations[last].at,
            gradient: gradient.at,
            input_gradient: gradient.cells,
            output: pass.output.pixel(row, column),
            to: pass.output.at,
            output_gradient: pass.output_gradient.pixel(row, column),
            output_at: pass.output_gradient.at,
            rows: self.strip.rows / pool.size(),
            width: self.strip.columns / pool.size(),
        });
    }

    /// Weight and bias gradient of convolution `index`.
    fn accumulate(&mut self, index: usize) {
        let (shape, input) = (self.shape, self.pass.input);
        let convolution = &shape.convolutions[index];
        let (input, from) = match index.checked_sub(1) {
            Some(before) => (self.activation(before), self.activations[before].at),
            None => (self.strip.taps(self.top, convolution, input), input.at),
        };
        let gradient = &self.gradients[index];
        let start = shape.parameters.start;
        let parameters =
            (convolution.weight().start - start) * LANES..(convolution.bias().end - start) * LANES;
        self.pass.instructions.run(WeightGradient {
            input,
            from,
            kernel: convolution.kernel,
            gradient: gradient.cells,
            at: gradient.at,
            rows: self.strip.rows,
            width: self.strip.columns,
            sums: &mut self.sums[parameters],
            chunk_sums: self.chunk_sums,
            dense: self.dense,
        });
    }

    /// Gradient of convolution `index`'s input, a 1×1 one's, through the ReLU before it.
    fn propagate(&mut self, index: usize) {
        let (shape, pass, activation) = (self.shape, self.pass, self.activation(index - 1));
        let (before, rest) = self.gradients.split_at_mut(index);
        let (to, from) = (&mut before[index - 1], &rest[0]);
        pass.instructions.run(Convolve {
            input: from.cells,
            from: from.at,
            kernel: 1,
            weights: &pass.packed.backward[shape.convolutions[index].weight()],
            bias: &[],
            to: to.at,
            output: to.cells,
            rows: self.strip.rows,
            width: self.strip.columns,
            after: if shape.convolutions[index - 1].relu {
                After::Where { activation, at: self.activations[index - 1].at }
            } else {
                After::Store
            },
        });
    }
}
