//! Maps stored as f16 against maps stored as f32: near, not equal, half as large, and as good to learn with.

#![allow(clippy::unwrap_used, clippy::panic)]

use libtest_mimic::Arguments;
use nin_data::{Augmentation, embedded, epoch_plan};
use nin_gpu::WeightSums;
use nin_net::{
    BlockSpec, Engine, Evaluation, Gradients, Head, Layout, MapPrecision, NetworkSpec, NetworkState,
    OptimizerSpec, Pool, Random, Split, Step, Stream, initial_parameters,
};
use nin_tests::networks::{Images, state, v2};
use nin_tests::training::twelve_steps;
use nin_tests::{cpu, cpu_trial, distance, f16_trial, gpu, gpu_with};
use nin_train::Recipe;
use pollster::block_on;

/// Rounding to f16, up or down as a driver likes, moves a value by less than so much of itself: it has 11 significant bits.
const ROUNDING: f64 = 1.0 / 1024.0;
/// Images of a step.
const BATCH: usize = 20;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        cpu_trial("f16_is_refused", f16_is_refused),
        f16_trial("maps_take_half_the_memory_and_bytes", maps_take_half_the_memory_and_bytes),
        f16_trial("same_steps_same_bits", same_steps_same_bits),
        f16_trial("digits_are_learned_as_well", digits_are_learned_as_well),
    ];
    for (name, spec, sums) in networks() {
        trials.push(f16_trial(name, move || step_is_near(&spec, sums)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Blocks computed as one, of a single convolution, and layer by layer; maxima, means, and windows walked in parts.
fn networks() -> [(&'static str, NetworkSpec, WeightSums); 5] {
    let block = |kernel, channels: &[usize], pool| BlockSpec {
        kernel,
        channels: channels.to_vec(),
        relu: vec![],
        pool,
    };
    let network =
        |blocks: &[BlockSpec]| NetworkSpec { resolution: 18, head: Head::Global, blocks: blocks.to_vec() };
    let fused = network(&[block(3, &[6, 6, 6], Pool::Max(2)), block(3, &[8, 10], Pool::Max(2))]);
    let single = network(&[
        block(5, &[6], Pool::Max(3)),
        block(3, &[8], Pool::Average(3)),
        block(1, &[10], Pool::None),
    ]);
    let wide = network(&[block(3, &[30, 12], Pool::Average(2)), block(3, &[30, 10], Pool::Max(2))]);
    [
        ("a_fused_step_with_shared_sums_is_near", fused.clone(), WeightSums::Shared),
        ("a_fused_step_with_private_sums_is_near", fused, WeightSums::Private),
        ("a_step_of_single_layers_with_shared_sums_is_near", single.clone(), WeightSums::Shared),
        ("a_step_of_single_layers_with_private_sums_is_near", single, WeightSums::Private),
        ("a_step_of_wide_layers_is_near", wide, WeightSums::Shared),
    ]
}

fn gradients(engine: &mut impl Engine, spec: &NetworkSpec, precision: MapPrecision) -> Gradients {
    let images = Images::random(BATCH, 28, 3);
    block_on(async {
        engine.set_map_precision(precision).await.unwrap();
        engine.load_network(spec, BATCH, &OptimizerSpec::sgd(0.0), &state(spec, 2)).await.unwrap();
        engine.gradients(images.as_set()).await.unwrap()
    })
}

/// ‖found − expected‖ / ‖expected‖.
fn relative(found: &[f32], expected: &[f32]) -> f64 {
    let (difference, norm) = distance(found, expected);
    difference / norm
}

fn step_is_near(spec: &NetworkSpec, sums: WeightSums) {
    let mut engine = gpu_with(sums);
    let exact = gradients(&mut engine, spec, MapPrecision::F32);
    let rounded = gradients(&mut engine, spec, MapPrecision::F16);
    let (logits, gradient) =
        (relative(&rounded.logits, &exact.logits), relative(&rounded.gradient, &exact.gradient));
    println!(
        "logits off by {logits:.1e}, loss by {:e}, gradient by {gradient:.1e}",
        rounded.loss - exact.loss
    );
    let maps = spec.blocks.iter().map(|block| block.channels.len()).sum::<usize>() as f64;
    assert!((1e-5..maps * ROUNDING).contains(&logits), "{logits:e}");
    // Where a value is within its rounding of 0 or of another maximum, the gradient takes another way: some ROUNDING of all do,
    // and the root of their share is what the gradient's length changes by.
    assert!((1e-5..ROUNDING.sqrt()).contains(&gradient), "{gradient:e}");
}

/// Input, block 2's and block 3's, with their halos; the last block's output stays f32, since nothing keeps it.
fn maps_take_half_the_memory_and_bytes() {
    let spec = v2(28, Head::Global);
    let mut engine = gpu();
    let mut measure = |precision| {
        gradients(&mut engine, &spec, precision);
        let bytes = engine.memory_bytes();
        block_on(engine.load_images(Split::Train, Images::random(BATCH, 28, 3).as_set())).unwrap();
        (bytes, block_on(engine.profile()).unwrap())
    };
    let (exact_memory, exact) = measure(MapPrecision::F32);
    let (memory, rounded) = measure(MapPrecision::F16);
    let values = 30 * 30 + 10 * 16 * 16 + 20 * 9 * 9;
    assert_eq!(exact_memory - memory, (2 * BATCH * values) as u64);

    // Values of an image's maps that each kernel reads and writes; halos are read, not written.
    let of_maps = [
        ("gather", 28 * 28),
        ("block_forward 1", 30 * 30 + 10 * 14 * 14),
        ("block_forward 2", 10 * 16 * 16 + 20 * 7 * 7),
        ("block_forward 3", 20 * 9 * 9),
        ("block_backward 3", 20 * 9 * 9),
        ("convolution_weight_gradient 3", 20 * 9 * 9),
        ("block_backward 2", 10 * 16 * 16),
        ("convolution_weight_gradient 2", 10 * 16 * 16),
        ("block_backward 1", 30 * 30),
    ];
    for (kernel, half) in exact.kernels.iter().zip(&rounded.kernels) {
        let values = of_maps.iter().find(|(name, _)| *name == kernel.name).map_or(0, |(_, values)| *values);
        assert_eq!(kernel.bytes - half.bytes, (2 * BATCH * values) as f64, "{}", kernel.name);
        assert_eq!((&kernel.name, kernel.flop), (&half.name, half.flop));
    }
}

fn train(precision: MapPrecision) -> (Vec<u32>, NetworkState) {
    let mut engine = gpu();
    block_on(async {
        engine.set_map_precision(precision).await.unwrap();
        twelve_steps(&mut engine, 12).await.unwrap()
    })
}

fn same_steps_same_bits() {
    assert_eq!(train(MapPrecision::F16), train(MapPrecision::F16));
    assert_ne!(train(MapPrecision::F16).0, train(MapPrecision::F32).0);
}

/// What three epochs of the embedded digits come to, as `modern` trains its first stage but in less time.
fn learn(precision: MapPrecision) -> Evaluation {
    let (recipe, digits, mut engine) = (Recipe::built_in("modern").unwrap(), embedded().unwrap(), gpu());
    let (stage, spec, count) = (&recipe.stages[0], recipe.spec(0), digits.train.len());
    let layout = Layout::new(&spec).unwrap();
    let mut random = Random::new(recipe.seed, Stream::Initial, 0);
    let start = NetworkState::new(initial_parameters(&layout, recipe.initial, &mut random));
    let (batch, epochs) = (50, 3);
    let per_epoch = count / batch;
    let step = |number: usize| Step {
        first: (number % per_epoch * batch) as u32,
        count: batch as u32,
        learning_rate: stage.schedule.learning_rate(number, epochs * per_epoch),
    };
    block_on(async {
        engine.set_map_precision(precision).await.unwrap();
        engine.load_images(Split::Train, digits.train.as_set()).await.unwrap();
        engine.load_images(Split::Test, digits.test.as_set()).await.unwrap();
        engine.load_network(&spec, batch, &stage.optimizer, &start).await.unwrap();
        for epoch in 0..epochs {
            engine.begin_epoch(&epoch_plan(count, 1, epoch as u64, &Augmentation::default())).unwrap();
            let steps: Vec<Step> = (epoch * per_epoch..(epoch + 1) * per_epoch).map(step).collect();
            engine.enqueue(&steps).unwrap();
            engine.finish().await.unwrap();
        }
        engine.evaluate(Split::Test, None).await.unwrap()
    })
}

/// After so few epochs other roundings make a point or two, as another seed would.
fn digits_are_learned_as_well() {
    let (exact, rounded) = (learn(MapPrecision::F32), learn(MapPrecision::F16));
    let (exact_accuracy, accuracy) = (exact.accuracy(), rounded.accuracy());
    println!("{exact_accuracy:.2} % with f32, {accuracy:.2} % with f16");
    assert_ne!(exact.loss, rounded.loss);
    assert!(accuracy > 80.0 && (exact_accuracy - accuracy).abs() < 4.0, "{exact_accuracy}, {accuracy}");
}

fn f16_is_refused() {
    let mut engine = cpu(1);
    assert!(block_on(engine.set_map_precision(MapPrecision::F32)).is_ok());
    let error = block_on(engine.set_map_precision(MapPrecision::F16)).unwrap_err().to_string();
    for words in ["the cpu engine cannot store maps as f16", "`nin info`", "f32"] {
        assert!(error.contains(words), "{error}");
    }
}
