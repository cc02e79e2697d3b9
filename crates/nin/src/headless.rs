//! `nin --no-gui`: a run in the terminal, from the flags to the table at its end.

use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use nin_data::Dataset;
use nin_train::{CHECKPOINT, Checkpoint, Command, Event, Outcome, RunFolder, ThreadHost};

use crate::arguments::TrainArguments;
use crate::board::Board;
use crate::engines::AnyEngine;
use crate::output::{complain, say, sentence};
use crate::progress::Progress;
use crate::start::Start;
use crate::{advice, folder, recipe, table};

/// Everything that a run needs.
struct Prepared {
    start: Start,
    dataset: Dataset,
    engine: AnyEngine,
    folder: RunFolder,
    board: Board,
    /// Told to the run before all others.
    first: Option<Command>,
}

/// Trains as the flags say; how the run ended.
pub fn run(arguments: &TrainArguments) -> Result<Outcome> {
    let mut progress = Progress::new(arguments);
    let prepared = prepare(arguments, &mut progress).inspect_err(|error| {
        progress.end();
        progress.show(&Event::Failed { message: sentence(error) });
    })?;
    let path = prepared.folder.path().to_owned();
    let outcome = on_thread(prepared, &mut progress);
    progress.end();
    let outcome = outcome.inspect_err(|_| {
        // It is empty if the run failed before it began.
        RunFolder::remove_if_empty(&path);
    })?;
    tell_end(&outcome, &path, &progress);
    Ok(outcome)
}

fn prepare(arguments: &TrainArguments, progress: &mut Progress) -> Result<Prepared> {
    let (start, recipe, before) = match &arguments.resume {
        None => {
            let recipe = recipe::from_arguments(arguments)?;
            (Start::Recipe(recipe.clone()), recipe, None)
        }
        Some(path) => {
            let (file, bytes) = folder::read_checkpoint(path)?;
            let mut checkpoint = Checkpoint::from_bytes(&bytes)
                .with_context(|| format!("cannot go on from {}{}", file.display(), folder::remedy(&file)))?;
            // The one thing of a recipe that a device may lack.
            let asked = arguments.maps.precision().filter(|asked| *asked != checkpoint.recipe.map_precision);
            let bytes = match asked {
                None => bytes,
                Some(precision) => {
                    checkpoint.recipe.map_precision = precision;
                    checkpoint.to_bytes()?
                }
            };
            (Start::Checkpoint(bytes), checkpoint.recipe, Some(folder::of_file(&file)))
        }
    };
    let data = arguments.data.as_deref().unwrap_or(&recipe.data);
    let dataset = nin_data::open(data, &mut |file, bytes, total| progress.download(file, bytes, total))?;
    let chosen = arguments.engine.choose()?;
    progress.note(&chosen.why);
    let folder = match before {
        Some(folder) => RunFolder::open(folder)?,
        None => folder::for_new_run(arguments.out.as_deref(), &recipe.name)?,
    };
    progress.note(&format!("saving into {}", folder.path().display()));
    let board = Board::new(arguments, folder.path())?;
    let first = arguments.save_every.map(|seconds| Command::SaveEvery { seconds });
    Ok(Prepared { start, dataset, engine: chosen.engine, folder, board, first })
}

/// Trains on a thread of its own, so that events are shown while an engine computes.
fn on_thread(prepared: Prepared, progress: &mut Progress) -> Result<Outcome> {
    let Prepared { start, dataset, engine, folder, mut board, first } = prepared;
    let (events_in, events) = channel();
    let (commands_in, commands) = channel();
    first.map_or(Ok(()), |command| commands_in.send(command))?;
    stop_on_interrupt(commands_in, progress.messenger())?;
    let mut host = ThreadHost { events: events_in, commands, folder };
    thread::scope(|scope| {
        let worker = scope.spawn(move || start.carry_out(engine, &mut host, dataset));
        for event in events {
            progress.show(&event);
            board.record(&event);
        }
        match worker.join() {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(anyhow!("the training thread broke off: this is a fault in nin")),
        }
    })
}

/// The first interrupt (Ctrl-C, or the system asking to end) saves and stops; the second ends at once.
fn stop_on_interrupt(commands: Sender<Command>, tell: impl Fn(String) + Send + 'static) -> Result<()> {
    let pressed = AtomicBool::new(false);
    let handler = move || {
        if pressed.swap(true, Ordering::Relaxed) || commands.send(Command::Stop).is_err() {
            process::exit(crate::INTERRUPTED.into());
        }
        tell("stopping as soon as the run is saved; press Ctrl-C again to quit at once".to_owned());
    };
    ctrlc::set_handler(handler).context("cannot listen for Ctrl-C")
}

fn tell_end(outcome: &Outcome, folder: &Path, progress: &Progress) {
    match outcome {
        Outcome::Finished(_) if matches!(progress, Progress::Json { .. }) => {}
        Outcome::Finished(summary) => {
            let blank = || [String::new()];
            let lines =
                [&blank()[..], &table::of_summary(summary), &blank(), &advice::after(summary, folder)];
            lines.concat().iter().for_each(|line| say(line));
        }
        Outcome::Stopped if folder.join(CHECKPOINT).exists() => {
            complain(&format!(
                "stopped; go on with: {} --no-gui --resume {}",
                advice::program(),
                advice::quoted(folder)
            ));
        }
        Outcome::Stopped => complain("stopped, and nothing could be saved"),
    }
}
