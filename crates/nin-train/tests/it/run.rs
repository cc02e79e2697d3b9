use std::sync::mpsc;

use nin_cpu::CpuEngine;
use nin_net::{GrowthStart, Layout, load_tensors};
use nin_train::{CHECKPOINT, Event, Outcome, PREVIOUS, Recipe, RunFolder, Summary, ThreadHost, train};
use pollster::block_on;

use crate::common::{Memory, digits, few_digits, name, quiet, small};

fn finished(outcome: Outcome) -> Summary {
    let Outcome::Finished(summary) = outcome else { panic!("stopped") };
    summary
}

#[test]
fn events_come_in_order_and_agree_with_each_other() {
    let mut host = Memory::new(quiet);
    let summary = finished(host.run(few_digits(), &small()).unwrap());
    let mut names: Vec<String> = host.events.iter().map(name).filter(|name| name != "saved").collect();
    names.dedup();
    let epochs = ["steps", "epoch", "steps", "epoch", "stage_finished"];
    let expected =
        [&["run_started", "stage_started"], &epochs[..], &["stage_started", "grown"], &epochs, &["finished"]];
    assert_eq!(names, expected.concat());
    assert_eq!(host.events.last(), Some(&Event::Finished(summary.clone())));

    // 150 images in steps of 20, then of 25: the last step of an epoch has what is left.
    let last_steps = |stage: &str| {
        let steps = host.events.iter().rev().find_map(|e| match e {
            Event::Steps(s) if s.stage == stage => Some((s.step, s.steps, s.epoch)),
            _ => None,
        });
        steps.unwrap()
    };
    assert_eq!((last_steps("first"), last_steps("second")), ((8, 8, 2), (6, 6, 2)));
    for event in &host.events {
        if let Event::Epoch(metrics) = event {
            assert_eq!(metrics.confusion.iter().chain(&metrics.outside).sum::<u32>(), 60);
            assert!(metrics.gradient_norm > 0.0 && metrics.class_accuracy.len() == 10);
        }
    }
    let (first, second) = (&summary.stages[0], &summary.stages[1]);
    assert_eq!(
        (first.test_accuracy_before_growth, second.test_accuracy_before_growth),
        (None, Some(first.test_accuracy))
    );
    assert!(first.loss.is_some() && first.epochs == 2 && summary.test_accuracy == second.test_accuracy);
}

#[test]
fn the_log_is_jsonl_and_the_summary_json() {
    let mut host = Memory::new(quiet);
    let summary = finished(host.run(few_digits(), &small()).unwrap());
    let text = std::str::from_utf8(host.file("metrics.jsonl")).unwrap();
    let log: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lasting = |event: &&Event| !matches!(event, Event::Steps(_) | Event::Saved { .. });
    assert_eq!(log, host.events.iter().filter(lasting).cloned().collect::<Vec<_>>());
    let value: serde_json::Value = serde_json::from_slice(host.file("summary.json")).unwrap();
    assert_eq!(value["stages"][1]["stage"], "second");
    assert_eq!(serde_json::from_value::<Summary>(value).unwrap(), summary);
    assert_eq!(Recipe::from_toml(std::str::from_utf8(host.file("recipe.toml")).unwrap()).unwrap(), small());
    let svg = std::str::from_utf8(host.file("curves.svg")).unwrap();
    assert!(svg.ends_with("</svg>\n") && svg.contains(">second</text>") && !svg.contains("NaN"));
}

#[test]
fn stage_files_hold_the_parameters_under_pytorchs_names() {
    let mut host = Memory::new(quiet);
    host.run(few_digits(), &small()).unwrap();
    let layout = Layout::new(&small().spec(1)).unwrap();
    let plain = load_tensors(&layout, host.file("second.safetensors"), "").unwrap();
    assert_eq!(plain, load_tensors(&layout, host.file(CHECKPOINT), "").unwrap());
    assert!(load_tensors(&layout, host.file("second.safetensors"), "first_moment.").is_err());
    assert!(load_tensors(&layout, host.file(CHECKPOINT), "second_moment.").is_ok());
}

fn growth_of(recipe: &Recipe) -> (f64, f64, f64, f64) {
    let mut host = Memory::new(quiet);
    host.run(few_digits(), recipe).unwrap();
    let grown = host.events.into_iter().find_map(|event| match event {
        Event::Grown(grown) => Some(grown),
        _ => None,
    });
    let grown = grown.unwrap();
    assert_eq!(grown.new_layers, ["features.4", "features.9"]);
    assert_eq!((grown.from.as_str(), grown.stage.as_str()), ("first", "second"));
    (grown.test_accuracy_before, grown.test_accuracy_after, grown.test_loss_before, grown.test_loss_after)
}

