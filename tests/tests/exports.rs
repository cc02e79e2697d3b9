//! What other programs compute with our files: onnxruntime, and PyTorch where the variable `NIN_PYTHON` names a Python
//! that has it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use libtest_mimic::Arguments;
use nin_net::{
    BlockSpec, Engine, Head, ImageSet, Layout, NetworkSpec, NetworkState, OnnxOptions, OptimizerSpec, Pool,
    Split, normalise, onnx, pytorch_snippet, save_tensors,
};
use nin_tests::cpu;
use nin_tests::networks::{Images, any_network, state, v2};
use nin_tests::python::{python, python_trial};
use nin_train::Model;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Networks that nobody wrote down.
const NETWORKS: usize = 24;
/// Largest difference of a logit up to ten; beyond, a millionth of the largest one, where a rounding alone is a tenth of that.
const BOUND: f32 = 1e-5;

fn main() {
    let arguments = Arguments::from_args();
    let onnx = ["numpy", "onnxruntime"];
    let torch = ["numpy", "safetensors.torch", "torch"];
    let trials = vec![
        python_trial("onnx_of_values", &onnx, || onnx_agrees(&any_networks(None), false)),
        python_trial("onnx_of_bytes", &onnx, || onnx_agrees(&any_networks(Some(28)), true)),
        python_trial("onnx_of_the_shipped_model", &onnx, || onnx_agrees(&[shipped()], true)),
        python_trial("pytorch", &torch, || pytorch_agrees(&any_networks(Some(28)))),
        python_trial("pytorch_of_the_shipped_model", &torch, || pytorch_agrees(&[shipped()])),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// A network and what it is asked.
struct Case {
    spec: NetworkSpec,
    parameters: Vec<f32>,
    side: usize,
    images: Vec<u8>,
}

/// The experiment's networks, the largest kernel, and some of any kind, on images of this side, or as large as their input.
fn any_networks(side: Option<usize>) -> Vec<Case> {
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
    let case = |(number, spec): (usize, NetworkSpec)| {
        let side = side.unwrap_or(spec.resolution);
        let images = Images::random(5, side, number as u64).as_set().images.to_vec();
        Case { parameters: state(&spec, number as u64).parameters, spec, side, images }
    };
    networks.into_iter().enumerate().map(case).collect()
}

/// The model that comes with the program, on the test digits.
fn shipped() -> Case {
    let model = Model::shipped().unwrap();
    let test = nin_data::embedded().unwrap().test;
    Case { spec: model.spec, parameters: model.parameters, side: test.side, images: test.images }
}

fn onnx_agrees(cases: &[Case], with_preprocessing: bool) {
    let folder = tempfile::tempdir().unwrap();
    for (number, case) in cases.iter().enumerate() {
        let options = OnnxOptions { with_preprocessing, ..OnnxOptions::default() };
        let layout = Layout::new(&case.spec).unwrap();
        let values = case.images.iter().flat_map(|&byte| normalise(byte).to_le_bytes());
        let input = if with_preprocessing { case.images.clone() } else { values.collect() };
        let file = |ending: &str| folder.path().join(format!("{number:02}.{ending}"));
        fs::write(file("onnx"), onnx(&layout, &case.parameters, &options).unwrap()).unwrap();
        fs::write(file("input"), input).unwrap();
    }
    python("onnx_logits.py", folder.path());
    logits_agree(cases, folder.path());
}

fn pytorch_agrees(cases: &[Case]) {
    let folder = tempfile::tempdir().unwrap();
    for (number, case) in cases.iter().enumerate() {
        let layout = Layout::new(&case.spec).unwrap();
        let file = |ending: &str| folder.path().join(format!("{number:02}.{ending}"));
        // As in a checkpoint: there is more in the file than the parameters.
        let groups = [("", case.parameters.as_slice()), ("first_moment.", &case.parameters)];
        fs::write(file("safetensors"), save_tensors(&layout, &groups, &Default::default()).unwrap()).unwrap();
        fs::write(file("py"), pytorch_snippet(&layout, file("safetensors").to_str().unwrap())).unwrap();
        fs::write(file("input"), &case.images).unwrap();
    }
    python("pytorch_logits.py", folder.path());
    logits_agree(cases, folder.path());
}

/// Compares what Python left in a folder with our own logits.
fn logits_agree(cases: &[Case], folder: &Path) {
    for (number, case) in cases.iter().enumerate() {
        let bytes = fs::read(folder.join(format!("{number:02}.logits"))).unwrap();
        let found: Vec<f32> = bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
        let expected = logits(case);
        assert_eq!(found.len(), expected.len(), "{:?}", case.spec);
        let largest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).max_by(f32::total_cmp).unwrap();
        let reach = expected.iter().map(|logit| logit.abs()).fold(0.0, f32::max);
        let bound = BOUND * (reach / 10.0).max(1.0);
        assert!(
            largest <= bound,
            "network {number}: a logit is off by {largest:e}, the largest is {reach}: {:?}",
            case.spec
        );
    }
}

/// Our own logits.
fn logits(case: &Case) -> Vec<f32> {
    let mut engine = cpu(2);
    let labels = vec![0; case.images.len() / (case.side * case.side)];
    let images = ImageSet { side: case.side, images: &case.images, labels: &labels };
    let state = NetworkState::new(case.parameters.clone());
    pollster::block_on(async {
        engine.load_images(Split::Test, images).await.unwrap();
        engine.load_network(&case.spec, 60, &OptimizerSpec::sgd(0.0), &state).await.unwrap();
        engine.predict(&case.images).await.unwrap()
    })
}
