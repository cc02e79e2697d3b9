//! The worker that trains: waits for a run to begin, and has it trained on the engine that is wished for.

use async_channel::Receiver;
use nin_data::Dataset;
use nin_net::Engine;
use nin_train::{CHECKPOINT, Checkpoint, Command, EngineWish, Event, Recipe, resume, train};
use wasm_bindgen::prelude::*;

use crate::digits::Given;
use crate::engines::{AnyEngine, choose};
use crate::event_loop::EventLoop;
use crate::host::WorkerHost;
use crate::post::{Letter, inbox, ready, send};
use crate::store::Store;
use crate::{Reply, Request};

/// Where a run begins.
enum Start {
    /// At its recipe's first stage.
    Recipe(Box<Recipe>),
    /// Where these bytes of a checkpoint were saved.
    Checkpoint(Vec<u8>),
}

struct Trainer {
    letters: Receiver<Letter>,
    event_loop: EventLoop,
    store: Option<Store>,
    given: Given,
}

/// Trains for the page until the worker is ended. For `web/worker.js`.
///
/// # Errors
/// What the browser says if it lacks what a worker needs.
#[wasm_bindgen]
pub async fn start_trainer() -> Result<(), JsValue> {
    let letters = inbox();
    let event_loop = EventLoop::new()?;
    let store = Store::open().await.map_err(|error| warn(&error.to_string())).ok();
    let mut trainer = Trainer { letters, event_loop, store, given: Given::default() };
    ready().await;
    while let Ok(letter) = trainer.letters.recv().await {
        if let Err(message) = trainer.answer(letter).await {
            send(&Reply::Event(Event::Failed { message }));
        }
    }
    Ok(())
}

fn warn(message: &str) {
    send(&Reply::Event(Event::Warning { message: message.to_owned() }));
}

impl Trainer {
    async fn answer(&mut self, (request, bytes): Letter) -> Result<(), String> {
        match request {
            Request::Command(Command::Start { recipe, engine }) => {
                let run = match &self.store {
                    Some(store) => store.new_name(&recipe.name).await.map_err(|error| error.to_string())?,
                    None => recipe.name.clone(),
                };
                self.run(run, Start::Recipe(recipe), &engine).await
            }
            Request::Command(Command::GoOn { run, engine }) => {
                let checkpoint = self.checkpoint(&run).await?;
                self.run(run, Start::Checkpoint(checkpoint), &engine).await
            }
            Request::Given { name } => {
                self.take(name, &bytes);
                Ok(())
            }
            // A command that came after the run's end, and what is for the viewer.
            _ => Ok(()),
        }
    }

    /// The newest checkpoint of `run`.
    async fn checkpoint(&self, run: &str) -> Result<Vec<u8>, String> {
        let found = match &self.store {
            Some(store) => store.load(run, CHECKPOINT).await.map_err(|error| error.to_string())?,
            None => None,
        };
        found.ok_or_else(|| {
            format!(
                "the run {run} has no checkpoint in this browser: start it anew, or drop its {CHECKPOINT} on the page"
            )
        })
    }

    /// Takes digits. What is wrong with them, if something is, the viewer tells, who gets the same.
    fn take(&mut self, name: String, files: &[Vec<u8>]) {
        let _ = self.given.take(name, files);
    }

    async fn open(&self, data: &str) -> Result<Dataset, String> {
        let fetching = |file: &str, done, of| {
            send(&Reply::Event(Event::Preparing { what: format!("fetching {file}"), done, of }));
        };
        self.given.open(data, &fetching).await.map_err(|error| error.to_string())
    }

    async fn run(&mut self, run: String, start: Start, wish: &EngineWish) -> Result<(), String> {
        let (data, dataset, hold_out) = match &start {
            Start::Recipe(recipe) => (recipe.data.clone(), self.open(&recipe.data).await?, recipe.hold_out),
            Start::Checkpoint(bytes) => {
                let Checkpoint { recipe, data, .. } =
                    Checkpoint::from_bytes(bytes).map_err(|error| error.to_string())?;
                // On the desktop the same digits may have another name.
                match self.given.identical(&data.sha256) {
                    Some((name, dataset)) => (name, dataset, recipe.hold_out),
                    None => (recipe.data.clone(), self.open(&recipe.data).await?, recipe.hold_out),
                }
            }
        };
        let chosen = choose(wish).await.map_err(|error| error.to_string())?;
        if let Some(reason) = chosen.instead_of_gpu {
            warn(&reason);
        }
        send(&Reply::RunKept { run: run.clone(), data, hold_out });
        let (letters, store, event_loop) = (&self.letters, &self.store, &self.event_loop);
        let mut host = WorkerHost::new(run, letters, store, event_loop);
        match chosen.engine {
            AnyEngine::Cpu(engine) => train_on(engine, &mut host, dataset, &start).await,
            AnyEngine::Gpu(engine) => train_on(engine, &mut host, dataset, &start).await,
        }
        for (name, files) in host.given {
            self.take(name, &files);
        }
        Ok(())
    }
}

/// Trains on one engine. How it ends is the run's last event.
async fn train_on<E: Engine>(mut engine: E, host: &mut WorkerHost<'_>, dataset: Dataset, start: &Start) {
    let _ = match start {
        Start::Recipe(recipe) => train(&mut engine, host, dataset, recipe).await,
        Start::Checkpoint(bytes) => resume(&mut engine, host, dataset, bytes).await,
    };
}
