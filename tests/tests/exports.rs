//! What other programs compute with our files: onnxruntime, and PyTorch where the variable `NIN_PYTHON` names a Python
//! that has it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use libtest_mimic::Arguments;
use nin_net::{
    BlockSpec, Engine, Head, Layout, NetworkSpec, OnnxOptions, OptimizerSpec, Pool, Split, normalise, onnx,
    pytorch_snippet, save_tensors,
};
use nin_tests::cpu;
use nin_tests::networks::{Images, any_network, state, v2};
use nin_tests::python::{python, python_trial};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Networks that nobody wrote down.
const NETWORKS: usize = 24;
/// Largest difference of a logit.
const BOUND: f32 = 1e-5;

fn main() {
    let arguments = Arguments::from_args();
    let trials = vec![
        python_trial("onnx_of_values", &["numpy", "onnxruntime"], || onnx_agrees(false)),
        python_trial("onnx_of_bytes", &["numpy", "onnxruntime"], || onnx_agrees(true)),
        python_trial("pytorch", &["numpy", "safetensors.torch", "torch"], pytorch_agrees),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// The experiment's networks, the largest kernel, and some of any kind.
fn networks() -> Vec<NetworkSpec> {
    let wide = BlockSpec { kernel: 11, channels: vec![12], relu: vec![false], pool: Pool::Average(3) };
    let mut networks = vec![
        v2(28, Head::Global),
        v2(16, Head::Quadrant),
        v2(224, Head::Quadrant),
        NetworkSpec { resolution: 28, head: Head::Global, blocks: vec![wide] },
    ];
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    networks.extend((0..NETWORKS).map(|_| any_network().new_tree(&mut runner).unwrap().current()));
    networks
}

fn onnx_agrees(with_preprocessing: bool) {
    let folder = tempfile::tempdir().unwrap();
    let expected = networks().into_iter().enumerate().map(|(number, spec)| {
        let layout = Layout::new(&spec).unwrap();
        let parameters = state(&spec, number as u64).parameters;
        let options = OnnxOptions { with_preprocessing, ..OnnxOptions::default() };
        let side = if with_preprocessing { 28 } else { spec.resolution };
        let images = Images::random(5, side, number as u64);
        let bytes = images.as_set().images;
        let values = bytes.iter().flat_map(|&byte| normalise(byte).to_le_bytes());
        let input = if with_preprocessing { bytes.to_vec() } else { values.collect() };
        let file = |ending: &str| folder.path().join(format!("{number:02}.{ending}"));
        fs::write(file("onnx"), onnx(&layout, &parameters, &options).unwrap()).unwrap();
        fs::write(file("input"), input).unwrap();
        (file("logits"), logits(&spec, &images, number as u64), spec)
    });
    let expected: Vec<_> = expected.collect();
    python("onnx_logits.py", folder.path());
    expected.iter().for_each(|(file, logits, spec)| assert_close(file, logits, spec));
}

fn pytorch_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let expected = networks().into_iter().enumerate().map(|(number, spec)| {
        let layout = Layout::new(&spec).unwrap();
        let parameters = state(&spec, number as u64).parameters;
        let images = Images::random(5, 28, number as u64);
        let file = |ending: &str| folder.path().join(format!("{number:02}.{ending}"));
        // As in a checkpoint: there is more in the file than the parameters.
        let groups = [("", parameters.as_slice()), ("first_moment.", &parameters)];
        fs::write(file("safetensors"), save_tensors(&layout, &groups, &Default::default()).unwrap()).unwrap();
        fs::write(file("py"), pytorch_snippet(&layout, file("safetensors").to_str().unwrap())).unwrap();
        fs::write(file("input"), images.as_set().images).unwrap();
        (file("logits"), logits(&spec, &images, number as u64), spec)
    });
    let expected: Vec<_> = expected.collect();
    python("pytorch_logits.py", folder.path());
    expected.iter().for_each(|(file, logits, spec)| assert_close(file, logits, spec));
}

/// Our own logits with the parameters that [`state`] makes of `seed`.
fn logits(spec: &NetworkSpec, images: &Images, seed: u64) -> Vec<f32> {
    let mut engine = cpu(2);
    pollster::block_on(async {
        engine.load_images(Split::Test, images.as_set()).await.unwrap();
        engine
            .load_network(spec, images.count(), &OptimizerSpec::sgd(0.0), &state(spec, seed))
            .await
            .unwrap();
        engine.predict(images.as_set().images).await.unwrap()
    })
}

fn assert_close(file: &Path, expected: &[f32], spec: &NetworkSpec) {
    let bytes = fs::read(file).unwrap();
    let found: Vec<f32> = bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
    assert_eq!(found.len(), expected.len(), "{spec:?}");
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let largest = differences.fold(0.0, |largest: f32, difference| match difference.is_nan() {
        true => f32::INFINITY,
        false => largest.max(difference),
    });
    assert!(largest <= BOUND, "a logit is off by {largest:e}, of {expected:?}: {spec:?}");
}
