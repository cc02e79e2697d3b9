//! A training **run**: recipe → stages → epochs → events, with metrics, checkpoints and the [`Command`]/[`Event`]
//! protocol.
//!
//! It computes nothing itself (an [`Engine`](nin_net::Engine) does) and shows nothing (whoever reads the events does).
//!
//! ```
//! use nin_train::{Recipe, ScheduleKind};
//!
//! let mut recipe = Recipe::built_in("modern")?;
//! recipe.select_stages(&["v0", "v1"])?;
//! assert_eq!(recipe.stages.len(), 2);
//! assert_eq!(recipe.stages[0].schedule.kind, ScheduleKind::OneCycle);
//! assert_eq!(Recipe::from_toml(&recipe.to_toml()?)?, recipe);
//! # Ok::<(), nin_train::RecipeError>(())
//! ```

mod checkpoint;
mod control;
mod curves;
mod dead;
mod epoch;
mod error;
#[cfg(not(target_arch = "wasm32"))]
mod folder;
pub mod format;
pub mod golden;
mod host;
mod metrics;
mod model;
mod nearest;
mod pace;
mod predict;
mod protocol;
mod recipe;
mod recovery;
mod run;
mod run_list;
mod saving;
mod schedule;
mod stage;
mod svg;
#[cfg(not(target_arch = "wasm32"))]
mod tensorboard;
#[cfg(not(target_arch = "wasm32"))]
mod thread_host;
mod view;
mod watch;
#[cfg(not(target_arch = "wasm32"))]
mod whole_file;

pub use checkpoint::{Checkpoint, DataIdentity, EpochSums, Progress};
pub use curves::curves_svg;
pub use dead::{dead_channels, dead_note, dead_warning};
pub use error::{CheckpointError, RecipeError, RunError, SaveError};
#[cfg(not(target_arch = "wasm32"))]
pub use folder::RunFolder;
pub use host::Host;
pub use metrics::*;
pub use model::Model;
pub use predict::predict;
pub use protocol::*;
pub use recipe::{BUILT_IN, Recipe, Stage};
pub use run::{Outcome, resume, train};
#[cfg(not(target_arch = "wasm32"))]
pub use run_list::list_runs;
pub use run_list::{RunEntry, RunFiles, RunStage, RunState};
pub use schedule::{Schedule, ScheduleKind};
#[cfg(not(target_arch = "wasm32"))]
pub use tensorboard::TensorBoard;
#[cfg(not(target_arch = "wasm32"))]
pub use thread_host::ThreadHost;
pub use view::*;
#[cfg(not(target_arch = "wasm32"))]
pub use whole_file::save_file;

/// File of the newest checkpoint.
pub const CHECKPOINT: &str = "last.safetensors";
/// File of the checkpoint before.
pub const PREVIOUS: &str = "previous.safetensors";
