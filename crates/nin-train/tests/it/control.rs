use nin_train::{CHECKPOINT, Checkpoint, Command, EngineWish, Event, Outcome};

use crate::common::{Memory, commands, few_digits, name, quiet, small};

fn at(bytes: &[u8]) -> (usize, usize, usize) {
    let position = Checkpoint::from_bytes(bytes).unwrap().position;
    (position.stage, position.epoch, position.step)
}

#[test]
fn pause_step_and_stop_are_exact_to_the_step() {
    let list = [vec![Command::Pause], vec![Command::Step; 3], vec![Command::Stop]].concat();
    // While a step runs the script is asked as well; it must not run ahead of the pauses.
    let mut list = list.into_iter();
    let mut paused = 0;
    let mut started = false;
    let mut host = Memory::new(move |events: &[Event]| {
        let pauses = events.iter().filter(|event| **event == Event::Paused).count();
        if started && pauses == paused {
            return None;
        }
        (started, paused) = (true, pauses);
        list.next()
    });
    assert_eq!(host.run(few_digits(), &small()).unwrap(), Outcome::Stopped);
    assert_eq!(host.events.last(), Some(&Event::Stopped));
    assert_eq!(host.events.iter().filter(|event| **event == Event::Paused).count(), 4);
    let steps: Vec<usize> = host
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Steps(steps) => Some(steps.step),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [1, 2, 3]);
    assert_eq!(at(host.file(CHECKPOINT)), (0, 0, 3));
}

#[test]
fn pausing_and_going_on_changes_nothing() {
    let mut straight = Memory::new(quiet);
    straight.run(few_digits(), &small()).unwrap();
    let list =
        vec![Command::Pause, Command::Step, Command::Resume, Command::Save, Command::Pause, Command::Resume];
    let mut paused = Memory::new(commands(list));
    paused.run(few_digits(), &small()).unwrap();
    assert!(paused.events.contains(&Event::Resumed));
    for file in ["first.safetensors", "second.safetensors"] {
        assert_eq!(paused.file(file), straight.file(file));
    }
}

#[test]
fn a_profile_is_told_and_changes_nothing() {
    let mut straight = Memory::new(quiet);
    straight.run(few_digits(), &small()).unwrap();
    let list = vec![Command::Profile, Command::Pause, Command::Step, Command::Profile, Command::Resume];
    let mut profiled = Memory::new(commands(list));
    profiled.run(few_digits(), &small()).unwrap();
    let profiles: Vec<_> = profiled
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Profiled { profile, ceilings } => Some((profile, ceilings)),
            _ => None,
        })
        .collect();
    assert_eq!(profiles.len(), 2);
    for (profile, ceilings) in profiles {
        assert!(profile.images == 20 && profile.flop() > 0.0, "{profile:?}");
        assert!(ceilings.step_share(profile) > 0.0, "{ceilings:?}");
    }
    for file in ["first.safetensors", "second.safetensors"] {
        assert_eq!(profiled.file(file), straight.file(file));
    }
}

#[test]
fn a_changed_learning_rate_is_used_and_kept() {
    let list = vec![
        Command::SetLearningRate { learning_rate: 0.0 },
        Command::SetLearningRate { learning_rate: f32::NAN },
        Command::Start { recipe: Box::new(small()), engine: EngineWish::default() },
    ];
    let mut host = Memory::new(commands(list));
    host.run(few_digits(), &small()).unwrap();
    assert!(host.events.contains(&Event::LearningRateSet { learning_rate: 0.0 }));
    let warnings = host.events.iter().filter(|event| name(event) == "warning").count();
    assert_eq!(warnings, 2);
    let checkpoint = Checkpoint::from_bytes(host.file(CHECKPOINT)).unwrap();
    assert_eq!(checkpoint.recipe.stages[0].schedule.learning_rate, 0.0);
    // With rate 0 the first stage ends as it began.
    let accuracies: Vec<f64> = host
        .events
        .iter()
        .filter_map(|event| match event {
            Event::StageStarted(started) if started.index == 0 => Some(started.test_loss),
            Event::Epoch(metrics) if metrics.stage == "first" => Some(metrics.test_loss),
            _ => None,
        })
        .collect();
    assert!(accuracies.len() == 3 && accuracies.iter().all(|loss| *loss == accuracies[0]), "{accuracies:?}");
}

#[test]
fn commands_and_events_are_tagged_json() {
    let json = serde_json::to_string(&Command::SetLearningRate { learning_rate: 0.01 }).unwrap();
    assert_eq!(json, r#"{"command":"set_learning_rate","learning_rate":0.01}"#);
    let start = Command::Start { recipe: Box::new(small()), engine: EngineWish::default() };
    assert_eq!(serde_json::from_str::<Command>(&serde_json::to_string(&start).unwrap()).unwrap(), start);
    assert_eq!(serde_json::to_string(&Event::Paused).unwrap(), r#"{"event":"paused"}"#);
}
