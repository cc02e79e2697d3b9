//! `--map-precision`: how a GPU stores maps between kernels.

use clap::{Args, ValueEnum};
use nin_net::MapPrecision;

/// How maps are stored.
#[derive(Debug, Args)]
pub struct MapArguments {
    /// How a GPU stores the maps that training keeps between kernels: `f32`, or `f16` in half the memory, rounded to 11 bits; otherwise as
    /// the recipe says. Everything is computed in f32 either way.
    #[arg(long, value_enum)]
    map_precision: Option<Choice>,
}

/// Values of `--map-precision`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Choice {
    F32,
    F16,
}

impl MapArguments {
    /// What is asked for, if anything is.
    pub fn precision(&self) -> Option<MapPrecision> {
        self.map_precision.map(|choice| match choice {
            Choice::F32 => MapPrecision::F32,
            Choice::F16 => MapPrecision::F16,
        })
    }
}
