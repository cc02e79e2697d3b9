//! Convolution, stride 1, zero padding: `out[o,y,x] = bias[o] + Σ weight[o,i,ky,kx] · in[i,y+ky−k/2,x+kx−k/2]`.
//!
//! The same kernel makes the input gradient: that is a convolution of the output gradient with the weights flipped and
//! their two channel axes swapped. Padding is in memory: the input has a border of zeros.
//!
//! A register tile is a few pixels of a row by up to five output channels: per tap one weight of each channel and one input of
//! each pixel are loaded, and all their products added to the tile's sums. What is the same for many tiles is found once for
//! 16 pixels of a row: with one input channel or a 1×1 kernel a tile has few taps, and would take as long to begin as to end.

use pulp::{Simd, WithSimd};

use crate::lanes::{Geometry, LANES, split};

/// Most output channels of a register tile.
pub const CHANNEL_TILE: usize = 5;
/// Pixels of a row that are made tile after tile of channels, so that their inputs stay in the nearest cache: a multiple of
/// all register tiles.
const PIXELS: usize = 16;

/// What becomes of a sum before it is stored.
#[derive(Clone, Copy)]
pub enum After<'a> {
    /// Stored as it is.
    Store,
    /// `max(sum, 0)`; NaN stays NaN.
    Relu,
    /// ReLU's gradient: the sum where the activation is above zero, else 0.
    Where {
        /// Cells from the first output pixel's activation.
        activation: &'a [f32],
        /// Where its pixels lie; as many channels as the output.
        at: Geometry,
    },
}

/// One convolution of a rectangle of pixels.
pub struct Convolve<'a> {
    /// Cells from the first tap of the first output pixel.
    pub input: &'a [f32],
    /// Where input pixels lie.
    pub from: Geometry,
    /// Side of the kernel.
    pub kernel: usize,
    /// Per tile of output channels: `[ky][kx][in_channel][out_channel of the tile]`.
    pub weights: &'a [f32],
    /// One per output channel, or empty for zeros.
    pub bias: &'a [f32],
    /// Cells from the first output pixel.
    pub output: &'a mut [f32],
    /// Where output pixels lie.
    pub to: Geometry,
    /// Rows of output pixels.
    pub rows: usize,
    /// Output pixels of a row.
    pub width: usize,
    /// What follows.
    pub after: After<'a>,
}

/// The same, seen as vectors of one instruction set. All distances are in vectors.
struct Vectors<'a, S: Simd> {
    simd: S,
    input: &'a [S::f32s],
    output: &'a mut [S::f32s],
    mask: Option<&'a [S::f32s]>,
    relu: bool,
    kernel: usize,
    input_row: usize,
    input_pixel: usize,
    output_pixel: usize,
}

/// Where a register tile reads and writes, in vectors.
#[derive(Clone, Copy)]
struct Place {
    from: usize,
    to: usize,
    mask: usize,
}

impl WithSimd for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let vectors = const { LANES / S::F32_LANES };
        let (rows, width) = self.rectangle();
        let fan_in = self.kernel * self.kernel * self.from.channels;
        let (mask, mask_row) = match self.after {
            After::Where { activation, at } => (Some(S::as_simd_f32s(activation).0), at.row),
            _ => (None, 0),
        };
        let mut vectors_of = Vectors {
            simd,
            input: S::as_simd_f32s(self.input).0,
            output: S::as_mut_simd_f32s(self.output).0,
            mask,
            relu: matches!(self.after, After::Relu),
            kernel: self.kernel,
            input_row: self.from.row * vectors,
            input_pixel: self.from.channels * vectors,
            output_pixel: self.to.channels * vectors,
        };
        let channel_tiles = split(self.to.channels, CHANNEL_TILE);
        for y in 0..rows {
            for x in (0..width).step_by(PIXELS) {
                let pixels = PIXELS.min(width - x);
                let from = (y * self.from.row + x * self.from.channels) * vectors;
                for (channel, channels) in channel_tiles.clone() {
                    let weights = &self.weights[channel * fan_in..(channel + channels) * fan_in];
                    let bias = self.bias.get(channel..channel + channels).unwrap_or(&[]);
                    let column = x * self.to.channels + channel;
                    let to = (y * self.to.row + column) * vectors;
                    let mask = (y * mask_row + column) * vectors;
                    vectors_of.channels(channels, pixels, Place { from, to, mask }, weights, bias);
                }
            }
        }
    }
}

/// Output pixels of a register tile: tile, weights and inputs together fit the registers.
const fn pixel_tile<S: Simd>() -> usize {
    // Browsers map wasm's vectors to the 16 registers of x86.
    if S::REGISTER_COUNT >= 32 && !cfg!(target_arch = "wasm32") { 4 } else { 2 }
}

