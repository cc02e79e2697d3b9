//! `nin bench`: what it tells, never how fast.

use serde_json::Value;

use crate::{folder, run, succeed, text};

const BENCH: [&str; 5] = ["bench", "--engine", "cpu", "--recipe", "small.toml"];

#[test]
fn a_bench_names_stage_device_and_kernels() {
    let output = succeed(folder().path(), &BENCH);
    for expected in
        ["v2 of small", "14×14, batch 100, by cpu", "images/s", "buffers", "by host clock", "GFLOP/s", "GB/s"]
    {
        assert!(output.contains(expected), "{expected} is missing in\n{output}");
    }
    for row in ["gather", "block_forward 1", "block_backward 2", "optimizer", "all"] {
        assert!(output.lines().any(|line| line.starts_with(row)), "{row} is missing in\n{output}");
    }
}

#[test]
fn a_bench_as_json_is_one_object() {
    let output =
        succeed(folder().path(), &[&BENCH[..], &["--stage", "v0", "--threads", "1", "--json"]].concat());
    let bench: Value = serde_json::from_str(&output).expect("JSON");
    // 6·9 + 6, then 10·6·9 + 10 and 10·10 + 10.
    assert_eq!((&bench["stage"], &bench["parameters"]), (&"v0".into(), &720.into()));
    assert!(bench["engine"]["name"].as_str().is_some_and(|name| name.starts_with("1 thread")), "{bench}");
    assert_eq!(bench["profile"]["images"], 100);
    assert!(bench["images_per_second"].as_f64().is_some_and(|speed| speed > 0.0), "{bench}");
}

#[test]
fn a_sweep_measures_every_stage_and_growth() {
    let folder = folder();
    let output = succeed(folder.path(), &[&BENCH[..], &["--sweep", "--json"]].concat());
    let sweep: Value = serde_json::from_str(&output).expect("JSON");
    let list = |name: &str| sweep[name].as_array().expect("a list").clone();
    let cells = |name: &str| {
        let cells = list(name).into_iter();
        let cells =
            cells.map(|cell| (cell["stage"].clone(), cell["resolution"].clone(), cell["batch"].clone()));
        cells.map(|(stage, side, batch)| format!("{stage} {side} {batch}").replace('"', ""))
    };
    let stages: Vec<String> = cells("stages").collect();
    let expected =
        ["v0", "v1", "v2"].map(|stage| [28, 56, 112, 224].map(|side| format!("{stage} {side} 100")));
    assert_eq!(stages, expected.concat());
    let growth: Vec<String> = cells("growth").collect();
    let sides = [28, 56, 112, 224, 448].map(|side| format!("v2 {side} 100"));
    let batches = [1, 4, 16, 64, 256, 1024, 4096].map(|batch| format!("v2 28 {batch}"));
    // A slow machine leaves some out, and says so.
    assert_eq!(growth.len() + list("skipped").len(), 12, "{sweep}");
    assert!(growth.iter().all(|cell| sides.contains(cell) || batches.contains(cell)), "{growth:?}");
    let positive = |cell: &Value, name: &str| cell[name].as_f64().is_some_and(|n| n.is_finite() && n > 0.0);
    for cell in list("stages").iter().chain(&list("growth")) {
        let names = ["step_seconds", "images_per_second", "memory_bytes"];
        assert!(names.iter().all(|name| positive(cell, name)), "{cell}");
    }
    let ratios: Vec<f64> = list("growth").iter().filter_map(|cell| cell["ratio"].as_f64()).collect();
    assert_eq!(ratios.iter().copied().fold(f64::INFINITY, f64::min), 1.0, "{ratios:?}");
}

#[test]
fn a_stage_that_is_not_there_is_refused() {
    let output = run(folder().path(), &[&BENCH[..], &["--stage", "v9"]].concat());
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("v9") && stderr.contains("v0, v1, v2"), "{stderr}");
}
