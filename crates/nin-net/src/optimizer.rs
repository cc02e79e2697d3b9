//! How a gradient becomes an update.

use serde::{Deserialize, Serialize};

/// The rule that turns a gradient into an update. The learning rate comes with each [`Step`](crate::Step).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerSpec {
    /// Which rule.
    pub kind: OptimizerKind,
    /// SGD: `v ← momentum·v + g`, `p ← p − lr·v` (PyTorch's, no dampening).
    #[serde(default)]
    pub momentum: f32,
    /// Adam's β₁.
    #[serde(default = "default_beta1")]
    pub beta1: f32,
    /// Adam's β₂.
    #[serde(default = "default_beta2")]
    pub beta2: f32,
    /// Adam's ε, added to the root of the bias-corrected second moment.
    #[serde(default = "default_epsilon")]
    pub epsilon: f32,
    /// SGD, Adam: `g ← g + decay·p`. AdamW: `p ← p − lr·decay·p` before the update. Of weights and biases alike, as in PyTorch.
    #[serde(default)]
    pub weight_decay: f32,
    /// Scale the gradient so that its norm is at most this (before weight decay); 0 means never.
    #[serde(default)]
    pub clip_norm: f32,
}

/// Which update rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Stochastic gradient descent, with momentum.
    Sgd,
    /// Adam (Kingma & Ba 2014), weight decay added to the gradient.
    Adam,
    /// AdamW (Loshchilov & Hutter 2017), weight decay decoupled.
    AdamW,
}

fn default_beta1() -> f32 {
    0.9
}

fn default_beta2() -> f32 {
    0.999
}

fn default_epsilon() -> f32 {
    1e-8
}

impl OptimizerSpec {
    /// Plain or momentum SGD.
    pub fn sgd(momentum: f32) -> Self {
        OptimizerSpec {
            kind: OptimizerKind::Sgd,
            momentum,
            beta1: default_beta1(),
            beta2: default_beta2(),
            epsilon: default_epsilon(),
            weight_decay: 0.0,
            clip_norm: 0.0,
        }
    }

    /// Adam with its paper's constants.
    pub fn adam() -> Self {
        OptimizerSpec { kind: OptimizerKind::Adam, ..OptimizerSpec::sgd(0.0) }
    }
}
