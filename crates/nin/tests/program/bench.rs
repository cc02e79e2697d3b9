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
fn a_stage_that_is_not_there_is_refused() {
    let output = run(folder().path(), &[&BENCH[..], &["--stage", "v9"]].concat());
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("v9") && stderr.contains("v0, v1, v2"), "{stderr}");
}
