//! `nin check-golden`: an engine against recorded cases of another implementation, tensor by tensor.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use nin_net::Engine;
use nin_train::golden::{Comparison, check_golden, golden_losses};

use crate::arguments::CheckGoldenArguments;
use crate::engines::AnyEngine;
use crate::output::{complain, say, sentence};

/// Checks every file; fails if one cannot be read or is over a bound.
pub fn run(arguments: &CheckGoldenArguments) -> Result<ExitCode> {
    let chosen = arguments.engine.choose()?;
    if let Some(resolution) = arguments.losses {
        return match chosen.engine {
            AnyEngine::Cpu(engine) => tell_losses(engine, &arguments.files, resolution),
            AnyEngine::Gpu(engine) => tell_losses(engine, &arguments.files, resolution),
        };
    }
    say(&chosen.why);
    match chosen.engine {
        AnyEngine::Cpu(engine) => check_all(engine, &arguments.files),
        AnyEngine::Gpu(engine) => check_all(engine, &arguments.files),
    }
}

fn tell_losses<E: Engine>(mut engine: E, files: &[impl AsRef<Path>], resolution: usize) -> Result<ExitCode> {
    for file in files.iter().map(AsRef::as_ref) {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let losses = pollster::block_on(golden_losses(&mut engine, &bytes, resolution))
            .with_context(|| file.display().to_string())?;
        say(&serde_json::to_string(&losses)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn check_all<E: Engine>(mut engine: E, files: &[impl AsRef<Path>]) -> Result<ExitCode> {
    let mut failed = 0;
    for file in files.iter().map(AsRef::as_ref) {
        say(&file.display().to_string());
        match check(&mut engine, file) {
            Ok(true) => {}
            Ok(false) => failed += 1,
            Err(error) => {
                complain(&format!("error: {}", sentence(&error)));
                failed += 1;
            }
        }
    }
    if failed > 0 {
        bail!("{failed} of {} files failed", files.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn check<E: Engine>(engine: &mut E, file: &Path) -> Result<bool> {
    let name = file.display();
    let bytes = fs::read(file).with_context(|| format!("cannot read {name}"))?;
    let comparisons = pollster::block_on(check_golden(engine, &bytes)).with_context(|| name.to_string())?;
    comparisons.iter().for_each(tell);
    Ok(comparisons.iter().all(Comparison::passes))
}

fn tell(comparison: &Comparison) {
    let Comparison { name, error, bound } = comparison;
    let verdict = if comparison.passes() { "ok" } else { "OVER" };
    say(&format!("  {name:<32}  {error:9.2e}  bound {bound:.0e}  {verdict}"));
}
