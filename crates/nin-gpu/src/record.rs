//! What the kernels are told about the images of one pass: the shaders' `Batch`.

use bytemuck::{Pod, Zeroable};
use nin_net::{OptimizerKind, OptimizerSpec, Step};

/// The images `first .. first + count`, computed together: a step, or as much of one as fits the device's buffers.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Record {
    /// First place in the order, or first image if there is no order.
    pub(crate) first: u32,
    pub(crate) count: u32,
    /// Images of the step that came before.
    pub(crate) offset: u32,
    /// Images of the whole step.
    pub(crate) total: u32,
    /// Whether `first` counts in the epoch's order.
    pub(crate) ordered: u32,
    /// Whether the epoch's transforms move the images.
    pub(crate) augmented: u32,
    /// Whether the gradient adds to that of the passes before.
    pub(crate) accumulate: u32,
    /// Place of the step's metrics.
    pub(crate) slot: u32,
    /// Side of the source images.
    pub(crate) side: u32,
    pub(crate) learning_rate: f32,
    /// Adam's `1 − β₁ᵗ`.
    pub(crate) correction_1: f32,
    /// Adam's `√(1 − β₂ᵗ)`.
    pub(crate) correction_2: f32,
    pub(crate) momentum: f32,
    pub(crate) beta_1: f32,
    pub(crate) beta_2: f32,
    pub(crate) epsilon: f32,
    pub(crate) weight_decay: f32,
    pub(crate) clip_norm: f32,
}

impl Record {
    /// For the optimizer's step `number`, counted from 1.
    pub(crate) fn training(step: &Step, number: u64, optimizer: &OptimizerSpec) -> Self {
        let correction = |beta: f32| 1.0 - f64::from(beta).powf(number as f64);
        let adam = optimizer.kind != OptimizerKind::Sgd;
        Record {
            ordered: 1,
            learning_rate: step.learning_rate,
            correction_1: if adam { correction(optimizer.beta1) as f32 } else { 1.0 },
            correction_2: if adam { correction(optimizer.beta2).sqrt() as f32 } else { 1.0 },
            momentum: optimizer.momentum,
            beta_1: optimizer.beta1,
            beta_2: optimizer.beta2,
            epsilon: optimizer.epsilon,
            weight_decay: optimizer.weight_decay,
            clip_norm: optimizer.clip_norm,
            ..Record::default()
        }
    }

    /// Cuts images `first .. first + total` into passes of at most `capacity`.
    pub(crate) fn passes(self, first: u32, total: u32, capacity: u32) -> impl Iterator<Item = Record> {
        (0..total).step_by(capacity as usize).map(move |offset| Record {
            first: first + offset,
            count: capacity.min(total - offset),
            offset,
            total,
            accumulate: u32::from(offset > 0),
            ..self
        })
    }

    /// Whether the step ends with this pass.
    pub(crate) fn is_last(&self) -> bool {
        self.offset + self.count == self.total
    }
}

/// What `head` finds about an image.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Outcome {
    pub(crate) cross_entropy: f32,
    pub(crate) predicted: u32,
    pub(crate) hit: u32,
}

/// What `gradient_norm` finds about a step: `nin_net::StepMetrics` in the device's order.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct DeviceMetrics {
    pub(crate) loss: f32,
    pub(crate) hits: u32,
    pub(crate) count: u32,
    pub(crate) gradient_norm: f32,
}
