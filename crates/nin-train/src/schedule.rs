//! The learning rate, step by step.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// How the learning rate goes over a stage's steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its shape.
    pub kind: ScheduleKind,
    /// The highest learning rate.
    pub learning_rate: f32,
    /// `one_cycle`: share of the steps in which it rises.
    #[serde(default = "default_warmup")]
    pub warmup: f32,
    /// `one_cycle`: the first learning rate, as a share of the highest.
    #[serde(default = "default_start_factor")]
    pub start_factor: f32,
    /// `one_cycle` and `cosine`: the last learning rate, as a share of the first.
    #[serde(default = "default_final_factor")]
    pub final_factor: f32,
}

/// The shape of a [`Schedule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// The same for every step.
    Constant,
    /// Half a cosine up, half a cosine down (Smith & Topin 2017; PyTorch's `OneCycleLR`, two phases).
    OneCycle,
    /// Half a cosine down (Loshchilov & Hutter 2016; PyTorch's `CosineAnnealingLR`).
    Cosine,
}

fn default_warmup() -> f32 {
    0.3
}

fn default_start_factor() -> f32 {
    1.0 / 25.0
}

fn default_final_factor() -> f32 {
    1e-4
}

impl Schedule {
    /// A schedule of `kind` with the usual factors (PyTorch's defaults of `OneCycleLR`).
    pub fn new(kind: ScheduleKind, learning_rate: f32) -> Self {
        Schedule {
            kind,
            learning_rate,
            warmup: default_warmup(),
            start_factor: default_start_factor(),
            final_factor: default_final_factor(),
        }
    }

    /// The learning rate of step `step` (from 0) out of `total`.
    ///
    /// `cosine` comes to its last value after the last step, `one_cycle` at it, both as PyTorch's do.
    ///
    /// ```
    /// use nin_train::{Schedule, ScheduleKind};
    /// let schedule = Schedule::new(ScheduleKind::OneCycle, 0.01);
    /// assert_eq!(schedule.learning_rate(0, 100), 0.0004);
    /// assert_eq!(schedule.learning_rate(29, 100), 0.01);
    /// ```
    pub fn learning_rate(&self, step: usize, total: usize) -> f32 {
        let (peak, total, step) = (f64::from(self.learning_rate), total.max(1) as f64, step as f64);
        match self.kind {
            ScheduleKind::Constant => self.learning_rate,
            ScheduleKind::Cosine => {
                half_cosine(peak, peak * f64::from(self.final_factor), step / total) as f32
            }
            ScheduleKind::OneCycle => {
                let first = peak * f64::from(self.start_factor);
                let last = first * f64::from(self.final_factor);
                let summit = f64::from(self.warmup) * total - 1.0;
                if step < summit {
                    half_cosine(first, peak, step / summit) as f32
                } else {
                    let length = total - 1.0 - summit;
                    let share = if length > 0.0 { ((step - summit) / length).min(1.0) } else { 0.0 };
                    half_cosine(peak, last, share) as f32
                }
            }
        }
    }

    /// What is wrong with its numbers, if anything.
    pub(crate) fn fault(&self) -> Option<String> {
        let rate = self.learning_rate;
        if !(rate.is_finite() && rate >= 0.0) {
            return Some(format!("learning_rate is {rate}: expected a finite number, 0 or more"));
        }
        let share = |name: &str, value: f32| {
            let fits = (0.0..=1.0).contains(&value);
            (!fits).then(|| format!("{name} is {value}: expected a share from 0 to 1"))
        };
        share("warmup", self.warmup)
            .or_else(|| share("start_factor", self.start_factor))
            .or_else(|| share("final_factor", self.final_factor))
    }
}

/// From `start` (share 0) to `end` (share 1) along half a cosine.
fn half_cosine(start: f64, end: f64, share: f64) -> f64 {
    end + (start - end) * (1.0 + (PI * share).cos()) / 2.0
}
