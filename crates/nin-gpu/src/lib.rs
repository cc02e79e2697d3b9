//! The network on wgpu: fused WGSL kernels for forward, backward and optimizer, on Vulkan, Metal, DirectX 12 and WebGPU.
//!
//! It is not where a network is described (`nin-net`) nor where a run is steered (`nin-train`): [`GpuEngine`] keeps the
//! contract [`nin_net::Engine`], nothing else.
//!
//! ```no_run
//! use nin_gpu::{GpuEngine, GpuOptions};
//! use nin_net::Engine;
//!
//! # async fn open() -> Result<(), nin_net::EngineError> {
//! for adapter in GpuEngine::adapters().await {
//!     println!("{} on {}", adapter.name, adapter.backend);
//! }
//! let engine = GpuEngine::new(&GpuOptions::default()).await?;
//! println!("computing on {}", engine.info().name);
//! # Ok(())
//! # }
//! ```

mod adapter;
mod autotune;
mod buffers;
mod ceilings;
mod constants;
mod cost;
mod device;
mod engine;
mod expression;
mod images;
mod inference;
mod kernel;
mod memory;
mod network;
mod oneshot;
mod packing;
mod passes;
mod profile;
mod record;
mod segment;
mod segment_kernels;
mod template;
mod tiled;
mod tiles;
mod training;

pub use adapter::{AdapterSummary, GpuOptions, WeightSums};
pub use autotune::{Autotune, TuningTable};
pub use engine::GpuEngine;
