//! `test`: every check there is, one after the other, in one target folder and one profile.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};

use crate::{browser, setup};

/// What must also work in a browser.
const LIBRARIES: [&str; 7] = ["nin-net", "nin-data", "nin-cpu", "nin-gpu", "nin-train", "nin-app", "nin-web"];

#[derive(clap::Args)]
pub struct Options {
    /// Install nothing; what is missing is only named.
    #[arg(long)]
    skip_install: bool,
}

pub fn run(options: &Options) -> Result<()> {
    setup::prepare(options.skip_install)?;
    let mut failed = Vec::new();
    let mut step = |name: &'static str, check: &mut dyn FnMut() -> Result<bool>| -> Result<()> {
        println!("» {name}");
        let start = Instant::now();
        let verdict = if check()? { "ok" } else { "FAILED" };
        println!("» {name}: {verdict}, {:.1} s", start.elapsed().as_secs_f64());
        if verdict != "ok" {
            failed.push(name);
        }
        Ok(())
    };
    step("formatting", &mut || succeeds(&mut cargo("fmt --all --check")))?;
    step("lints", &mut || {
        succeeds(&mut cargo("clippy --release --workspace --all-targets -- --deny warnings"))
    })?;
    step("documentation", &mut || {
        succeeds(cargo("doc --release --workspace --no-deps").env("RUSTDOCFLAGS", "--deny warnings"))
    })?;
    step("libraries for the browser", &mut || {
        let mut clippy = cargo("clippy --release --target wasm32-unknown-unknown");
        clippy.args(LIBRARIES.iter().flat_map(|library| ["--package", library]));
        succeeds(clippy.args(["--", "--deny", "warnings"]))
    })?;
    if setup::runs(&mut cargo("deny --version")) {
        step("dependencies", &mut || succeeds(&mut cargo("deny check licenses bans sources")))?;
    } else {
        println!("» dependencies: left out, cargo-deny is not installed (cargo install --locked cargo-deny)");
    }
    let mut total = Total::default();
    step("tests", &mut || total.count(&mut cargo("test --release --workspace --no-fail-fast")))?;
    step("browser", &mut || browser::test(&mut total, options.skip_install))?;
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    ensure!(failed.is_empty(), "these checks failed: {}", failed.join(", "));
    Ok(())
}

/// The sums over all test programs.
#[derive(Debug, Default, PartialEq)]
pub struct Total {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Total {
    /// Runs tests, passes their output on and adds up their results. Whether all of them passed.
    pub fn count(&mut self, command: &mut Command) -> Result<bool> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("the tests do not start")?;
        for line in child.stdout.take().into_iter().flat_map(|output| BufReader::new(output).split(b'\n')) {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            self.add(&line);
        }
        Ok(child.wait()?.success())
    }

    /// Adds cargo's `test result: ok. 3 passed; 0 failed; 1 ignored; …` and Node's `# pass 3`; leaves other lines alone.
    fn add(&mut self, line: &str) {
        let counts = match (line.split_once("test result: "), line.strip_prefix("# ")) {
            (Some((_, result)), _) => result.split_once(". ").map_or("", |(_, counts)| counts).to_owned(),
            (None, Some(count)) => count.split(' ').rev().collect::<Vec<_>>().join(" "),
            (None, None) => return,
        };
        for count in counts.split("; ") {
            match count.split_once(' ').map(|(number, what)| (number.parse::<u64>(), what)) {
                Some((Ok(number), "passed" | "pass")) => self.passed += number,
                Some((Ok(number), "failed" | "fail" | "cancelled")) => self.failed += number,
                Some((Ok(number), "ignored" | "skipped")) => self.skipped += number,
                _ => {}
            }
        }
    }
}

/// `cargo` with these arguments, in the root.
pub fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(arguments.split(' ')).current_dir(crate::root());
    // What cargo tells this program about its own package: left in place, it makes some dependencies build again.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    // Mesa complains on every listing of adapters where it is not set, as on machines without a desktop.
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
    command
}

/// Whether a command starts and succeeds.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    Ok(command.status().context("cargo does not start")?.success())
}

#[cfg(test)]
mod tests {
    use super::Total;

    #[test]
    fn results_add_up() {
        let mut total = Total::default();
        total.add("running 4 tests");
        total.add(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        );
        total.add("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.9s");
        assert_eq!(total, Total { passed: 13, failed: 2, skipped: 1 });
        for line in ["# tests 6", "# pass 3", "# fail 1", "# cancelled 1", "# skipped 1", "# all is well"] {
            total.add(line);
        }
        assert_eq!(total, Total { passed: 16, failed: 4, skipped: 2 });
    }
}
