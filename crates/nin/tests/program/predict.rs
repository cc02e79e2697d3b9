//! Pictures read by the shipped model and by others.

use std::fs;

use image::{GrayImage, Luma};
use serde_json::Value;

use crate::{folder, run, succeed, text};

/// A seven, black on white, 90×120.
fn seven() -> GrayImage {
    GrayImage::from_fn(90, 120, |x, y| {
        let bar = (20..70).contains(&x) && (15..23).contains(&y);
        let stem = (15..105).contains(&y) && (70.0 - 0.35 * (y as f32 - 15.0) - x as f32).abs() < 4.0;
        Luma([if bar || stem { 0 } else { 255 }])
    })
}

#[test]
fn a_picture_is_read_as_a_table_and_as_json() {
    let folder = folder();
    seven().save(folder.path().join("seven.png")).expect("a picture");
    let table = succeed(folder.path(), &["predict", "seven.png"]);
    let row: Vec<&str> = table.lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!(row[..2], ["seven.png", "7"], "{table}");
    let json = succeed(folder.path(), &["predict", "--json", "seven.png", "./seven.png"]);
    let lines: Vec<Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("an object on every line")).collect();
    assert_eq!(
        (lines.len(), &lines[0]["image"], &lines[1]["image"]),
        (2, &"seven.png".into(), &"./seven.png".into())
    );
    assert_eq!(lines[0]["prediction"], 7);
    let probabilities = lines[0]["probabilities"].as_array().expect("a list");
    let sum: f64 = probabilities.iter().map(|value| value.as_f64().expect("a number")).sum();
    assert!(probabilities.len() == 10 && (sum - 1.0).abs() < 1e-5, "{json}");
}

#[test]
fn a_blank_picture_is_nothing_drawn() {
    let folder = folder();
    seven().save(folder.path().join("seven.png")).expect("a picture");
    GrayImage::from_pixel(50, 40, Luma([255])).save(folder.path().join("blank.png")).expect("a picture");
    let output = run(folder.path(), &["predict", "blank.png", "seven.png"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "error: blank.png: nothing drawn\n");
    assert!(text(&output.stdout).contains("seven.png"), "the others are read all the same");
    let output = run(folder.path(), &["predict", "--json", "blank.png"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "{\"error\":\"blank.png: nothing drawn\",\"image\":\"blank.png\"}\n");
}

#[test]
fn a_trained_network_is_asked_if_it_is_named() {
    let folder = folder();
    let path = folder.path();
    seven().save(path.join("seven.png")).expect("a picture");
    let train = ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--quiet", "--out", "run"];
    succeed(path, &train);
    let ask =
        |checkpoint: &str| succeed(path, &["predict", "--json", "--checkpoint", checkpoint, "seven.png"]);
    let answer = ask("run");
    assert_eq!(ask("run/last.safetensors"), answer);
    assert_eq!(ask("run/v2.safetensors"), answer);
    assert_ne!(ask("run/v0.safetensors"), answer);
    assert_ne!(succeed(path, &["predict", "--json", "seven.png"]), answer);
}

#[test]
fn what_is_no_picture_and_what_is_no_network_is_named() {
    let folder = folder();
    let path = folder.path();
    seven().save(path.join("seven.png")).expect("a picture");
    let whole = fs::read(path.join("seven.png")).expect("a picture");
    fs::write(path.join("cut.png"), &whole[..whole.len() / 2]).expect("a file");
    fs::write(path.join("empty.png"), []).expect("a file");
    for (arguments, words) in [
        (vec!["missing.png"], ["missing.png", "cannot read"]),
        (vec!["small.toml"], ["small.toml", "expected a PNG or JPEG picture"]),
        (vec!["cut.png"], ["cut.png", "cannot be read"]),
        (vec!["empty.png"], ["empty.png", "found an empty file"]),
        (vec!["."], [".", "cannot read the picture"]),
        (vec!["--checkpoint", "small.toml", "seven.png"], ["small.toml", "not a whole safetensors file"]),
        (vec!["--checkpoint", "none", "seven.png"], ["none", "cannot read"]),
    ] {
        let output = run(path, &[&["predict"], &arguments[..]].concat());
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{arguments:?}: {stderr}");
        assert!(words.iter().all(|word| stderr.contains(word)), "{arguments:?}: {stderr}");
    }
    assert_eq!(run(path, &["predict"]).status.code(), Some(2));
}
