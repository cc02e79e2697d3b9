//! Runs from start to end, replayed, killed, interrupted and resumed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::{SMALL, folder, program, run, succeed, text};

const TRAIN: [&str; 5] = ["--no-gui", "--engine", "cpu", "--recipe", "small.toml"];

fn train(more: &[&'static str]) -> Vec<&'static str> {
    [&TRAIN, more].concat()
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn events(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).expect("a JSON object on every line")).collect()
}

#[test]
fn a_run_ends_with_a_table_and_a_whole_folder() {
    let folder = folder();
    let output = succeed(folder.path(), &TRAIN);
    for expected in
        ["v0 epoch 1/2", "v1 grew out of v0", "parameters", "before growing", "saved in runs/small-1"]
    {
        assert!(output.contains(expected), "{expected} is missing in\n{output}");
    }
    let run = folder.path().join("runs/small-1");
    let stages = ["v0.safetensors", "v1.safetensors", "v2.safetensors"];
    for name in ["recipe.toml", "metrics.jsonl", "last.safetensors", "curves.svg"].iter().chain(&stages) {
        assert!(!bytes(&run, name).is_empty(), "{name} is empty");
    }
    let summary: Value = serde_json::from_slice(&bytes(&run, "summary.json")).expect("JSON");
    assert!(summary["test_accuracy"].as_f64().expect("a number") > 50.0, "{summary}");
    assert_eq!(summary["stages"].as_array().expect("a list").len(), 3);
    let stage = &summary["stages"][1];
    assert_eq!(
        stage["test_accuracy_before_growth"], stage["test_accuracy_at_start"],
        "growing by the identity"
    );
    let metrics = text(&bytes(&run, "metrics.jsonl"));
    assert_eq!(events(&metrics).iter().filter(|event| event["event"] == "epoch").count(), 7);
}

#[test]
fn a_saved_recipe_replays_to_the_same_bits() {
    let folder = folder();
    let more =
        ["--seed", "11", "--batch", "80", "--epochs", "v2=1", "--learning-rate", "0.005", "--out", "first"];
    succeed(folder.path(), &train(&more));
    let recipe = "first/recipe.toml";
    succeed(
        folder.path(),
        &["--no-gui", "--engine", "cpu", "--recipe", recipe, "--threads", "1", "--out", "second"],
    );
    for name in ["v0.safetensors", "v2.safetensors", "recipe.toml"] {
        assert_eq!(
            bytes(folder.path(), &format!("first/{name}")),
            bytes(folder.path(), &format!("second/{name}"))
        );
    }
    let recipe = text(&bytes(folder.path(), recipe));
    for expected in ["seed = 11", "batch = 80", "learning_rate = 0.005"] {
        assert!(recipe.contains(expected), "{expected} is missing in\n{recipe}");
    }
}

#[test]
fn other_seeds_give_other_bits_and_runs_are_numbered() {
    let folder = folder();
    for seed in ["1", "2"] {
        succeed(folder.path(), &train(&["--stages", "v0", "--epochs", "1", "--quiet", "--seed", seed]));
    }
    let saved = |number: u32| bytes(folder.path(), &format!("runs/small-{number}/v0.safetensors"));
    assert_ne!(saved(1), saved(2));
}

#[test]
fn the_seed_experiments_own_line_is_printed_where_the_recipe_asks_for_it() {
    let folder = folder();
    let recipe = SMALL.replacen("resolution", "seed_lines = true\nresolution", 1);
    fs::write(folder.path().join("small.toml"), recipe).expect("the recipe is written");
    let output = succeed(folder.path(), &train(&["--stages", "v0", "--epochs", "2", "--batch", "20"]));
    for start in ["(1, 300) loss : ", "(2, 300) loss : "] {
        let line = output.lines().find(|line| line.starts_with(start)).expect("a line every 300 batches");
        assert!(line[start.len()..].parse::<f64>().is_ok_and(|loss| loss > 0.0), "{line}");
    }
}

#[test]
fn json_is_all_there_is_and_ends_with_the_end() {
    let folder = folder();
    let output = run(folder.path(), &train(&["--json", "--hold-out", "1000"]));
    assert!(output.status.success());
    let events = events(&text(&output.stdout));
    let started = events.iter().find(|event| event["event"] == "run_started").expect("a start");
    assert_eq!((&started["train_images"], &started["test_images"]), (&7000.into(), &1000.into()));
    assert_eq!(events.last().expect("events")["event"], "finished");
}

/// Starts a run with JSON lines and returns it as soon as the first epoch of `stage` is over.
fn start_until(folder: &Path, arguments: &[&str], stage: &str) -> (std::process::Child, Vec<String>) {
    let mut child =
        program(folder, arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a start");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut seen = Vec::new();
    for line in lines.by_ref() {
        let line = line.expect("a line");
        let event: Value = serde_json::from_str(&line).expect("JSON");
        seen.push(line);
        if event["event"] == "epoch" && event["stage"] == stage {
            break;
        }
    }
    (child, seen)
}

#[test]
fn a_killed_run_resumes_to_the_same_bits() {
    let folder = folder();
    succeed(folder.path(), &train(&["--epochs", "v2=10", "--out", "whole", "--quiet"]));
    let (mut child, _) =
        start_until(folder.path(), &train(&["--epochs", "v2=10", "--out", "killed", "--json"]), "v1");
    child.kill().expect("a kill");
    assert!(!child.wait().expect("an end").success());
    assert!(!folder.path().join("killed/summary.json").exists(), "it was killed before its end");
    succeed(folder.path(), &["--no-gui", "--engine", "cpu", "--resume", "killed", "--quiet"]);
    for name in ["v1.safetensors", "v2.safetensors"] {
        assert_eq!(
            bytes(folder.path(), &format!("whole/{name}")),
            bytes(folder.path(), &format!("killed/{name}"))
        );
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_saves_stops_and_resumes_to_the_same_bits() {
    let folder = folder();
    succeed(folder.path(), &train(&["--epochs", "v2=10", "--out", "whole", "--quiet"]));
    let (mut child, _) =
        start_until(folder.path(), &train(&["--epochs", "v2=10", "--out", "stopped", "--json"]), "v0");
    let pid = child.id().to_string();
    let signal = std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill");
    assert!(signal.success());
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let checkpoint = "stopped/last.safetensors";
    succeed(folder.path(), &["--no-gui", "--engine", "cpu", "--resume", checkpoint, "--quiet"]);
    for name in ["v0.safetensors", "v2.safetensors"] {
        assert_eq!(
            bytes(folder.path(), &format!("whole/{name}")),
            bytes(folder.path(), &format!("stopped/{name}"))
        );
    }
}

#[test]
fn a_reader_who_leaves_does_not_break_a_run() {
    let folder = folder();
    let (mut child, _) = start_until(folder.path(), &train(&["--json", "--out", "unread"]), "v0");
    // The pipe is closed by now: whatever comes next meets nobody.
    assert!(child.wait().expect("an end").success());
    assert!(folder.path().join("unread/summary.json").exists());
}
