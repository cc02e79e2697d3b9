//! What a screen reader reads in a browser. egui describes its screens as a tree of nodes, which eframe gives to the
//! system on a desktop and drops in a browser; here it is mirrored into elements beside the canvas.
//!
//! The mirror is always there, with no switch to find first: it costs an idle page nothing and a busy one little, and
//! voice control, translation and search find the same elements. There is one focus, egui's. The keyboard stays where
//! eframe has it, so Tab, shortcuts and drawing by keys work as without a mirror, and `aria-activedescendant` says which
//! element egui's focus is on. An element that a screen reader clicks or focuses becomes a request to egui.

#[cfg(any(test, target_arch = "wasm32"))]
mod line;
#[cfg(target_arch = "wasm32")]
mod mirror;
#[cfg(target_arch = "wasm32")]
mod plugin;

#[cfg(target_arch = "wasm32")]
pub use plugin::Reader;
