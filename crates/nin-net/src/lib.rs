//! What a network **is**: its spec, shapes, PyTorch names, initial values, growth and files, and the contract
//! ([`Engine`]) with whatever computes it.
//!
//! It is not where anything is computed: no device, no clock, no threads, no files but bytes.
//!
//! ```
//! use nin_net::{BlockSpec, Head, Layout, NetworkSpec, Pool};
//!
//! let spec = NetworkSpec {
//!     resolution: 28,
//!     head: Head::Global,
//!     blocks: vec![BlockSpec { kernel: 3, channels: vec![10, 10], relu: vec![], pool: Pool::Max(2) }],
//! };
//! let layout = Layout::new(&spec)?;
//! assert_eq!(layout.logits, 10);
//! assert_eq!(layout.convolutions[1].weight_name(), "features.2.weight");
//! # Ok::<(), nin_net::SpecError>(())
//! ```

mod ceilings;
mod checks;
mod engine;
mod error;
mod files;
mod growth;
mod image;
mod initial;
mod layout;
mod map_precision;
mod onnx;
mod optimizer;
mod profile;
mod pytorch;
mod random;
mod spec;

pub use ceilings::{Ceilings, best_rate};
pub use engine::*;
pub use error::SpecError;
pub use files::{FileError, load_pytorch, load_tensors, read_metadata, save_tensors};
pub use growth::{Carry, Grown, Growth, GrowthError, GrowthStart, grow};
pub use image::{IMAGE_SIDE, MEAN, STANDARD_DEVIATION, normalise};
pub use initial::{Initial, initial_parameters};
pub use layout::{BlockLayout, CLASSES, Convolution, Layout, MAX_CHANNELS, MAX_KERNEL, MAX_RESOLUTION};
pub use map_precision::MapPrecision;
pub use onnx::{OnnxOptions, onnx};
pub use optimizer::{OptimizerKind, OptimizerSpec};
pub use profile::{KernelCost, Profile, median};
pub use pytorch::pytorch_snippet;
pub use random::{RANDOM_VERSION, Random, Stream};
pub use spec::{BlockSpec, Head, NetworkSpec, Pool};
