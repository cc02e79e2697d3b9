//! What the screens need of the world around them: a thread and a disk, or a worker and a browser.

use nin_train::{Command, EngineKind, Event, Look, Recipe, RunEntry, Seen, Snapshot};
use serde::{Deserialize, Serialize};

/// The world around the screens. Nothing here waits: what was asked comes back as a [`Report`], some frames later.
pub trait World {
    /// To the run. `Start` and `GoOn` begin one.
    fn command(&mut self, command: Command);
    /// To whoever looks at the newest network.
    fn look(&mut self, look: Look);
    /// To the system.
    fn errand(&mut self, errand: Errand);
    /// The next thing to know, if there is one.
    fn report(&mut self) -> Option<Report>;
    /// What this world can do.
    fn abilities(&self) -> Abilities;
}

/// What a world can do besides training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Runs lie in folders that can be opened in a file manager.
    pub folders: bool,
}

/// Something that came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// From the run.
    Run(Event),
    /// The answer to a look.
    Seen(Seen),
    /// From the system.
    News(News),
}

/// Something to do outside of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    /// List what can compute: [`News::Devices`].
    ListDevices,
    /// List the runs that are kept: [`News::Runs`].
    ListRuns,
    /// Read what a run measured: [`News::RunLog`].
    ReadLog {
        /// The run's name.
        run: String,
    },
    /// Look at a network: [`News::Model`]; later looks are about it, until a run tells a newer one.
    OpenModel {
        /// Which one.
        model: ModelSource,
    },
    /// Let the user choose a recipe's file: [`News::Recipe`], or nothing if none is chosen.
    ChooseRecipe,
    /// Let the user choose a folder of digits: [`News::Data`], or nothing if none is chosen.
    ChooseData,
    /// Find out what a dropped file or folder is, and take it: as `ChooseRecipe`, `ChooseData` or `OpenModel` would.
    Dropped {
        /// Its path, or its name in a browser.
        path: String,
        /// Its content, where there is no path to read it from.
        bytes: Option<Vec<u8>>,
    },
    /// Write a network's file where the user wants it: [`News::Saved`].
    Export {
        /// The run's name.
        run: String,
        /// The stage's name.
        stage: String,
        /// In which form.
        format: ExportFormat,
    },
    /// Write a file where the user wants it: [`News::Saved`].
    SaveFile {
        /// The name that is proposed.
        name: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// Show a run's folder in the file manager.
    ShowFolder {
        /// The run's name.
        run: String,
    },
}

/// A network that is kept somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum ModelSource {
    /// The trained one that comes with the program.
    Shipped,
    /// The newest one of a run.
    Run {
        /// The run's name.
        run: String,
    },
    /// A file that the user chooses.
    Choose,
}

/// Form of an exported network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// PyTorch's names and shapes.
    Safetensors,
    /// For any ONNX runtime.
    Onnx,
}

/// What an errand brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// What can compute.
    Devices {
        /// In the order in which `auto` looks at them; the CPU is last.
        devices: Vec<Device>,
        /// What `auto` takes, and why, in one sentence.
        automatic: String,
    },
    /// The runs that are kept.
    Runs {
        /// Where, for people.
        place: String,
        /// Newest first.
        runs: Vec<RunEntry>,
    },
    /// What a run measured.
    RunLog {
        /// Its name.
        run: String,
        /// Its lasting events, in order.
        log: Vec<Event>,
    },
    /// A run began to be kept under this name.
    RunKept {
        /// The name.
        run: String,
    },
    /// A network to look at; its stage is empty if it is not of the run that is on.
    Model(Snapshot),
    /// A recipe was chosen.
    Recipe(Box<Recipe>),
    /// Digits were chosen.
    Data {
        /// What a recipe's `data` names them.
        name: String,
    },
    /// A file was written.
    Saved {
        /// Where.
        place: String,
    },
    /// An errand failed.
    Failed {
        /// One sentence.
        message: String,
    },
}

/// Something that can compute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Whether it is a GPU.
    pub kind: EngineKind,
    /// Its name.
    pub name: String,
    /// Whether it is a program that stands in for a GPU.
    pub software: bool,
    /// Properties and limits, as name and value, for people.
    pub facts: Vec<(String, String)>,
}
