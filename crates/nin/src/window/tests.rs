//! The world on threads, without a window.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod errands;
mod runs;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nin_app::{Errand, News, Report, World};
use nin_train::{Command, EngineKind, EngineWish, Event, Recipe};
use tempfile::TempDir;

use super::desktop::Desktop;
use super::place::Place;

/// A world that hangs is given up after this time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Two stages of narrow layers on 14×14 images.
const SMALL: &str = r#"
name = "small"
seed = 3
resolution = 14
head = "global"
initial = "kaiming"
batch = 100

[[stages]]
name = "v0"
epochs = 1
optimizer = { kind = "adam" }
schedule = { kind = "constant", learning_rate = 0.01 }
blocks = [{ kernel = 3, channels = [6], pool = "max2" }, { kernel = 3, channels = [10], relu = [false], pool = "max2" }]

[[stages]]
name = "v1"
epochs = 1
growth = { start = "identity", carry = "weights+biases" }
optimizer = { kind = "adam" }
schedule = { kind = "constant", learning_rate = 0.01 }
blocks = [{ kernel = 3, channels = [6, 6], pool = "max2" }, { kernel = 3, channels = [10], relu = [false], pool = "max2" }]
"#;

/// A world that keeps its runs in a folder of its own.
struct Here {
    folder: TempDir,
    desktop: Desktop,
    woken: Receiver<()>,
}

impl Here {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { candidates: vec![folder.path().join("runs")] };
        Here::at(folder, place)
    }

    fn at(folder: TempDir, place: Place) -> Self {
        let (wake, woken) = channel();
        let wake = Mutex::new(wake);
        let wake = Arc::new(move || wake.lock().unwrap().send(()).unwrap_or_default());
        Here { folder, desktop: Desktop::new(place, wake, false).unwrap(), woken }
    }

    fn run(&self, name: &str) -> PathBuf {
        self.folder.path().join("runs").join(name)
    }

    fn start(&mut self, recipe: Recipe) {
        let engine = EngineWish { kind: EngineKind::Cpu, adapter: None };
        self.desktop.command(Command::Start { recipe: Box::new(recipe), engine });
    }

    /// Sleeps until the world wakes the screen up, then takes the reports, until one of them is looked for.
    fn until<T>(&mut self, mut looked_for: impl FnMut(&Report) -> Option<T>) -> T {
        loop {
            while let Some(report) = self.desktop.report() {
                if let Some(found) = looked_for(&report) {
                    return found;
                }
            }
            self.woken.recv_timeout(PATIENCE).expect("the world says something");
        }
    }

    /// The next event of the run that is looked for; a run that fails is none.
    fn until_event<T>(&mut self, mut looked_for: impl FnMut(&Event) -> Option<T>) -> T {
        self.until(|report| match report {
            Report::Run(event) => match (looked_for(event), event) {
                (None, Event::Failed { message }) => panic!("{message}"),
                (found, _) => found,
            },
            _ => None,
        })
    }

    /// What an errand brings, which may be its failure.
    fn errand(&mut self, errand: Errand) -> News {
        let models = usize::from(!matches!(errand, Errand::OpenModel { .. } | Errand::Dropped { .. }));
        self.desktop.errand(errand);
        self.until(|report| match report {
            Report::News(News::Model(_)) if models > 0 => None,
            Report::News(news) => Some(news.clone()),
            _ => None,
        })
    }

    /// Waits for the model that comes with the program.
    fn settled(mut self) -> Self {
        self.until(|report| matches!(report, Report::News(News::Model(_))).then_some(()));
        self
    }
}

fn small() -> Recipe {
    Recipe::from_toml(SMALL).unwrap()
}

/// A recipe that no test waits for.
fn endless() -> Recipe {
    let mut recipe = small();
    recipe.stages[0].epochs = 100_000;
    recipe
}

fn message(news: &News) -> &str {
    match news {
        News::Failed { message } => message,
        other => panic!("expected a failure, found {other:?}"),
    }
}
