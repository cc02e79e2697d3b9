//! What the engine's threads do at most with the instructions that they run: the twin of `ceiling_multiply_add.wgsl` and
//! `ceiling_copy.wgsl`. Both count by ones, so that the result tells whether all work was done.

use std::array;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use nin_net::{Ceilings, EngineError, best_rate};
use pulp::{Simd, WithSimd};
use web_time::Instant;

use crate::threads::Threads;

/// Vectors that a thread adds to in turn: more than a multiply-add's latency takes, fewer than AVX2 has registers.
const SUMS: usize = 12;
/// Times that each of them is added to before it starts anew: a sum of ones that is exact in `f32`.
const ADDS: usize = 4096;
/// Bytes that are copied at once by all threads together: more than caches hold. Memory of wasm never shrinks again.
const COPIED: usize = if cfg!(target_arch = "wasm32") { 16 << 20 } else { 64 << 20 };
/// But by each thread at least this much.
const COPIED_BY_THREAD: usize = 8 << 20;

/// A thread's part of the copied memory.
struct Copied {
    from: Vec<f32>,
    to: Vec<f32>,
    /// How often it was copied: the value of all of `from`.
    times: u32,
}

impl Threads {
    /// Measures multiply-adds and copies on all threads at once.
    pub async fn ceilings(&self) -> Result<Ceilings, EngineError> {
        let (flop_per_second, bytes_per_second) = (self.multiply_adds().await?, self.copies().await?);
        Ok(Ceilings { flop_per_second, bytes_per_second })
    }

    async fn multiply_adds(&self) -> Result<f64, EngineError> {
        let wrong = AtomicUsize::new(0);
        let rate = best_rate(async |repeats| {
            let start = Instant::now();
            self.on_all(|_| {
                wrong.fetch_add(self.instructions.run(MultiplyAdds { repeats }), Ordering::Relaxed);
            });
            Ok(start.elapsed().as_secs_f64())
        });
        let (rate, lanes) = (rate.await?, self.instructions.run(Lanes));
        match wrong.into_inner() {
            0 => Ok(rate * (2 * ADDS * SUMS * lanes * self.count) as f64),
            _ => Err(EngineError::Device("the processor adds up wrong: ones are lost".into())),
        }
    }

    async fn copies(&self) -> Result<f64, EngineError> {
        let values = (COPIED / self.count).max(COPIED_BY_THREAD) / size_of::<f32>();
        let parts: Vec<_> = (0..self.count).map(|_| Mutex::new(None)).collect();
        let lock = |thread: usize| parts[thread].lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever writes first has the memory near.
        self.on_all(|thread| {
            *lock(thread) = Some(Copied { from: vec![1.0; values], to: vec![1.0; values], times: 1 });
        });
        let rate = best_rate(async |repeats| {
            let start = Instant::now();
            self.on_all(|thread| {
                if let Some(copied) = lock(thread).as_mut() {
                    self.instructions.run(Copy { copied, repeats });
                }
            });
            Ok(start.elapsed().as_secs_f64())
        });
        let rate = rate.await?;
        let whole = |part: &Option<Copied>| {
            part.as_ref().is_some_and(|part| part.from.iter().all(|&value| value == part.times as f32))
        };
        if !(0..self.count).all(|thread| whole(&lock(thread))) {
            return Err(EngineError::Device("the memory copies wrong: values are lost".into()));
        }
        Ok(rate * (2 * size_of::<f32>() * values * self.count) as f64)
    }
}

/// Floats of a vector.
struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

/// `repeats` times: to each of the sums `ADDS` times `sum · 1 + 1`. Returns how many came out wrong.
struct MultiplyAdds {
    repeats: u32,
}

impl WithSimd for MultiplyAdds {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let mut wrong = 0;
        for _ in 0..self.repeats {
            // Unknown to the compiler, and each sum starts elsewhere: none can be left out.
            let one = simd.splat_f32s(black_box(1.0));
            let mut sums: [S::f32s; SUMS] = array::from_fn(|index| simd.splat_f32s(index as f32));
            for _ in 0..ADDS {
                for sum in &mut sums {
                    *sum = simd.mul_add_e_f32s(*sum, one, one);
                }
            }
            let is_right = |(index, sum): &(usize, &S::f32s)| {
                let expected = (index + ADDS) as f32;
                simd.reduce_min_f32s(**sum) == expected && simd.reduce_max_f32s(**sum) == expected
            };
            wrong += SUMS - sums.iter().enumerate().filter(is_right).count();
        }
        wrong
    }
}

/// Copies back and forth, and adds one each time.
struct Copy<'c> {
    copied: &'c mut Copied,
    repeats: u32,
}

impl WithSimd for Copy<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Copied { from, to, times } = self.copied;
        for _ in 0..self.repeats {
            to.iter_mut().zip(&*from).for_each(|(to, from)| *to = from + 1.0);
            std::mem::swap(from, to);
        }
        *times += self.repeats;
    }
}
