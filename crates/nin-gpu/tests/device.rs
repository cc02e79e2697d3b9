//! The engine on whatever adapter there is, a software one included; without any, each test shows as ignored.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use nin_gpu::{GpuEngine, GpuOptions};
use nin_net::{
    BlockSpec, Engine, EngineError, EpochPlan, Head, ImageSet, Layout, NetworkSpec, NetworkState,
    OptimizerSpec, Pool, Random, Split, Step, Stream,
};
use pollster::block_on;

type Outcome = Result<(), Failed>;
type Test = fn() -> Outcome;

const SIDE: usize = 6;
const COUNT: usize = 5;

fn main() -> ExitCode {
    let missing = block_on(GpuEngine::adapters()).is_empty();
    let tests: [(&str, Test); 7] = [
        ("gradients_are_those_of_the_loss", gradients_are_those_of_the_loss),
        ("chunks_do_not_change_a_bit", chunks_do_not_change_a_bit),
        ("identity_growth_keeps_logits_to_the_bit", identity_growth_keeps_logits_to_the_bit),
        ("evaluation_counts_what_prediction_says", evaluation_counts_what_prediction_says),
        ("an_unknown_adapter_is_refused_by_name", an_unknown_adapter_is_refused_by_name),
        ("arguments_that_do_not_fit_are_errors", arguments_that_do_not_fit_are_errors),
        ("a_batch_that_is_too_large_is_told_with_one_that_fits", a_batch_that_is_too_large_is_told),
    ];
    let trials = tests.map(|(name, test)| Trial::test(name, test).with_ignored_flag(missing));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn engine() -> Result<GpuEngine, EngineError> {
    block_on(GpuEngine::new(&GpuOptions { allow_software: true, ..GpuOptions::default() }))
}

fn spec(channels: &[usize]) -> NetworkSpec {
    let block = BlockSpec { kernel: 3, channels: channels.to_vec(), relu: vec![], pool: Pool::Max(2) };
    NetworkSpec { resolution: SIDE, head: Head::Global, blocks: vec![block] }
}

fn start(spec: &NetworkSpec) -> Result<Vec<f32>, EngineError> {
    let mut random = Random::new(5, Stream::Initial, 0);
    Ok((0..Layout::new(spec)?.parameter_count).map(|_| random.uniform(-0.3, 0.5)).collect())
}

struct Digits {
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl Digits {
    fn new() -> Self {
        let mut random = Random::new(6, Stream::Order, 0);
        let images = (0..COUNT * SIDE * SIDE).map(|_| random.below(256) as u8).collect();
        Digits { images, labels: (0..COUNT as u8).collect() }
    }

    fn set(&self) -> ImageSet<'_> {
        ImageSet { side: SIDE, images: &self.images, labels: &self.labels }
    }
}

/// Central differences of the loss along random directions, against the gradient's product with them. The five images take
/// three passes. Steps are short, for ReLU and maximum have kinks.
fn gradients_are_those_of_the_loss() -> Outcome {
    let (mut engine, digits, spec) = (engine()?, Digits::new(), spec(&[4, 6, 10]));
    let parameters = start(&spec)?;
    let mut random = Random::new(7, Stream::Initial, 0);
    let mut gradients_at = |parameters: Vec<f32>| {
        let state = NetworkState::new(parameters);
        block_on(engine.load_network(&spec, 2, &OptimizerSpec::sgd(0.0), &state))?;
        block_on(engine.gradients(digits.set()))
    };
    let gradient = gradients_at(parameters.clone())?.gradient;
    for _ in 0..3 {
        let direction: Vec<f32> = parameters.iter().map(|_| random.uniform(-1.0, 1.0)).collect();
        let moved = |by: f32| parameters.iter().zip(&direction).map(|(p, d)| p + by * d).collect();
        let step = 2e-4;
        let difference = gradients_at(moved(step))?.loss - gradients_at(moved(-step))?.loss;
        let slope: f32 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let found = difference / (2.0 * step);
        if (found - slope).abs() > 0.03 * slope.abs().max(0.1) {
            return Err(format!("the loss rises by {found}, the gradient says {slope}").into());
        }
    }
    Ok(())
}

/// Parameters after six steps, queued `at_once`.
fn train(at_once: usize) -> Result<NetworkState, EngineError> {
    let (mut engine, digits, spec) = (engine()?, Digits::new(), spec(&[5, 10]));
    let state = NetworkState::new(start(&spec)?);
    block_on(engine.load_images(Split::Train, digits.set()))?;
    block_on(engine.load_network(&spec, 3, &OptimizerSpec::adam(), &state))?;
    engine.begin_epoch(&EpochPlan { order: vec![4, 2, 0, 1, 3], transforms: vec![] })?;
    let steps: Vec<Step> =
        (0..6).map(|i| Step { first: i % 3, count: 2 + i % 2, learning_rate: 0.01 }).collect();
    for chunk in steps.chunks(at_once) {
        engine.enqueue(chunk)?;
    }
    let mut finished = 0;
    loop {
        let metrics = block_on(engine.finish())?;
        if metrics.is_empty() {
            break;
        }
        finished += metrics.len();
    }
    assert_eq!(finished, steps.len());
    block_on(engine.state())
}

fn chunks_do_not_change_a_bit() -> Outcome {
    let (together, apart) = (train(6)?, train(1)?);
    assert_eq!(together, apart);
    assert_eq!(together.step, 6);
    Ok(())
}

fn identity_growth_keeps_logits_to_the_bit() -> Outcome {
    let (mut engine, digits) = (engine()?, Digits::new());
    let (narrow, grown) = (spec(&[5, 10]), spec(&[5, 10, 10]));
    let mut parameters = start(&narrow)?;
    let mut logits = |spec: &NetworkSpec, parameters: &[f32]| {
        let state = NetworkState::new(parameters.to_vec());
        block_on(engine.load_images(Split::Test, digits.set()))?;
        block_on(engine.load_network(spec, COUNT, &OptimizerSpec::sgd(0.0), &state))?;
        block_on(engine.predict(&digits.images))
    };
    let before = logits(&narrow, &parameters)?;
    parameters.extend((0..100).map(|i| if i % 11 == 0 { 1.0 } else { 0.0 }));
    parameters.extend([0.0; 10]);
    assert_eq!(before, logits(&grown, &parameters)?);
    assert!(before.iter().any(|&logit| logit > 0.0));
    Ok(())
}

fn evaluation_counts_what_prediction_says() -> Outcome {
    let (mut engine, digits, spec) = (engine()?, Digits::new(), spec(&[10]));
    let state = NetworkState::new(start(&spec)?);
    block_on(engine.load_images(Split::Test, digits.set()))?;
    block_on(engine.load_network(&spec, 2, &OptimizerSpec::sgd(0.0), &state))?;
    let logits = block_on(engine.predict(&digits.images))?;
    let mut confusion = vec![0; 100];
    for (row, &label) in logits.chunks(10).zip(&digits.labels) {
        let best = (0..10).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        confusion[usize::from(label) * 10 + best] += 1;
    }
    let evaluation = block_on(engine.evaluate(Split::Test, None))?;
    assert_eq!(evaluation.confusion, confusion);
    assert_eq!(block_on(engine.evaluate(Split::Test, Some(3)))?.count, 3);
    Ok(())
}

fn an_unknown_adapter_is_refused_by_name() -> Outcome {
    let options =
        GpuOptions { adapter: Some("abacus".to_owned()), allow_software: true, ..GpuOptions::default() };
    match block_on(GpuEngine::new(&options)) {
        Err(EngineError::NoAdapter(message)) if message.contains("abacus") => Ok(()),
        Err(other) => Err(other.into()),
        Ok(engine) => Err(format!("{:?} was taken", engine.info()).into()),
    }
}

fn arguments_that_do_not_fit_are_errors() -> Outcome {
    let (mut engine, digits, spec) = (engine()?, Digits::new(), spec(&[10]));
    let sgd = OptimizerSpec::sgd(0.0);
    let state = NetworkState::new(start(&spec)?);
    assert!(engine.enqueue(&[]).is_err(), "no network");
    assert!(block_on(engine.load_network(&spec, 2, &sgd, &NetworkState::new(vec![0.0]))).is_err());
    assert!(block_on(engine.load_network(&spec, 0, &sgd, &state)).is_err(), "a batch of none");
    block_on(engine.load_network(&spec, 2, &sgd, &state))?;
    assert!(engine.begin_epoch(&EpochPlan::default()).is_err(), "no images");
    let wrong = ImageSet { images: &digits.images[1..], ..digits.set() };
    assert!(block_on(engine.load_images(Split::Train, wrong)).is_err(), "a byte too few");
    let labels = [10; COUNT];
    assert!(
        block_on(engine.load_images(Split::Train, ImageSet { labels: &labels, ..digits.set() })).is_err()
    );
    block_on(engine.load_images(Split::Train, digits.set()))?;
    let order = vec![COUNT as u32];
    assert!(engine.begin_epoch(&EpochPlan { order, transforms: vec![] }).is_err(), "an image too many");
    engine.begin_epoch(&EpochPlan { order: vec![0, 1, 2], transforms: vec![] })?;
    for (first, count) in [(0, 0), (0, 3), (2, 2), (u32::MAX, 1)] {
        assert!(engine.enqueue(&[Step { first, count, learning_rate: 0.1 }]).is_err(), "{first}, {count}");
    }
    engine.enqueue(&[Step { first: 1, count: 2, learning_rate: 0.1 }])?;
    assert_eq!(block_on(engine.finish())?.len(), 1);
    Ok(())
}

/// WebGPU's default limit of 128 MiB a binding holds what is found out about 11,184,810 images.
fn a_batch_that_is_too_large_is_told() -> Outcome {
    let (mut engine, spec) = (engine()?, spec(&[10]));
    let state = NetworkState::new(start(&spec)?);
    let Err(EngineError::Input(said)) =
        block_on(engine.load_network(&spec, 20_000_000, &OptimizerSpec::sgd(0.0), &state))
    else {
        return Err("it was accepted".into());
    };
    for words in
        ["20000000 images", "max_storage_buffer_binding_size is 134217728", "at most 11184810 images"]
    {
        assert!(said.contains(words), "{said}");
    }
    // The engine is as good as before.
    block_on(engine.load_network(&spec, 2, &OptimizerSpec::sgd(0.0), &state))?;
    Ok(())
}
