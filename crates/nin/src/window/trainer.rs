//! The thread that trains: it waits for a run to begin, carries it out, and waits again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use anyhow::{Context as _, Result};
use nin_app::News;
use nin_data::Dataset;
use nin_train::{Checkpoint, Command, EngineWish, Event, Recipe, RunFolder};

use super::host::WindowHost;
use super::place::Place;
use super::reporter::Reporter;
use super::viewer::ToViewer;
use crate::engines::{self, AnyEngine};
use crate::output::sentence;
use crate::start::Start;
use crate::{folder, recipe};

/// Seconds between two snapshots of a run.
const WATCH: f64 = 0.5;

/// What the thread has.
pub struct Trainer {
    pub commands: Receiver<Command>,
    pub reporter: Reporter,
    pub viewer: Sender<ToViewer>,
    pub place: Place,
    /// Whether a run is on that would have to be saved.
    pub training: Arc<AtomicBool>,
}

/// Everything that a run needs.
struct Prepared {
    start: Start,
    dataset: Dataset,
    engine: AnyEngine,
    folder: RunFolder,
}

impl Trainer {
    /// Carries out runs until nobody is left to ask for one.
    pub fn run(self) {
        while let Ok(command) = self.commands.recv() {
            let carried_out = catch_unwind(AssertUnwindSafe(|| match command {
                Command::Start { recipe, engine } => self.start(*recipe, &engine),
                Command::GoOn { run, engine } => self.go_on(&run, &engine),
                // No run is on that could be told anything.
                _ => Ok(()),
            }));
            self.training.store(false, Ordering::Release);
            let message = match carried_out {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => sentence(&error),
                Err(_) => "the training thread broke off: this is a fault in nin".to_owned(),
            };
            self.reporter.event(Event::Failed { message });
        }
    }

    fn start(&self, mut recipe: Recipe, wish: &EngineWish) -> Result<()> {
        recipe.data = recipe::place(&recipe.data);
        recipe.validate().context("the recipe cannot be trained")?;
        let dataset = self.open(&recipe)?;
        let engine = self.engine(wish)?;
        let folder = folder::next_free(self.place.runs()?, &recipe.name)?;
        self.train(Prepared { start: Start::Recipe(recipe), dataset, engine, folder });
        Ok(())
    }

    fn go_on(&self, run: &str, wish: &EngineWish) -> Result<()> {
        let path = self.place.run(run)?;
        let (file, bytes) = folder::read_checkpoint(&path)?;
        let checkpoint = Checkpoint::from_bytes(&bytes)
            .with_context(|| format!("cannot go on from {}{}", file.display(), folder::remedy(&file)))?;
        let dataset = self.open(&checkpoint.recipe)?;
        let engine = self.engine(wish)?;
        let folder = RunFolder::open(path)?;
        self.train(Prepared { start: Start::Checkpoint(bytes), dataset, engine, folder });
        Ok(())
    }

    /// The digits that a recipe names; those to be measured on go to the viewer, too.
    fn open(&self, recipe: &Recipe) -> Result<Dataset> {
        self.preparing("reading the digits", 0, None);
        let dataset = nin_data::open(&recipe.data, &mut |file, bytes, total| {
            self.preparing(&format!("downloading {file}"), bytes, total);
        })?;
        let measured = match recipe.hold_out {
            0 => dataset.clone(),
            count => dataset.clone().hold_out(count)?,
        };
        // A viewer that is gone shows nothing; the run goes on.
        let _ = self.viewer.send(ToViewer::Digits(measured));
        Ok(dataset)
    }

    fn engine(&self, wish: &EngineWish) -> Result<AnyEngine> {
        self.preparing("starting the engine", 0, None);
        Ok(engines::choose(wish, None, true)?.engine)
    }

    fn preparing(&self, what: &str, done: u64, of: Option<u64>) {
        self.reporter.event(Event::Preparing { what: what.to_owned(), done, of });
    }

    fn train(&self, prepared: Prepared) {
        let Prepared { start, dataset, engine, folder } = prepared;
        let path = folder.path().to_owned();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.reporter.news(News::RunKept { run: name });
        self.training.store(true, Ordering::Release);
        let mut host = WindowHost {
            first: Some(Command::Watch { seconds: Some(WATCH) }),
            commands: &self.commands,
            reporter: &self.reporter,
            viewer: &self.viewer,
            folder,
        };
        // An error was told as the run's last event.
        if start.carry_out(engine, &mut host, dataset).is_err() {
            // It is empty if the run failed before it began.
            RunFolder::remove_if_empty(&path);
        }
    }
}
