//! Logits, loss and every gradient against the naive network and its finite differences.

use nin_net::{Engine, Head, Layout, NetworkSpec, OptimizerSpec, Pool, Random, Stream};

use crate::cases::{Digits, block, engine, network, parameters, specs};
use crate::reference::{Maps, forward, input, loss, relative_error};

fn inputs(digits: &Digits, resolution: usize) -> Vec<Maps> {
    let images = digits.images.chunks_exact(digits.side * digits.side);
    images.map(|image| input(image, digits.side, resolution)).collect()
}

/// Central differences of the naive network's loss, one parameter at a time.
fn differences(layout: &Layout, parameters: &[f64], inputs: &[Maps], labels: &[u8]) -> Vec<f64> {
    let h = 1e-6;
    let along = |index: usize| {
        let moved = |by: f64| {
            let mut parameters = parameters.to_vec();
            parameters[index] += by;
            loss(layout, &parameters, inputs, labels)
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    };
    (0..parameters.len()).map(along).collect()
}

fn check(name: &str, spec: &NetworkSpec, digits: &Digits) {
    let layout = Layout::new(spec).unwrap();
    let inputs = inputs(digits, spec.resolution);
    let parameters: Vec<f64> = parameters(&layout, 5).into_iter().map(f64::from).collect();
    let mut engine = engine(spec, 2, digits.labels.len(), &OptimizerSpec::sgd(0.0));
    let found = pollster::block_on(engine.gradients(digits.set())).unwrap();

    let logits: Vec<f64> = inputs
        .iter()
        .flat_map(|input| forward(&layout, &parameters, input.clone()).pop().unwrap().values)
        .collect();
    assert!(relative_error(&found.logits, &logits) < 1e-5, "{name}: logits");
    let expected_loss = loss(&layout, &parameters, &inputs, &digits.labels);
    assert!(relative_error(&[found.loss], &[expected_loss]) < 1e-5, "{name}: loss");
    let expected = differences(&layout, &parameters, &inputs, &digits.labels);
    for convolution in &layout.convolutions {
        for (what, range) in [("weight", convolution.weight()), ("bias", convolution.bias())] {
            let error = relative_error(&found.gradient[range.clone()], &expected[range]);
            assert!(error < 1e-5, "{name}: {what} of features.{}: {error:e}", convolution.module);
        }
    }
}

#[test]
fn every_gradient_is_the_loss_s_difference() {
    for (index, (name, spec)) in specs().iter().enumerate() {
        // One more image than two groups of lanes have, and few images.
        let count = if index == 0 { 33 } else { 3 };
        check(name, spec, &Digits::new(count, spec.resolution, 3));
    }
}

#[test]
fn resized_images_too() {
    for (name, spec) in specs().into_iter().take(2) {
        check(name, &spec, &Digits::new(3, 7, 4));
        check(name, &spec, &Digits::new(3, 17, 4));
    }
}

/// Compares, convolution by convolution, the slope along a random direction: for networks with too many parameters to
/// take the difference of each.
fn check_slopes(spec: &NetworkSpec, digits: &Digits) {
    let layout = Layout::new(spec).unwrap();
    let inputs = inputs(digits, spec.resolution);
    let parameters: Vec<f64> = parameters(&layout, 5).into_iter().map(f64::from).collect();
    let mut engine = engine(spec, 1, digits.labels.len(), &OptimizerSpec::sgd(0.0));
    let found = pollster::block_on(engine.gradients(digits.set())).unwrap().gradient;

    let mut random = Random::new(2, Stream::Initial, 0);
    for convolution in &layout.convolutions {
        let range = convolution.offset..convolution.bias().end;
        let direction: Vec<f64> = range.clone().map(|_| f64::from(random.uniform(-1.0, 1.0))).collect();
        let h = 1e-7;
        let moved = |by: f64| {
            let mut parameters = parameters.clone();
            parameters[range.clone()].iter_mut().zip(&direction).for_each(|(p, d)| *p += by * d);
            loss(&layout, &parameters, &inputs, &digits.labels)
        };
        let expected = (moved(h) - moved(-h)) / (2.0 * h);
        let slope: f64 = found[range].iter().zip(&direction).map(|(&g, d)| f64::from(g) * d).sum();
        let error = (slope - expected).abs() / expected.abs();
        assert!(error < 1e-3, "features.{}: {slope} is not {expected}", convolution.module);
    }
}

/// v2: maps of several strips, kept for the backward pass.
#[test]
fn kept_strips_fit_together() {
    let blocks = vec![
        block(3, &[10; 3], Pool::Max(2)),
        block(3, &[20; 3], Pool::Max(2)),
        block(3, &[10; 3], Pool::Max(2)),
    ];
    check_slopes(&network(28, Head::Global, blocks), &Digits::new(3, 28, 9));
}

/// Blocks too large for their activations to be kept are computed again in the backward pass, strip by strip.
#[test]
fn large_maps_are_computed_again() {
    let blocks = vec![block(3, &[12, 8], Pool::Max(2)), block(3, &[60, 30, 10], Pool::Max(3))];
    check_slopes(&network(121, Head::Global, blocks), &Digits::new(1, 28, 9));
}

/// Large maps are cut into pieces, each with sums of its own; an odd side, so that pooling drops an edge and pieces end unevenly.
#[test]
fn pieces_fit_together() {
    let blocks = vec![
        block(5, &[3, 4], Pool::Max(2)),
        block(3, &[5], Pool::Average(2)),
        block(3, &[4, 10], Pool::None),
    ];
    check_slopes(&network(131, Head::Quadrant, blocks), &Digits::new(2, 28, 9));
}
