//! `nin bench` on both engines: do its numbers hang together, whatever they are. Without an adapter, the GPU's show as ignored.
#![allow(clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Arguments, Trial};
use nin_gpu::GpuEngine;
use serde_json::Value;

fn main() {
    let without_adapter = pollster::block_on(GpuEngine::adapters()).is_empty();
    let trial = |engine: &'static str, name: &str, test: fn(&str)| {
        Trial::test(format!("{engine}::{name}"), move || {
            test(engine);
            Ok(())
        })
        .with_ignored_flag(engine == "gpu" && without_adapter)
    };
    let trials = ["cpu", "gpu"].map(|engine| {
        [
            trial(engine, "numbers_hang_together", numbers_hang_together),
            trial(engine, "a_bench_compares_with_itself", a_bench_compares_with_itself),
        ]
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit();
}

/// What the program prints about the smallest stage, in `folder`.
fn bench(folder: &Path, engine: &str, flags: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nin"));
    command.args(["bench", "--engine", engine, "--stage", "v0"]).args(flags).current_dir(folder);
    let output = command.stdin(Stdio::null()).env("XDG_RUNTIME_DIR", folder).output().expect("it starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{flags:?}: {}\n{stdout}\n{stderr}", output.status);
    stdout.into_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("one JSON object")
}

/// A number that is positive and finite.
fn positive(value: &Value) -> f64 {
    let number = value.as_f64().filter(|number| number.is_finite() && *number > 0.0);
    number.unwrap_or_else(|| panic!("{value}: expected a positive number"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs()
}

fn numbers_hang_together(engine: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = json(&bench(folder.path(), engine, &["--json"]));
    for name in ["setup_seconds", "first_step_seconds", "step_seconds", "images_per_second"] {
        positive(&bench[name]);
    }
    assert_eq!(bench["engine"]["kind"], engine);
    assert_eq!(list(&bench["step_seconds_measured"]).len(), 5);
    let step = positive(&bench["step_seconds"]);
    assert!(near(positive(&bench["images_per_second"]), positive(&bench["batch"]) / step));

    // Every kernel against the lower of its two ceilings, as the books have it.
    let (profile, roofline) = (&bench["profile"], &bench["roofline"]);
    let peak = positive(&bench["ceilings"]["flop_per_second"]);
    let copies = positive(&bench["ceilings"]["bytes_per_second"]);
    let (kernels, shares) = (list(&profile["kernels"]), list(&roofline["kernels"]));
    assert_eq!(kernels.len(), shares.len());
    let (mut flops, mut least) = (0.0, 0.0);
    for (kernel, share) in kernels.iter().zip(shares) {
        assert_eq!(kernel["name"], share["name"]);
        let (seconds, bytes) = (positive(&kernel["seconds"]), positive(&kernel["bytes"]));
        let flop = kernel["flop"].as_f64().expect("a number");
        let reached = match flop > 0.0 {
            true => flop / seconds / peak.min(copies * flop / bytes),
            false => bytes / seconds / copies,
        };
        assert!(near(positive(&share["share"]), reached), "{kernel} {share}: {reached}");
        flops += flop;
        least += reached * seconds;
    }
    assert!(near(positive(&roofline["flop_per_second"]), flops / step), "{roofline}");
    let attainable = positive(&roofline["attainable_flop_per_second"]);
    assert!(near(attainable, flops / least) && attainable <= peak * (1.0 + 1e-9), "{roofline}");
    // A wrong unit would be off by far more.
    assert!(positive(&roofline["share"]) <= 1.5, "{roofline}");

    let seconds: f64 = kernels.iter().map(|kernel| positive(&kernel["seconds"])).sum();
    let parts: f64 = kernels.iter().map(|kernel| 100.0 * positive(&kernel["seconds"]) / seconds).sum();
    assert!(near(parts, 100.0), "{parts}");
    assert!(positive(&profile["device_memory_bytes"]) > 100_000.0, "{profile}");
}

fn a_bench_compares_with_itself(engine: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let before = bench(folder, engine, &["--json"]);
    std::fs::write(folder.join("before.json"), &before).expect("a file");
    let before = json(&before);
    let now = json(&bench(folder, engine, &["--json", "--compare", "before.json"]));
    let comparison = &now["comparison"];
    assert_eq!(comparison["sentence"], "compared with before.json, of the same recipe, stage and device:");
    let kernels = list(&before["profile"]["kernels"]).len();
    let figures = list(&comparison["figures"]);
    assert_eq!(figures.len(), 5 + kernels, "{comparison}");
    for figure in figures {
        let (before, now) = (positive(&figure["before"]), positive(&figure["now"]));
        assert!(near(positive(&figure["ratio"]), now / before), "{figure}");
    }
    assert_eq!(figures[0]["before"], before["step_seconds"]);
    assert_eq!(figures[2]["ratio"], 1.0, "the same buffers: {comparison}");

    // Of something else, and with a kernel that there is no more.
    let other = before.to_string().replace("\"batch\":60", "\"batch\":61").replace("\"head\"", "\"tail\"");
    std::fs::write(folder.join("other.json"), other).expect("a file");
    let text = bench(folder, engine, &["--compare", "other.json"]);
    assert!(text.contains("other.json, which has another batch (61 there, 60 here):"), "{text}");
    let row = |name: &str, end: &str| {
        text.lines().any(|line| line.starts_with(name) && line.contains('–') && line.ends_with(end))
    };
    assert!(row("head", "new") && row("tail", "gone"), "{text}");
}
