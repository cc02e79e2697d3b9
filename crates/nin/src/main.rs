//! The program `nin`: grows a Network-in-Network in a window or in the terminal. `nin --help` says how.

mod advice;
mod arguments;
mod bench;
mod board;
mod check_golden;
mod data;
mod engines;
mod eval;
mod export;
mod files;
mod folder;
mod headless;
mod info;
mod lines;
mod map_precision;
mod model;
mod output;
mod predict;
mod progress;
mod recipe;
mod runs;
mod sheet;
mod shell;
mod start;
mod table;
mod tuning;
#[cfg(feature = "window")]
mod window;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;
use nin_train::Outcome;

use arguments::{Arguments, Command, TrainArguments};

/// Exit status after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;
/// Exit status after flags that cannot be followed.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = carry_out(&arguments).and_then(|code| output::check().map(|()| code));
    done.unwrap_or_else(|error| {
        output::complain(&format!("error: {}", output::sentence(&error)));
        ExitCode::FAILURE
    })
}

fn carry_out(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.command {
        Some(Command::Info { recipe: Some(recipe) }) => info::recipe(recipe).map(|()| ExitCode::SUCCESS),
        Some(Command::Info { recipe: None }) => info::devices().map(|()| ExitCode::SUCCESS),
        Some(Command::Bench(arguments)) => bench::run(arguments).map(|()| ExitCode::SUCCESS),
        Some(Command::Export(arguments)) => export::export(arguments).map(|()| ExitCode::SUCCESS),
        Some(Command::Import(arguments)) => export::import(arguments).map(|()| ExitCode::SUCCESS),
        Some(Command::Eval(arguments)) => eval::run(arguments).map(|()| ExitCode::SUCCESS),
        Some(Command::Predict(arguments)) => predict::run(arguments),
        Some(Command::Runs(arguments)) => runs::run(arguments).map(|()| ExitCode::SUCCESS),
        Some(Command::Completions(arguments)) => {
            shell::completions(arguments);
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Man(arguments)) => shell::man(arguments).map(|()| ExitCode::SUCCESS),
        Some(Command::Data(command)) => data::run(command).map(|()| ExitCode::SUCCESS),
        Some(Command::CheckGolden(arguments)) => check_golden::run(arguments),
        None if arguments.train.no_gui => Ok(match headless::run(&arguments.train)? {
            Outcome::Finished(_) => ExitCode::SUCCESS,
            Outcome::Stopped => ExitCode::from(INTERRUPTED),
        }),
        None => window(&arguments.train),
    }
}

#[cfg(feature = "window")]
fn window(arguments: &TrainArguments) -> Result<ExitCode> {
    window::run(arguments)
}

#[cfg(not(feature = "window"))]
fn window(_: &TrainArguments) -> Result<ExitCode> {
    let program = advice::program();
    output::complain(&format!(
        "this build of nin has no window: `{program} --no-gui` trains in the terminal"
    ));
    Ok(ExitCode::from(USAGE))
}
