//! Bad input, case by case: one sentence that names the thing and what was expected, the right exit code, nothing
//! half-written, bounded memory.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::{SMALL, folder, program, succeed, text};

/// What the program may take, in KiB of address space: less than any of the bombs below would need.
const MEMORY: &str = "3000000";

/// Arguments after `--no-gui --engine cpu`, the exit code, and words of the sentence.
type Case = (&'static [&'static str], i32, &'static [&'static str]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // IDX files.
    (&["--data", "d/missing"], 1, &["d/missing has no t10k-labels-idx1-ubyte"]),
    (&["--data", "d/empty-file"], 1, &["train-images-idx3-ubyte: expected an IDX file"]),
    (&["--data", "d/truncated"], 1, &["train-images-idx3-ubyte: expected 8 bytes after the header, found 7"]),
    (&["--data", "d/garbage"], 1, &["train-images-idx3-ubyte: expected an IDX file that starts with 0 0 8 3"]),
    (&["--data", "d/huge-header"], 1, &["expected 1 to 1073741824 bytes, found dimensions [4294967295"]),
    (&["--data", "d/bomb"], 1, &["expected 8 bytes after the header, found more"]),
    (&["--data", "d/claiming-bomb"], 1, &["train-images-idx3-ubyte.gz: expected", "found"]),
    (&["--data", "d/endless"], 1, &["train-images-idx3-ubyte: expected a file of at most 1073741824 bytes"]),
    (&["--data", "d/label"], 1, &["train-labels-idx1-ubyte: expected labels from 0 to 9, found label 10 at place 1"]),
    (&["--data", "d/counts"], 1, &["train-labels-idx1-ubyte: expected 2 labels", "found 1"]),
    (&["--data", "d/sizes"], 1, &["t10k-images-idx3-ubyte: expected images of 2×2 pixels as for training"]),
    (&["--data", "d/oblong"], 1, &["train-images-idx3-ubyte: expected square images", "found 1×4"]),
    (&["--data", "d/empty"], 1, &["d/empty holds no digits", "train-images-idx3-ubyte", "folders 0 to 9"]),
    (&["--data", "nowhere"], 1, &["no data at `nowhere`: expected embedded, mnist, fashion-mnist"]),
    // Pictures.
    (&["--data", "d/broken-picture"], 1, &["0/a.png: expected a whole PNG or JPEG picture"]),
    (&["--data", "d/vast-picture"], 1, &["0/a.png: expected a square picture of 1 to 512", "found 20000×20000"]),
    // Downloads; nobody listens at the mirror.
    (&["--data", "mnist"], 1, &["cannot download train-images-idx3-ubyte.gz", "is this machine offline?"]),
    (&["data", "fetch", "fashion-mnist"], 1, &["cannot download", "is this machine offline?", "127.0.0.1:9"]),
    (&["data", "fetch", "cifar"], 2, &["invalid value 'cifar'", "mnist, fashion-mnist"]),
    // Recipes.
    (&["--recipe", "modrn"], 1, &["no built-in recipe `modrn`", "did you mean `modern`?"]),
    (&["--recipe", "unknown-key.toml"], 1, &["unknown-key.toml", "line 4: unknown field `lerning_rate`"]),
    (&["--recipe", "near-key.toml"], 1, &["near-key.toml", "unknown field `bach`", "did you mean `batch`?"]),
    (&["--recipe", "kind.toml"], 1, &["kind.toml", "unknown variant `adma`", "did you mean `adam`?"]),
    (&["--recipe", "type.toml"], 1, &["type.toml", "line 3", "expected u64"]),
    (&["--recipe", "syntax.toml"], 1, &["syntax.toml", "line 2"]),
    (&["--recipe", "pooled-away.toml"], 1, &["stage `v0`: block 2 pools a 1×1 map by max2: nothing is left"]),
    (&["--recipe", "channels.toml"], 1, &["stage `v0`: block 1 has a layer of 600 channels: expected 1 to 256"]),
    (&["--recipe", "kernel.toml"], 1, &["stage `v0`: block 1 has kernel 4: expected an odd number"]),
    (&["--recipe", "batch.toml"], 1, &["stage `v0`: batch is 0: expected at least 1"]),
    (&["--recipe", "rate.toml"], 1, &["stage `v2`: learning_rate is -0.01: expected a finite number, 0 or more"]),
    (&["--recipe", "momentum.toml"], 1, &["stage `v2`: momentum is 1.5: expected 0 or more and less than 1"]),
    (&["--recipe", "epochs.toml"], 1, &["stage `v2`: epochs is 9000000000000000000: expected at most 1000000"]),
    (&["--recipe", "growth.toml"], 1, &["stage `v1`: layer 1 of block 1 is carried but changed its shape"]),
    (&["--recipe", "endless.toml"], 1, &["cannot read the recipe endless.toml", "more than 1048576 bytes"]),
    (&["--recipe", "small.toml", "--stages", "v0,v3"], 1, &["no stage `v3`: expected some of v0, v1, v2", "did you mean"]),
    (&["--recipe", "small.toml", "--epochs", "v9=1"], 1, &["--epochs", "no stage `v9`"]),
    // Checkpoints.
    (&["--resume", "nothing.safetensors"], 1, &["cannot read the checkpoint nothing.safetensors"]),
    (&["--resume", "d/empty"], 1, &["d/empty has no last.safetensors: expected a run's folder or a checkpoint"]),
    (&["--resume", "unsaved"], 1, &["unsaved has no last.safetensors", "--recipe unsaved/recipe.toml"]),
    (&["--resume", "c/alien.safetensors"], 1, &["c/alien.safetensors", "not a whole safetensors file"]),
    (&["--resume", "c/truncated.safetensors"], 1, &["c/truncated.safetensors", "not a whole safetensors file"]),
    (&["--resume", "c/header.safetensors"], 1, &["c/header.safetensors", "not a whole safetensors file"]),
    (&["--resume", "c/dtype.safetensors"], 1, &["tensor `features.0.weight` is i32", "expected f32 [6, 1, 3, 3]"]),
    (&["--resume", "c/shape.safetensors"], 1, &["tensor `features.0.weight` is f32 [6, 1, 9, 1]: expected f32 [6, 1, 3, 3]"]),
    (&["--resume", "c/nan.safetensors"], 1, &["has values that are not finite numbers (NaN)"]),
    (&["--resume", "c/network.safetensors"], 1, &["c/network.safetensors", "this file holds parameters but no run"]),
    (&["--resume", "c/other.safetensors"], 1, &["c/other.safetensors", "the file holds another network"]),
    (&["--resume", "c/newer.safetensors"], 1, &["format `nin-checkpoint-9`: expected `nin-checkpoint-1`", "version of nin"]),
    (&["--resume", "c/endless.safetensors"], 1, &["c/endless.safetensors", "more than 268435456 bytes"]),
    (&["--resume", "run", "--data", "d/good"], 1, &["the run was trained on `embedded", "point --data at"]),
    // Measurements.
    (&["bench", "--compare", "nothing.json"], 1, &["cannot compare with nothing.json"]),
    (&["bench", "--compare", "c/alien.safetensors"], 1, &["cannot compare with c/alien", "expected the object that `nin bench --json` prints"]),
    (&["bench", "--compare", "m/other.json"], 1, &["m/other.json", "`nin bench --json`", "missing field `stage`"]),
    (&["bench", "--compare", "endless.toml"], 1, &["cannot compare with endless.toml", "more than 1048576 bytes"]),
    (&["bench", "--compare", "m/other.json", "--sweep"], 2, &["'--compare <FILE>' cannot be used with '--sweep'"]),
    // Flags.
    (&["--recip", "seed"], 2, &["unexpected argument '--recip'", "--recipe"]),
    (&["--batch", "0"], 2, &["invalid value '0' for '--batch"]),
    (&["--learning-rate=-1"], 2, &["'-1'", "expected a finite number, 0 or more"]),
    (&["--save-every", "soon"], 2, &["'soon'", "expected a finite number, 0 or more"]),
    (&["--resume", "run", "--seed", "2"], 2, &["'--resume <FILE|DIR>' cannot be used with", "'--seed"]),
    (&["--resume", "run", "--batch", "9"], 2, &["cannot be used with", "'--batch"]),
    (&["--resume", "run", "--recipe", "seed"], 2, &["cannot be used with", "'--recipe"]),
    (&["--resume", "run", "--out", "x"], 2, &["cannot be used with", "'--out"]),
    (&["--adapter", "abacus"], 1, &["--adapter names a GPU, but --engine cpu wants none"]),
    // Folders.
    (&["--out", "small.toml/run"], 1, &["the run folder small.toml/run cannot be used", "--out"]),
    (&["--out", "run"], 1, &["run holds a run already", "--resume run"]),
];

