//! Where digits come from: embedded digits, folders of IDX files or pictures, downloads, drawings; and in which order an epoch
//! sees them.
//!
//! It is not where pixels become input values (engines do that, with [`nin_net::normalise`]), and it knows no network.
//! Everything but `open`, `fetchable` and `read_folder` also works in a browser.
//!
//! ```
//! let digits = nin_data::embedded()?;
//! assert_eq!((digits.train.len(), digits.test.len()), (8000, 2000));
//!
//! let augmentation = nin_data::Augmentation { rotation_degrees: 5.0, ..Default::default() };
//! let plan = nin_data::epoch_plan(digits.train.len(), 7, 0, &augmentation);
//! assert_eq!(plan.order.len(), 8000);
//! # Ok::<(), nin_data::DataError>(())
//! ```

#[cfg(not(target_arch = "wasm32"))]
mod cache;
#[cfg(not(target_arch = "wasm32"))]
mod collection;
mod dataset;
#[cfg(not(target_arch = "wasm32"))]
mod download;
mod drawing;
mod embedded;
mod error;
#[cfg(not(target_arch = "wasm32"))]
mod folder;
mod idx;
mod picture;
#[cfg(not(target_arch = "wasm32"))]
mod picture_folder;
mod plan;

#[cfg(not(target_arch = "wasm32"))]
pub use cache::{Fetchable, fetchable};
pub use dataset::{Dataset, Digits};
pub use drawing::{Ink, Stroke, digit_from_strokes, normalise_drawing};
pub use embedded::{embedded, embedded_from_files};
pub use error::DataError;
#[cfg(not(target_arch = "wasm32"))]
pub use folder::{open, read_folder};
pub use idx::from_idx_files;
pub use picture::read_picture;
pub use plan::{Augmentation, epoch_plan};
