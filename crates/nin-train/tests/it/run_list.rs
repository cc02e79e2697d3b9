use std::fs;
use std::path::{Path, PathBuf};

use nin_train::{Command, Event, Outcome, RunEntry, RunState, list_runs};

use crate::common::{Memory, few_digits, quiet, small};

/// A folder with the newest content of every file of a run.
fn written<S: FnMut(&[Event]) -> Option<Command>>(host: &Memory<S>, parent: &Path, name: &str) -> PathBuf {
    let folder = parent.join(name);
    fs::create_dir(&folder).unwrap();
    for (name, bytes) in &host.files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    folder
}

fn finished(parent: &Path, name: &str) -> PathBuf {
    let mut host = Memory::new(quiet);
    host.run(few_digits(), &small()).unwrap();
    written(&host, parent, name)
}

#[test]
fn a_finished_run_tells_what_its_summary_tells() {
    let parent = tempfile::tempdir().unwrap();
    let mut host = Memory::new(quiet);
    let Outcome::Finished(summary) = host.run(few_digits(), &small()).unwrap() else { panic!("stopped") };
    let run = RunEntry::read(&written(&host, parent.path(), "small-1")).unwrap();
    assert_eq!((run.name.as_str(), run.recipe.as_str(), run.seed), ("small-1", "small", Some(5)));
    assert_eq!((run.state.clone(), run.test_accuracy), (RunState::Finished, Some(summary.test_accuracy)));
    assert!(run.has_checkpoint && run.saved_at > 1_700_000_000 && run.data.starts_with("embedded"));
    assert!((run.seconds - summary.seconds).abs() < 1e-9);
    for (stage, told) in run.stages.iter().zip(&summary.stages) {
        assert_eq!(
            (&stage.stage, stage.trained, stage.parameters),
            (&told.stage, told.epochs, Some(told.parameters))
        );
        assert_eq!(stage.test_accuracy_before_growth, told.test_accuracy_before_growth);
        assert_eq!(stage.test_accuracy_at_start, Some(told.test_accuracy_at_start));
        assert_eq!((stage.test_accuracy, stage.loss), (Some(told.test_accuracy), told.loss));
    }
    let json = serde_json::to_string(&run).unwrap();
    assert_eq!(serde_json::from_str::<RunEntry>(&json).unwrap(), run);
}

#[test]
fn a_stopped_run_tells_where_it_is() {
    let parent = tempfile::tempdir().unwrap();
    let in_second = |events: &[Event]| {
        let over = |event: &Event| matches!(event, Event::Epoch(epoch) if epoch.stage == "second");
        events.iter().any(over).then_some(Command::Stop)
    };
    let mut host = Memory::new(in_second);
    assert_eq!(host.run(few_digits(), &small()).unwrap(), Outcome::Stopped);
    let run = RunEntry::read(&written(&host, parent.path(), "stopped")).unwrap();
    assert_eq!(run.state, RunState::Unfinished { stage: "second".to_owned(), epoch: 1 });
    assert!(run.stages[0].finished && !run.stages[1].finished && run.has_checkpoint && run.seconds > 0.0);

    fs::remove_file(run.folder.join("metrics.jsonl")).unwrap();
    let run = RunEntry::read(&run.folder).unwrap();
    assert_eq!(run.state, RunState::Unfinished { stage: "first".to_owned(), epoch: 0 });
    assert_eq!((run.test_accuracy, run.stages.len()), (None, 2));
}

#[test]
fn damaged_runs_are_listed_with_what_is_wrong() {
    let parent = tempfile::tempdir().unwrap();
    let folder = finished(parent.path(), "damaged");
    let damage = |name: &str, bytes: &[u8]| {
        fs::write(folder.join(name), bytes).unwrap();
        let run = RunEntry::read(&folder).unwrap();
        let RunState::Damaged { message } = &run.state else { panic!("{:?}", run.state) };
        assert!(message.contains(name), "{message}");
        run
    };
    let log = fs::read(folder.join("metrics.jsonl")).unwrap();
    let recipe = fs::read(folder.join("recipe.toml")).unwrap();
    assert_eq!(damage("metrics.jsonl", &log[..log.len() - 9]).stages[1].trained, 2);
    assert_eq!(damage("metrics.jsonl", b"\xff\xfe").stages.len(), 2);
    fs::write(folder.join("metrics.jsonl"), &log).unwrap();
    let run = damage("recipe.toml", &recipe[..30]);
    assert!(run.recipe == "small" && run.seed.is_none() && run.test_accuracy.is_some());
}

#[test]
fn only_runs_are_listed_and_the_newest_comes_first() {
    let parent = tempfile::tempdir().unwrap();
    for (name, seconds) in [("old", 1_000), ("new", 3_000), ("between", 2_000)] {
        let log = finished(parent.path(), name).join("metrics.jsonl");
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::options().write(true).open(log).unwrap().set_modified(time).unwrap();
    }
    fs::create_dir(parent.path().join("empty")).unwrap();
    fs::write(parent.path().join("file"), "").unwrap();
    let names: Vec<String> = list_runs(parent.path()).into_iter().map(|run| run.name).collect();
    assert_eq!(names, ["new", "between", "old"]);
    assert!(list_runs(&parent.path().join("nowhere")).is_empty());
}
