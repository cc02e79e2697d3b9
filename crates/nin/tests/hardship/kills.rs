//! SIGKILL at random moments.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nin_net::{Random, Stream};

use crate::{START, folder, program, results, succeed};

/// Kills runs at random moments, `kills` times in all, some of them again after they were resumed; each must end with
/// the bits of a run left alone. Saving is due all the time, so that kills meet it, too.
pub fn change_no_bit(engine: &str, kills: usize) {
    let folder = folder();
    let folder = folder.path();
    let flags = ["--engine", engine, "--threads", "1", "--json", "--save-every", "0"];
    let lines = lines_of_a_run(folder, &[&START[..], &["--out", "alone"], &flags].concat());
    let alone = results(folder, "alone");
    let mut random = Random::new(kills as u64, Stream::Order, 0);
    let (mut killed, mut resumed) = (0, 0);
    for run in 0.. {
        let mut name = format!("run-{run}");
        // Two of three lives are cut short.
        while killed < kills && random.below(3) > 0 {
            let arguments = life(folder, &mut name);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(flags).collect();
            let lived = random.below(lines);
            killed += usize::from(kill_after(folder, &arguments, lived, u64::from(random.below(3000))));
        }
        let arguments = life(folder, &mut name);
        resumed += usize::from(arguments.iter().any(|argument| argument == "--resume"));
        succeed(folder, &arguments.iter().map(String::as_str).chain(flags).collect::<Vec<_>>());
        assert!(
            results(folder, &name) == alone,
            "after {killed} kills {name} differs from the run left alone"
        );
        std::fs::remove_dir_all(folder.join(&name)).expect("it is not needed any more");
        if killed >= kills {
            break;
        }
    }
    assert!(resumed * 8 >= kills, "{killed} kills, but only {resumed} runs resumed to their end");
}

/// The arguments of a run's next life: a start, or a resumption once there is something to resume from. A run that was
/// killed before its first save starts anew in another folder.
fn life(folder: &Path, name: &mut String) -> Vec<String> {
    if folder.join(&*name).join(nin_train::CHECKPOINT).exists() {
        return ["--no-gui", "--resume", name].map(str::to_owned).to_vec();
    }
    if folder.join(&*name).exists() {
        name.push('+');
    }
    START.iter().copied().chain(["--out", name]).map(str::to_owned).collect()
}

/// Lets a run go to its end; how many lines it told.
fn lines_of_a_run(folder: &Path, arguments: &[&str]) -> u32 {
    let output = program(folder, arguments).output().expect("the program starts");
    assert!(output.status.success(), "{}", crate::told(&output));
    output.stdout.iter().filter(|&&byte| byte == b'\n').count() as u32
}

/// Starts a run and kills it when it has told `lines` lines, and a little later; whether it was still alive.
fn kill_after(folder: &Path, arguments: &[&str], lines: u32, microseconds: u64) -> bool {
    let mut command = program(folder, arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a start");
    let told = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    told.take(lines as usize).for_each(drop);
    std::thread::sleep(Duration::from_micros(microseconds));
    child.kill().expect("a kill");
    child.wait().expect("an end").code().is_none()
}
