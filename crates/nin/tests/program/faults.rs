//! Misuse: one sentence that names the thing, a failing exit code, no panic.

use std::fs;
use std::path::Path;

use crate::{folder, run, succeed, text};

/// Runs the program, which has to fail with exit code `code` and a sentence that contains every one of `words`.
pub fn fails(folder: &Path, arguments: &[&str], code: i32, words: &[&str]) {
    let output = run(folder, arguments);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{stderr}");
    for word in words {
        assert!(stderr.contains(word), "{arguments:?}: `{word}` is missing in\n{stderr}");
    }
    assert!(!stderr.contains("panicked") && !stderr.contains("RUST_BACKTRACE"), "{arguments:?}\n{stderr}");
    if code == 1 {
        let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{arguments:?}: not one sentence\n{stderr}");
        assert!(
            stderr.trim_end().ends_with(errors[0]),
            "{arguments:?}: the error is not the last word\n{stderr}"
        );
    }
}

#[test]
#[cfg(not(feature = "window"))]
fn a_program_without_a_window_says_so() {
    let folder = folder();
    fails(folder.path(), &[], 2, &["no window", "--no-gui"]);
    fails(folder.path(), &["--recipe", "small.toml"], 2, &["no window", "--no-gui"]);
}

#[test]
#[cfg(all(feature = "window", target_os = "linux"))]
fn without_a_screen_it_says_so() {
    let folder = folder();
    fails(folder.path(), &[], 1, &["no window can be opened", "--no-gui"]);
    fails(folder.path(), &["--recipe", "small.toml"], 1, &["no window can be opened", "--no-gui"]);
    fails(folder.path(), &["--recipe", "none"], 1, &["no built-in recipe `none`"]);
}

#[test]
#[cfg(feature = "window")]
fn flags_for_the_terminal_are_named() {
    let folder = folder();
    for flags in
        [["--resume", "x"], ["--out", "x"], ["--threads", "2"], ["--tensorboard", "x"], ["--quiet", "--json"]]
    {
        fails(folder.path(), &flags, 2, &[flags[0], "--no-gui"]);
    }
}

#[test]
fn wrong_flags_are_named() {
    let folder = folder();
    for (flag, value) in [
        ("--epochs", "many"),
        ("--epochs", "v0=1,"),
        ("--batch", "0"),
        ("--learning-rate", "nan"),
        ("--learning-rate", "-1"),
        ("--seed", "-3"),
        ("--seed", "9223372036854775808"),
        ("--threads", "0"),
        ("--threads", "100000"),
        ("--batch", "4294967296"),
        ("--engine", "tpu"),
        ("--hold-out", "some"),
        ("--map-precision", "f8"),
    ] {
        fails(folder.path(), &["--no-gui", &format!("{flag}={value}")], 2, &[flag, value]);
    }
    fails(folder.path(), &["--no-gui", "--resume", "x", "--seed", "1"], 2, &["--resume", "--seed"]);
    fails(folder.path(), &["--no-gui", "--resume", "x", "--out", "y"], 2, &["--resume", "--out"]);
    fails(folder.path(), &["--no-gui", "--no-such-flag"], 2, &["--no-such-flag"]);
}

#[test]
fn what_does_not_fit_the_recipe_is_named() {
    let folder = folder();
    let fails = |more: &[&str], words: &[&str]| {
        let arguments = [&["--no-gui", "--engine", "cpu", "--recipe", "small.toml"], more].concat();
        fails(folder.path(), &arguments, 1, words);
        assert!(!folder.path().join("runs").exists(), "{more:?} left a run folder");
    };
    fails(&["--stages", "v0,v7"], &["v7", "v0, v1, v2"]);
    fails(&["--epochs", "v7=1"], &["--epochs", "v7"]);
    fails(&["--epochs", "v2=1", "--stages", "v0"], &["--epochs", "v2", "--stages"]);
    fails(&["--adapter", "any"], &["--adapter", "--engine cpu"]);
}

#[test]
fn too_many_held_out_images_are_refused() {
    let folder = folder();
    let arguments = ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--hold-out", "8000"];
    fails(folder.path(), &arguments, 1, &["8000"]);
    assert!(!folder.path().join("runs/small-1").exists(), "an empty run folder is left");
}

