//! One mlpconv block of a group: `conv k×k → 1×1 … → pool`, forward and backward, in pieces that several threads can take.

use std::ops::Range;

use nin_net::{BlockLayout, Convolution, Layout};

use crate::convolve::{After, Convolve};
use crate::lanes::LANES;
use crate::map::Map;
use crate::packing::Packed;
use crate::piece::Piece;
use crate::pieces::pieces;
use crate::simd::Instructions;
use crate::threads::each;

/// Activations of a block up to this size are kept for the backward pass, larger ones computed again there: that takes
/// as long as fetching them from beyond the cache, and at 224² saves some 150 MB a thread.
const KEPT_BYTES: usize = 16 << 20;
/// A strip's widest map has about this size.
const STRIP_BYTES: usize = 96 << 10;
/// Sums of weight gradients up to this size stay in cache from one strip to the next.
const SUMS_BYTES: usize = 512 << 10;
/// Pixels of a strip where they do not.
const STRIP_PIXELS: usize = 256;

/// What all pieces of a block have in common.
#[derive(Debug)]
pub struct Shape {
    /// The block's shapes.
    pub layout: BlockLayout,
    /// Its convolutions.
    pub convolutions: Vec<Convolution>,
    /// Its parameters within the network's.
    pub parameters: Range<usize>,
    /// Rows and columns that pooling sees; what it drops at the right and bottom edge is never computed.
    pub active: usize,
    /// Rows and columns of a strip, at most.
    pub strip: (usize, usize),
    /// Whether the activations are kept for the backward pass.
    pub keeps: bool,
    /// Whether there is a block before it that wants a gradient.
    pub passes_on: bool,
}

/// Shapes and buffers of one block.
#[derive(Debug)]
pub struct Block {
    /// Its shapes.
    pub shape: Shape,
    /// It is computed in these.
    pub pieces: Vec<Piece>,
    /// Gradient of the first convolution's output, if a block before wants its input's; with the border that one needs.
    pub first_gradient: Option<Map>,
}

impl Shape {
    fn new(layout: &Layout, index: usize) -> Self {
        let block = layout.blocks[index].clone();
        let convolutions = layout.convolutions[block.convolutions.clone()].to_vec();
        let size = block.pool.size();
        let active = block.pooled_side * size;
        let pixel_bytes = |channels: usize| channels * LANES * size_of::<f32>();
        let channels = convolutions.iter().map(|c| c.out_channels);
        let widest = pixel_bytes(channels.clone().max().unwrap_or(1));
        let count = |c: &Convolution| c.weight_count() + c.out_channels;
        let start = convolutions.first().map_or(0, |c| c.offset);
        let parameters = start..start + convolutions.iter().map(count).sum::<usize>();
        // Each strip reads and writes the sums of all weights: where those do not stay in cache, it has to be worth it.
        let least = if pixel_bytes(parameters.len()) > SUMS_BYTES { STRIP_PIXELS } else { 0 };
        let pixels = (STRIP_BYTES / widest).max(least);
        // Whole windows of pooling: as many rows as fit, or else a part of one row of windows.
        let rows = (pixels / active.max(1) / size).max(1) * size;
        let columns = (pixels / size / size).max(1) * size;
        let strip = (rows.min(active), columns.min(active));
        let keeps = active * active * pixel_bytes(channels.sum()) <= KEPT_BYTES;
        Shape { layout: block, convolutions, parameters, active, strip, keeps, passes_on: index > 0 }
    }
}

impl Block {
    /// Buffers of block `index`.
    pub fn new(layout: &Layout, index: usize) -> Self {
        let shape = Shape::new(layout, index);
        let sums = shape.parameters.len() * LANES * size_of::<f32>();
        let pieces = pieces(shape.active, shape.layout.pool.size(), sums);
        let first_gradient = (shape.passes_on).then(|| {
            let (first, side) = (&shape.convolutions[0], shape.layout.side);
            Map::zeros(side, side, first.out_channels, first.kernel / 2)
        });
        let pieces = pieces.into_iter().map(|rows| Piece::new(&shape, rows)).collect();
        Block { shape, pieces, first_gradient }
    }

    /// Computes the pooled output.
    pub fn forward(&mut self, instructions: Instructions, packed: &Packed, input: &Map, output: &mut Map) {
        let shape = &self.shape;
        let size = shape.layout.pool.size();
        let rows = self.pieces.iter().map(|piece| piece.rows.start / size..piece.rows.end / size);
        let outputs = output.pieces_mut(rows);
        each(self.pieces.iter_mut().zip(outputs), |(piece, mut output)| {
            piece.forward(shape, instructions, packed, input, &mut output);
        });
    }
}

/// What a block's backward pass reads besides its own buffers.
#[derive(Clone, Copy)]
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
}

impl Block {
    /// Leaves the block's parameter gradients in the first piece's sums.
    pub fn backward(&mut self, pass: &Backward<'_>) {
        let shape = &self.shape;
        let rows: Vec<_> = self.pieces.iter().map(|piece| piece.rows.clone()).collect();
        let mut firsts = self.first_gradient.iter_mut().flat_map(|map| map.pieces_mut(rows.iter().cloned()));
        let pieces = self.pieces.iter_mut().map(|piece| (piece, firsts.next()));
        each(pieces, |(piece, first)| piece.backward(shape, pass, first));
        if let Some((total, others)) = self.pieces.split_first_mut() {
            pass.instructions.run(|| {
                for piece in others {
                    for (sum, value) in total.sums.iter_mut().zip(&*piece.sums) {
                        *sum += value;
                    }
                }
            });
        }
    }

    /// Writes the gradient of the block's input, after [`backward`](Block::backward).
    pub fn propagate_to_input(&self, pass: &Backward<'_>, input_gradient: &mut Map) {
        let Some(gradient) = &self.first_gradient else { return };
        let convolution = &self.shape.convolutions[0];
        let (side, to) = (self.shape.layout.side, input_gradient.at);
        let pieces = pieces(side, 1, 0);
        let outputs = input_gradient.pieces_mut(pieces.iter().cloned());
        each(pieces.into_iter().zip(outputs), |(rows, output)| {
            pass.instructions.run(Convolve {
                input: &gradient.cells[gradient.tap(rows.start, 0, convolution.kernel / 2)..],
                from: gradient.at,
                kernel: convolution.kernel,
                weights: &pass.packed.backward[convolution.weight()],
                bias: &[],
                output: output.cells,
                to,
                rows: rows.len(),
                width: side,
                after: After::Store,
            });
        });
    }
}
