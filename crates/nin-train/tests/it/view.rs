use nin_net::{Engine as _, Layout, Split};
use nin_train::{Command, Event, Look, Seen, Snapshot, Viewer, predict};
use pollster::block_on;

use crate::common::{Memory, commands, digits, few_digits, small};

/// What a watched run tells of its networks.
fn snapshots() -> Vec<Snapshot> {
    let mut host = Memory::new(commands(vec![Command::Watch { seconds: Some(1e6) }]));
    host.run(few_digits(), &small()).unwrap();
    let snapshot = |event: Event| match event {
        Event::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    };
    host.events.into_iter().filter_map(snapshot).collect()
}

fn viewer(snapshot: &Snapshot) -> Viewer {
    let mut viewer = Viewer::new().unwrap();
    block_on(viewer.load_digits(&few_digits())).unwrap();
    block_on(viewer.show(snapshot.clone())).unwrap();
    viewer
}

fn classified(viewer: &mut Viewer) -> Seen {
    (0..10_000).find_map(|_| block_on(viewer.piece())).unwrap()
}

#[test]
fn a_watched_run_tells_its_network_at_every_epoch_and_learns_the_same() {
    let told = snapshots();
    let moments: Vec<_> =
        told.iter().map(|s| (s.moment.stage.as_str(), s.moment.epoch, s.moment.step)).collect();
    // The first when it was asked for, then each epoch's, and the second stage's as it grew.
    assert_eq!(
        moments,
        [
            ("first", 0, 0),
            ("first", 1, 0),
            ("first", 2, 0),
            ("second", 0, 0),
            ("second", 1, 0),
            ("second", 2, 0)
        ]
    );
    let mut unwatched = Memory::new(crate::common::quiet);
    unwatched.run(few_digits(), &small()).unwrap();
    assert!(!unwatched.events.iter().any(|event| matches!(event, Event::Snapshot(_))));
    let layout = Layout::new(&small().spec(1)).unwrap();
    let kept = nin_net::load_tensors(&layout, unwatched.file("second.safetensors"), "").unwrap();
    assert_eq!(told.last().unwrap().model.parameters, kept);
}

#[test]
fn predictions_are_the_engines_and_wrong_drawings_a_sentence() {
    let snapshot = snapshots().pop().unwrap();
    let mut viewer = viewer(&snapshot);
    let image = few_digits().test.images[..784].to_vec();
    let mut engine = nin_cpu::CpuEngine::new(Some(1)).unwrap();
    let state = nin_net::NetworkState::new(snapshot.model.parameters.clone());
    block_on(engine.load_network(&snapshot.model.spec, 1, &nin_net::OptimizerSpec::sgd(0.0), &state))
        .unwrap();
    let expected = predict(7, &block_on(engine.predict(&image)).unwrap());
    assert_eq!(block_on(viewer.answer(Look::Predict { id: 7, image })), Some(Seen::Prediction(expected)));
    let wrong = block_on(viewer.answer(Look::Predict { id: 8, image: vec![0; 9] }));
    assert!(matches!(wrong, Some(Seen::Failed { .. })), "{wrong:?}");
}

#[test]
fn an_inspection_shows_every_layer_and_each_digits_evidence() {
    let snapshot = snapshots().pop().unwrap();
    let layout = Layout::new(&snapshot.model.spec).unwrap();
    let image = few_digits().test.images[..784].to_vec();
    let Some(Seen::Inspection(seen)) = block_on(viewer(&snapshot).answer(Look::Inspect { id: 3, image }))
    else {
        panic!("no inspection")
    };
    let shapes: Vec<_> = seen.layers.iter().map(|layer| (layer.maps.len(), layer.maps[0].side)).collect();
    let expected: Vec<_> = layout.convolutions.iter().map(|c| (c.out_channels, c.side)).collect();
    assert_eq!(shapes, expected);
    assert_eq!((seen.id, seen.evidence.len(), seen.evidence[0].side), (3, 10, 7));
    // The channels' ReLU lets nothing below 0 through.
    assert!(seen.layers[0].maps.iter().all(|map| map.low >= 0.0));
}

