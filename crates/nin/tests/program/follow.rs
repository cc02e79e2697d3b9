//! Following runs: the list, the comparison, TensorBoard's files; completions and the manual page.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::faults::fails;
use crate::{folder, run, succeed, text};

const TRAIN: [&str; 8] =
    ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--epochs", "1", "--quiet"];

fn train(folder: &Path, more: &[&str]) {
    succeed(folder, &[&TRAIN[..], more].concat());
}

/// The event files in a folder.
fn event_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_one = |path: &PathBuf| path.to_string_lossy().contains("events.out.tfevents.");
    entries.filter(is_one).collect()
}

#[test]
fn runs_are_listed_and_compared() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("runs")).expect("a folder");
    assert!(succeed(path, &["runs"]).contains("no runs in runs"));
    train(path, &[]);
    train(path, &["--stages", "v0,v1", "--seed", "8"]);
    let list = succeed(path, &["runs"]);
    for expected in ["run ", "small-1", "small-2", "v0 · v1 · v2", "finished", " %", "ago"] {
        assert!(list.contains(expected), "{expected} is missing in\n{list}");
    }
    let lines = succeed(path, &["runs", "--json"]);
    let entries: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(entries.len(), 2);
    let summary = fs::read_to_string(path.join("runs/small-1/summary.json")).expect("a summary");
    let summary: Value = serde_json::from_str(&summary).expect("JSON");
    let one = entries.iter().find(|entry| entry["name"] == "small-1").expect("the first run");
    assert_eq!(one["test_accuracy"], summary["test_accuracy"]);
    assert_eq!((&one["state"]["state"], &one["recipe"]), (&"finished".into(), &"small".into()));

    let comparison = succeed(path, &["runs", "compare", "runs/small-1", "runs/small-2"]);
    let rows: Vec<&str> = comparison.lines().collect();
    let of = |run: &str| rows.iter().filter(|row| row.contains(run)).count();
    assert_eq!((of("small-1"), of("small-2"), rows.len()), (3, 2, 6), "{comparison}");
    let difference = |row: &&str| row.contains(" +") || row.contains(" -");
    assert!(rows[2].contains("small-2") && difference(&rows[2]) && !difference(&rows[1]), "{comparison}");
}

#[test]
fn a_damaged_run_is_in_the_list() {
    let folder = folder();
    let path = folder.path();
    train(path, &["--stages", "v0", "--out", "all/whole"]);
    train(path, &["--stages", "v0", "--out", "all/broken"]);
    fs::write(path.join("all/broken/metrics.jsonl"), "{\"event\"").expect("a file");
    let output = run(path, &["runs", "all"]);
    assert!(output.status.success());
    let (list, complaint) = (text(&output.stdout), text(&output.stderr));
    assert!(list.contains("whole") && list.contains("damaged"), "{list}");
    assert!(complaint.contains("broken") && complaint.contains("metrics.jsonl"), "{complaint}");
}

#[test]
fn what_holds_no_runs_is_named() {
    let folder = folder();
    let path = folder.path();
    fails(path, &["runs"], 1, &["runs", "cannot be listed"]);
    fails(path, &["runs", "small.toml"], 1, &["small.toml"]);
    fails(path, &["runs", "compare", ".", "nowhere"], 1, &["holds no run"]);
    fails(path, &["runs", "compare", "."], 2, &["compare"]);
    fs::write(path.join("file"), "").expect("a file");
    let arguments = [&TRAIN[..], &["--tensorboard", "file"]].concat();
    fails(path, &arguments, 1, &["file/small-1", "--tensorboard"]);
}

#[test]
fn tensorboards_files_lie_in_the_run_or_where_the_flag_says() {
    let folder = folder();
    let path = folder.path();
    train(path, &["--stages", "v0", "--out", "without"]);
    train(path, &["--stages", "v0", "--out", "own", "--tensorboard"]);
    train(path, &["--stages", "v0", "--out", "other", "--tensorboard", "board"]);
    let found = ["without", "own", "other", "board/other"].map(|name| event_files(&path.join(name)).len());
    assert_eq!(found, [0, 1, 0, 1]);
    let file = fs::read(&event_files(&path.join("own"))[0]).expect("an event file");
    let has = |tag: &str| file.windows(tag.len()).any(|part| part == tag.as_bytes());
    assert!(has("v0/test_accuracy") && has("v0/learning_rate") && has("brain.Event:2"));
    succeed(path, &["--no-gui", "--engine", "cpu", "--quiet", "--resume", "own", "--tensorboard"]);
    assert_eq!(event_files(&path.join("own")).len(), 2);
}

#[test]
fn shells_and_manual_page_readers_are_served() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = succeed(folder.path(), &["completions", shell]);
        assert!(script.contains("export") && script.contains("with-preprocessing"), "{shell}");
    }
    fails(folder.path(), &["completions", "dos"], 2, &["dos", "bash"]);
    let page = succeed(folder.path(), &["man"]);
    assert!(page.contains(".TH nin 1") && page.contains("completions"), "{page}");
    succeed(folder.path(), &["man", "pages"]);
    let page = fs::read_to_string(folder.path().join("pages/nin-export.1")).expect("a page");
    assert!(page.contains("pytorch\\-snippet"), "{page}");
    fails(folder.path(), &["man", "small.toml"], 1, &["small.toml"]);
}
