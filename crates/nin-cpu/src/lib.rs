//! The network on the CPU: the twin of every shader, vectorised and threaded.
//!
//! [`CpuEngine`] computes what [`nin_net`] describes, and nothing else: it reads no files, draws no random numbers and
//! knows neither epochs nor recipes. It is not a general tensor library.
//!
//! Vector lanes are images: 16 of them go through the network together, so that convolution, ReLU, pooling and their
//! gradients are elementwise over lanes. Groups of 16 are what threads share out, and pieces of their rows, where maps are large
//! enough. Instructions (AVX-512, AVX2, NEON,
//! wasm's simd128) are chosen when the engine starts; the number of threads never changes a bit of a result.
//!
//! ```
//! use nin_cpu::CpuEngine;
//! use nin_net::*;
//!
//! # pollster::block_on(async {
//! let block = BlockSpec { kernel: 3, channels: vec![4, 10], relu: vec![true, false], pool: Pool::Max(2) };
//! let spec = NetworkSpec { resolution: 8, head: Head::Global, blocks: vec![block] };
//! let layout = Layout::new(&spec)?;
//! let parameters = initial_parameters(&layout, Initial::Kaiming, &mut Random::new(1, Stream::Initial, 0));
//!
//! let (images, labels) = ([[0; 64], [200; 64]].concat(), [0, 1]);
//! let mut engine = CpuEngine::new(None)?;
//! engine.load_images(Split::Train, ImageSet { side: 8, images: &images, labels: &labels }).await?;
//! engine.load_network(&spec, 2, &OptimizerSpec::adam(), &NetworkState::new(parameters)).await?;
//! engine.begin_epoch(&EpochPlan { order: vec![1, 0], transforms: vec![] })?;
//! engine.enqueue(&[Step { first: 0, count: 2, learning_rate: 0.02 }; 30])?;
//! let metrics = engine.finish().await?;
//! assert!(metrics[29].loss < metrics[0].loss);
//! # Ok::<(), EngineError>(())
//! # })?;
//! # Ok::<(), EngineError>(())
//! ```

mod activations;
mod batch;
mod block;
mod ceilings;
mod chunks;
mod convolve;
mod cost;
mod engine;
mod gather;
mod head;
mod images;
mod lanes;
mod map;
mod network;
mod optimizer;
mod packing;
mod piece;
mod pieces;
mod pool;
mod profile;
mod simd;
mod threads;
mod weight_gradient;
mod workspace;

pub use activations::{Activation, activations};
pub use engine::CpuEngine;