#[test]
fn every_case_is_one_sentence() {
    let folder = folder();
    let folder = folder.path();
    idx_folders(folder);
    picture_folders(folder);
    recipes(folder);
    checkpoints(folder);
    let before = names(folder);
    for (arguments, code, words) in CASES {
        let output = bounded(folder, arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}\n{stderr}");
        for word in *words {
            assert!(stderr.contains(word), "{arguments:?}: `{word}` is missing in\n{stderr}");
        }
        assert!(!stderr.contains("panicked") && !stderr.contains("overflow"), "{arguments:?}\n{stderr}");
        let errors = stderr.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "{arguments:?}: not one sentence\n{stderr}");
        assert_eq!(names(folder), before, "{arguments:?} left something behind");
    }
    // What is whole still goes on.
    succeed(folder, &["--no-gui", "--engine", "cpu", "--quiet", "--resume", "run"]);
}

#[test]
fn an_adapter_that_is_not_there_is_told_with_those_that_are() {
    let folder = folder();
    let info = succeed(folder.path(), &["info"]);
    let there: Vec<&str> =
        info.lines().filter_map(|line| line.strip_prefix("GPU: ")?.split(" (").next()).collect();
    let output = crate::run(folder.path(), &["--no-gui", "--engine", "gpu", "--adapter", "abacus"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let expected =
        if there.is_empty() { "no GPU adapter was found" } else { "no GPU adapter has `abacus` in its name" };
    assert!(stderr.contains(expected) && there.iter().all(|name| stderr.contains(name)), "{stderr}");
}

/// Runs the program with a bound on its memory, no network and a cache of its own.
fn bounded(folder: &Path, arguments: &[&str]) -> Output {
    let train = ["--no-gui", "--engine", "cpu"];
    let train = if ["data", "bench"].contains(&arguments[0]) { &[][..] } else { &train };
    let plain = program(folder, &[train, arguments].concat());
    let mut command = match cfg!(unix) {
        true => Command::new("sh"),
        false => Command::new(plain.get_program()),
    };
    if cfg!(unix) {
        command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"")]).arg(plain.get_program());
    }
    command.args(plain.get_args()).current_dir(folder).stdin(std::process::Stdio::null());
    command.env_remove("CARGO_MANIFEST_DIR").env("NIN_MNIST_MIRROR", "http://127.0.0.1:9/");
    command.env("HOME", folder.join("home")).env_remove("XDG_CACHE_HOME").output().expect("it starts")
}

