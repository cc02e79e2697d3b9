//! What the tests in `tests/` share. Not a place for anything that ships.
//!
//! ```
//! let trials = vec![nin_tests::cpu_trial("adds", || assert_eq!(1 + 1, 2))];
//! assert_eq!(trials.len(), 1);
//! ```

#![allow(clippy::expect_used)]

pub mod fragile;
pub mod networks;
pub mod python;
pub mod training;

use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use nin_cpu::CpuEngine;
use nin_gpu::{Autotune, GpuEngine, GpuOptions, TuningTable, WeightSums};

/// A test of the CPU engine.
pub fn cpu_trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(format!("cpu::{}", name.into()), move || {
        test();
        Ok(())
    })
}

/// A test that needs an adapter, be it a software one: shown as ignored where there is none.
pub fn gpu_trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    on_adapter(!pollster::block_on(GpuEngine::adapters()).is_empty(), name, test)
}

/// A test that needs an adapter with f16: shown as ignored where the one that [`gpu`] takes has none.
pub fn f16_trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    let adapters = pollster::block_on(GpuEngine::adapters());
    let has_f16 = adapters.first().is_some_and(|adapter| adapter.features.iter().any(|name| name == "f16"));
    on_adapter(has_f16, name, test)
}

fn on_adapter(there: bool, name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    let trial = Trial::test(format!("gpu::{}", name.into()), move || {
        test();
        Ok(())
    });
    trial.with_ignored_flag(!there)
}

/// The CPU engine with so many threads.
pub fn cpu(threads: usize) -> CpuEngine {
    CpuEngine::new(Some(threads)).expect("the CPU engine starts")
}

/// The GPU engine on whatever adapter there is, as suits it.
pub fn gpu() -> GpuEngine {
    open(GpuOptions::default())
}

/// The GPU engine that adds up weight gradients this way, whatever suits the adapter.
pub fn gpu_with(sums: WeightSums) -> GpuEngine {
    open(GpuOptions { weight_sums: Some(sums), ..GpuOptions::default() })
}

/// The same, its invocations handing each other nothing, even on an adapter with subgroups.
pub fn gpu_without_subgroups(sums: WeightSums) -> GpuEngine {
    open(GpuOptions { weight_sums: Some(sums), subgroups: false, ..GpuOptions::default() })
}

fn open(options: GpuOptions) -> GpuEngine {
    let options = GpuOptions { allow_software: true, ..options };
    pollster::block_on(GpuEngine::new(&options)).expect("an adapter was listed, so the engine starts")
}

/// ‖found − expected‖ and ‖expected‖.
///
/// # Panics
/// If they are not as many.
pub fn distance(found: &[f32], expected: &[f32]) -> (f64, f64) {
    assert_eq!(found.len(), expected.len());
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let difference = norm(&mut found.iter().zip(expected).map(|(a, b)| f64::from(a - b)));
    (difference, norm(&mut expected.iter().map(|&b| f64::from(b))))
}

/// Asserts that ‖found − expected‖ ≤ bound · ‖expected‖.
///
/// # Panics
/// If they are further apart, or not as many.
pub fn assert_close(what: &str, found: &[f32], expected: &[f32], bound: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let (difference, norm) = distance(found, expected);
    assert!(difference <= bound * norm, "{what}: off by {difference:e}, norm {norm:e}");
}

/// Goes on from `table`; with it, every table that was to be kept.
pub fn autotune(table: TuningTable) -> (Autotune, Arc<Mutex<Vec<TuningTable>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let shelf = kept.clone();
    let keep = move |table: &TuningTable| shelf.lock().expect("no test panics here").push(table.clone());
    (Autotune::new(table, keep), kept)
}
