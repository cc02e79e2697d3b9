//! The CPU engine against a naive f64 network, and against its contract.

#![allow(clippy::unwrap_used)]

mod activations;
mod cases;
mod contract;
mod gradients;
mod optimizers;
mod reference;