#[test]
fn maps_as_f16_are_refused_where_there_is_no_gpu() {
    let folder = folder();
    let (path, words) = (folder.path(), ["the cpu engine cannot store maps as f16", "`nin info`", "f32"]);
    let f16 = ["--engine", "cpu", "--map-precision", "f16"];
    fails(path, &[&["bench"][..], &f16].concat(), 1, &words);
    fails(path, &[&["--no-gui", "--recipe", "small.toml"][..], &f16].concat(), 1, &words);
    assert!(!path.join("runs/small-1").exists(), "an empty run folder is left");
    let recipe = text(&fs::read(path.join("small.toml")).expect("a recipe"));
    fs::write(path.join("half.toml"), format!("map_precision = \"f16\"\n{recipe}")).expect("a file");
    fails(path, &["--no-gui", "--engine", "cpu", "--recipe", "half.toml"], 1, &words);
    // The flag goes before the recipe.
    let f32 = ["--no-gui", "--engine", "cpu", "--recipe", "half.toml", "--map-precision", "f32", "--quiet"];
    succeed(path, &[&f32[..], &["--stages", "v0", "--epochs", "1"]].concat());
}

#[test]
fn wrong_files_are_named() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("empty")).expect("a folder");
    fs::write(path.join("broken.toml"), "name = \"x\"\nseed = \"one\"\n").expect("a file");
    fs::write(path.join("binary.toml"), [0xff, 0xfe, 0x00]).expect("a file");
    for (recipe, words) in [
        ("missing.toml", ["missing.toml", "modern"]),
        ("empty", ["empty", "folder"]),
        ("broken.toml", ["broken.toml", "line 2"]),
        ("binary.toml", ["binary.toml", "UTF-8"]),
    ] {
        fails(path, &["--no-gui", "--engine", "cpu", "--recipe", recipe], 1, &words);
        fails(path, &["info", recipe], 1, &words);
    }
    for (data, words) in [("nowhere", ["nowhere", "embedded"]), ("empty", ["empty", "train-images"])] {
        fails(path, &["--no-gui", "--engine", "cpu", "--data", data], 1, &words);
    }
    for (checkpoint, words) in [
        ("missing.safetensors", ["missing.safetensors", "cannot read"]),
        ("empty", ["empty", "last.safetensors"]),
        ("broken.toml", ["broken.toml", "safetensors"]),
    ] {
        fails(path, &["--no-gui", "--engine", "cpu", "--resume", checkpoint], 1, &words);
    }
}

#[test]
fn an_out_that_cannot_be_is_named() {
    let folder = folder();
    let train = ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--out"];
    fails(folder.path(), &[&train[..], &["small.toml"]].concat(), 1, &["small.toml", "--out"]);
    fails(folder.path(), &[&train[..], &["small.toml/run"]].concat(), 1, &["small.toml/run", "--out"]);
}

#[test]
fn a_damaged_checkpoint_is_named_and_a_run_is_never_overwritten() {
    let folder = folder();
    let path = folder.path();
    let train =
        ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--epochs", "1", "--quiet", "--out", "run"];
    succeed(path, &train);
    let summary = fs::read(path.join("run/summary.json")).expect("a summary");
    fails(path, &train, 1, &["run", "--resume", "--out"]);
    assert_eq!(fs::read(path.join("run/summary.json")).expect("a summary"), summary);

    fails(
        path,
        &["--no-gui", "--resume", "run/v2.safetensors"],
        1,
        &["run/v2.safetensors", "last.safetensors"],
    );
    let whole = fs::read(path.join("run/last.safetensors")).expect("a checkpoint");
    for length in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(path.join("run/last.safetensors"), &whole[..length]).expect("a shorter file");
        fails(path, &["--no-gui", "--resume", "run"], 1, &["run/last.safetensors", "previous.safetensors"]);
    }
    succeed(path, &["--no-gui", "--engine", "cpu", "--quiet", "--resume", "run/previous.safetensors"]);
}

#[test]
fn with_json_a_fault_is_an_event_too() {
    let folder = folder();
    let output = run(folder.path(), &["--no-gui", "--json", "--recipe", "missing.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let event: serde_json::Value = serde_json::from_str(&text(&output.stdout)).expect("one JSON object");
    assert_eq!(event["event"], "failed");
    assert!(event["message"].as_str().expect("a sentence").contains("missing.toml"));
}
