//! A device that is lost in the middle of a run: the run ends with the bits of one that never lost it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use libtest_mimic::Arguments;
use nin_data::Dataset;
use nin_gpu::GpuEngine;
use nin_net::{MapPrecision, Random};
use nin_tests::fragile::Fragile;
use nin_tests::{f16_trial, gpu, gpu_trial};
use nin_train::{CHECKPOINT, Checkpoint, Command, Event, Host, Outcome, Recipe, RunError, SaveError, train};
use pollster::block_on;

const RECIPE: &str = r#"
name = "tiny"
seed = 9
resolution = 8
head = "global"
batch = 16
initial = "kaiming"
augmentation = { rotation_degrees = 5.0 }

[[stages]]
name = "first"
epochs = 2
optimizer = { kind = "adam" }
schedule = { kind = "one_cycle", learning_rate = 0.02 }
blocks = [{ kernel = 3, channels = [10, 10], relu = [true, false], pool = "max2" }]

[[stages]]
name = "second"
epochs = 2
growth = { start = "identity", carry = "weights+biases", new = [[1, 2]] }
optimizer = { kind = "sgd", momentum = 0.9 }
schedule = { kind = "cosine", learning_rate = 0.02 }
blocks = [{ kernel = 3, channels = [10, 10, 10], relu = [true, true, false], pool = "max2" }]
"#;

