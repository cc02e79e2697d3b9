//! Disks that are full or cannot be written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use nin_train::{CHECKPOINT, Checkpoint, PREVIOUS};

use crate::{START, folder, program, results, succeed, told, trial};

const CPU: [&str; 4] = ["--engine", "cpu", "--save-every", "0"];

pub fn trials() -> Vec<Trial> {
    let mountable = Mounted::new("4k").is_some();
    vec![
        trial("a_full_disk_loses_nothing (root mounts a small one)", a_full_disk_loses_nothing)
            .with_ignored_flag(!mountable),
        trial("a_full_disk_ends_a_run (root mounts a small one)", a_full_disk_ends_a_run_without_results)
            .with_ignored_flag(!mountable),
        trial("a_read_only_disk_is_named (root mounts one)", a_read_only_disk_is_named)
            .with_ignored_flag(!mountable),
    ]
}

/// A small file system in memory.
struct Mounted {
    path: PathBuf,
    _parent: tempfile::TempDir,
}

impl Mounted {
    /// `None` without the right to mount.
    fn new(size: &str) -> Option<Self> {
        let parent = tempfile::tempdir().expect("a folder for the test");
        let path = parent.path().join("disk");
        fs::create_dir(&path).expect("a place to mount");
        let mounted = Mounted { path, _parent: parent };
        mounted.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "nin-test"]).then_some(mounted)
    }

    fn mount(&self, arguments: &[&str]) -> bool {
        let output = Command::new("mount").args(arguments).arg(&self.path).output();
        output.is_ok_and(|output| output.status.success())
    }

    fn run(&self) -> String {
        self.path.join("run").display().to_string()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // What was never mounted cannot be unmounted.
        let _ = Command::new("umount").arg(&self.path).output();
    }
}

/// The log of 200 epochs does not fit: sooner or later no checkpoint does. The run goes on and says so.
fn a_full_disk_loses_nothing() {
    let folder = folder();
    let folder = folder.path();
    let disk = Mounted::new("80k").expect("it could be mounted before");
    let run = disk.run();
    let long = |out| [&START[..], &["--epochs", "v2=200", "--out", out], &CPU].concat();
    let output = program(folder, &long(&run)).output().expect("a start");
    let said = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), told(&output));
    let warning = format!("{run}/{CHECKPOINT} cannot be written (No space left on device");
    assert!(said.contains(&warning) && said.contains("make room"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    for name in [CHECKPOINT, PREVIOUS] {
        let bytes = fs::read(Path::new(&run).join(name)).expect("it was saved");
        Checkpoint::from_bytes(&bytes).expect("it is whole");
    }
    let names = fs::read_dir(&run).expect("a folder").flatten().map(|entry| entry.file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().ends_with(".part")));

    assert!(disk.mount(&["-o", "remount,size=8m"]));
    succeed(folder, &[&["--no-gui", "--quiet", "--resume", &run], &CPU[..]].concat());
    succeed(folder, &[&long("alone")[..], &["--quiet"]].concat());
    assert!(results(folder, &run) == results(folder, "alone"));
}

/// Room for the recipe alone: a run without its results has failed.
fn a_full_disk_ends_a_run_without_results() {
    let folder = folder();
    let disk = Mounted::new("4k").expect("it could be mounted before");
    let run = disk.run();
    let output =
        program(folder.path(), &[&START[..], &["--out", &run], &CPU].concat()).output().expect("a start");
    let said = told(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let error = format!("error: {run}/v0.safetensors cannot be written (No space left on device");
    assert!(said.contains(&error) && !said.contains("panicked"), "{said}");
}

fn a_read_only_disk_is_named() {
    let folder = folder();
    let folder = folder.path();
    let disk = Mounted::new("8m").expect("it could be mounted before");
    let run = disk.run();
    succeed(folder, &[&START[..], &["--quiet", "--out", &run], &CPU].concat());
    assert!(disk.mount(&["-o", "remount,ro"]));
    let other = format!("{run}-2");
    for arguments in [[&START[..], &["--out", &other]].concat(), vec!["--no-gui", "--resume", &run]] {
        let output = program(folder, &[&arguments[..], &CPU].concat()).output().expect("a start");
        let said = told(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let expected =
            ["error: the run folder", &disk.path.display().to_string(), "Read-only file system", "--out"];
        assert!(expected.iter().all(|word| said.contains(word)), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
