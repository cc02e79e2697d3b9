//! A training run from outside: recipes, schedules, events, commands, files, resuming, failing.

// The helpers are tests too, though they lie outside of `#[test]` functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod control;
mod dead;
mod failures;
mod log;
mod model;
mod mutated;
mod recipe;
mod resume;
mod run;
mod run_list;
mod schedule;
mod tensorboard;
mod view;
