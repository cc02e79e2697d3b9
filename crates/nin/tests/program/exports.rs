//! Trained networks for other programs, and from them.

use std::fs;
use std::path::Path;

use crate::faults::fails;
use crate::{folder, succeed};

/// A folder with a finished run `run` of the small recipe's first two stages.
fn trained() -> tempfile::TempDir {
    let folder = folder();
    let train = ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--epochs", "1", "--quiet"];
    succeed(folder.path(), &[&train[..], &["--stages", "v0,v1", "--out", "run"]].concat());
    folder
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_run_a_checkpoint_and_a_stage_give_the_same_onnx() {
    let folder = trained();
    let path = folder.path();
    let output = succeed(path, &["export", "run", "--format", "onnx"]);
    assert!(output.contains("wrote run/last.onnx"), "{output}");
    for (from, to) in [("run/last.safetensors", "a.onnx"), ("run/v1.safetensors", "b.onnx")] {
        succeed(path, &["export", from, "--format", "onnx", "--out", to]);
        assert_eq!(bytes(path, to), bytes(path, "run/last.onnx"));
    }
    let plain = bytes(path, "a.onnx");
    assert!(holds(&plain, "features.0.weight") && !holds(&plain, "preprocessing.float"));
    succeed(path, &["export", "run", "--format", "onnx", "--out", "a.onnx", "--with-preprocessing"]);
    assert!(holds(&bytes(path, "a.onnx"), "preprocessing.float"));
}

#[test]
fn what_is_exported_is_imported() {
    let folder = trained();
    let path = folder.path();
    let checkpoint = bytes(path, "run/last.safetensors");
    succeed(path, &["export", "run", "--format", "safetensors"]);
    let exported = bytes(path, "run/last.pytorch.safetensors");
    assert!(holds(&checkpoint, "first_moment") && !holds(&exported, "first_moment"));
    assert_eq!(bytes(path, "run/last.safetensors"), checkpoint);
    let import = ["import", "run/last.pytorch.safetensors", "--recipe", "small.toml", "--stage", "v1"];
    succeed(path, &[&import[..], &["--out", "imported.safetensors"]].concat());
    assert_eq!(bytes(path, "imported.safetensors"), exported);
    // The other commands take it.
    succeed(path, &["export", "imported.safetensors", "--format", "onnx"]);
    assert!(path.join("imported.onnx").exists());
}

#[test]
fn a_snippet_is_printed_or_written() {
    let folder = trained();
    let printed = succeed(folder.path(), &["export", "run/v0.safetensors", "--format", "pytorch-snippet"]);
    for expected in ["load_file(\"run/v0.safetensors\")", "nn.Conv2d(6, 10, 3, padding=1)", "size=(14, 14)"] {
        assert!(printed.contains(expected), "{expected} is missing in\n{printed}");
    }
    let write = ["export", "run/v0.safetensors", "--format", "pytorch-snippet", "--out", "net.py"];
    succeed(folder.path(), &write);
    assert_eq!(bytes(folder.path(), "net.py"), printed.into_bytes());
}

#[test]
fn what_cannot_be_exported_is_named() {
    let folder = trained();
    let path = folder.path();
    fs::write(path.join("alien.safetensors"), b"\x02\0\0\0\0\0\0\0{}").expect("a file");
    let export = |more: &[&str], code: i32, words: &[&str]| {
        fails(path, &[&["export"], more].concat(), code, words);
    };
    export(&["run"], 2, &["--format"]);
    export(&["run", "--format", "pickle"], 2, &["pickle", "onnx"]);
    export(&["run", "--format", "safetensors", "--with-preprocessing"], 2, &["--with-preprocessing", "onnx"]);
    export(&["nowhere", "--format", "onnx"], 1, &["nowhere"]);
    export(&["small.toml", "--format", "onnx"], 1, &["small.toml", "safetensors"]);
    export(&["alien.safetensors", "--format", "onnx"], 1, &["alien.safetensors", "which network"]);
    export(&["run", "--format", "onnx", "--out", "no/where.onnx"], 1, &["no/where.onnx", "--out"]);
    let itself = ["run", "--format", "safetensors", "--out", "run/../run/last.safetensors"];
    export(&itself, 1, &["run/last.safetensors", "--out"]);
    assert!(!path.join("no").exists());
}

#[test]
fn what_cannot_be_imported_is_named() {
    let folder = trained();
    let path = folder.path();
    succeed(path, &["export", "run", "--format", "safetensors", "--out", "v1.safetensors"]);
    let import = |more: &[&str], words: &[&str]| {
        let arguments = [&["import"], more, &["--out", "out.safetensors"]].concat();
        fails(path, &arguments, 1, words);
        assert!(!path.join("out.safetensors").exists(), "{more:?} left a file");
    };
    let small = ["v1.safetensors", "--recipe", "small.toml", "--stage"];
    import(&[&small[..], &["v9"]].concat(), &["v9", "v0, v1, v2"]);
    import(&[&small[..], &["v0"]].concat(), &["v1.safetensors", "features.", "--stage"]);
    import(&["v1.safetensors"], &["v1.safetensors", "modern", "--recipe"]);
    import(&["small.toml"], &["small.toml", "safetensors"]);
    import(&["nowhere"], &["nowhere"]);
    let mut broken = bytes(path, "v1.safetensors");
    let length = broken.len();
    broken[length - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    fs::write(path.join("v1.safetensors"), &broken).expect("a file");
    import(&[&small[..], &["v1"]].concat(), &["v1.safetensors", "not finite"]);
    fails(path, &["import", "v1.safetensors"], 2, &["--out"]);
}
