//! nin in a browser: the page, a worker that trains and one that looks at networks. This crate is what a browser loads,
//! nothing else: on other targets only the [`Request`]s and [`Reply`]s between them are left of it.
//!
//! The trainer owns the engine (WebGPU, or the CPU through wasm's simd128), fetches the digits and keeps a run's files in
//! the browser's database; the viewer answers looks on the CPU. `web/worker.js` starts either.

mod message;

#[cfg(target_arch = "wasm32")]
mod address;
#[cfg(target_arch = "wasm32")]
mod colleague;
#[cfg(target_arch = "wasm32")]
mod digits;
#[cfg(target_arch = "wasm32")]
mod engines;
#[cfg(target_arch = "wasm32")]
mod errands;
#[cfg(target_arch = "wasm32")]
mod event_loop;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
mod life;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod post;
mod reader;
#[cfg(target_arch = "wasm32")]
mod store;
#[cfg(target_arch = "wasm32")]
mod trainer;
#[cfg(target_arch = "wasm32")]
mod viewer;
#[cfg(target_arch = "wasm32")]
mod world;

pub use message::{Reply, Request};
#[cfg(target_arch = "wasm32")]
pub use page::Page;
#[cfg(target_arch = "wasm32")]
pub use trainer::start_trainer;
#[cfg(target_arch = "wasm32")]
pub use viewer::start_viewer;
