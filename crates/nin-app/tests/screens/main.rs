//! The screens as a user meets them: by accessible names, mouse and keyboard, over real small runs.

// The helpers are tests too, though they lie outside of `#[test]` functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod draw;
mod lists;
mod names;
mod start;
mod train;
mod world;