/// Everything in the folder but the cache and the lock of the run that is there.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.ends_with("home") {
                continue;
            }
            names.push(entry.display().to_string());
            folders.extend(entry.is_dir().then_some(entry));
        }
    }
    names.sort();
    names
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
    fs::write(path, bytes).expect("it is written");
}

fn idx(sizes: &[u32], content: &[u8]) -> Vec<u8> {
    let head = [0, 0, 8, sizes.len() as u8];
    [&head[..], &sizes.iter().flat_map(|size| size.to_be_bytes()).collect::<Vec<_>>(), content].concat()
}

/// A header and so many zeros, packed.
fn bomb(sizes: &[u32], zeros: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&idx(sizes, &[])).expect("memory");
    let block = vec![0; 1 << 20];
    (0..zeros >> 20).for_each(|_| encoder.write_all(&block).expect("memory"));
    encoder.finish().expect("memory")
}

/// Two images of 2×2 pixels in each set, then one file replaced, with another ending where that matters.
fn idx_folders(folder: &Path) {
    const FILES: [&str; 4] = [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ];
    let (images, labels) = (idx(&[2, 2, 2], &[0; 8]), idx(&[2], &[1, 2]));
    let cases: [(&str, usize, Vec<u8>); 11] = [
        ("good", 0, images.clone()),
        ("empty-file", 0, Vec::new()),
        ("truncated", 0, images[..images.len() - 1].to_vec()),
        ("garbage", 0, b"<html>not found</html>".to_vec()),
        ("huge-header", 0, idx(&[u32::MAX; 3], &[0; 8])),
        ("bomb", 0, bomb(&[2, 2, 2], 64 << 20)),
        ("claiming-bomb", 0, bomb(&[4096, 512, 512], 1025 << 20)),
        ("label", 1, idx(&[2], &[1, 10])),
        ("counts", 1, idx(&[1], &[1])),
        ("sizes", 2, idx(&[2, 3, 3], &[0; 18])),
        ("oblong", 0, idx(&[2, 1, 4], &[0; 8])),
    ];
    for (name, place, bytes) in cases {
        for (index, file) in FILES.iter().enumerate() {
            let packed = if index == place && name.ends_with("bomb") { ".gz" } else { "" };
            let whole = if index % 2 == 0 { &images } else { &labels };
            put(folder, &format!("d/{name}/{file}{packed}"), if index == place { &bytes } else { whole });
        }
    }
    FILES[..3].iter().for_each(|file| put(folder, &format!("d/missing/{file}"), &images));
    fs::create_dir_all(folder.join("d/empty")).expect("a folder");
    // A file of 2 GiB that takes no room.
    put(folder, &format!("d/endless/{}", FILES[0]), &[]);
    sparse(&folder.join("d/endless").join(FILES[0]), 2 << 30);
    FILES[1..].iter().for_each(|file| put(folder, &format!("d/endless/{file}"), &labels));
}

