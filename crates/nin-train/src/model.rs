//! A network with its parameters.

use nin_net::NetworkSpec;
use serde::{Deserialize, Serialize};

/// A trained network to look at and to ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What people call it.
    pub name: String,
    /// What it is.
    pub spec: NetworkSpec,
    /// Flat, in the order of [`Layout`](nin_net::Layout).
    pub parameters: Vec<f32>,
}
