//! Wide layers, whose workgroups make tiles together: against the CPU twin, and the same bits whichever way is fastest.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use libtest_mimic::Arguments;
use nin_gpu::{Autotune, GpuEngine, GpuOptions, TuningTable, WeightSums};
use nin_net::{BlockSpec, Engine, Gradients, Head, NetworkSpec, OptimizerSpec, Pool};
use nin_tests::networks::{Images, state};
use nin_tests::{assert_close, autotune, cpu, gpu_trial};
use pollster::block_on;
use serde_json::json;

/// No multiple of a tile's patches.
const BATCH: usize = 5;

fn main() {
    let nets = [("ends_of_tiles", ends_of_tiles()), ("small_kernels", small_kernels()), ("means", means())];
    let trials = nets.map(|(name, spec)| gpu_trial(name, move || every_way_agrees(&spec))).into();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn block(kernel: usize, channels: &[usize], pool: Pool) -> BlockSpec {
    BlockSpec { kernel, channels: channels.to_vec(), relu: vec![], pool }
}

fn network(resolution: usize, blocks: Vec<BlockSpec>) -> NetworkSpec {
    NetworkSpec { resolution, head: Head::Global, blocks }
}

/// 5×5, 3×3 and 1×1 from 96 to 192 channels, odd sides, terms that fill no slab.
fn ends_of_tiles() -> NetworkSpec {
    network(13, vec![block(5, &[96, 97], Pool::Max(2)), block(3, &[192, 10], Pool::None)])
}

/// 1×1 and 3×3, with windows that are walked in parts.
fn small_kernels() -> NetworkSpec {
    network(
        15,
        vec![block(1, &[30, 33], Pool::None), block(3, &[70], Pool::Max(3)), block(1, &[10], Pool::None)],
    )
}

/// Means of 2×2 and of 3×3.
fn means() -> NetworkSpec {
    network(14, vec![block(3, &[40, 96], Pool::Average(2)), block(3, &[50, 10], Pool::Average(3))])
}

/// Shapes in which workgroups make tiles together, by how they are told apart: lanes, lanes side by side in channels, and a patch.
const TILED: [(usize, usize, [usize; 2]); 2] = [(64, 4, [2, 2]), (256, 8, [2, 4])];

fn every_way_agrees(spec: &NetworkSpec) {
    let default = gradients(spec, None);
    assert_eq!(gradients(spec, None), default, "the same twice");
    close_to_the_twin(spec, &default);
    let (tried, kept) = autotune(TuningTable::default());
    assert_eq!(gradients(spec, Some(tried.with_software())), default, "whatever was fastest");
    let found = serde_json::to_value(kept.lock().unwrap().last().unwrap()).unwrap();
    for (lanes, channel_lanes, patch) in TILED {
        let mut table = found.clone();
        for kernels in table.as_object_mut().unwrap().values_mut() {
            for (kernel, shape) in kernels.as_object_mut().unwrap() {
                // A window of 3×3 is walked row by row.
                let by_rows = kernel.starts_with("block_forward") && kernel.contains("(3)");
                let patch = if by_rows { [1, 3] } else { patch };
                *shape = json!({ "lanes": lanes, "channel_lanes": channel_lanes, "patch": patch });
            }
        }
        let (given, kept) = autotune(serde_json::from_value(table).unwrap());
        let found = gradients(spec, Some(given.with_software()));
        assert!(
            kept.lock().unwrap().is_empty(),
            "all kernels know {lanes} lanes, {channel_lanes} in channels"
        );
        assert!(found == default, "{lanes} lanes, {channel_lanes} in channels, patches of {patch:?}");
    }
}

/// On an adapter whose invocations are to work together, whatever suits it.
fn gradients(spec: &NetworkSpec, autotune: Option<Autotune>) -> Gradients {
    let options = GpuOptions {
        allow_software: true,
        weight_sums: Some(WeightSums::Shared),
        autotune: autotune.map(Arc::new),
        ..GpuOptions::default()
    };
    gradients_of(&mut block_on(GpuEngine::new(&options)).unwrap(), spec)
}

fn gradients_of(engine: &mut impl Engine, spec: &NetworkSpec) -> Gradients {
    let images = Images::random(BATCH, 14, 3);
    block_on(async {
        engine.load_network(spec, BATCH, &OptimizerSpec::sgd(0.0), &state(spec, 2)).await.unwrap();
        engine.gradients(images.as_set()).await.unwrap()
    })
}

fn close_to_the_twin(spec: &NetworkSpec, found: &Gradients) {
    let expected = gradients_of(&mut cpu(2), spec);
    assert_close("logits", &found.logits, &expected.logits, 1e-5);
    assert_close("loss", &[found.loss], &[expected.loss], 1e-5);
    assert_close("gradient", &found.gradient, &expected.gradient, 1e-4);
}