/// Makes a file so long, without content.
fn sparse(path: &Path, length: u64) {
    let file = fs::File::options().create(true).append(true).open(path).expect("a file");
    file.set_len(length).expect("a long file");
}

/// PNGs whose headers claim what does not follow.
fn picture_folders(folder: &Path) {
    let start = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let picture = |side: u32, sum: [u8; 4]| {
        let size = side.to_be_bytes();
        [&start[..], &size, &size, &[8, 0, 0, 0, 0], &sum, b"\0\0\0\0IDAT\x35\xaf\x06\x1e"].concat()
    };
    // The checksums of the two headers, as `zlib.crc32` of Python gives them.
    put(folder, "d/broken-picture/0/a.png", &picture(28, [0x57, 0x66, 0x80, 0x48])[..30]);
    put(folder, "d/vast-picture/0/a.png", &picture(20_000, [0xc6, 0x1b, 0x19, 0xe5]));
}

fn recipes(folder: &Path) {
    let changed = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        SMALL.replacen(from, to, 1)
    };
    for (name, text) in [
        ("unknown-key.toml", changed("resolution = 14", "lerning_rate = 1")),
        ("near-key.toml", changed("batch = 100", "bach = 100")),
        ("kind.toml", changed("adam", "adma")),
        ("type.toml", changed("seed = 3", "seed = \"three\"")),
        ("syntax.toml", changed("name = \"small\"", "name = small")),
        ("pooled-away.toml", changed("resolution = 14", "resolution = 3")),
        ("channels.toml", changed("channels = [6]", "channels = [600]")),
        ("kernel.toml", changed("kernel = 3", "kernel = 4")),
        ("batch.toml", changed("batch = 100", "batch = 0")),
        ("rate.toml", changed("\"constant\", learning_rate = 0.01", "\"constant\", learning_rate = -0.01")),
        ("momentum.toml", changed("momentum = 0.9", "momentum = 1.5")),
        ("epochs.toml", changed("epochs = 3", "epochs = 9000000000000000000")),
        ("growth.toml", changed("channels = [6, 6]", "channels = [7, 7]")),
    ] {
        put(folder, name, text.as_bytes());
    }
    put(folder, "unsaved/recipe.toml", SMALL.as_bytes());
    sparse(&folder.join("endless.toml"), 2 << 30);
    put(folder, "m/other.json", br#"{"recipe": "small", "stages": []}"#);
}

/// A run, and its last checkpoint in many broken ways.
fn checkpoints(folder: &Path) {
    let train =
        ["--no-gui", "--engine", "cpu", "--recipe", "small.toml", "--epochs", "1", "--quiet", "--out", "run"];
    succeed(folder, &train);
    let whole = fs::read(folder.join("run/last.safetensors")).expect("a checkpoint");
    let network = fs::read(folder.join("run/v2.safetensors")).expect("a network");
    let replaced = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = whole.windows(from.len()).position(|window| window == from.as_bytes());
        let at = at.unwrap_or_else(|| panic!("{from} is not in the checkpoint"));
        [&whole[..at], to.as_bytes(), &whole[at + to.len()..]].concat()
    };
    let data = 8 + u64::from_le_bytes(whole[..8].try_into().expect("8 bytes")) as usize;
    let nan = [&whole[..data], &f32::NAN.to_le_bytes(), &whole[data + 4..]].concat();
    let weight = r#""features.0.weight":{"dtype":"F32","shape":[6,1,3,3]"#;
    for (name, bytes) in [
        ("alien", b"\x89PNG\r\n\x1a\n not a checkpoint at all".to_vec()),
        ("truncated", whole[..whole.len() - 1].to_vec()),
        ("header", [&u64::MAX.to_le_bytes(), &whole[8..]].concat()),
        ("dtype", replaced(weight, &weight.replace("F32", "I32"))),
        ("shape", replaced(weight, &weight.replace("3,3", "9,1"))),
        ("nan", nan),
        ("network", network),
        ("other", replaced(r#"\"stage\":2,"#, r#"\"stage\":0,"#)),
        ("newer", replaced("nin-checkpoint-1", "nin-checkpoint-9")),
    ] {
        put(folder, &format!("c/{name}.safetensors"), &bytes);
    }
    sparse(&folder.join("c/endless.safetensors"), 2 << 30);
}
