//! What a step costs: measured without a trace, named after the passes, counted as by hand.

#![allow(clippy::unwrap_used, clippy::panic)]

use libtest_mimic::Arguments;
use nin_net::{
    Affine, BlockSpec, Ceilings, Engine, EpochPlan, Head, KernelCost, NetworkSpec, NetworkState,
    OptimizerSpec, Pool, Profile, Split, Step, StepMetrics,
};
use nin_tests::networks::{Images, state, v2};
use nin_tests::{cpu, cpu_trial, gpu, gpu_trial};
use pollster::block_on;

fn main() {
    let arguments = Arguments::from_args();
    let trials = vec![
        cpu_trial("leaves_no_trace", || leaves_no_trace(|| cpu(2))),
        gpu_trial("leaves_no_trace", || leaves_no_trace(gpu)),
        cpu_trial("kernels_cover_the_step", cpu_kernels_cover_the_step),
        gpu_trial("kernels_cover_the_step", gpu_kernels_cover_the_step),
        cpu_trial("flop_by_hand", cpu_flop_by_hand),
        gpu_trial("flop_by_hand", gpu_flop_by_hand),
        cpu_trial("moved_images_cost_more", || moved_images_cost_more(&mut cpu(1))),
        gpu_trial("moved_images_cost_more", || moved_images_cost_more(&mut gpu())),
        cpu_trial("needs_a_network_and_images", || needs_a_network_and_images(&mut cpu(1))),
        gpu_trial("needs_a_network_and_images", || needs_a_network_and_images(&mut gpu())),
        gpu_trial("a_host_clock_will_do", a_host_clock_will_do),
        cpu_trial("ceilings_hold_nothing", || ceilings_hold_nothing(&mut cpu(2))),
        gpu_trial("ceilings_hold_nothing", || ceilings_hold_nothing(&mut gpu())),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// Four steps in two chunks; before, between (with a chunk still queued) and after them a profile, if asked for.
fn train(engine: &mut impl Engine, profiled: bool) -> (Vec<StepMetrics>, NetworkState) {
    let spec = v2(28, Head::Global);
    let images = Images::random(40, 28, 8);
    async fn maybe(profiled: bool, engine: &mut impl Engine) {
        if profiled {
            check(&engine.profile().await.unwrap(), 20);
        }
    }
    block_on(async {
        engine.load_images(Split::Train, images.as_set()).await.unwrap();
        engine.load_network(&spec, 20, &OptimizerSpec::adam(), &state(&spec, 4)).await.unwrap();
        maybe(profiled, engine).await;
        engine.begin_epoch(&EpochPlan { order: (0..40).rev().collect(), transforms: vec![] }).unwrap();
        let steps = [0, 20].map(|first| Step { first, count: 20, learning_rate: 0.01 });
        engine.enqueue(&steps).unwrap();
        maybe(profiled, engine).await;
        engine.enqueue(&steps).unwrap();
        let mut metrics = engine.finish().await.unwrap();
        metrics.extend(engine.finish().await.unwrap());
        let before = engine.state().await.unwrap();
        maybe(profiled, engine).await;
        assert_eq!(before, engine.state().await.unwrap());
        (metrics, before)
    })
}

fn leaves_no_trace<E: Engine>(engine: impl Fn() -> E) {
    assert_eq!(train(&mut engine(), true), train(&mut engine(), false));
}

/// What holds for every profile.
fn check(profile: &Profile, images: u32) {
    assert_eq!(profile.images, images);
    assert!(profile.device_memory_bytes > 10_000, "{profile:?}");
    let sound = |k: &KernelCost| k.seconds.is_finite() && k.seconds >= 0.0 && k.flop >= 0.0 && k.bytes > 0.0;
    assert!(profile.kernels.iter().all(sound), "{profile:?}");
}

/// The profile of `spec`, 5 images a step.
fn profile(engine: &mut impl Engine, spec: &NetworkSpec, transforms: Vec<Affine>) -> Profile {
    let images = Images::random(7, 6, 2);
    block_on(async {
        engine.load_images(Split::Train, images.as_set()).await.unwrap();
        engine.load_network(spec, 5, &OptimizerSpec::sgd(0.9), &state(spec, 1)).await.unwrap();
        engine.begin_epoch(&EpochPlan { order: (0..7).collect(), transforms }).unwrap();
        engine.profile().await.unwrap()
    })
}

fn names(profile: &Profile) -> Vec<&str> {
    profile.kernels.iter().map(|kernel| kernel.name.as_str()).collect()
}

fn cpu_kernels_cover_the_step() {
    let profile = profile(&mut cpu(2), &v2(8, Head::Global), vec![]);
    check(&profile, 5);
    assert_eq!(profile.timer, "host clock");
    let expected = [
        "pack",
        "gather",
        "block_forward 1",
        "block_forward 2",
        "block_forward 3",
        "head",
        "block_backward 3",
        "convolution_input_gradient 3",
        "block_backward 2",
        "convolution_input_gradient 2",
        "block_backward 1",
        "reduce",
        "optimizer",
    ];
    assert_eq!(names(&profile), expected);
}

/// Blocks of three kinds: computed as one, of one convolution, and too wide, so convolution by convolution.
fn gpu_kernels_cover_the_step() {
    let block = |channels: &[usize]| BlockSpec {
        kernel: 3,
        channels: channels.to_vec(),
        relu: vec![],
        pool: Pool::Max(2),
    };
    let blocks = vec![block(&[4, 6]), block(&[5]), block(&[30, 10])];
    let spec = NetworkSpec { resolution: 8, head: Head::Global, blocks };
    let profile = profile(&mut gpu(), &spec, vec![]);
    check(&profile, 5);
    let expected = [
        "gather",
        "block_forward 1",
        "block_forward 2",
        "block_forward 3.1",
        "block_forward 3.2",
        "head",
        "pool_backward 3.2",
        "convolution_weight_gradient 3.2",
        "convolution_input_gradient 3.2",
        "pool_backward 3.1",
        "convolution_weight_gradient 3.1",
        "convolution_input_gradient 3.1",
        "pool_backward 2",
        "convolution_weight_gradient 2",
        "convolution_input_gradient 2",
        "block_backward 1",
        "reduce",
        "gradient_norm",
        "optimizer",
    ];
    assert_eq!(names(&profile), expected);
}

/// 6×6 input → 3×3, 1 → 4 → 1×1, 4 → 10 → max pooling 2×2 → mean of 3×3. It has 36 + 4 + 40 + 10 = 90 parameters; a step of 5
/// images has 5 · 36 = 180 pixels.
fn small() -> NetworkSpec {
    let block = BlockSpec { kernel: 3, channels: vec![4, 10], relu: vec![], pool: Pool::Max(2) };
    NetworkSpec { resolution: 6, head: Head::Global, blocks: vec![block] }
}

fn assert_flop(profile: &Profile, expected: &[(&str, f64)]) {
    let found: Vec<_> = profile.kernels.iter().map(|kernel| (kernel.name.as_str(), kernel.flop)).collect();
    assert_eq!(found, expected);
    assert_eq!(profile.flop(), expected.iter().map(|(_, flop)| flop).sum::<f64>());
}

fn cpu_flop_by_hand() {
    let expected = [
        ("pack", 0.0),
        ("gather", 180.0 * 9.0),
        ("block_forward 1", 180.0 * 2.0 * (36.0 + 40.0)),
        // The pooled map has 10 · 9 values.
        ("head", 5.0 * (90.0 + 10.0 * 10.0)),
        // Both weights' gradients, both biases', the input's of the 1×1; nothing is computed again.
        ("block_backward 1", 180.0 * (2.0 * (36.0 + 40.0) + 14.0 + 2.0 * 40.0)),
        // 5 lanes, and one group.
        ("reduce", 6.0 * 90.0),
        ("optimizer", 8.0 * 90.0),
    ];
    assert_flop(&profile(&mut cpu(1), &small(), vec![]), &expected);
}

fn gpu_flop_by_hand() {
    let mut profile = profile(&mut gpu(), &small(), vec![]);
    // How many rows it adds up depends on the adapter.
    let reduce = profile.kernels.iter().position(|kernel| kernel.name == "reduce").unwrap();
    assert!(profile.kernels.remove(reduce).flop >= 90.0);
    let expected = [
        ("gather", 180.0 * 17.0),
        ("block_forward 1", 180.0 * 2.0 * (36.0 + 40.0)),
        ("head", 5.0 * (90.0 + 10.0 * 10.0)),
        // The 3×3 again; weights', input's and biases' gradients of the 1×1; weights' and biases' of the 3×3.
        ("block_backward 1", 180.0 * (2.0 * 36.0 + 2.0 * 40.0 + 2.0 * 40.0 + 10.0 + 2.0 * 36.0 + 4.0)),
        ("gradient_norm", 2.0 * 90.0 + 2.0 * 5.0),
        ("optimizer", 6.0 * 90.0),
    ];
    assert_flop(&profile, &expected);
}

fn moved_images_cost_more(engine: &mut impl Engine) {
    let still = Affine { xx: 1.0, xy: 0.0, x0: 0.0, yx: 0.0, yy: 1.0, y0: 0.0 };
    let gather = |profile: &Profile| {
        profile.kernels.iter().find(|kernel| kernel.name == "gather").map(|kernel| kernel.flop).unwrap()
    };
    let resized = gather(&profile(engine, &small(), vec![]));
    assert!(gather(&profile(engine, &small(), vec![still; 7])) > resized);
}

fn needs_a_network_and_images(engine: &mut impl Engine) {
    fn says(engine: &mut impl Engine, part: &str) {
        let error = block_on(engine.profile()).unwrap_err().to_string();
        assert!(error.contains(part), "`{error}` does not say `{part}`");
    }
    says(engine, "no network is loaded");
    let spec = small();
    block_on(engine.load_network(&spec, 5, &OptimizerSpec::adam(), &state(&spec, 1))).unwrap();
    says(engine, "no training images are loaded");
    // Fewer images than a step may have: the step has what there is.
    block_on(engine.load_images(Split::Train, Images::random(3, 6, 2).as_set())).unwrap();
    check(&block_on(engine.profile()).unwrap(), 3);
}

fn a_host_clock_will_do() {
    let mut engine = gpu();
    let by_device = profile(&mut engine, &small(), vec![]);
    let by_host = block_on(engine.profile_by_host_clock()).unwrap();
    check(&by_host, 5);
    assert_eq!(by_host.timer, "host clock, one kernel a submit");
    assert!(by_host.kernels.iter().all(|kernel| kernel.seconds > 0.0), "{by_host:?}");
    let work = |profile: Profile| -> Vec<_> {
        profile.kernels.into_iter().map(|kernel| (kernel.name, kernel.flop, kernel.bytes)).collect()
    };
    assert_eq!(work(by_device), work(by_host));
}

/// Both are measured without images or network, again and again, and what they took is given back.
fn ceilings_hold_nothing(engine: &mut impl Engine) {
    let before = engine.memory_bytes();
    for _ in 0..2 {
        let Ceilings { flop_per_second, bytes_per_second } = block_on(engine.ceilings()).unwrap();
        println!("{:.1} GFLOP/s, {:.1} GB/s", 1e-9 * flop_per_second, 1e-9 * bytes_per_second);
        let sound = |rate: f64| rate.is_finite() && rate > 1e6;
        assert!(sound(flop_per_second) && sound(bytes_per_second), "{flop_per_second}, {bytes_per_second}");
    }
    assert_eq!(engine.memory_bytes(), before);
}
