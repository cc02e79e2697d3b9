//! Same calls, same bits; and every misuse has its sentence.

use nin_cpu::CpuEngine;
use nin_net::{
    Affine, CLASSES, Engine, EpochPlan, Gradients, Head, ImageSet, Layout, NetworkState, OptimizerSpec, Pool,
    Split, Step, StepMetrics,
};

use crate::cases::{Digits, block, engine, network, specs};
use crate::reference::cross_entropy;

const IMAGES: usize = 90;

fn plan(augment: bool) -> EpochPlan {
    let order: Vec<u32> = (0..IMAGES as u32).rev().collect();
    let moved = |&i: &u32| Affine { xx: 0.98, xy: 0.1, x0: i as f32 * 0.02, yx: -0.1, yy: 1.02, y0: -0.4 };
    let transforms = if augment { order.iter().map(moved).collect() } else { vec![] };
    EpochPlan { order, transforms }
}

/// Steps of 37, 37 and 16 images, thrice over, cut into chunks of `chunk`.
fn train(threads: usize, chunk: usize) -> (NetworkState, Vec<StepMetrics>) {
    pollster::block_on(async {
        let (_, spec) = specs().swap_remove(0);
        let digits = Digits::new(IMAGES, 12, 1);
        let mut engine = engine(&spec, threads, 37, &OptimizerSpec::adam());
        engine.load_images(Split::Train, digits.set()).await.unwrap();
        let one = |first, count| Step { first, count, learning_rate: 0.01 };
        let epoch = [one(0, 37), one(37, 37), one(74, 16)];
        let mut metrics = Vec::new();
        for augment in [false, true, false] {
            engine.begin_epoch(&plan(augment)).unwrap();
            epoch.chunks(chunk).for_each(|steps| engine.enqueue(steps).unwrap());
            for steps in epoch.chunks(chunk) {
                let found = engine.finish().await.unwrap();
                assert_eq!(found.len(), steps.len());
                metrics.extend(found);
            }
            assert!(engine.finish().await.unwrap().is_empty());
        }
        (engine.state().await.unwrap(), metrics)
    })
}

#[test]
fn threads_and_chunks_change_no_bit() {
    let once = train(1, 3);
    assert!(once.1[8].loss < once.1[0].loss);
    assert_eq!(once, train(2, 3));
    assert_eq!(once, train(3, 1));
    assert_eq!(once, train(2, 2));
}

/// Maps large enough to be cut into pieces, in a batch of fewer groups than threads.
#[test]
fn pieces_change_no_bit() {
    let blocks = vec![block(3, &[4, 3], Pool::Max(2)), block(3, &[5, 10], Pool::Average(2))];
    let spec = network(57, Head::Global, blocks);
    let digits = Digits::new(18, 12, 1);
    let found = [1, 2, 5].map(|threads| {
        pollster::block_on(async {
            let mut engine = engine(&spec, threads, 18, &OptimizerSpec::adam());
            engine.load_images(Split::Train, digits.set()).await.unwrap();
            let EpochPlan { transforms, .. } = plan(true);
            let plan = EpochPlan { order: (0..18).collect(), transforms: transforms[..18].to_vec() };
            engine.begin_epoch(&plan).unwrap();
            engine.enqueue(&[Step { first: 0, count: 18, learning_rate: 0.01 }; 3]).unwrap();
            (engine.finish().await.unwrap(), engine.state().await.unwrap())
        })
    });
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], found[2]);
}

#[test]
fn what_ran_before_leaves_no_trace() {
    let (_, spec) = specs().swap_remove(1);
    let digits = Digits::new(40, 11, 7);
    let fresh = |count: usize| -> Gradients {
        let mut engine = engine(&spec, 1, 40, &OptimizerSpec::sgd(0.0));
        pollster::block_on(engine.gradients(digits.first(count))).unwrap()
    };
    let mut used = engine(&spec, 1, 40, &OptimizerSpec::sgd(0.0));
    for count in [40, 5, 17, 1, 33] {
        assert_eq!(pollster::block_on(used.gradients(digits.first(count))).unwrap(), fresh(count), "{count}");
    }
}

#[test]
fn a_group_s_neighbours_do_not_matter() {
    let (_, spec) = specs().swap_remove(2);
    let digits = Digits::new(20, 12, 7);
    let mut engine = engine(&spec, 2, 20, &OptimizerSpec::sgd(0.0));
    let together = pollster::block_on(engine.predict_with(&digits, 20));
    for count in [1, 3, 19] {
        let alone = pollster::block_on(engine.predict_with(&digits, count));
        assert_eq!(alone, together[..alone.len()]);
    }
}

trait Predict {
    async fn predict_with(&mut self, digits: &Digits, count: usize) -> Vec<f32>;
}

impl Predict for CpuEngine {
    /// Loads a test image of the same size first, so that the engine knows it.
    async fn predict_with(&mut self, digits: &Digits, count: usize) -> Vec<f32> {
        self.load_images(Split::Test, digits.first(1)).await.unwrap();
        self.predict(digits.first(count).images).await.unwrap()
    }
}

