//! Gradient of a convolution's weight and bias:
//! `dweight[o,i,ky,kx] = Σ dout[o,y,x] · in[i,y+ky−k/2,x+kx−k/2]`, `dbias[o] = Σ dout[o,y,x]`.
//!
//! Each lane keeps its own sums; they are added up over lanes once per group. Pixels are taken a chunk at a time. The chunk's
//! gradient in the channels of a register tile is first copied to where it lies densely, from where tap after tap reads it: in
//! the map, whole cells of other channels lie between, and the nearest cache would not keep all that is read. What is copied
//! adds up to the bias gradients. Then a register tile of some taps by these channels goes over the chunk's pixels: per pixel
//! one input of each tap is loaded, and its products with the channels' gradients are added to the tile's sums.

use pulp::{Simd, WithSimd};

use crate::chunks::{CHUNK_PIXELS, Chunk, TapTiles, chunks};
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
    /// Cells `[ky][kx][in_channel][out_channel]`, then `[out_channel]` for the biases.
    pub sums: &'a mut [f32],
    /// As many, for what the chunks so far have of the rectangle's sums; none where [one chunk](crate::chunks::is_one_chunk)
    /// is all.
    pub chunk_sums: &'a mut [f32],
    /// Room for [`DENSE`] cells.
    pub dense: &'a mut [f32],
}

/// Most channels of a register tile.
const CHANNEL_TILE: usize = 5;
/// Cells of a chunk's gradient in a tile's channels.
pub const DENSE: usize = CHUNK_PIXELS * CHANNEL_TILE;

/// Where the sums of a register tile go.
struct Sums<'a, V> {
    all: &'a mut [V],
    /// Of the rectangle's chunks so far.
    so_far: &'a mut [V],
}

impl<V> Sums<'_, V> {
    #[inline(always)]
    fn from(&mut self, place: usize) -> Sums<'_, V> {
        let so_far = self.so_far.get_mut(place..).unwrap_or_default();
        Sums { all: &mut self.all[place..], so_far }
    }
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
    /// Of the chunk and a tile's channels, `[part of a cell][pixel][channel]`.
    dense: &'a mut [S::f32s],
}

/// Taps and channels of a register tile.
const fn tile<S: Simd>() -> (usize, usize) {
    // Browsers map wasm's vectors to the 16 registers of x86.
    if S::REGISTER_COUNT >= 32 && !cfg!(target_arch = "wasm32") {
        (5, CHANNEL_TILE)
    } else {
        (2, CHANNEL_TILE)
    }
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let vectors = const { LANES / S::F32_LANES };
        let mut vectors_of = Vectors {
            simd,
            input: S::as_simd_f32s(self.input).0,
            input_row: self.from.row * vectors,
            input_pixel: self.from.channels * vectors,
            gradient: S::as_simd_f32s(self.gradient).0,
            gradient_row: self.at.row * vectors,
            gradient_pixel: self.at.channels * vectors,
            dense: S::as_mut_simd_f32s(self.dense).0,
        };
        let (all, so_far) = (S::as_mut_simd_f32s(self.sums).0, S::as_mut_simd_f32s(self.chunk_sums).0);
        let run = self.kernel * self.from.channels;
        let (most_taps, most_channels) = const { tile::<S>() };
        let channel_tiles = split(self.at.channels, most_channels);
        let tap_tiles = TapTiles::new(self.kernel, self.from.channels, most_taps);
        let mut sums = Sums { all, so_far };
        for chunk in chunks(self.rows, self.width) {
            for (channel, channels) in channel_tiles.clone() {
                for part in 0..vectors {
                    let column = channel * vectors + part;
                    let into = self.kernel * run * vectors_of.gradient_pixel + column;
                    vectors_of.bias(channels, chunk, column, part, sums.from(into));
                }
                for ky in 0..self.kernel {
                    for (tap, taps) in tap_tiles.clone() {
                        for part in 0..vectors {
                            let column = channel * vectors + part;
                            let input = ky * vectors_of.input_row + tap * vectors + part;
                            let into = (ky * run + tap) * vectors_of.gradient_pixel + column;
                            vectors_of.tile(taps, channels, chunk, input, part, sums.from(into));
                        }
                    }
                }
            }
        }
    }
}

