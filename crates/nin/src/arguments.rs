//! What the command line may say.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use nin_train::{EngineKind, EngineWish};

use crate::engines::{self, Chosen};
use crate::eval::EvalArguments;
use crate::export::{ExportArguments, ImportArguments};
use crate::map_precision::MapArguments;
use crate::runs::RunsArguments;
use crate::shell::{CompletionsArguments, ManArguments};

/// Everything on the command line.
#[derive(Debug, Parser)]
#[command(
    name = "nin",
    version,
    about = "Grow a Network-in-Network, stage by stage, on handwritten digits",
    args_conflicts_with_subcommands = true
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub train: TrainArguments,
}

/// What `nin` does besides training.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the devices that can train, or a recipe's networks layer by layer.
    Info {
        /// `modern`, `seed`, or a TOML file.
        recipe: Option<String>,
    },
    /// Measure how fast a stage trains here, kernel by kernel.
    ///
    /// A kernel's roofline is what the device could do of it: as many FLOP/s as its multiply-adds reach in registers, or as
    /// its copies bring in for a kernel with few FLOP per byte, whichever is less. `of roofline` is how much of that the
    /// kernel reaches; over 100 % means that its bytes came from caches.
    Bench(BenchArguments),
    /// Write a trained network for PyTorch or as ONNX.
    Export(ExportArguments),
    /// Read a network's parameters that PyTorch saved.
    Import(ImportArguments),
    /// Measure a trained network: accuracy, every class, confusions, the worst digits.
    Eval(EvalArguments),
    /// Say which digits pictures show.
    Predict(PredictArguments),
    /// List the runs in a folder, or compare some stage by stage.
    Runs(RunsArguments),
    /// Print what completes nin's command line in a shell.
    Completions(CompletionsArguments),
    /// Print the manual page.
    Man(ManArguments),
    /// Data sets: what is there, and fetching what is not.
    #[command(subcommand)]
    Data(DataCommand),
    /// Compare an engine with recorded cases of another implementation.
    #[command(hide = true)]
    CheckGolden(CheckGoldenArguments),
}

/// What `nin data` does.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// List the data sets: their images, their size, and where they are.
    List,
    /// Download a data set once, or what a cut download left out, and check it.
    Fetch {
        /// Which one.
        #[arg(value_parser = ["mnist", "fashion-mnist"])]
        name: String,
    },
}

/// Flags of a training run.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Train in the terminal, without a window.
    #[arg(long)]
    pub no_gui: bool,
    /// What to train: `modern` (the default), `seed`, or a TOML file.
    #[arg(long, value_name = "NAME|FILE")]
    pub recipe: Option<String>,
    /// Where the digits come from: `embedded`, `mnist`, `fashion-mnist`, or a folder of four IDX files or of pictures.
    #[arg(long, value_name = "NAME|DIR")]
    pub data: Option<String>,
    /// Hold out the last N training images and measure on them instead of the test images; 0 holds out none.
    #[arg(long, value_name = "N")]
    pub hold_out: Option<u32>,
    #[command(flatten)]
    pub engine: EngineArguments,
    /// Train only these stages, e.g. `v0,v1`.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub stages: Vec<String>,
    /// Epochs of every stage (`10`), or of some (`v0=20,v1=10`).
    #[arg(long, value_name = "N|STAGE=N,…")]
    pub epochs: Option<Epochs>,
    /// Images per step.
    #[arg(long, value_name = "N")]
    pub batch: Option<NonZeroU32>,
    /// Highest learning rate of every stage.
    #[arg(long, value_name = "X", value_parser = not_negative::<f32>)]
    pub learning_rate: Option<f32>,
    /// Seed of everything random.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub maps: MapArguments,
    /// Where the run is saved; otherwise `runs/<recipe>-<n>`.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with a run, from its folder or from one of the checkpoints in it.
    #[arg(
        long,
        value_name = "FILE|DIR",
        conflicts_with_all = ["recipe", "hold_out", "stages", "epochs", "batch", "learning_rate", "seed", "out"]
    )]
    pub resume: Option<PathBuf>,
    /// Save at least this often, also within an epoch; otherwise every 10 seconds.
    #[arg(long, value_name = "SECONDS", value_parser = not_negative::<f64>)]
    pub save_every: Option<f64>,
    /// Write an event file for TensorBoard, too: into the run's folder, or into one of its name in DIR.
    #[arg(long, value_name = "DIR")]
    pub tensorboard: Option<Option<PathBuf>>,
    /// Show only the table at the end.
    #[arg(long)]
    pub quiet: bool,
    /// Print one JSON object per line, and nothing else, on the standard output.
    #[arg(long)]
    pub json: bool,
}

