//! `nin check-golden` on the recorded cases that lie beside the tests.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::{folder, run, succeed, text};

fn cases() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");
    let files =
        fs::read_dir(folder).expect("the recorded cases").map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|e| e == "safetensors")).collect();
    cases.sort();
    assert!(cases.len() >= 4, "{cases:?}");
    cases
}

#[test]
fn the_cpu_passes_every_recorded_case() {
    let mut arguments = vec!["check-golden".to_owned(), "--engine".to_owned(), "cpu".to_owned()];
    arguments.extend(cases().iter().map(|path| path.display().to_string()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = succeed(folder().path(), &arguments);
    for tensor in ["logits64", "loss64", "grad64.features.0.weight", "params5.features.0.bias", "losses64"] {
        assert_eq!(
            output.lines().filter(|line| line.contains(tensor)).count(),
            cases().len(),
            "{tensor}\n{output}"
        );
    }
    assert!(
        output.lines().filter(|line| line.starts_with("  ")).all(|line| line.ends_with("ok")),
        "{output}"
    );
}

#[test]
fn losses_are_the_recorded_ones_and_can_be_told_at_another_resolution() {
    let case =
        cases().into_iter().find(|case| case.ends_with("v2_28_global_b60.safetensors")).expect("a case");
    let losses = |resolution: &str| -> Vec<f64> {
        let case = case.display().to_string();
        let output =
            succeed(folder().path(), &["check-golden", "--engine", "cpu", "--losses", resolution, &case]);
        serde_json::from_str(&output).expect("a JSON array")
    };
    // `loss64` and the last of `losses64`.
    let (small, large) = (losses("28"), losses("32"));
    assert_eq!((small.len(), large.len()), (6, 6));
    assert!((small[0] - 3.2288576).abs() < 1e-5 && (small[5] - 2.3024476).abs() < 1e-4, "{small:?}");
    assert!(large.iter().all(|loss| loss.is_finite()) && large[0] != small[0], "{large:?}");
}

#[test]
fn one_wrong_tensor_fails_and_is_named() {
    let folder = folder();
    let mut bytes = fs::read(&cases()[0]).expect("a case");
    perturb(&mut bytes, "grad64.features.0.bias");
    let file = folder.path().join("wrong.safetensors");
    fs::write(&file, bytes).expect("a file");
    let output = run(folder.path(), &["check-golden", "wrong.safetensors", "--engine", "cpu"]);
    assert_eq!(output.status.code(), Some(1));
    let stdout = text(&output.stdout);
    let over: Vec<&str> = stdout.lines().filter(|line| line.ends_with("OVER")).collect();
    assert_eq!(over.len(), 1, "{stdout}");
    assert!(over[0].contains("grad64.features.0.bias"), "{over:?}");
}

#[test]
fn a_file_that_is_no_case_fails_and_is_named() {
    let folder = folder();
    let output =
        run(folder.path(), &["check-golden", "small.toml", "missing.safetensors", "--engine", "cpu"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("small.toml") && stderr.contains("missing.safetensors"), "{stderr}");
    assert!(stderr.contains("2 of 2"), "{stderr}");
}

/// Changes the first value of a float64 tensor by a tenth.
fn perturb(bytes: &mut [u8], name: &str) {
    let length =
        usize::try_from(u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes"))).expect("a length");
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).expect("JSON");
    assert_eq!(header[name]["dtype"], "F64");
    let start = 8
        + length
        + usize::try_from(header[name]["data_offsets"][0].as_u64().expect("a place")).expect("one");
    let value = f64::from_le_bytes(bytes[start..start + 8].try_into().expect("8 bytes"));
    bytes[start..start + 8].copy_from_slice(&(1.1 * value + 1e-3).to_le_bytes());
}