impl Convolve<'_> {
    /// Rows and width; for 1×1 with no gap between rows, one long row.
    fn rectangle(&self) -> (usize, usize) {
        let no_gap = |at: Geometry| at.row == at.channels * self.width;
        let mask = match self.after {
            After::Where { at, .. } => at,
            _ => self.to,
        };
        if self.kernel == 1 && no_gap(self.from) && no_gap(self.to) && no_gap(mask) {
            (1, self.rows * self.width)
        } else {
            (self.rows, self.width)
        }
    }
}

impl<S: Simd> Vectors<'_, S> {
    #[inline(always)]
    fn channels(&mut self, channels: usize, pixels: usize, at: Place, weights: &[f32], bias: &[f32]) {
        match channels {
            1 => self.pixels::<1>(pixels, at, weights, bias),
            2 => self.pixels::<2>(pixels, at, weights, bias),
            3 => self.pixels::<3>(pixels, at, weights, bias),
            4 => self.pixels::<4>(pixels, at, weights, bias),
            _ => self.pixels::<5>(pixels, at, weights, bias),
        }
    }

    /// `C` channels of some pixels of a row.
    #[inline(always)]
    fn pixels<const C: usize>(&mut self, pixels: usize, at: Place, weights: &[f32], bias: &[f32]) {
        let weights = weights.as_chunks::<C>().0;
        for part in 0..const { LANES / S::F32_LANES } {
            let mut at = Place { from: at.from + part, to: at.to + part, mask: at.mask + part };
            let mut left = pixels;
            while const { pixel_tile::<S>() == 4 } && left >= 4 {
                at = self.sums::<4, C>(at, weights, bias);
                left -= 4;
            }
            while left >= 2 {
                at = self.sums::<2, C>(at, weights, bias);
                left -= 2;
            }
            if left == 1 {
                self.sums::<1, C>(at, weights, bias);
            }
        }
    }

    /// `P` pixels × `C` channels of sums, in registers from first tap to last. Returns the place of the next tile.
    #[inline(always)]
    fn sums<const P: usize, const C: usize>(
        &mut self,
        place: Place,
        weights: &[[f32; C]],
        bias: &[f32],
    ) -> Place {
        let simd = self.simd;
        let vectors = const { LANES / S::F32_LANES };
        let mut start = [simd.splat_f32s(0.0); C];
        if let Some(bias) = bias.first_chunk::<C>() {
            for c in 0..C {
                start[c] = simd.splat_f32s(bias[c]);
            }
        }
        let mut sums = [start; P];
        let run = self.kernel * self.input_pixel / vectors;
        let mut rows = weights;
        for ky in 0..self.kernel {
            let row = place.from + ky * self.input_row;
            let (weights, rest) = rows.split_at(run);
            rows = rest;
            let mut inputs = [&self.input[..0]; P];
            for (p, input) in inputs.iter_mut().enumerate() {
                *input = &self.input[row + p * self.input_pixel..][..(run - 1) * vectors + 1];
            }
            for (tap, weights) in weights.iter().enumerate() {
                let mut weight = start;
                for c in 0..C {
                    weight[c] = simd.splat_f32s(weights[c]);
                }
                for p in 0..P {
                    let value = inputs[p][tap * vectors];
                    for c in 0..C {
                        sums[p][c] = simd.mul_add_e_f32s(weight[c], value, sums[p][c]);
                    }
                }
            }
        }
        for (p, sums) in sums.into_iter().enumerate() {
            self.store(place.to + p * self.output_pixel, place.mask + p * self.output_pixel, sums);
        }
        Place {
            from: place.from + P * self.input_pixel,
            to: place.to + P * self.output_pixel,
            mask: place.mask + P * self.output_pixel,
        }
    }

    #[inline(always)]
    fn store<const C: usize>(&mut self, to: usize, mask: usize, sums: [S::f32s; C]) {
        let simd = self.simd;
        let vectors = const { LANES / S::F32_LANES };
        let reach = (C - 1) * vectors + 1;
        let zero = simd.splat_f32s(0.0);
        let output = &mut self.output[to..][..reach];
        if let Some(activation) = self.mask {
            let activation = &activation[mask..][..reach];
            for c in 0..C {
                let alive = simd.less_than_f32s(zero, activation[c * vectors]);
                output[c * vectors] = simd.select_f32s(alive, sums[c], zero);
            }
        } else if self.relu {
            for c in 0..C {
                let dead = simd.less_than_f32s(sums[c], zero);
                output[c * vectors] = simd.select_f32s(dead, zero, sums[c]);
            }
        } else {
            for c in 0..C {
                output[c * vectors] = sums[c];
            }
        }
    }
}
