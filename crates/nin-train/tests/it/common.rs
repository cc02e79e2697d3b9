//! A small recipe on few digits, and a host that keeps everything in memory.

use nin_cpu::CpuEngine;
use nin_data::{Dataset, embedded};
use nin_train::{Command, Event, Host, Outcome, Recipe, RunError, SaveError, resume, train};
use pollster::block_on;

/// Two stages at 14×14; 8 steps an epoch, the last one smaller; augmentation, Adam, SGD, identity growth.
pub const SMALL: &str = r#"
name = "small"
seed = 5
resolution = 14
head = "global"
batch = 20
initial = "kaiming"
augmentation = { rotation_degrees = 5.0, shift_pixels = 1.0 }

[[stages]]
name = "first"
epochs = 2
optimizer = { kind = "adam" }
schedule = { kind = "one_cycle", learning_rate = 0.02 }
blocks = [
    { kernel = 3, channels = [4, 6], pool = "max2" },
    { kernel = 3, channels = [8, 10], relu = [true, false], pool = "max2" },
]

[[stages]]
name = "second"
epochs = 2
batch = 25
growth = { start = "identity", carry = "weights+biases", new = [[1, 3], [2, 2]] }
optimizer = { kind = "sgd", momentum = 0.9, clip_norm = 1.0 }
schedule = { kind = "cosine", learning_rate = 0.02 }
blocks = [
    { kernel = 3, channels = [4, 6, 6], pool = "max2" },
    { kernel = 3, channels = [8, 8, 10], relu = [true, true, false], pool = "max2" },
]
"#;

pub fn small() -> Recipe {
    Recipe::from_toml(SMALL).unwrap()
}

/// The first `train` and `test` of the embedded digits.
pub fn digits(train: usize, test: usize) -> Dataset {
    let all = embedded().unwrap();
    Dataset { train: all.train.take(train), test: all.test.take(test), ..all }
}

pub fn few_digits() -> Dataset {
    digits(150, 60)
}

/// Keeps events and files, and asks a script for commands.
pub struct Memory<S> {
    pub events: Vec<Event>,
    /// Every save in order, also of the same name.
    pub files: Vec<(String, Vec<u8>)>,
    /// Given the events so far, the next command, if any.
    pub script: S,
    /// Saves of this name fail.
    pub refuse: Option<&'static str>,
}

impl<S: FnMut(&[Event]) -> Option<Command>> Memory<S> {
    pub fn new(script: S) -> Self {
        Memory { events: Vec::new(), files: Vec::new(), script, refuse: None }
    }

    pub fn run(&mut self, dataset: Dataset, recipe: &Recipe) -> Result<Outcome, RunError> {
        block_on(train(&mut CpuEngine::new(Some(1)).unwrap(), self, dataset, recipe))
    }

    pub fn resume(&mut self, dataset: Dataset, checkpoint: &[u8]) -> Result<Outcome, RunError> {
        block_on(resume(&mut CpuEngine::new(Some(1)).unwrap(), self, dataset, checkpoint))
    }

    /// All contents that were saved under `name`.
    pub fn all(&self, name: &str) -> Vec<&[u8]> {
        self.files.iter().filter(|(n, _)| n == name).map(|(_, bytes)| bytes.as_slice()).collect()
    }

    /// The newest content of `name`.
    pub fn file(&self, name: &str) -> &[u8] {
        self.all(name).pop().unwrap_or_else(|| panic!("{name} was not saved"))
    }
}

impl<S: FnMut(&[Event]) -> Option<Command>> Host for Memory<S> {
    fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    async fn try_command(&mut self) -> Option<Command> {
        (self.script)(&self.events)
    }

    async fn wait_command(&mut self) -> Command {
        (self.script)(&self.events).expect("the script leaves the run paused")
    }

    async fn save(&mut self, name: &str, bytes: &[u8]) -> Result<(), SaveError> {
        if self.refuse == Some(name) {
            return Err(SaveError(format!("{name} cannot be written (no room)")));
        }
        self.files.push((name.to_owned(), bytes.to_vec()));
        Ok(())
    }
}

/// A script without commands.
pub fn quiet(_: &[Event]) -> Option<Command> {
    None
}

/// A script that gives these commands, one after the other, as they are asked for.
pub fn commands(list: Vec<Command>) -> impl FnMut(&[Event]) -> Option<Command> {
    let mut list = list.into_iter();
    move |_| list.next()
}

/// The name of an event, as in its JSON.
pub fn name(event: &Event) -> String {
    serde_json::to_value(event).unwrap()["event"].as_str().unwrap().to_owned()
}

/// A log without what depends on the clock.
pub fn timeless(log: &[Event]) -> Vec<Event> {
    let mut log = log.to_vec();
    for event in &mut log {
        match event {
            Event::Epoch(metrics) => (metrics.seconds, metrics.images_per_second) = (0.0, 0.0),
            Event::StageFinished(summary) => summary.seconds = 0.0,
            Event::Finished(summary) => {
                summary.seconds = 0.0;
                summary.stages.iter_mut().for_each(|stage| stage.seconds = 0.0);
            }
            _ => {}
        }
    }
    log
}