/// Which engine computes.
#[derive(Debug, Args)]
pub struct EngineArguments {
    /// What computes: `auto` (the default) takes a hardware GPU if there is one, else the CPU.
    #[arg(long, value_enum)]
    pub engine: Option<EngineChoice>,
    /// The GPU whose name contains this text.
    #[arg(long, value_name = "NAME")]
    pub adapter: Option<String>,
    /// Threads of the CPU engine; otherwise one per core. Their number changes no bit of the result.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Take a GPU's kernels in their default shapes; otherwise each is tried in several, once for each driver, and the fastest remembered.
    #[arg(long)]
    pub no_autotune: bool,
}

/// Values of `--engine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    Auto,
    Gpu,
    Cpu,
}

/// Flags of `bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// What to train: `modern` (the default), `seed`, or a TOML file.
    #[arg(long, value_name = "NAME|FILE")]
    pub recipe: Option<String>,
    /// Which of its stages; otherwise the last one.
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,
    #[command(flatten)]
    pub engine: EngineArguments,
    #[command(flatten)]
    pub maps: MapArguments,
    /// Show every figure beside that of an earlier measurement, which `nin bench --json` printed into FILE.
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    /// Instead, measure every stage at 28² to 224² pixels, and how the last one's cost grows with pixels (to 448²) and batch
    /// (to 4096).
    #[arg(long, conflicts_with_all = ["stage", "compare"])]
    pub sweep: bool,
    /// Print one JSON object, with times in seconds, on the standard output.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `predict`.
#[derive(Debug, Args)]
pub struct PredictArguments {
    /// PNG or JPEG pictures of one digit each: drawn or photographed, of any size, dark on light or light on dark.
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    /// The network to ask: a checkpoint, a stage's file or a run's folder; otherwise the one that comes with nin.
    #[arg(long, value_name = "FILE|DIR")]
    pub checkpoint: Option<PathBuf>,
    /// Print one JSON object per picture and line.
    #[arg(long)]
    pub json: bool,
}

impl EngineArguments {
    /// Opens the engine that the flags ask for.
    pub fn choose(&self) -> Result<Chosen> {
        engines::choose(&self.wish(), self.threads, !self.no_autotune)
    }

    /// What kind of engine the flags ask for.
    pub fn wish(&self) -> EngineWish {
        let kind = match self.engine {
            None | Some(EngineChoice::Auto) => EngineKind::Auto,
            Some(EngineChoice::Gpu) => EngineKind::Gpu,
            Some(EngineChoice::Cpu) => EngineKind::Cpu,
        };
        EngineWish { kind, adapter: self.adapter.clone() }
    }
}

/// Flags of `check-golden`.
#[derive(Debug, Args)]
pub struct CheckGoldenArguments {
    /// Recorded cases (safetensors).
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Compare nothing: print each case's losses with input of this resolution, a JSON array per line.
    #[arg(long, value_name = "RESOLUTION")]
    pub losses: Option<usize>,
    #[command(flatten)]
    pub engine: EngineArguments,
}

/// How many epochs: the same for all stages, or by stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Epochs {
    Every(u32),
    Of(Vec<(String, u32)>),
}

impl FromStr for Epochs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(epochs) = text.parse() {
            return Ok(Epochs::Every(epochs));
        }
        let one = |part: &str| {
            let (stage, epochs) = part.split_once('=')?;
            Some((stage.trim().to_owned(), epochs.trim().parse().ok()?))
        };
        let stages: Option<Vec<_>> = text.split(',').map(one).collect();
        stages
            .map(Epochs::Of)
            .ok_or_else(|| "expected a number, or stages with one as in v0=20,v1=10".to_owned())
    }
}

fn not_negative<F: FromStr + Copy + Into<f64>>(text: &str) -> Result<F, String> {
    match text.parse::<F>() {
        Ok(number) if number.into().is_finite() && number.into() >= 0.0 => Ok(number),
        _ => Err("expected a finite number, 0 or more".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn epochs_are_one_number_or_some_by_stage() {
        assert_eq!("12".parse(), Ok(Epochs::Every(12)));
        let stages = vec![("v0".to_owned(), 20), ("v2".to_owned(), 0)];
        assert_eq!("v0=20, v2=0".parse(), Ok(Epochs::Of(stages)));
        for wrong in ["", "x", "-1", "v0", "v0=", "v0=1,", "1,2", "v0=x"] {
            assert!(wrong.parse::<Epochs>().is_err(), "{wrong}");
        }
    }
}
