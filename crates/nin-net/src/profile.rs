//! What a training step costs, kernel by kernel.

use serde::{Deserialize, Serialize};

use crate::OptimizerKind;

/// What one training step of the loaded network costs. See [`Engine::profile`](crate::Engine::profile).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Images of the step.
    pub images: u32,
    /// Bytes of all buffers that the engine holds now.
    pub device_memory_bytes: u64,
    /// How times were measured, for people: `timestamp queries`, `host clock`, …
    pub timer: String,
    /// What the step runs, in its order.
    pub kernels: Vec<KernelCost>,
}

/// What one kernel costs in a step; if it runs several times in it, all times together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelCost {
    /// Its name and, where there is one for each block, the block's number: `block_forward 1`.
    pub name: String,
    /// Time: the median of several steps.
    pub seconds: f64,
    /// Floating-point operations, those included that only compute again what was not stored. A multiply-add is two;
    /// comparisons, conversions and index arithmetic are none; nor is what padding and idle lanes compute.
    pub flop: f64,
    /// Bytes of storage that it reads or writes, each counted once however often it is fetched.
    pub bytes: f64,
}

impl Profile {
    /// Fills in the kernels' times: the medians of `runs`, each of which has one time per kernel, in seconds.
    #[must_use]
    pub fn timed(mut self, runs: &[Vec<f64>]) -> Self {
        for (index, kernel) in self.kernels.iter_mut().enumerate() {
            kernel.seconds = median(runs.iter().filter_map(|run| run.get(index).copied()).collect());
        }
        self
    }

    /// Time of all kernels.
    pub fn seconds(&self) -> f64 {
        self.kernels.iter().map(|kernel| kernel.seconds).sum()
    }

    /// Floating-point operations of all kernels.
    pub fn flop(&self) -> f64 {
        self.kernels.iter().map(|kernel| kernel.flop).sum()
    }

    /// Bytes of all kernels.
    pub fn bytes(&self) -> f64 {
        self.kernels.iter().map(|kernel| kernel.bytes).sum()
    }

    /// Whether `runs` steps, measured in `seconds` so far, are enough: 5, and up to 25 if they are short.
    pub fn is_measured(runs: usize, seconds: f64) -> bool {
        runs >= 25 || (runs >= 5 && seconds > 0.5)
    }
}

/// The middle value; of an even number the mean of both, of none 0.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.get(middle) {
        None => 0.0,
        Some(upper) if values.len() % 2 == 1 => *upper,
        Some(upper) => (values[middle - 1] + upper) / 2.0,
    }
}

impl OptimizerKind {
    /// Floating-point operations that the update of one parameter takes, weight decay included.
    pub fn flop(self) -> usize {
        match self {
            // g += decay·p (2); v = momentum·v + g (2); p -= rate·v (2).
            OptimizerKind::Sgd => 6,
            // Decay (2); m = β₁m + (1-β₁)g (3); v = β₂v + (1-β₂)g² (4); p -= rate · m / (√v / correction + ε) (6).
            OptimizerKind::Adam | OptimizerKind::AdamW => 15,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_the_middle() {
        assert_eq!(median(vec![]), 0.0);
        assert_eq!(median(vec![3.0, 1.0, 9.0]), 3.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), 3.0);
    }

    #[test]
    fn each_kernel_takes_the_median_of_its_own_times() {
        let kernel = |name: &str| KernelCost { name: name.to_owned(), seconds: 0.0, flop: 2.0, bytes: 3.0 };
        let profile = Profile { kernels: vec![kernel("a"), kernel("b")], ..Profile::default() };
        let profile = profile.timed(&[vec![1.0, 20.0], vec![9.0, 10.0], vec![2.0, 90.0]]);
        assert_eq!((profile.kernels[0].seconds, profile.kernels[1].seconds), (2.0, 20.0));
        assert_eq!((profile.seconds(), profile.flop(), profile.bytes()), (22.0, 4.0, 6.0));
    }
}
