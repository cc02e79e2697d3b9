//! Pooling with stride equal to its side, and its gradient. No pooling is the mean over 1×1.

use nin_net::Pool;
use pulp::{Simd, WithSimd};

use crate::lanes::{Geometry, LANES};

/// `out[c,y,x]` = maximum or mean of `in[c, n·y.., n·x..]` over `n×n`.
pub struct PoolForward<'a> {
    /// Which pooling.
    pub pool: Pool,
    /// Cells from the first pixel of the first window.
    pub input: &'a [f32],
    /// Where input pixels lie.
    pub from: Geometry,
    /// Cells from the first output pixel.
    pub output: &'a mut [f32],
    /// Where output pixels lie.
    pub to: Geometry,
    /// Rows of output pixels.
    pub rows: usize,
    /// Output pixels of a row.
    pub width: usize,
}

/// Hands the output's gradient to each window's first maximum in row-major order, or to all alike (mean), and on
/// through the ReLU before the pooling, if there is one.
pub struct PoolBackward<'a> {
    /// Which pooling.
    pub pool: Pool,
    /// Whether a ReLU came before it.
    pub relu: bool,
    /// What was pooled; cells from the first pixel of the first window.
    pub input: &'a [f32],
    /// Gradient of the same; placed likewise. Written.
    pub input_gradient: &'a mut [f32],
    /// Where the pixels of `input` lie.
    pub from: Geometry,
    /// Where the pixels of `input_gradient` lie.
    pub gradient: Geometry,
    /// What pooling made.
    pub output: &'a [f32],
    /// Where its pixels lie.
    pub to: Geometry,
    /// Its gradient.
    pub output_gradient: &'a [f32],
    /// Where the pixels of that lie.
    pub output_at: Geometry,
    /// Rows of output pixels.
    pub rows: usize,
    /// Output pixels of a row.
    pub width: usize,
}

impl WithSimd for PoolForward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let vectors = const { LANES / S::F32_LANES };
        let input = S::as_simd_f32s(self.input).0;
        let output = S::as_mut_simd_f32s(self.output).0;
        let size = self.pool.size();
        let share = simd.splat_f32s(1.0 / (size * size) as f32);
        let pixel = self.to.channels * vectors;
        for y in 0..self.rows {
            for x in 0..self.width {
                let corner = (y * size * self.from.row + x * size * self.from.channels) * vectors;
                let out = &mut output[(y * self.to.row + x * self.to.channels) * vectors..][..pixel];
                out.copy_from_slice(&input[corner..][..pixel]);
                for place in 1..size * size {
                    let offset = (place / size * self.from.row + place % size * self.from.channels) * vectors;
                    let values = &input[corner + offset..][..pixel];
                    if let Pool::Max(_) = self.pool {
                        for (out, &value) in out.iter_mut().zip(values) {
                            let larger = simd.less_than_f32s(*out, value);
                            *out = simd.select_f32s(larger, value, *out);
                        }
                    } else {
                        for (out, &value) in out.iter_mut().zip(values) {
                            *out = simd.add_f32s(*out, value);
                        }
                    }
                }
                if let Pool::Average(_) = self.pool {
                    for out in out {
                        *out = simd.mul_f32s(*out, share);
                    }
                }
            }
        }
    }
}

