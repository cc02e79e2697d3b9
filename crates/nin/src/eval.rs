//! `nin eval`: how good a trained network is, class by class, and what it gets wrong.

mod report;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use nin_data::{Dataset, Digits};
use nin_net::{Engine, EngineInfo, Evaluation, NetworkState, OptimizerSpec, Split};
use nin_train::{Checkpoint, Model, save_file};
use pollster::block_on;

use crate::arguments::EngineArguments;
use crate::engines::AnyEngine;
use crate::model;
use crate::output::{complain, say};
use crate::sheet::{Answer, sheet};

/// Images that go through the network together.
const BATCH: usize = 60;
/// Images whose logits are asked for at once.
const PIECE: usize = 1000;
/// Digits on the sheet, and in the JSON.
const WORST: usize = 100;

/// Flags of `eval`.
#[derive(Debug, Args)]
pub struct EvalArguments {
    /// A run's folder, a checkpoint, or a stage's file.
    #[arg(value_name = "RUN|CHECKPOINT")]
    checkpoint: PathBuf,
    /// Whose test images: `embedded`, `mnist`, `fashion-mnist`, or a folder of four IDX files; otherwise what the run
    /// measured on.
    #[arg(long, value_name = "NAME|DIR")]
    data: Option<String>,
    #[command(flatten)]
    engine: EngineArguments,
    /// Draw the digits that the network is most wrong about into a PNG, each with its label and what it was taken for.
    #[arg(long, value_name = "FILE.png")]
    worst: Option<PathBuf>,
    /// Print one JSON object on the standard output.
    #[arg(long)]
    json: bool,
}

/// What was measured.
struct Measured {
    file: String,
    data: String,
    engine: EngineInfo,
    evaluation: Evaluation,
    /// The test images with the highest loss, highest first.
    worst: Vec<Answer>,
}

/// Measures a network and tells what it found.
pub fn run(arguments: &EvalArguments) -> Result<()> {
    let (file, model) = model::load(&arguments.checkpoint)?;
    let dataset = open(arguments.data.as_deref(), &file)?;
    if dataset.test.is_empty() {
        bail!("{} has no test images: expected at least one", dataset.name);
    }
    let chosen = arguments.engine.choose()?;
    if !arguments.json {
        complain(&chosen.why);
    }
    let (engine, evaluation, worst) = match chosen.engine {
        AnyEngine::Cpu(mut engine) => block_on(measure(&mut engine, &model, &dataset.test)),
        AnyEngine::Gpu(mut engine) => block_on(measure(&mut engine, &model, &dataset.test)),
    }?;
    let measured =
        Measured { file: file.display().to_string(), data: dataset.name, engine, evaluation, worst };
    match arguments.json {
        true => say(&measured.json().to_string()),
        false => measured.lines().iter().for_each(|line| say(line)),
    }
    if let Some(path) = &arguments.worst {
        save_file(path, &sheet(&dataset.test, &measured.worst)?)?;
        if !arguments.json {
            say(&format!("the worst digits are drawn in {}", path.display()));
        }
    }
    Ok(())
}

/// The data that is named, else the run's own with what it held out, else the embedded digits.
fn open(name: Option<&str>, file: &Path) -> Result<Dataset> {
    let recipe =
        fs::read(file).ok().and_then(|bytes| Checkpoint::from_bytes(&bytes).ok()).map(|run| run.recipe);
    let (name, hold_out) = match (name, &recipe) {
        (Some(name), _) => (name, 0),
        (None, Some(recipe)) => (recipe.data.as_str(), recipe.hold_out),
        (None, None) => ("embedded", 0),
    };
    let mut told = String::new();
    let dataset = nin_data::open(name, &mut |file, _, _| {
        if told != file {
            complain(&format!("downloading {file}"));
            told = file.to_owned();
        }
    })?;
    Ok(if hold_out > 0 { dataset.hold_out(hold_out)? } else { dataset })
}

async fn measure(
    engine: &mut impl Engine,
    model: &Model,
    test: &Digits,
) -> Result<(EngineInfo, Evaluation, Vec<Answer>)> {
    let state = NetworkState::new(model.parameters.clone());
    engine.load_images(Split::Test, test.as_set()).await?;
    engine.load_network(&model.spec, BATCH, &OptimizerSpec::sgd(0.0), &state).await?;
    let evaluation = engine.evaluate(Split::Test, None).await?;
    let mut answers = Vec::with_capacity(test.len());
    for images in test.images.chunks(PIECE * test.side * test.side) {
        let logits = engine.predict(images).await?;
        let count = images.len() / (test.side * test.side);
        for logits in logits.chunks_exact(logits.len() / count) {
            let index = answers.len();
            answers.push(Answer::new(index, test.labels[index], logits));
        }
    }
    answers.sort_by(|a, b| b.loss.total_cmp(&a.loss));
    answers.truncate(WORST);
    Ok((engine.info(), evaluation, answers))
}
