//! Gradient of a convolution's weight and bias:
//! `dweight[o,i,ky,kx] = Σ dout[o,y,x] · in[i,y+ky−k/2,x+kx−k/2]`, `dbias[o] = Σ dout[o,y,x]`.
//!
//! Each lane keeps its own sums; they are added up over lanes once per group.

use pulp::{Simd, WithSimd};

use crate::lanes::{Geometry, LANES, split};

/// Adds the products of a rectangle of pixels to a convolution's sums.
pub struct WeightGradient<'a> {
    /// Cells from the first tap of the first pixel.
    pub input: &'a [f32],
    /// Where input pixels lie.
    pub from: Geometry,
    /// Side of the kernel.
    pub kernel: usize,
    /// Output gradient: cells from the first pixel.
    pub gradient: &'a [f32],
    /// Where its pixels lie.
    pub at: Geometry,
    /// Rows of pixels.
    pub rows: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Cells `[ky][kx][in_channel][out_channel]`.
    pub weight_sums: &'a mut [f32],
    /// Cells `[out_channel]`.
    pub bias_sums: &'a mut [f32],
}

/// The same, seen as vectors of one instruction set. All distances are in vectors.
struct Vectors<'a, S: Simd> {
    simd: S,
    input: &'a [S::f32s],
    input_row: usize,
    input_pixel: usize,
    gradient: &'a [S::f32s],
    gradient_row: usize,
    gradient_pixel: usize,
    rows: usize,
    width: usize,
}

/// Taps and channels of a register tile.
const fn tile<S: Simd>() -> (usize, usize) {
    // Browsers map wasm's vectors to the 16 registers of x86.
    if S::REGISTER_COUNT >= 32 && !cfg!(target_arch = "wasm32") { (5, 5) } else { (2, 5) }
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let vectors = const { LANES / S::F32_LANES };
        let vectors_of = Vectors {
            simd,
            input: S::as_simd_f32s(self.input).0,
            input_row: self.from.row * vectors,
            input_pixel: self.from.channels * vectors,
            gradient: S::as_simd_f32s(self.gradient).0,
            gradient_row: self.at.row * vectors,
            gradient_pixel: self.at.channels * vectors,
            rows: self.rows,
            width: self.width,
        };
        let weight_sums = S::as_mut_simd_f32s(self.weight_sums).0;
        let bias_sums = S::as_mut_simd_f32s(self.bias_sums).0;
        let run = self.kernel * self.from.channels;
        let (most_taps, most_channels) = const { tile::<S>() };
        for (channel, channels) in split(self.at.channels, most_channels) {
            for part in 0..vectors {
                let gradient = channel * vectors + part;
                vectors_of.bias(channels, gradient, &mut bias_sums[gradient..]);
                for ky in 0..self.kernel {
                    for (tap, taps) in split(run, most_taps) {
                        let input = (ky * self.from.row + tap) * vectors + part;
                        let sums = ((ky * run + tap) * self.at.channels) * vectors + gradient;
                        vectors_of.tile(taps, channels, input, gradient, &mut weight_sums[sums..]);
                    }
                }
            }
        }
    }
}

impl<S: Simd> Vectors<'_, S> {
    #[inline(always)]
    fn tile(&self, taps: usize, channels: usize, input: usize, gradient: usize, sums: &mut [S::f32s]) {
        match taps {
            1 => self.tile_of::<1>(channels, input, gradient, sums),
            2 => self.tile_of::<2>(channels, input, gradient, sums),
            3 => self.tile_of::<3>(channels, input, gradient, sums),
            4 => self.tile_of::<4>(channels, input, gradient, sums),
            _ => self.tile_of::<5>(channels, input, gradient, sums),
        }
    }

    #[inline(always)]
    fn tile_of<const T: usize>(&self, channels: usize, input: usize, gradient: usize, sums: &mut [S::f32s]) {
        match channels {
            1 => self.products::<T, 1>(input, gradient, sums),
            2 => self.products::<T, 2>(input, gradient, sums),
            3 => self.products::<T, 3>(input, gradient, sums),
            4 => self.products::<T, 4>(input, gradient, sums),
            _ => self.products::<T, 5>(input, gradient, sums),
        }
    }

    /// `T` taps × `C` channels of sums, in registers over all pixels of the rectangle.
    #[inline(always)]
    fn products<const T: usize, const C: usize>(&self, input: usize, gradient: usize, into: &mut [S::f32s]) {
        let simd = self.simd;
        let vectors = const { LANES / S::F32_LANES };
        let zero = simd.splat_f32s(0.0);
        let mut sums = [[zero; C]; T];
        for y in 0..self.rows {
            let inputs = &self.input[input + y * self.input_row..];
            let gradients = &self.gradient[gradient + y * self.gradient_row..];
            for x in 0..self.width {
                let values = &inputs[x * self.input_pixel..][..(T - 1) * vectors + 1];
                let deltas = &gradients[x * self.gradient_pixel..][..(C - 1) * vectors + 1];
                let mut delta = [zero; C];
                for c in 0..C {
                    delta[c] = deltas[c * vectors];
                }
                for t in 0..T {
                    let value = values[t * vectors];
                    for c in 0..C {
                        sums[t][c] = simd.mul_add_e_f32s(value, delta[c], sums[t][c]);
                    }
                }
            }
        }
        for (t, sums) in sums.iter().enumerate() {
            let into = &mut into[t * self.gradient_pixel..][..(C - 1) * vectors + 1];
            for c in 0..C {
                into[c * vectors] = simd.add_f32s(into[c * vectors], sums[c]);
            }
        }
    }

    #[inline(always)]
    fn bias(&self, channels: usize, gradient: usize, into: &mut [S::f32s]) {
        match channels {
            1 => self.bias_of::<1>(gradient, into),
            2 => self.bias_of::<2>(gradient, into),
            3 => self.bias_of::<3>(gradient, into),
            4 => self.bias_of::<4>(gradient, into),
            _ => self.bias_of::<5>(gradient, into),
        }
    }

    #[inline(always)]
    fn bias_of<const C: usize>(&self, gradient: usize, into: &mut [S::f32s]) {
        let simd = self.simd;
        let vectors = const { LANES / S::F32_LANES };
        let mut sums = [simd.splat_f32s(0.0); C];
        for y in 0..self.rows {
            let row = &self.gradient[gradient + y * self.gradient_row..];
            for x in 0..self.width {
                let deltas = &row[x * self.gradient_pixel..][..(C - 1) * vectors + 1];
                for c in 0..C {
                    sums[c] = simd.add_f32s(sums[c], deltas[c * vectors]);
                }
            }
        }
        for c in 0..C {
            into[c * vectors] = simd.add_f32s(into[c * vectors], sums[c]);
        }
    }
}