fn main() {
    let arguments = Arguments::from_args();
    let trials = vec![
        gpu_trial("losses_change_no_bit", losses_change_no_bit),
        f16_trial("losses_keep_the_map_precision", losses_keep_the_map_precision),
        gpu_trial("three_losses_in_a_row_end_the_run", three_losses_in_a_row_end_the_run),
        gpu_trial("a_command_is_not_lost_with_the_device", a_command_is_not_lost_with_the_device),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// Keeps the newest files and every event, and gives one command when it is first asked.
#[derive(Default)]
struct Memory {
    events: Vec<Event>,
    files: BTreeMap<String, Vec<u8>>,
    command: Option<Command>,
}

impl Host for Memory {
    fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    async fn try_command(&mut self) -> Option<Command> {
        let steps = self.events.iter().any(|event| matches!(event, Event::Steps(_)));
        if steps { self.command.take() } else { None }
    }

    async fn wait_command(&mut self) -> Command {
        Command::Stop
    }

    async fn save(&mut self, name: &str, bytes: &[u8]) -> Result<(), SaveError> {
        self.files.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }
}

impl Memory {
    fn warnings(&self) -> usize {
        let of_the_gpu = |event: &&Event| matches!(event, Event::Warning { message } if message.contains("the GPU stopped"));
        self.events.iter().filter(of_the_gpu).count()
    }
}

fn digits() -> Dataset {
    let all = nin_data::embedded().unwrap();
    Dataset { train: all.train.take(80), test: all.test.take(30), ..all }
}

/// A run on a device that is lost before the calls named by `breaks`.
fn run<B: FnMut(usize) -> bool>(
    host: &mut Memory,
    breaks: B,
) -> (Fragile<GpuEngine, B>, Result<Outcome, RunError>) {
    run_with(MapPrecision::F32, host, breaks)
}

fn run_with<B: FnMut(usize) -> bool>(
    map_precision: MapPrecision,
    host: &mut Memory,
    breaks: B,
) -> (Fragile<GpuEngine, B>, Result<Outcome, RunError>) {
    let mut engine = Fragile::new(gpu(), breaks);
    let recipe = Recipe { map_precision, ..Recipe::from_toml(RECIPE).unwrap() };
    let outcome = block_on(train(&mut engine, host, digits(), &recipe));
    (engine, outcome)
}

/// What must not depend on losses: results, and the log without its times.
fn results(host: &Memory) -> (Vec<&[u8]>, Vec<Event>) {
    let files = ["first.safetensors", "second.safetensors"].map(|name| host.files[name].as_slice());
    let mut log = Checkpoint::from_bytes(&host.files[CHECKPOINT]).unwrap().progress.log;
    for event in &mut log {
        match event {
            Event::Epoch(metrics) => (metrics.seconds, metrics.images_per_second) = (0.0, 0.0),
            Event::StageFinished(summary) => summary.seconds = 0.0,
            _ => {}
        }
    }
    (files.to_vec(), log)
}

fn losses_change_no_bit() {
    let mut straight = Memory::default();
    let (engine, outcome) = run(&mut straight, |_| false);
    assert!(matches!(outcome, Ok(Outcome::Finished(_))));
    // Before anything is loaded, and at seven calls anywhere in the run.
    let mut random = Random::new(1, nin_net::Stream::Order, 0);
    let mut calls = vec![1];
    calls.extend((0..7).map(|_| 2 + random.below(engine.calls as u32 - 1) as usize));
    for call in calls {
        let mut host = Memory::default();
        let (engine, outcome) = run(&mut host, |now| now == call);
        assert!(matches!(outcome, Ok(Outcome::Finished(_))), "lost at call {call}: {outcome:?}");
        assert_eq!((engine.revivals, host.warnings()), (1, 1), "lost at call {call}");
        assert_eq!(results(&host), results(&straight), "lost at call {call}");
    }
    // Again and again, but never three times in a row: an epoch has fewer calls.
    let mut host = Memory::default();
    let (engine, outcome) = run(&mut host, |now| now % 40 == 39);
    assert!(matches!(outcome, Ok(Outcome::Finished(_))), "{outcome:?}");
    assert!(engine.revivals >= 1 && engine.revivals == host.warnings(), "{}", engine.revivals);
    assert_eq!(results(&host), results(&straight));
}

/// The recipe says it, so that a device set up anew, and a checkpoint on another day, store maps as before.
fn losses_keep_the_map_precision() {
    let (mut straight, mut host, mut exact) = (Memory::default(), Memory::default(), Memory::default());
    run_with(MapPrecision::F16, &mut straight, |_| false).1.unwrap();
    let (engine, outcome) = run_with(MapPrecision::F16, &mut host, |now| now == 20);
    assert!(matches!(outcome, Ok(Outcome::Finished(_))), "{outcome:?}");
    assert_eq!(engine.revivals, 1);
    assert_eq!(results(&host), results(&straight));
    let checkpoint = Checkpoint::from_bytes(&host.files[CHECKPOINT]).unwrap();
    assert_eq!(checkpoint.recipe.map_precision, MapPrecision::F16);
    run(&mut exact, |_| false).1.unwrap();
    assert_ne!(results(&exact).0, results(&host).0);
}

fn three_losses_in_a_row_end_the_run() {
    let mut host = Memory::default();
    let (engine, outcome) = run(&mut host, |now| now > 15);
    let error = outcome.unwrap_err();
    assert!(matches!(error, RunError::DeviceLost { .. }), "{error}");
    assert_eq!((engine.revivals, host.warnings()), (2, 2));
    assert_eq!(host.events.last(), Some(&Event::Failed { message: error.to_string() }));
    for words in ["three times in a row", "--resume", "--engine cpu"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(Checkpoint::from_bytes(&host.files[CHECKPOINT]).is_ok());
}

fn a_command_is_not_lost_with_the_device() {
    let mut host = Memory { command: Some(Command::Stop), ..Memory::default() };
    // Two to load images, three to begin the stage, one to begin the epoch, two to queue steps, one to wait for the
    // first: the command comes, and the second cannot be waited for.
    let (engine, outcome) = run(&mut host, |now| now == 10);
    assert_eq!(outcome.unwrap(), Outcome::Stopped);
    assert_eq!((engine.revivals, host.warnings()), (1, 1));
    assert!(Checkpoint::from_bytes(&host.files[CHECKPOINT]).is_ok());
}
