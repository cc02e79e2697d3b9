//! How the maps between kernels are stored.

use serde::{Deserialize, Serialize};

use crate::EngineError;

/// How an engine stores what training keeps of an image between kernels: the input of each block, or of each layer where a block
/// is computed layer by layer. Everything is computed in f32 whatever this says, and so are parameters and gradients kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapPrecision {
    /// As it was computed: 4 bytes a value.
    #[default]
    F32,
    /// Rounded to the 11 significant bits of f16: 2 bytes a value, and results that differ from f32's by such roundings. Values
    /// beyond 65,504 do not fit. Only on a GPU that has f16.
    F16,
}

impl MapPrecision {
    /// Whether it is f32.
    pub fn is_f32(&self) -> bool {
        *self == MapPrecision::F32
    }

    /// What `who` says that has no f16.
    pub fn unsupported(who: &str) -> EngineError {
        EngineError::NoAdapter(format!(
            "{who} cannot store maps as f16: take a GPU that has f16 (`nin info` lists what each has), or a map precision of f32"
        ))
    }
}
