//! What a device can do at most, and how near to that a kernel comes: the roofline of Williams, Waterman and Patterson (2009).

use serde::{Deserialize, Serialize};

use crate::{EngineError, KernelCost, Profile};

/// A run that counts takes at least this long, in seconds: submission and clock are small beside it.
const RUN_SECONDS: f64 = 0.04;
/// Runs that count; the fastest is the ceiling.
const RUNS: usize = 8;
/// Most times that a run repeats its work, even if its clock stands still.
const MOST_REPEATS: u32 = 1 << 20;

/// The most that a device does, measured on it. See [`Engine::ceilings`](crate::Engine::ceilings).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ceilings {
    /// Floating-point operations a second: multiply-adds of `f32` in registers, two operations each.
    pub flop_per_second: f64,
    /// Bytes read and written a second: from one buffer to another, both too large for caches.
    pub bytes_per_second: f64,
}

impl Ceilings {
    /// The least time that the kernel's operations and bytes can take, in seconds: it computes while it waits for memory.
    pub fn least_seconds(&self, kernel: &KernelCost) -> f64 {
        (kernel.flop / self.flop_per_second).max(kernel.bytes / self.bytes_per_second)
    }

    /// How much of its roofline a kernel reaches: its FLOP/s of `min(FLOP ceiling, copy ceiling · FLOP / bytes)`; of a
    /// kernel without FLOP its bytes/s of the copy ceiling. Over 1 where its bytes come from caches.
    pub fn share(&self, kernel: &KernelCost) -> f64 {
        self.least_seconds(kernel) / kernel.seconds.max(f64::MIN_POSITIVE)
    }

    /// The FLOP/s of a step whose kernels all reach their rooflines.
    pub fn attainable(&self, profile: &Profile) -> f64 {
        profile.flop() / self.least_step_seconds(profile).max(f64::MIN_POSITIVE)
    }

    /// How much of that the step reaches.
    pub fn step_share(&self, profile: &Profile) -> f64 {
        self.least_step_seconds(profile) / profile.seconds().max(f64::MIN_POSITIVE)
    }

    fn least_step_seconds(&self, profile: &Profile) -> f64 {
        profile.kernels.iter().map(|kernel| self.least_seconds(kernel)).sum()
    }
}

/// For engines: how often a second `run` does its work at best. `run` repeats it as often as it is told and returns the
/// seconds that this took; it is told more and more until a run is long enough to be measured, so that fast and slow devices
/// both take some tenths of a second in all.
///
/// # Errors
/// Those of `run`.
pub async fn best_rate(
    mut run: impl AsyncFnMut(u32) -> Result<f64, EngineError>,
) -> Result<f64, EngineError> {
    let mut repeats = 1;
    let mut seconds = run(repeats).await?;
    while seconds < RUN_SECONDS && repeats < MOST_REPEATS {
        repeats *= 2;
        seconds = run(repeats).await?;
    }
    for _ in 1..RUNS {
        seconds = seconds.min(run(repeats).await?);
    }
    Ok(f64::from(repeats) / seconds.max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(seconds: f64, flop: f64, bytes: f64) -> KernelCost {
        KernelCost { name: "a".to_owned(), seconds, flop, bytes }
    }

    #[test]
    fn a_kernel_is_held_against_what_bounds_it() {
        let ceilings = Ceilings { flop_per_second: 100.0, bytes_per_second: 10.0 };
        // 1000 FLOP for 10 bytes: arithmetic bounds it. 50 FLOP for 50 bytes: at most 10 FLOP/s.
        assert_eq!(ceilings.share(&kernel(20.0, 1000.0, 10.0)), 0.5);
        assert_eq!(ceilings.share(&kernel(10.0, 50.0, 50.0)), 0.5);
        assert_eq!(ceilings.share(&kernel(4.0, 0.0, 10.0)), 0.25);
        assert!(ceilings.share(&kernel(0.0, 1.0, 1.0)).is_finite());
    }

    #[test]
    fn a_step_is_held_against_the_sum_of_its_kernels() {
        let ceilings = Ceilings { flop_per_second: 100.0, bytes_per_second: 10.0 };
        let kernels = vec![kernel(30.0, 1000.0, 10.0), kernel(10.0, 0.0, 100.0)];
        let profile = Profile { kernels, ..Profile::default() };
        assert_eq!(ceilings.step_share(&profile), 0.5);
        assert_eq!(ceilings.attainable(&profile), 50.0);
        assert_eq!(ceilings.attainable(&Profile::default()), 0.0);
    }

    /// A device of a thousand times a second, after a slow start.
    #[test]
    fn short_work_is_repeated_and_the_fastest_run_counts() {
        let mut calls = Vec::new();
        let run = async |repeats: u32| {
            calls.push(repeats);
            Ok(1e-3 * f64::from(repeats) * if calls.len() < 9 { 1.5 } else { 1.0 })
        };
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let rate = std::pin::pin!(best_rate(run)).poll(&mut context);
        assert!(matches!(rate, std::task::Poll::Ready(Ok(1000.0))), "{rate:?}");
        assert_eq!(calls, [1, 2, 4, 8, 16, 32, 32, 32, 32, 32, 32, 32, 32]);
    }
}