#[test]
fn evaluation_counts_what_prediction_says() {
    pollster::block_on(async {
        let (_, spec) = specs().swap_remove(2);
        let digits = Digits::new(600, 12, 2);
        let mut engine = engine(&spec, 2, 1, &OptimizerSpec::sgd(0.0));
        engine.load_images(Split::Test, digits.set()).await.unwrap();
        for count in [600, 270] {
            let found = engine.evaluate(Split::Test, Some(count)).await.unwrap();
            let logits = engine.predict(digits.first(count).images).await.unwrap();
            let (mut confusion, mut outside, mut loss) = (vec![0; 100], vec![0; 10], 0.0);
            for (logits, &label) in logits.chunks_exact(12).zip(&digits.labels) {
                let largest = logits.iter().copied().fold(f32::MIN, f32::max);
                let predicted = logits.iter().position(|&logit| logit == largest).unwrap();
                if predicted < CLASSES {
                    confusion[usize::from(label) * CLASSES + predicted] += 1;
                } else {
                    outside[usize::from(label)] += 1;
                }
                loss += cross_entropy(&logits.iter().map(|&l| f64::from(l)).collect::<Vec<_>>(), label);
            }
            assert_eq!((found.count, found.confusion, found.outside), (count as u32, confusion, outside));
            assert!((found.loss - loss / count as f64).abs() < 1e-6);
        }
        let all = engine.evaluate(Split::Test, None).await.unwrap();
        assert_eq!(all, engine.evaluate(Split::Test, Some(10_000)).await.unwrap());
        assert!(all.outside.iter().sum::<u32>() > 0, "some predictions lie outside the ten classes");
        assert_eq!(engine.evaluate(Split::Train, None).await.unwrap().count, 0);
    });
}

#[test]
fn a_nan_shows() {
    pollster::block_on(async {
        let spec = network(8, Head::Global, vec![block(3, &[4, 10], Pool::Max(2))]);
        let mut parameters = vec![0.1; Layout::new(&spec).unwrap().parameter_count];
        parameters[3] = f32::NAN;
        let mut engine = CpuEngine::new(Some(1)).unwrap();
        let state = NetworkState::new(parameters);
        engine.load_network(&spec, 4, &OptimizerSpec::sgd(0.0), &state).await.unwrap();
        let found = engine.gradients(Digits::new(4, 8, 1).set()).await.unwrap();
        assert!(found.loss.is_nan() && found.gradient.iter().any(|g| g.is_nan()));
    });
}

#[test]
fn misuse_is_named() {
    pollster::block_on(async {
        let (_, spec) = specs().swap_remove(0);
        let step = |first, count| [Step { first, count, learning_rate: 0.1 }];
        let digits = Digits::new(10, 12, 1);
        let mut engine = CpuEngine::new(Some(1)).unwrap();
        assert_eq!(engine.info().kind, "cpu");
        assert!(engine.info().name.starts_with("1 thread, "));
        let says = |error: nin_net::EngineError, part: &str| {
            let message = error.to_string();
            assert!(message.contains(part), "`{message}` does not say `{part}`");
        };
        says(engine.enqueue(&step(0, 1)).unwrap_err(), "no network is loaded");
        says(engine.state().await.unwrap_err(), "no network is loaded");
        says(engine.predict(&[]).await.unwrap_err(), "no network is loaded");
        says(CpuEngine::new(Some(0)).err().unwrap(), "at least 1");

        let (sgd, short) = (OptimizerSpec::sgd(0.0), NetworkState::new(vec![0.0; 7]));
        says(engine.load_network(&spec, 4, &sgd, &short).await.unwrap_err(), "parameters, found 7");
        let count = Layout::new(&spec).unwrap().parameter_count;
        let state = NetworkState::new(vec![0.0; count]);
        says(engine.load_network(&spec, 0, &sgd, &state).await.unwrap_err(), "batch size is 0");
        engine.load_network(&spec, 4, &sgd, &state).await.unwrap();

        let bad = ImageSet { labels: &[1, 2], ..digits.set() };
        says(engine.load_images(Split::Train, bad).await.unwrap_err(), "10 images came with 2 labels");
        let bad = ImageSet { labels: &[10; 10], ..digits.set() };
        says(engine.load_images(Split::Train, bad).await.unwrap_err(), "label 10 is no digit");
        let bad = ImageSet { side: 7, ..digits.set() };
        says(engine.load_images(Split::Train, bad).await.unwrap_err(), "7×7");
        engine.load_images(Split::Train, digits.set()).await.unwrap();

        says(engine.enqueue(&step(0, 1)).unwrap_err(), "call begin_epoch first");
        let plan = EpochPlan { order: vec![3, 10], transforms: vec![] };
        says(engine.begin_epoch(&plan).unwrap_err(), "names image 10, but 10 training images");
        let still = Affine { xx: 1.0, xy: 0.0, x0: 0.0, yx: 0.0, yy: 1.0, y0: 0.0 };
        let plan = EpochPlan { order: vec![3, 1], transforms: vec![still] };
        says(engine.begin_epoch(&plan).unwrap_err(), "1 transforms came with 2 indices");
        engine.begin_epoch(&EpochPlan { order: (0..10).collect(), transforms: vec![] }).unwrap();
        says(engine.enqueue(&step(0, 5)).unwrap_err(), "a step of 5 images");
        says(engine.enqueue(&step(0, 0)).unwrap_err(), "a step of 0 images");
        says(engine.enqueue(&step(8, 3)).unwrap_err(), "ends at place 11 of an order of 10");
        says(engine.enqueue(&step(u32::MAX, 3)).unwrap_err(), "of an order of 10");
        says(engine.gradients(digits.set()).await.unwrap_err(), "gradients of 10 images");
        says(engine.predict(&[0; 30]).await.unwrap_err(), "not whole images of 28×28");
        assert!(engine.finish().await.unwrap().is_empty(), "refused steps leave no metrics");
    });
}
