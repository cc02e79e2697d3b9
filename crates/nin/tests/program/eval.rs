//! Trained networks measured again.

use std::fs;

use serde_json::Value;

use crate::{folder, run, succeed, text};

fn json(output: &str) -> Value {
    serde_json::from_str(output).expect("one JSON object")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn a_run_is_measured_as_it_measured_itself() {
    let folder = folder();
    let path = folder.path();
    let train = ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--quiet", "--out", "run"];
    succeed(path, &[&train[..], &["--hold-out", "500"]].concat());
    let summary = json(&text(&fs::read(path.join("run/summary.json")).expect("a summary")));
    let measure = |more: &[&str]| succeed(path, &[&["eval", "--engine", "cpu"], more].concat());
    let found = json(&measure(&["run", "--json"]));
    assert_eq!((&found["accuracy"], &found["loss"]), (&summary["test_accuracy"], &summary["test_loss"]));
    assert_eq!(found["images"], 500);

    let confusion: Vec<&Value> = found["confusion"]
        .as_array()
        .expect("rows")
        .iter()
        .flat_map(|row| row.as_array().expect("cells"))
        .collect();
    assert_eq!(confusion.iter().map(|cell| number(cell)).sum::<f64>(), 500.0);
    let hits: f64 = (0..10).map(|class| number(confusion[class * 11])).sum();
    assert_eq!((hits, hits / 5.0), (number(&found["hits"]), number(&found["accuracy"])));
    let five = &found["classes"][5];
    assert_eq!(number(&five["recall"]), 100.0 * number(&five["hits"]) / number(&five["images"]));
    let worst = found["worst"].as_array().expect("a list");
    assert!(worst.len() == 100 && worst.is_sorted_by_key(|answer| -number(&answer["loss"])));
    assert_ne!(worst[0]["label"], worst[0]["prediction"]);

    let table = measure(&["run"]);
    let accuracy = format!("accuracy {:.2} %", number(&found["accuracy"]));
    assert!(
        [&*accuracy, "precision", "of 500 test images wrong"].iter().all(|part| table.contains(part)),
        "{table}"
    );
    let other = json(&measure(&["run/v0.safetensors", "--data", "embedded", "--json"]));
    assert_eq!(other["images"], 2000);
}

#[test]
fn the_worst_digits_are_drawn() {
    let folder = folder();
    let path = folder.path();
    let train = ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--quiet", "--out", "run"];
    succeed(path, &[&train[..], &["--epochs", "1", "--stages", "v0"]].concat());
    let output = succeed(path, &["eval", "--engine", "cpu", "run", "--worst", "worst.png"]);
    assert!(output.contains("worst.png"), "{output}");
    let sheet = image::open(path.join("worst.png")).expect("a picture").to_rgb8();
    // Ten by ten digits of 84 pixels, captions of 23 below them, 8 pixels between them.
    assert_eq!(sheet.dimensions(), (10 * 92 + 8, 10 * 115 + 8));
    let orange = sheet.pixels().filter(|pixel| pixel.0 == [230, 159, 0]).count();
    assert!(orange > 1000, "{orange} pixels say that a prediction is wrong");
}

#[test]
fn what_cannot_be_measured_is_named() {
    let folder = folder();
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/model/v2.safetensors");
    for (arguments, words) in [
        (vec!["missing"], ["missing", "cannot read"]),
        (vec!["small.toml"], ["small.toml", "not a whole safetensors file"]),
        (vec![assets, "--data", "nowhere"], ["nowhere", "folder"]),
        (vec![assets, "--engine", "cpu", "--worst", "no/worst.png"], ["no/worst.png", "cannot be written"]),
    ] {
        let output = run(folder.path(), &[&["eval"], &arguments[..]].concat());
        let stderr = text(&output.stderr);
        let error = stderr.lines().last().expect("a sentence");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(words.iter().all(|word| error.contains(word)), "{arguments:?}: {stderr}");
    }
    assert_eq!(run(folder.path(), &["eval"]).status.code(), Some(2));
}