impl WithSimd for PoolBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let vectors = const { LANES / S::F32_LANES };
        let input = S::as_simd_f32s(self.input).0;
        let output = S::as_simd_f32s(self.output).0;
        let output_gradient = S::as_simd_f32s(self.output_gradient).0;
        let input_gradient = S::as_mut_simd_f32s(self.input_gradient).0;
        let size = self.pool.size();
        let share = simd.splat_f32s(1.0 / (size * size) as f32);
        let zero = simd.splat_f32s(0.0);
        let pixel = self.to.channels * vectors;
        for y in 0..self.rows {
            for x in 0..self.width {
                let largest = &output[(y * self.to.row + x * self.to.channels) * vectors..][..pixel];
                let at = (y * self.output_at.row + x * self.output_at.channels) * vectors;
                let deltas = &output_gradient[at..][..pixel];
                let corner = (y * size * self.from.row + x * size * self.from.channels) * vectors;
                let gradient = (y * size * self.gradient.row + x * size * self.gradient.channels) * vectors;
                for c in 0..pixel {
                    let mut left = deltas[c];
                    if let Pool::Average(_) = self.pool {
                        left = simd.mul_f32s(left, share);
                    }
                    for py in 0..size {
                        let mut from = corner + py * self.from.row * vectors + c;
                        let mut to = gradient + py * self.gradient.row * vectors + c;
                        for _ in 0..size {
                            let value = input[from];
                            let mut delta = left;
                            if let Pool::Max(_) = self.pool {
                                let first = simd.equal_f32s(value, largest[c]);
                                delta = simd.select_f32s(first, left, zero);
                                left = simd.select_f32s(first, zero, left);
                            }
                            if self.relu {
                                let alive = simd.less_than_f32s(zero, value);
                                delta = simd.select_f32s(alive, delta, zero);
                            }
                            input_gradient[to] = delta;
                            from += self.from.channels * vectors;
                            to += self.gradient.channels * vectors;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::Map;
    use crate::simd::Instructions;

    const SIDE: usize = 5;

    /// Pools one channel of 5×5 by 2 and hands 1 back to each window; returns output and input gradient.
    fn there_and_back(pool: Pool, relu: bool, values: [f32; SIDE * SIDE]) -> (Vec<f32>, Vec<f32>) {
        let map = |side: usize| Map::zeros(side, side, 1, 0);
        let (mut input, mut output, mut ones, mut gradient) = (map(SIDE), map(2), map(2), map(SIDE));
        for (cell, value) in input.cells.as_chunks_mut::<LANES>().0.iter_mut().zip(values) {
            *cell = [value; LANES];
        }
        ones.cells.fill(1.0);
        let (from, to) = (input.at, output.at);
        let instructions = Instructions::best();
        instructions.run(PoolForward {
            pool,
            input: &input.cells,
            from,
            output: &mut output.cells,
            to,
            rows: 2,
            width: 2,
        });
        instructions.run(PoolBackward {
            pool,
            relu,
            input: &input.cells,
            input_gradient: &mut gradient.cells,
            from,
            gradient: from,
            output: &output.cells,
            to,
            output_gradient: &ones.cells,
            output_at: to,
            rows: 2,
            width: 2,
        });
        let lane = |map: &Map| map.cells.iter().skip(7).step_by(LANES).copied().collect();
        (lane(&output), lane(&gradient))
    }

    #[rustfmt::skip]
    const VALUES: [f32; SIDE * SIDE] = [
        1.0, 1.0, 0.0, 0.0, 9.0,
        1.0, 1.0, 0.0, 0.0, 9.0,
        2.0, 3.0, -4.0, -3.0, 9.0,
        1.0, 3.0, -3.0, -5.0, 9.0,
        9.0, 9.0, 9.0, 9.0, 9.0,
    ];

    #[test]
    fn a_tie_goes_to_the_first_maximum() {
        let (output, gradient) = there_and_back(Pool::Max(2), false, VALUES);
        assert_eq!(output, [1.0, 0.0, 3.0, -3.0]);
        #[rustfmt::skip]
        assert_eq!(gradient, [
            1.0, 0.0, 1.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0,
            0.0, 1.0, 0.0, 1.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0,
        ]);
    }

    #[test]
    fn relu_passes_nothing_at_zero() {
        let (_, gradient) = there_and_back(Pool::Max(2), true, VALUES);
        let kept: Vec<usize> = (0..SIDE * SIDE).filter(|&i| gradient[i] != 0.0).collect();
        assert_eq!(kept, [0, 11]);
    }

    #[test]
    fn a_mean_is_shared_evenly() {
        let (output, gradient) = there_and_back(Pool::Average(2), false, VALUES);
        assert_eq!(output, [1.0, 0.0, 2.25, -3.75]);
        assert!((0..4).all(|y| (0..4).all(|x| gradient[y * SIDE + x] == 0.25)));
        assert!((0..SIDE).all(|i| gradient[i * SIDE + 4] == 0.0 && gradient[4 * SIDE + i] == 0.0));
    }
}
