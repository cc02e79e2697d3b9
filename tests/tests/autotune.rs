//! Trying kernels in several shapes: it is remembered, and changes nothing but time.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use libtest_mimic::Arguments;
use nin_gpu::{Autotune, GpuEngine, GpuOptions, TuningTable};
use nin_net::{Engine, EpochPlan, Head, NetworkState, OptimizerSpec, Split, Step};
use nin_tests::networks::{Images, state, v2};
use nin_tests::{autotune, gpu_trial};
use pollster::block_on;

fn main() {
    let trials = vec![
        gpu_trial("what_was_tried_is_remembered", what_was_tried_is_remembered),
        gpu_trial("shapes_change_no_bit", shapes_change_no_bit),
        gpu_trial("software_adapters_are_spared", software_adapters_are_spared),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Where four steps lead.
fn train(autotune: Option<Autotune>) -> NetworkState {
    let options =
        GpuOptions { allow_software: true, autotune: autotune.map(Arc::new), ..GpuOptions::default() };
    let (spec, images) = (v2(14, Head::Global), Images::random(20, 28, 8));
    let step = |first| Step { first, count: 5, learning_rate: 0.01 };
    block_on(async {
        let mut engine = GpuEngine::new(&options).await.unwrap();
        engine.load_images(Split::Train, images.as_set()).await.unwrap();
        engine.load_network(&spec, 5, &OptimizerSpec::adam(), &state(&spec, 4)).await.unwrap();
        engine.begin_epoch(&EpochPlan { order: (0..20).collect(), transforms: vec![] }).unwrap();
        engine.enqueue(&[0, 5, 10, 15].map(step)).unwrap();
        engine.finish().await.unwrap();
        engine.state().await.unwrap()
    })
}

fn what_was_tried_is_remembered() {
    let (first, kept) = autotune(TuningTable::default());
    train(Some(first.with_software()));
    let found = kept.lock().unwrap().last().cloned().unwrap();
    // Three blocks forward, two of them back to their input.
    assert_eq!(found.len(), 5, "{found:?}");
    let json = serde_json::to_string(&found).unwrap();
    let read: TuningTable = serde_json::from_str(&json).unwrap();
    assert_eq!(read, found);
    let (second, kept) = autotune(read);
    train(Some(second.with_software()));
    assert!(kept.lock().unwrap().is_empty(), "nothing was tried again");
}

fn shapes_change_no_bit() {
    let expected = train(None);
    let (tried, kept) = autotune(TuningTable::default());
    assert_eq!(train(Some(tried.with_software())), expected);
    // Whatever was fastest: each of the other shapes, for all kernels that know it.
    let found = serde_json::to_value(kept.lock().unwrap().last().unwrap()).unwrap();
    for (lanes, patch) in [(64, [1, 1]), (128, [1, 2]), (256, [2, 2])] {
        let mut table = found.clone();
        for kernels in table.as_object_mut().unwrap().values_mut() {
            for shape in kernels.as_object_mut().unwrap().values_mut() {
                *shape = serde_json::json!({ "lanes": lanes, "patch": patch });
            }
        }
        let (given, _) = autotune(serde_json::from_value(table).unwrap());
        assert_eq!(train(Some(given.with_software())), expected, "{lanes} lanes, patches of {patch:?}");
    }
}

fn software_adapters_are_spared() {
    let adapter = &block_on(GpuEngine::adapters())[0];
    let (tried, kept) = autotune(TuningTable::default());
    train(Some(tried));
    assert_eq!(kept.lock().unwrap().is_empty(), adapter.software);
}
