//! The network as it is drawn: layers in their blocks, which of them are new, dead, learning.

use nin_net::{Convolution, Layout};
use nin_train::{DeadChannels, LayerGradient};

use crate::run_view::RunView;

/// Where a layer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It started with the run.
    First,
    /// It was carried over from the stage before.
    Carried,
    /// It came with this stage.
    New,
}

impl Origin {
    /// Its word on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Origin::First => "",
            Origin::Carried => "carried",
            Origin::New => "new",
        }
    }
}

/// A convolution as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerView {
    /// PyTorch's name.
    pub name: String,
    /// What it is and where its parameters lie.
    pub convolution: Convolution,
    /// Where it comes from.
    pub origin: Origin,
    /// Its dead channels.
    pub dead: Vec<usize>,
    /// How much it would learn now.
    pub gradient: Option<LayerGradient>,
}

impl LayerView {
    /// The layers of a network; `run` tells which are new and which channels are dead, if it is the run's.
    pub fn all(layout: &Layout, run: Option<&RunView>, gradients: &[LayerGradient]) -> Vec<LayerView> {
        let view = |(index, convolution): (usize, &Convolution)| {
            let name = format!("features.{}", convolution.module);
            let origin = match run {
                Some(run) if run.new_layers.contains(&name) => Origin::New,
                Some(run) if run.grown => Origin::Carried,
                _ => Origin::First,
            };
            let dead = run.map_or(Vec::new(), |run| dead(&run.dead, &name));
            let gradient = gradients.get(index).filter(|gradient| gradient.layer == name).cloned();
            LayerView { name, convolution: convolution.clone(), origin, dead, gradient }
        };
        layout.convolutions.iter().enumerate().map(view).collect()
    }

    /// `3×3, 1 to 10`.
    pub fn shape(&self) -> String {
        let Convolution { kernel, in_channels, out_channels, .. } = self.convolution;
        format!("{kernel}×{kernel}, {in_channels} to {out_channels}")
    }

    /// Weights and biases.
    pub fn parameters(&self) -> usize {
        self.convolution.weight_count() + self.convolution.out_channels
    }
}

fn dead(channels: &[DeadChannels], layer: &str) -> Vec<usize> {
    channels.iter().find(|dead| dead.layer == layer).map_or(Vec::new(), |dead| dead.channels.clone())
}
