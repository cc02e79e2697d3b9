//! Ctrl-C and its kin.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use libtest_mimic::Trial;

use crate::{START, folder, program, results, succeed, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("an_interrupt_saves_and_resumes_to_the_same_bits", || saves_and_resumes("-INT")),
        trial("a_request_to_end_saves_and_resumes_to_the_same_bits", || saves_and_resumes("-TERM")),
        trial("a_second_interrupt_ends_at_once", a_second_interrupt_ends_at_once),
        trial("a_folder_in_use_is_refused", a_folder_in_use_is_refused),
    ]
}

fn saves_and_resumes(signal: &str) {
    let folder = folder();
    let folder = folder.path();
    let flags = ["--engine", "cpu", "--epochs", "v2=2000"];
    let long = |out| [&START[..], &flags, &["--json", "--out", out]].concat();
    let mut child = start_until(folder, &long("stopped"), |line| line.contains(r#""stage":"v2""#));
    send(&child, signal);
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert_eq!(child.wait().expect("an end").code(), Some(130), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains("stopped; go on with") && last.contains("--resume stopped"), "{said}");

    succeed(folder, &["--no-gui", "--engine", "cpu", "--quiet", "--resume", "stopped"]);
    succeed(folder, &long("alone"));
    assert!(results(folder, "stopped") == results(folder, "alone"));
}

/// Steps of 8,000 images of 224×224 take long: the first interrupt cannot be followed before the second comes.
fn a_second_interrupt_ends_at_once() {
    let folder = folder();
    let flags = ["--no-gui", "--recipe", "seed", "--engine", "cpu", "--batch", "8000", "--out", "run"];
    let mut child = start_until(folder.path(), &flags, |line| line.contains("starts at"));
    send(&child, "-INT");
    let mut told = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(told.any(|line| line.contains("press Ctrl-C again to quit at once")));
    send(&child, "-INT");
    let rest: Vec<String> = told.collect();
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_eq!(rest, [""; 0], "nothing was saved");
}

fn a_folder_in_use_is_refused() {
    let folder = folder();
    let flags = ["--engine", "cpu", "--epochs", "v2=100000"];
    let arguments = [&START[..], &flags, &["--out", "run"]].concat();
    let mut child = start_until(folder.path(), &arguments, |line| line.contains("v0 ends"));
    let output = program(folder.path(), &["--no-gui", "--resume", "run"]).output().expect("a start");
    assert_eq!(output.status.code(), Some(1));
    assert!(crate::told(&output).contains("run is in use by another run: stop that one first"), "{output:?}");
    child.kill().expect("a kill");
    child.wait().expect("an end");
    // The lock goes with the program, however it ended: now the folder is the next one's.
    let mut child =
        start_until(folder.path(), &["--no-gui", "--resume", "run"], |line| line.contains("goes on in"));
    child.kill().expect("a kill");
    child.wait().expect("an end");
}

/// Starts a run and returns it as soon as it tells a line that `there` knows.
fn start_until(folder: &Path, arguments: &[&str], there: impl Fn(&str) -> bool) -> Child {
    let mut command = program(folder, arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert!(lines.by_ref().any(|line| there(&line.expect("text"))), "it ended before");
    // Read to its end, so that the run is not held up by a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    child
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}
