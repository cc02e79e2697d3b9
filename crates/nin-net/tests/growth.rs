//! What each kind of growth puts where.

mod common;

use common::stage;
use nin_net::{
    Carry, Growth, GrowthError, GrowthStart, Head, Initial, Layout, Random, Stream, grow, initial_parameters,
};

fn random() -> Random {
    Random::new(5, Stream::Initial, 0)
}

fn growth(start: GrowthStart, carry: Carry) -> Growth {
    Growth { start, carry, new: vec![] }
}

#[test]
fn constant_growth_is_what_the_experiment_did() {
    let (v0, v1) = (stage(0, 224, Head::Quadrant), stage(1, 224, Head::Quadrant));
    let old = initial_parameters(&v0, Initial::Default, &mut Random::new(5, Stream::Initial, 1));
    let growth = growth(GrowthStart::Constant(1.0), Carry::Weights);
    let grown = grow(&v0, &old, &v1, &growth, &mut random()).unwrap();
    let names: Vec<_> = grown.new_layers.iter().map(|&i| v1.convolutions[i].weight_name()).collect();
    assert_eq!(names, ["features.4.weight", "features.16.weight"]);
    for &index in &grown.new_layers {
        let layer = &v1.convolutions[index];
        assert!(grown.parameters[layer.weight()].iter().all(|&w| w == 1.0));
        assert!(grown.parameters[layer.bias()].iter().all(|&b| b != 0.0 && b.abs() < 1.0 / 10f32.sqrt()));
    }
    for (from, to) in [(0, 0), (1, 1), (2, 3), (3, 4), (4, 5), (5, 6)] {
        let (from, to) = (&v0.convolutions[from], &v1.convolutions[to]);
        assert_eq!(old[from.weight()], grown.parameters[to.weight()]);
        assert!(old[from.bias()].iter().zip(&grown.parameters[to.bias()]).all(|(a, b)| a != b));
    }
}

#[test]
fn identity_growth_is_the_identity() {
    let (v1, v2) = (stage(1, 28, Head::Global), stage(2, 28, Head::Global));
    let old = initial_parameters(&v1, Initial::Kaiming, &mut random());
    let growth = growth(GrowthStart::Identity, Carry::WeightsAndBiases);
    let grown = grow(&v1, &old, &v2, &growth, &mut random()).unwrap();
    assert_eq!(grown.new_layers, [5]);
    let new = &v2.convolutions[5];
    for (index, weight) in grown.parameters[new.weight()].iter().enumerate() {
        assert_eq!(*weight, if index / 20 == index % 20 { 1.0 } else { 0.0 });
    }
    assert!(grown.parameters[new.bias()].iter().all(|&b| b == 0.0));
    let carried = [&grown.parameters[..new.offset], &grown.parameters[new.bias().end..]].concat();
    assert_eq!(carried, old);
}

/// A last layer without ReLU stays last: the new layer goes in before it.
#[test]
fn a_new_layer_can_go_before_the_last() {
    let without_last_relu = |version: usize| {
        let mut spec = stage(version, 28, Head::Global).spec;
        let depth = spec.blocks[2].channels.len();
        spec.blocks[2].relu = (1..=depth).map(|position| position < depth).collect();
        Layout::new(&spec).unwrap()
    };
    let (v0, v1) = (without_last_relu(0), without_last_relu(1));
    let old = vec![0.5; v0.parameter_count];
    let mut growth = growth(GrowthStart::Identity, Carry::WeightsAndBiases);
    let at_the_end = grow(&v0, &old, &v1, &growth, &mut random());
    assert!(matches!(at_the_end, Err(GrowthError::Changed { block: 3, position: 2 })));
    growth.new = vec![[1, 3], [3, 2]];
    assert_eq!(grow(&v0, &old, &v1, &growth, &mut random()).unwrap().new_layers, [2, 6]);
}

#[test]
fn impossible_growth_says_why() {
    let (v0, v1, v2) = (stage(0, 28, Head::Global), stage(1, 28, Head::Global), stage(2, 28, Head::Global));
    let old = vec![0.0; v0.parameter_count];
    let plain = growth(GrowthStart::Identity, Carry::WeightsAndBiases);
    let with = |new: Vec<[usize; 2]>| Growth { new, ..plain.clone() };
    let error = |to: &Layout, growth: &Growth| grow(&v0, &old, to, growth, &mut random()).unwrap_err();
    assert_eq!(error(&v1, &with(vec![[1, 1]])), GrowthError::NoSuchLayer { block: 1, position: 1 });
    assert_eq!(error(&v1, &with(vec![[4, 2]])), GrowthError::NoSuchLayer { block: 4, position: 2 });
    let count = GrowthError::Count { block: 3, old: 2, found: 3, new: 0 };
    assert_eq!(error(&v1, &with(vec![[1, 3]])), count);
    assert_eq!(error(&stage(1, 56, Head::Global), &plain), GrowthError::Frame);
    let mut wider = v2.spec.clone();
    wider.blocks[0].channels[2] = 12;
    let wider = Layout::new(&wider).unwrap();
    assert_eq!(error(&wider, &plain), GrowthError::NoIdentity { block: 1, position: 3 });
    let short = grow(&v0, &old[1..], &v1, &plain, &mut random()).unwrap_err();
    assert_eq!(short, GrowthError::ParameterCount { expected: 4370, found: 4369 });
}
