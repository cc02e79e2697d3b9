//! Every shader against its CPU twin, on networks that nobody wrote down.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::cell::RefCell;

use libtest_mimic::Arguments;
use nin_gpu::WeightSums;
use nin_net::{
    Affine, BlockSpec, Engine, EpochPlan, Head, NetworkSpec, NetworkState, OptimizerKind, OptimizerSpec,
    Pool, Random, Split, Step, StepMetrics, Stream,
};
use nin_tests::networks::{Images, any_network, state, v2};
use nin_tests::{assert_close, cpu, gpu, gpu_trial, gpu_with};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Most of the time goes into compiling them for a software adapter.
const NETWORKS: u32 = 16;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        gpu_trial("gradients_of_any_network_with_shared_sums", || any_networks_agree(WeightSums::Shared)),
        gpu_trial("gradients_of_any_network_with_private_sums", || any_networks_agree(WeightSums::Private)),
        gpu_trial("long_walks_with_shared_sums", || long_walks_agree(WeightSums::Shared)),
        gpu_trial("long_walks_with_private_sums", || long_walks_agree(WeightSums::Private)),
        gpu_trial("wide_layers_with_shared_sums", || wide_layers_agree(WeightSums::Shared)),
        gpu_trial("wide_layers_with_private_sums", || wide_layers_agree(WeightSums::Private)),
        gpu_trial("evaluation", evaluations_agree),
        gpu_trial("augmentation", augmented_steps_agree),
    ];
    for kind in [OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::AdamW] {
        trials.push(gpu_trial(format!("{kind:?}_steps").to_lowercase(), move || optimizer_steps_agree(kind)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn any_networks_agree(sums: WeightSums) {
    let config = Config { cases: NETWORKS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let engines = RefCell::new((cpu(2), gpu_with(sums)));
    let result = runner.run(&any_network(), |spec| {
        let (cpu, gpu) = &mut *engines.borrow_mut();
        gradients_agree(cpu, gpu, &spec);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// So many pixels that each invocation walks far: drivers may end long loops without a word.
fn long_walks_agree(sums: WeightSums) {
    let block = |width| BlockSpec { kernel: 3, channels: vec![width; 2], relu: vec![], pool: Pool::Max(2) };
    let blocks = vec![block(4), block(10)];
    let spec = NetworkSpec { resolution: 224, head: Head::Global, blocks };
    gradients_of_agree(&mut cpu(2), &mut gpu_with(sums), &spec, 100);
}

/// Widths of the paper's networks, whose weights fit no uniform buffer.
fn wide_layers_agree(sums: WeightSums) {
    let block = |kernel, channels: &[usize]| BlockSpec {
        kernel,
        channels: channels.to_vec(),
        relu: vec![],
        pool: Pool::Max(2),
    };
    let blocks = vec![block(5, &[192, 160, 96]), block(3, &[130, 10])];
    let spec = NetworkSpec { resolution: 12, head: Head::Global, blocks };
    gradients_agree(&mut cpu(2), &mut gpu_with(sums), &spec);
}

fn gradients_agree(cpu: &mut impl Engine, gpu: &mut impl Engine, spec: &NetworkSpec) {
    gradients_of_agree(cpu, gpu, spec, 5);
}

fn gradients_of_agree(cpu: &mut impl Engine, gpu: &mut impl Engine, spec: &NetworkSpec, count: usize) {
    let images = Images::random(count, 14, 3);
    let optimizer = OptimizerSpec::sgd(0.0);
    let expected = pollster::block_on(async {
        cpu.load_network(spec, count, &optimizer, &state(spec, 2)).await.unwrap();
        cpu.gradients(images.as_set()).await.unwrap()
    });
    let found = pollster::block_on(async {
        gpu.load_network(spec, count, &optimizer, &state(spec, 2)).await.unwrap();
        gpu.gradients(images.as_set()).await.unwrap()
    });
    assert_close("logits", &found.logits, &expected.logits, 1e-5);
    assert_close("loss", &[found.loss], &[expected.loss], 1e-5);
    assert_close("gradient", &found.gradient, &expected.gradient, 1e-4);
}

/// Trains five steps of unequal batches and returns where that led.
fn train(
    engine: &mut impl Engine,
    optimizer: &OptimizerSpec,
    transforms: Vec<Affine>,
) -> (Vec<StepMetrics>, NetworkState) {
    let spec = v2(28, Head::Global);
    let images = Images::random(40, 28, 8);
    let order: Vec<u32> = (0..40).map(|i| (i * 7) % 40).collect();
    let step = |first, count, learning_rate| Step { first, count, learning_rate };
    let steps =
        [step(0, 10, 1e-3), step(10, 10, 2e-3), step(20, 10, 1e-3), step(30, 7, 1e-3), step(37, 3, 5e-4)];
    pollster::block_on(async {
        engine.load_images(Split::Train, images.as_set()).await.unwrap();
        engine.load_network(&spec, 10, optimizer, &state(&spec, 4)).await.unwrap();
        engine.begin_epoch(&EpochPlan { order, transforms }).unwrap();
        engine.enqueue(&steps[..2]).unwrap();
        engine.enqueue(&steps[2..]).unwrap();
        let mut metrics = engine.finish().await.unwrap();
        metrics.extend(engine.finish().await.unwrap());
        (metrics, engine.state().await.unwrap())
    })
}

fn training_agrees(optimizer: &OptimizerSpec, transforms: Vec<Affine>) {
    let (expected_metrics, expected) = train(&mut cpu(2), optimizer, transforms.clone());
    let (found_metrics, found) = train(&mut gpu(), optimizer, transforms);
    assert_eq!(found_metrics.len(), 5);
    let (losses, norms): (Vec<f32>, Vec<f32>) =
        found_metrics.iter().map(|m| (m.loss, m.gradient_norm)).unzip();
    let (expected_losses, expected_norms): (Vec<f32>, Vec<f32>) =
        expected_metrics.iter().map(|m| (m.loss, m.gradient_norm)).unzip();
    assert_close("losses", &losses, &expected_losses, 1e-4);
    assert_close("gradient norms", &norms, &expected_norms, 1e-3);
    for (found, expected) in found_metrics.iter().zip(&expected_metrics) {
        assert_eq!((found.hits, found.count), (expected.hits, expected.count));
    }
    assert_eq!(found.step, 5);
    assert_close("parameters", &found.parameters, &expected.parameters, 1e-4);
    assert_close("first moment", &found.first_moment, &expected.first_moment, 1e-3);
    assert_close("second moment", &found.second_moment, &expected.second_moment, 1e-3);
}

/// Decay, momentum and clipping all at work. A large ε keeps Adam from blowing up rounding errors.
fn optimizer_steps_agree(kind: OptimizerKind) {
    let optimizer =
        OptimizerSpec { kind, epsilon: 1e-3, weight_decay: 0.05, clip_norm: 0.5, ..OptimizerSpec::sgd(0.9) };
    training_agrees(&optimizer, Vec::new());
}

fn augmented_steps_agree() {
    let mut random = Random::new(1, Stream::Augmentation, 0);
    let mut near = |value: f32, spread: f32| random.uniform(value - spread, value + spread);
    let transforms = (0..40)
        .map(|_| Affine {
            xx: near(1.0, 0.1),
            xy: near(0.0, 0.1),
            x0: near(0.0, 2.0),
            yx: near(0.0, 0.1),
            yy: near(1.0, 0.1),
            y0: near(0.0, 2.0),
        })
        .collect();
    training_agrees(&OptimizerSpec::sgd(0.5), transforms);
}

fn evaluations_agree() {
    async fn evaluate(engine: &mut impl Engine, head: Head) -> (nin_net::Evaluation, Vec<f32>) {
        let (spec, images) = (v2(32, head), Images::random(333, 28, 6));
        engine.load_images(Split::Test, images.as_set()).await.unwrap();
        engine.load_network(&spec, 7, &OptimizerSpec::sgd(0.0), &state(&spec, 5)).await.unwrap();
        let logits = engine.predict(&images.as_set().images[..3 * 784]).await.unwrap();
        let limited = engine.evaluate(Split::Test, Some(100)).await.unwrap();
        assert_eq!(limited.count, 100);
        let evaluation = engine.evaluate(Split::Test, None).await.unwrap();
        let seen: u32 = evaluation.confusion.iter().chain(&evaluation.outside).sum();
        assert_eq!((evaluation.count as usize, seen as usize), (images.count(), images.count()));
        (evaluation, logits)
    }
    for head in [Head::Global, Head::Quadrant] {
        let (expected, expected_logits) = pollster::block_on(evaluate(&mut cpu(2), head));
        let (found, found_logits) = pollster::block_on(evaluate(&mut gpu(), head));
        assert_eq!(found_logits.len(), 3 * if head == Head::Global { 10 } else { 40 });
        assert_close("logits", &found_logits, &expected_logits, 1e-5);
        assert_close("loss", &[found.loss as f32], &[expected.loss as f32], 1e-5);
        assert_eq!((found.confusion, found.outside), (expected.confusion, expected.outside));
    }
}
