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
        if let Pool::Max(_) = self.pool {
            let larger = |a, b| simd.select_f32s(simd.less_than_f32s(a, b), b, a);
            self.each_window::<S>(larger, |largest| largest);
        } else {
            let size = self.pool.size();
            let share = simd.splat_f32s(1.0 / (size * size) as f32);
            self.each_window::<S>(|a, b| simd.add_f32s(a, b), |sum| simd.mul_f32s(sum, share));
        }
    }
}

impl PoolForward<'_> {
    #[inline(always)]
    fn each_window<S: Simd>(
        self,
        combine: impl Fn(S::f32s, S::f32s) -> S::f32s,
        finish: impl Fn(S::f32s) -> S::f32s,
    ) {
        // The usual size as a constant, so that its loops are written out.
        match self.pool.size() {
            2 => self.each_window_of::<S>(2, combine, finish),
            size => self.each_window_of::<S>(size, combine, finish),
        }
    }

    /// Combines the values of each window, in row-major order, in a register.
    #[inline(always)]
    fn each_window_of<S: Simd>(
        self,
        size: usize,
        combine: impl Fn(S::f32s, S::f32s) -> S::f32s,
        finish: impl Fn(S::f32s) -> S::f32s,
    ) {
        let vectors = const { LANES / S::F32_LANES };
        let input = S::as_simd_f32s(self.input).0;
        let output = S::as_mut_simd_f32s(self.output).0;
        let (row, step) = (self.from.row * vectors, self.from.channels * vectors);
        let pixel = self.to.channels * vectors;
        for y in 0..self.rows {
            for x in 0..self.width {
                let corner = y * size * row + x * size * step;
                let out = &mut output[(y * self.to.row + x * self.to.channels) * vectors..][..pixel];
                for (c, out) in out.iter_mut().enumerate() {
                    let mut pooled = input[corner + c];
                    for px in 1..size {
                        pooled = combine(pooled, input[corner + c + px * step]);
                    }
                    for py in 1..size {
                        for px in 0..size {
                            pooled = combine(pooled, input[corner + c + py * row + px * step]);
                        }
                    }
                    *out = finish(pooled);
                }
            }
        }
    }
}

impl WithSimd for PoolBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.pool.size() {
            2 => self.windows_of(simd, 2),
            size => self.windows_of(simd, size),
        }
    }
}

impl PoolBackward<'_> {
    #[inline(always)]
    fn windows_of<S: Simd>(self, simd: S, size: usize) {
        let vectors = const { LANES / S::F32_LANES };
        let input = S::as_simd_f32s(self.input).0;
        let output = S::as_simd_f32s(self.output).0;
        let output_gradient = S::as_simd_f32s(self.output_gradient).0;
        let input_gradient = S::as_mut_simd_f32s(self.input_gradient).0;
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
                        for px in 0..size {
                            let from = py * self.from.row + px * self.from.channels;
                            let to = py * self.gradient.row + px * self.gradient.channels;
                            let value = input[corner + from * vectors + c];
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
                            input_gradient[gradient + to * vectors + c] = delta;
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