#[test]
fn growing_by_the_identity_loses_nothing_and_by_constants_it_does() {
    let mut recipe = small();
    let (before, after, loss_before, loss_after) = growth_of(&recipe);
    assert_eq!((before, loss_before), (after, loss_after));
    recipe.stages[1].growth.as_mut().unwrap().start = GrowthStart::Constant(1.0);
    let (_, _, loss_before, loss_after) = growth_of(&recipe);
    assert!(loss_after > 1.1 * loss_before, "{loss_before} {loss_after}");
}

#[test]
fn it_learns() {
    let mut recipe = small();
    recipe.stages.truncate(1);
    recipe.stages[0].epochs = 12;
    let summary = finished(Memory::new(quiet).run(digits(600, 200), &recipe).unwrap());
    let stage = &summary.stages[0];
    assert!(stage.test_accuracy > 60.0, "{stage:?}");
    assert!(stage.test_loss < 1.3, "{stage:?}");
}

#[test]
fn stages_without_epochs_or_growth() {
    let mut recipe = small();
    recipe.stages[0].epochs = 0;
    recipe.stages[1].growth = None;
    recipe.stages[1].epochs = 1;
    let mut host = Memory::new(quiet);
    let summary = finished(host.run(few_digits(), &recipe).unwrap());
    assert_eq!(summary.stages[0].test_accuracy, summary.stages[0].test_accuracy_at_start);
    assert_eq!((summary.stages[0].loss, summary.stages[1].test_accuracy_before_growth), (None, None));
    assert!(!host.events.iter().any(|event| matches!(event, Event::Grown(_))));
}

#[test]
fn held_out_images_replace_the_test_set() {
    let mut recipe = small();
    recipe.hold_out = 50;
    let mut host = Memory::new(quiet);
    host.run(few_digits(), &recipe).unwrap();
    let Event::RunStarted(started) = &host.events[0] else { panic!("{:?}", host.events[0]) };
    assert_eq!((started.train_images, started.test_images), (100, 50));
    recipe.hold_out = 150;
    let sentence = Memory::new(quiet).run(few_digits(), &recipe).unwrap_err().to_string();
    assert!(sentence.contains("150"), "{sentence}");
}

/// 300 batches of one image: the line's sum over 299 is the epoch's mean over 300.
#[test]
fn the_seeds_line_divides_by_one_batch_too_few() {
    let mut recipe = small();
    recipe.seed_lines = true;
    (recipe.batch, recipe.stages[0].epochs) = (1, 2);
    recipe.stages.truncate(1);
    let mut host = Memory::new(quiet);
    host.run(digits(300, 10), &recipe).unwrap();
    let lines = host.events.iter().filter_map(|event| match event {
        Event::SeedLine { epoch, batch, loss } => Some((*epoch, *batch, *loss)),
        _ => None,
    });
    let means = host.events.iter().filter_map(|event| match event {
        Event::Epoch(metrics) => Some(metrics.train_loss),
        _ => None,
    });
    let (lines, means): (Vec<_>, Vec<_>) = (lines.collect(), means.collect());
    assert_eq!(lines.iter().map(|line| (line.0, line.1)).collect::<Vec<_>>(), [(1, 300), (2, 300)]);
    for (line, mean) in lines.iter().zip(means) {
        assert!((line.2 * 299.0 - mean * 300.0).abs() < 1e-9, "{line:?} {mean}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let files = [1, 2].map(|threads| {
        let mut host = Memory::new(quiet);
        block_on(train(&mut CpuEngine::new(Some(threads)).unwrap(), &mut host, few_digits(), &small()))
            .unwrap();
        ["first.safetensors", "second.safetensors"].map(|name| host.file(name).to_vec())
    });
    assert_eq!(files[0], files[1]);
}

#[test]
fn a_run_on_a_thread_leaves_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs/one");
    let (events, heard) = mpsc::channel();
    let (_commander, commands) = mpsc::channel();
    let mut host = ThreadHost { events, commands, folder: RunFolder::open(&path).unwrap() };
    let thread = std::thread::spawn(move || {
        block_on(train(&mut CpuEngine::new(Some(1)).unwrap(), &mut host, few_digits(), &small())).unwrap()
    });
    assert!(matches!(thread.join().unwrap(), Outcome::Finished(_)));
    assert!(heard.iter().any(|event| matches!(event, Event::Finished(_))));
    let mut names: Vec<_> =
        path.read_dir().unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let expected = [".nin-lock", "curves.svg", "first.safetensors", CHECKPOINT, "metrics.jsonl", PREVIOUS];
    assert_eq!(names, [&expected[..], &["recipe.toml", "second.safetensors", "summary.json"]].concat());
}
