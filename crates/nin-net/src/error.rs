//! What can be wrong with a spec or with named parameters.

use crate::Pool;

/// Why a [`NetworkSpec`](crate::NetworkSpec) cannot be built. Blocks are counted from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SpecError {
    /// Input side out of range.
    #[error("resolution is {found}: expected 1 to 512 pixels")]
    Resolution {
        /// What was asked for.
        found: usize,
    },
    /// No blocks at all.
    #[error("the network has no blocks: expected at least one")]
    NoBlocks,
    /// Even or too large kernel.
    #[error("block {block} has kernel {found}: expected an odd number from 1 to 11")]
    Kernel {
        /// Which block.
        block: usize,
        /// What was asked for.
        found: usize,
    },
    /// A block without convolutions.
    #[error("block {block} has no channels: expected one number per convolution")]
    NoConvolutions {
        /// Which block.
        block: usize,
    },
    /// A width out of range.
    #[error("block {block} has a layer of {found} channels: expected 1 to 256")]
    Channels {
        /// Which block.
        block: usize,
        /// What was asked for.
        found: usize,
    },
    /// `relu` and `channels` differ in length.
    #[error(
        "block {block} has {convolutions} convolutions but {found} entries in `relu`: expected one each, or none"
    )]
    ReluCount {
        /// Which block.
        block: usize,
        /// Convolutions in the block.
        convolutions: usize,
        /// Entries found.
        found: usize,
    },
    /// A pooling window out of range.
    #[error("block {block} pools by {found}: expected 2 to 8, or \"none\"")]
    PoolSize {
        /// Which block.
        block: usize,
        /// What was asked for.
        found: usize,
    },
    /// Nothing left after pooling.
    #[error(
        "block {block} pools a {side}×{side} map by {pool}: nothing is left; raise the resolution or pool less"
    )]
    PooledAway {
        /// Which block.
        block: usize,
        /// Side of its maps.
        side: usize,
        /// Its pooling.
        pool: Pool,
    },
    /// The quadrant head needs an even side.
    #[error(
        "the quadrant head needs a last map of even side, found {side}×{side}: change the resolution or use the global head"
    )]
    OddQuadrant {
        /// Side of the last map.
        side: usize,
    },
    /// Fewer logits than classes.
    #[error("the network makes {logits} logits: expected at least 10, one per digit")]
    TooFewLogits {
        /// What the head makes.
        logits: usize,
    },
}
