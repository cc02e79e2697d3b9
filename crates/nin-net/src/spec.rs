//! What a user writes down to describe a network.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A Network-in-Network: blocks of `conv k×k → 1×1 … → pool`, then a pooling head.
///
/// Input is `[N, 1, resolution, resolution]`. [`NetworkSpec::layout`](crate::Layout) checks it and derives shapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// Side of the square input, in pixels. Images of another size are resized bilinearly.
    pub resolution: usize,
    /// How the last feature maps become logits.
    pub head: Head,
    /// The mlpconv blocks, first to last.
    pub blocks: Vec<BlockSpec>,
}

/// One mlpconv block: a k×k convolution (stride 1, padding k/2), any number of 1×1 convolutions, a pooling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockSpec {
    /// Side of the first convolution's kernel: odd, 1 to 11.
    pub kernel: usize,
    /// Output channels of each convolution: the k×k first, then the 1×1s.
    pub channels: Vec<usize>,
    /// Whether a ReLU follows each convolution; empty means: after every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relu: Vec<bool>,
    /// What closes the block.
    pub pool: Pool,
}

impl BlockSpec {
    /// Whether a ReLU follows the block's convolution `index`.
    pub fn relu_after(&self, index: usize) -> bool {
        self.relu.get(index).copied().unwrap_or(true)
    }
}

/// How the last block's maps `[N, C, S, S]` become logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// Mean over the whole map: `C` logits (the paper's global average pooling).
    Global,
    /// Means over the four quadrants, flattened: `4·C` logits, index `channel·4 + y·2 + x` (the blog's code as printed).
    Quadrant,
}

/// Pooling with stride equal to its side; a remainder at the right and bottom edge is dropped, as in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Pool {
    /// No pooling and no module: written `"none"`.
    None,
    /// Maximum over `n×n`: written `"max2"`. The gradient goes to the first maximum in row-major order.
    Max(usize),
    /// Mean over `n×n`: written `"average2"`.
    Average(usize),
}

impl Pool {
    /// Side and stride of the window; 1 for [`Pool::None`].
    pub fn size(self) -> usize {
        match self {
            Pool::None => 1,
            Pool::Max(size) | Pool::Average(size) => size,
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pool::None => write!(f, "none"),
            Pool::Max(size) => write!(f, "max{size}"),
            Pool::Average(size) => write!(f, "average{size}"),
        }
    }
}

impl From<Pool> for String {
    fn from(pool: Pool) -> String {
        pool.to_string()
    }
}

impl TryFrom<String> for Pool {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let size_after =
            |prefix: &str| text.strip_prefix(prefix)?.parse::<usize>().ok().filter(|n| (2..=8).contains(n));
        if text == "none" {
            Ok(Pool::None)
        } else if let Some(size) = size_after("max") {
            Ok(Pool::Max(size))
        } else if let Some(size) = size_after("average") {
            Ok(Pool::Average(size))
        } else {
            Err(format!(
                "pool `{text}` is not known: write \"none\", or \"max\" or \"average\" and a side from 2 to 8, as in \"max2\""
            ))
        }
    }
}
