//! Both engines against what PyTorch computed (`golden/`), and the named activations of the CPU engine.
//!
//! More cases than the ones kept here are tried where the variable `NIN_GOLDEN` names a folder of them.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Trial};
use nin_net::Engine;
use nin_tests::{cpu, cpu_trial, gpu, gpu_trial};
use nin_train::golden::check_golden;

fn main() {
    let arguments = Arguments::from_args();
    let mut files = cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"));
    files.extend(std::env::var_os("NIN_GOLDEN").map(|folder| cases(Path::new(&folder))).unwrap_or_default());
    let mut trials: Vec<Trial> = Vec::new();
    for file in files {
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let for_gpu = file.clone();
        trials.push(cpu_trial(&name, move || check(&mut cpu(2), &file)));
        trials.push(gpu_trial(&name, move || check(&mut gpu(), &for_gpu)));
    }
    assert!(!trials.is_empty(), "tests/golden holds no cases");
    libtest_mimic::run(&arguments, trials).exit();
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
    files.sort();
    files
}

fn check(engine: &mut impl Engine, file: &Path) {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let results = pollster::block_on(check_golden(engine, &bytes)).unwrap_or_else(|error| panic!("{error}"));
    let failures: Vec<_> = results.iter().filter(|result| !result.passes()).collect();
    assert!(results.len() > 10 && failures.is_empty(), "of {} tensors: {failures:#?}", results.len());
}
