//! Who is measured, and a turn of it: one process that trains the case for a while and says how long a step takes.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::results::{Who, median};

/// Longest turn; whoever takes longer is left out.
const LIMIT: Duration = Duration::from_secs(240);

/// How one of them is started.
pub struct Contender {
    pub who: Who,
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Vec<(&'static str, &'static str)>,
    /// What the case's losses are, if not from what it prints: nin's bench trains other digits.
    pub losses: Vec<f64>,
}

/// What a turn found.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub version: String,
    pub device: String,
    /// Before the first step and after some of the next five.
    pub losses: Vec<f64>,
    /// Of the first step; compilers may have their say in it.
    pub first_step_seconds: f64,
    /// Median of the turn's measurements.
    pub step_seconds: f64,
    /// Most memory that the process had at once, where the system tells.
    pub memory: Option<u64>,
}

impl Reading {
    /// From what a peer's program or `nin bench --json` prints.
    pub fn parse(told: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let numbers = |value: &Value| -> Vec<f64> {
            value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
        };
        let measured = numbers(&told["step_seconds_measured"]);
        if measured.is_empty() {
            bail!("expected `step_seconds_measured` in what it printed, found {told}");
        }
        Ok(Reading {
            version: text(&told["version"]),
            device: text(told.pointer("/engine/name").unwrap_or(&told["device"])),
            losses: numbers(&told["losses"]),
            first_step_seconds: told["first_step_seconds"].as_f64().unwrap_or_default(),
            step_seconds: median(measured),
            memory: None,
        })
    }
}

impl Contender {
    /// Runs it once.
    pub fn turn(&self) -> Result<Reading> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.environment.iter().copied());
        let (output, memory) = run(&mut command)?;
        let line = output.lines().last().unwrap_or_default();
        let told = serde_json::from_str(line).with_context(|| format!("expected JSON, found `{line}`"))?;
        let mut reading = Reading { memory, ..Reading::parse(&told)? };
        reading.losses.extend(&self.losses);
        Ok(reading)
    }
}

/// What a process prints, and the most memory that it had.
fn run(command: &mut Command) -> Result<(String, Option<u64>)> {
    let (mut output, mut complaints) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdout(output.try_clone()?).stderr(complaints.try_clone()?);
    let mut child = command.spawn().context("it does not start")?;
    let mut memory = None;
    let status = wait(&mut child, &mut memory)?;
    if !status.success() {
        bail!("{status}: {}", last_complaint(&read(&mut complaints)?));
    }
    Ok((read(&mut output)?, memory))
}

/// The last line that says something; a Rust program that panics has one behind it about backtraces.
fn last_complaint(complaints: &str) -> &str {
    let mut lines = complaints.lines().rev().map(str::trim);
    lines.find(|line| !line.is_empty() && !line.starts_with("note: run with")).unwrap_or_default()
}

fn wait(child: &mut Child, memory: &mut Option<u64>) -> Result<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        *memory = peak_memory(child.id()).or(*memory);
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            bail!("it took longer than {} seconds", LIMIT.as_secs());
        }
        sleep(Duration::from_millis(20));
    }
}

/// Linux alone tells it of another process.
fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?)
}

fn read(file: &mut File) -> Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn peers_and_nin_are_read_alike() {
        let peer = json!({
            "version": "Peer 1", "device": "2 threads", "losses": [3.0, 2.5],
            "first_step_seconds": 9.0, "step_seconds_measured": [0.3, 0.1, 0.2],
        });
        let reading = Reading::parse(&peer).unwrap();
        assert_eq!((reading.step_seconds, reading.losses.as_slice()), (0.2, &[3.0, 2.5][..]));
        let nin = json!({ "engine": { "kind": "cpu", "name": "2 threads, AVX-512" }, "step_seconds_measured": [0.5] });
        let reading = Reading::parse(&nin).unwrap();
        assert_eq!((reading.device.as_str(), reading.step_seconds), ("2 threads, AVX-512", 0.5));
        assert!(Reading::parse(&json!({ "error": "no" })).is_err());
    }

    #[test]
    fn a_panic_is_quoted_without_its_note() {
        let panic = "thread 'main' panicked at src/main.rs:1:2:\nno memory left\n\
                     note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n";
        assert_eq!(last_complaint(panic), "no memory left");
        assert_eq!(last_complaint("Error: \"no adapter\"\n"), "Error: \"no adapter\"");
        assert_eq!(last_complaint(""), "");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_fails_is_quoted() {
        let (output, memory) = run(Command::new("sh").args(["-c", "sleep 0.1; echo told"])).unwrap();
        assert_eq!((output.as_str(), memory.is_some()), ("told\n", true));
        let error = run(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains('3') && error.ends_with(": why"), "{error}");
    }
}