#[test]
fn a_classification_agrees_with_the_runs_own_measure() {
    let mut host = Memory::new(commands(vec![Command::Watch { seconds: Some(1e6) }]));
    host.run(few_digits(), &small()).unwrap();
    let snapshot = host.events.iter().rev().find_map(|event| match event {
        Event::Snapshot(snapshot) => Some(snapshot.clone()),
        _ => None,
    });
    let measured = host.events.iter().rev().find_map(|event| match event {
        Event::Epoch(metrics) => Some(metrics.test_accuracy),
        _ => None,
    });
    let mut viewer = viewer(&snapshot.unwrap());
    assert_eq!(block_on(viewer.answer(Look::Classify)), None);
    assert!(viewer.is_busy());
    let Seen::Classification(seen) = classified(&mut viewer) else { panic!("no classification") };
    let hits = seen.labels.iter().zip(&seen.digits).filter(|(label, digit)| label == digit).count();
    assert_eq!((seen.labels.len(), seen.of), (60, 60));
    assert!((100.0 * hits as f64 / 60.0 - measured.unwrap()).abs() < 1e-9);
    assert!(!viewer.is_busy());
}

#[test]
fn a_new_network_waits_for_the_classification_that_goes_on() {
    let told = snapshots();
    let mut viewer = viewer(&told[0]);
    block_on(viewer.answer(Look::Classify));
    block_on(viewer.show(told[5].clone())).unwrap();
    let Seen::Classification(seen) = classified(&mut viewer) else { panic!("no classification") };
    assert_eq!(seen.moment, told[0].moment);
    block_on(viewer.answer(Look::Classify));
    let Seen::Classification(seen) = classified(&mut viewer) else { panic!("no classification") };
    assert_eq!(seen.moment, told[5].moment);
}

#[test]
fn layer_gradients_are_those_of_the_first_training_images() {
    let snapshot = snapshots().remove(0);
    let layout = Layout::new(&snapshot.model.spec).unwrap();
    let seen = block_on(viewer(&snapshot).answer(Look::LayerGradients));
    let Some(Seen::LayerGradients { images, layers }) = seen else { panic!("{seen:?}") };
    assert_eq!((images, layers.len()), (60, layout.convolutions.len()));
    let mut engine = nin_cpu::CpuEngine::new(Some(1)).unwrap();
    let state = nin_net::NetworkState::new(snapshot.model.parameters);
    block_on(engine.load_network(&snapshot.model.spec, 60, &nin_net::OptimizerSpec::sgd(0.0), &state))
        .unwrap();
    let probe = digits(60, 1).train;
    block_on(engine.load_images(Split::Test, probe.as_set())).unwrap();
    let whole = block_on(engine.gradients(probe.as_set())).unwrap().gradient;
    let squares: f32 = layers.iter().map(|layer| layer.gradient_norm.powi(2)).sum();
    let expected: f32 = whole.iter().map(|value| value * value).sum();
    assert!((squares - expected).abs() < 1e-4 * expected, "{squares} {expected}");
}

#[test]
fn only_digits_that_are_there_are_shown() {
    let snapshot = snapshots().pop().unwrap();
    let seen = block_on(viewer(&snapshot).answer(Look::Digits { indices: vec![59, 60, 3] }));
    let Some(Seen::Digits { digits }) = seen else { panic!("{seen:?}") };
    assert_eq!(digits.iter().map(|digit| digit.index).collect::<Vec<_>>(), [59, 3]);
    assert_eq!(digits[1].label, few_digits().test.labels[3]);
    assert_eq!(digits[1].image, few_digits().test.images[3 * 784..4 * 784]);
}