impl<S: Simd> Vectors<'_, S> {
    #[inline(always)]
    fn tile(
        &self,
        taps: usize,
        channels: usize,
        chunk: Chunk,
        input: usize,
        part: usize,
        sums: Sums<'_, S::f32s>,
    ) {
        match taps {
            1 => self.tile_of::<1>(channels, chunk, input, part, sums),
            2 => self.tile_of::<2>(channels, chunk, input, part, sums),
            3 => self.tile_of::<3>(channels, chunk, input, part, sums),
            4 => self.tile_of::<4>(channels, chunk, input, part, sums),
            _ => self.tile_of::<5>(channels, chunk, input, part, sums),
        }
    }

    #[inline(always)]
    fn tile_of<const T: usize>(
        &self,
        channels: usize,
        chunk: Chunk,
        input: usize,
        part: usize,
        sums: Sums<'_, S::f32s>,
    ) {
        match channels {
            1 => self.products::<T, 1>(chunk, input, part, sums),
            2 => self.products::<T, 2>(chunk, input, part, sums),
            3 => self.products::<T, 3>(chunk, input, part, sums),
            4 => self.products::<T, 4>(chunk, input, part, sums),
            _ => self.products::<T, 5>(chunk, input, part, sums),
        }
    }

    /// `T` taps × `C` channels of sums, in registers over all pixels of the chunk.
    #[inline(always)]
    fn products<const T: usize, const C: usize>(
        &self,
        chunk: Chunk,
        input: usize,
        part: usize,
        into: Sums<'_, S::f32s>,
    ) {
        let simd = self.simd;
        let vectors = const { LANES / S::F32_LANES };
        let mut sums = self.start::<T, C>(chunk, &into);
        let dense = &self.dense[part * DENSE..];
        let mut rows = dense.as_chunks::<C>().0.chunks_exact(chunk.width);
        for y in chunk.y..chunk.y + chunk.rows {
            let inputs = &self.input[input + y * self.input_row + chunk.x * self.input_pixel..];
            let Some(deltas) = rows.next() else { break };
            for (x, deltas) in deltas.iter().enumerate() {
                let values = &inputs[x * self.input_pixel..][..(T - 1) * vectors + 1];
                let mut value = [simd.splat_f32s(0.0); T];
                for t in 0..T {
                    value[t] = values[t * vectors];
                }
                for c in 0..C {
                    for t in 0..T {
                        sums[t][c] = simd.mul_add_e_f32s(value[t], deltas[c], sums[t][c]);
                    }
                }
            }
        }
        self.finish(chunk, sums, into);
    }

    /// Bias sums of `C` channels, and what [`products`](Self::products) reads.
    #[inline(always)]
    fn bias(&mut self, channels: usize, chunk: Chunk, column: usize, part: usize, sums: Sums<'_, S::f32s>) {
        match channels {
            1 => self.bias_of::<1>(chunk, column, part, sums),
            2 => self.bias_of::<2>(chunk, column, part, sums),
            3 => self.bias_of::<3>(chunk, column, part, sums),
            4 => self.bias_of::<4>(chunk, column, part, sums),
            _ => self.bias_of::<5>(chunk, column, part, sums),
        }
    }

    #[inline(always)]
    fn bias_of<const C: usize>(&mut self, chunk: Chunk, column: usize, part: usize, into: Sums<'_, S::f32s>) {
        let vectors = const { LANES / S::F32_LANES };
        let [mut sums] = self.start::<1, C>(chunk, &into);
        let dense = &mut self.dense[part * DENSE..];
        let mut rows = dense.as_chunks_mut::<C>().0.chunks_exact_mut(chunk.width);
        for y in chunk.y..chunk.y + chunk.rows {
            let row = &self.gradient[column + y * self.gradient_row + chunk.x * self.gradient_pixel..];
            let Some(dense) = rows.next() else { break };
            for (x, dense) in dense.iter_mut().enumerate() {
                let deltas = &row[x * self.gradient_pixel..][..(C - 1) * vectors + 1];
                for c in 0..C {
                    dense[c] = deltas[c * vectors];
                    sums[c] = self.simd.add_f32s(sums[c], dense[c]);
                }
            }
        }
        self.finish(chunk, [sums], into);
    }

    /// What a tile's sums are before a chunk. Here and in [`finish`](Self::finish) every index is a constant once the loops are
    /// written out: one that is not, and the sums would lie in memory while pixels are added to them, too.
    #[inline(always)]
    fn start<const T: usize, const C: usize>(
        &self,
        chunk: Chunk,
        from: &Sums<'_, S::f32s>,
    ) -> [[S::f32s; C]; T] {
        let vectors = const { LANES / S::F32_LANES };
        let mut sums = [[self.simd.splat_f32s(0.0); C]; T];
        if !chunk.first {
            for (t, sums) in sums.iter_mut().enumerate() {
                let so_far = &from.so_far[t * self.gradient_pixel..][..(C - 1) * vectors + 1];
                for c in 0..C {
                    sums[c] = so_far[c * vectors];
                }
            }
        }
        sums
    }

    /// Keeps a tile's sums for the next chunk; after the last one adds them to all.
    #[inline(always)]
    fn finish<const T: usize, const C: usize>(
        &self,
        chunk: Chunk,
        sums: [[S::f32s; C]; T],
        into: Sums<'_, S::f32s>,
    ) {
        let vectors = const { LANES / S::F32_LANES };
        let (tap, reach) = (self.gradient_pixel, (C - 1) * vectors + 1);
        if chunk.last {
            for (t, sums) in sums.iter().enumerate() {
                let all = &mut into.all[t * tap..][..reach];
                for c in 0..C {
                    all[c * vectors] = self.simd.add_f32s(all[c * vectors], sums[c]);
                }
            }
        } else {
            for (t, sums) in sums.iter().enumerate() {
                let so_far = &mut into.so_far[t * tap..][..reach];
                for c in 0..C {
                    so_far[c * vectors] = sums[c];
                }
            }
        }
    }
}
