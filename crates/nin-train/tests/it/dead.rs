use nin_net::{Head, Layout};
use nin_train::{DeadChannels, Event, Recipe, dead_channels, dead_note, dead_warning};

use crate::common::{Memory, few_digits, quiet, small};

/// The small recipe's first network with a ReLU everywhere, its parameters, and a channel killed by its bias.
fn network(head: Head, layer: usize, killed: &[usize]) -> (Layout, Vec<f32>) {
    let mut spec = small().spec(0);
    spec.head = head;
    spec.resolution = 16;
    spec.blocks[1].relu.clear();
    let layout = Layout::new(&spec).unwrap();
    let mut parameters = vec![0.01; layout.parameter_count];
    let convolution = &layout.convolutions[layer];
    for (index, bias) in parameters[convolution.bias()].iter_mut().enumerate() {
        *bias = if killed.contains(&index) { -1e6 } else { 1.0 };
    }
    (layout, parameters)
}

#[test]
fn killed_channels_are_found_and_their_digits_named() {
    let digits = few_digits();
    let (layout, parameters) = network(Head::Global, 3, &[2, 9]);
    let dead = dead_channels(&layout, &parameters, digits.train.as_set()).unwrap();
    assert_eq!(dead, [DeadChannels { layer: "features.7".to_owned(), of: 10, channels: vec![2, 9] }]);
    let sentence = dead_warning(&layout, &dead).unwrap();
    assert!(
        sentence.contains("channels 2 and 9") && sentence.contains("digits 2 and 9 cannot"),
        "{sentence}"
    );
}

#[test]
fn in_the_quadrant_head_a_channel_takes_four_digits_with_it() {
    let digits = few_digits();
    for (killed, words) in [
        (0, Some("digits 0, 1, 2 and 3 cannot")),
        (1, Some("digits 4, 5, 6 and 7 cannot")),
        (2, Some("digits 8 and 9 cannot")),
        (3, None),
    ] {
        let (layout, parameters) = network(Head::Quadrant, 3, &[killed]);
        let dead = dead_channels(&layout, &parameters, digits.train.as_set()).unwrap();
        assert_eq!(dead[0].channels, [killed]);
        let sentence = dead_warning(&layout, &dead);
        assert_eq!(sentence.is_some(), words.is_some());
        assert!(sentence.unwrap_or_default().contains(words.unwrap_or_default()));
        assert!(dead_note(&layout, &dead).unwrap().contains(&format!("channel {killed}. ")));
    }
}

#[test]
fn a_dead_layer_within_is_told_as_the_end_of_all_learning() {
    let (layout, parameters) = network(Head::Global, 1, &[0, 1, 2, 3, 4, 5]);
    let dead = dead_channels(&layout, &parameters, few_digits().train.as_set()).unwrap();
    let sentence = dead_warning(&layout, &dead).unwrap();
    assert!(sentence.contains("features.2") && sentence.contains("no digit can be learned"), "{sentence}");
}

/// PyTorch's default start with a ReLU before the head: of a few seeds, some have dead class maps.
#[test]
fn a_run_warns_of_a_dead_start_once() {
    let mut recipe: Recipe = small();
    recipe.initial = nin_net::Initial::Default;
    recipe.stages.truncate(1);
    recipe.stages[0].blocks[1].relu.clear();
    recipe.stages[0].optimizer = nin_net::OptimizerSpec::sgd(0.0);
    recipe.stages[0].schedule.learning_rate = 1e-6;
    let mut warned = 0;
    for seed in 0..6 {
        recipe.seed = seed;
        let mut host = Memory::new(quiet);
        host.run(few_digits(), &recipe).unwrap();
        let warnings = host.events.iter().filter(|event| matches!(event, Event::Warning { .. })).count();
        let dead = host.events.iter().any(|event| match event {
            Event::StageStarted(started) => {
                started.dead_channels.iter().any(|layer| layer.layer == "features.7")
            }
            _ => false,
        });
        assert_eq!(warnings, usize::from(dead), "seed {seed}");
        warned += warnings;
    }
    assert!(warned > 0);
}
