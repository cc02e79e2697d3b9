//! `nin bench`: how fast a stage trains here, and where the time goes.

use std::time::Instant;

use anyhow::Result;
use nin_data::{embedded, epoch_plan};
use nin_net::{
    Engine, EngineInfo, KernelCost, Layout, NetworkState, Profile, Random, Split, Step, Stream,
    initial_parameters, median,
};
use nin_train::{BUILT_IN, Recipe};
use pollster::block_on;
use serde_json::json;

use crate::arguments::BenchArguments;
use crate::engines::AnyEngine;
use crate::output::{complain, say};
use crate::recipe;
use crate::table::{align, grouped, percent};

/// Measurements of the training speed; their median counts.
const WINDOWS: usize = 5;
/// Steps are trained together until they take about this long.
const WINDOW_SECONDS: f64 = 0.3;
/// Most steps trained together.
const WINDOW_STEPS: usize = 4096;

/// What was measured.
struct Bench {
    engine: EngineInfo,
    /// Images of a step.
    batch: usize,
    parameters: usize,
    /// To make the network's kernels and buffers.
    setup_seconds: f64,
    /// The first step's: drivers may compile only then.
    first_step_seconds: f64,
    /// Of each window.
    step_seconds: Vec<f64>,
    profile: Profile,
}

/// Trains the embedded digits for a while as the recipe says, and tells how fast.
pub fn run(arguments: &BenchArguments) -> Result<()> {
    let mut recipe = recipe::load(arguments.recipe.as_deref().unwrap_or(BUILT_IN[0].0))?;
    let last = recipe.stages.last().map(|stage| stage.name.clone()).unwrap_or_default();
    recipe.select_stages(&[arguments.stage.as_deref().unwrap_or(&last)])?;
    let chosen = arguments.engine.choose()?;
    if !arguments.json {
        complain(&chosen.why);
    }
    let bench = match chosen.engine {
        AnyEngine::Cpu(mut engine) => block_on(measure(&mut engine, &recipe)),
        AnyEngine::Gpu(mut engine) => block_on(measure(&mut engine, &recipe)),
    }?;
    match arguments.json {
        true => say(&bench.json(&recipe).to_string()),
        false => bench.lines(&recipe).iter().for_each(|line| say(line)),
    }
    Ok(())
}

/// Measures the only stage of `recipe`.
async fn measure(engine: &mut impl Engine, recipe: &Recipe) -> Result<Bench> {
    let (stage, spec, digits) = (&recipe.stages[0], recipe.spec(0), embedded()?.train);
    let layout = Layout::new(&spec)?;
    let mut random = Random::new(recipe.seed, Stream::Initial, 0);
    let state = NetworkState::new(initial_parameters(&layout, recipe.initial, &mut random));
    let (images, batch) = (digits.len(), recipe.batch(0).min(digits.len()));
    engine.load_images(Split::Train, digits.as_set()).await?;
    let start = Instant::now();
    engine.load_network(&spec, batch, &stage.optimizer, &state).await?;
    let setup_seconds = start.elapsed().as_secs_f64();
    engine.begin_epoch(&epoch_plan(images, recipe.seed, 0, recipe.augmentation(0)))?;

    // Whole batches of one epoch, over and over.
    let per_epoch = images / batch;
    let step = |number: usize| Step {
        first: (number % per_epoch * batch) as u32,
        count: batch as u32,
        learning_rate: stage.schedule.learning_rate(number, stage.epochs * per_epoch),
    };
    let mut trained = 0;
    let mut train = async |count: usize| -> Result<f64> {
        let steps: Vec<Step> = (trained..trained + count).map(step).collect();
        trained += count;
        let start = Instant::now();
        engine.enqueue(&steps)?;
        engine.finish().await?;
        Ok(start.elapsed().as_secs_f64())
    };
    let first_step_seconds = train(1).await?;
    let mut window = 1;
    while train(window).await? < WINDOW_SECONDS && window < WINDOW_STEPS {
        window *= 2;
    }
    let mut step_seconds = Vec::new();
    for _ in 0..WINDOWS {
        step_seconds.push(train(window).await? / window as f64);
    }
    Ok(Bench {
        engine: engine.info(),
        batch,
        parameters: layout.parameter_count,
        setup_seconds,
        first_step_seconds,
        step_seconds,
        profile: engine.profile().await?,
    })
}

impl Bench {
    /// The median.
    fn seconds_per_step(&self) -> f64 {
        median(self.step_seconds.clone())
    }

    fn images_per_second(&self) -> f64 {
        self.batch as f64 / self.seconds_per_step()
    }

    fn json(&self, recipe: &Recipe) -> serde_json::Value {
        json!({
            "recipe": recipe.name,
            "stage": recipe.stages[0].name,
            "resolution": recipe.resolution,
            "batch": self.batch,
            "parameters": self.parameters,
            "engine": self.engine,
            "setup_seconds": self.setup_seconds,
            "first_step_seconds": self.first_step_seconds,
            "step_seconds": self.seconds_per_step(),
            "step_seconds_measured": self.step_seconds,
            "images_per_second": self.images_per_second(),
            "profile": self.profile,
        })
    }

    fn lines(&self, recipe: &Recipe) -> Vec<String> {
        let (name, side) = (&recipe.stages[0].name, recipe.resolution);
        let EngineInfo { kind, name: device } = &self.engine;
        let (fastest, slowest) =
            self.step_seconds.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), &seconds| {
                (least.min(seconds), most.max(seconds))
            });
        let profile = &self.profile;
        let mut lines = vec![
            format!(
                "{name} of {}: {} parameters, input {side}×{side}, batch {}, by {kind} ({device})",
                recipe.name,
                grouped(self.parameters),
                self.batch
            ),
            format!(
                "training: {} a step ({} – {}), {} images/s",
                milliseconds(self.seconds_per_step()),
                milliseconds(fastest),
                milliseconds(slowest),
                grouped(self.images_per_second() as usize)
            ),
            format!(
                "before: network set up in {:.2} s, first step {:.2} s; buffers: {:.1} MiB",
                self.setup_seconds,
                self.first_step_seconds,
                profile.device_memory_bytes as f64 / f64::from(1 << 20)
            ),
            String::new(),
            format!("kernels of a step, by {}:", profile.timer),
        ];
        lines.extend(align(&rows(profile), 1));
        lines
    }
}

fn rows(profile: &Profile) -> Vec<[String; 5]> {
    let all = profile.seconds();
    let row = |kernel: &KernelCost| {
        let rate = |amount: f64| match amount > 0.0 && kernel.seconds > 0.0 {
            true => format!("{:.1}", 1e-9 * amount / kernel.seconds),
            false => "–".to_owned(),
        };
        let share = percent(100.0 * kernel.seconds / all.max(f64::MIN_POSITIVE));
        [kernel.name.clone(), milliseconds(kernel.seconds), share, rate(kernel.flop), rate(kernel.bytes)]
    };
    let mut rows = vec![["kernel", "time", "share", "GFLOP/s", "GB/s"].map(str::to_owned)];
    rows.extend(profile.kernels.iter().map(row));
    let (name, flop, bytes) = ("all".to_owned(), profile.flop(), profile.bytes());
    rows.push(row(&KernelCost { name, seconds: all, flop, bytes }));
    rows
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.3} ms", 1e3 * seconds)
}
