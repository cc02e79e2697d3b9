//! How long training steps take.

use std::time::Instant;

use anyhow::Result;
use nin_data::{embedded, epoch_plan};
use nin_net::{Engine, Layout, NetworkState, Random, Split, Step, Stream, initial_parameters, median};
use nin_train::Recipe;

/// How much time a measurement may take.
pub struct Effort {
    /// Measurements; their median counts.
    windows: usize,
    /// Steps are trained together until they take about this long.
    window_seconds: f64,
    /// When so much has been measured, the windows so far will do.
    seconds: f64,
}

impl Effort {
    /// For one stage.
    pub const FULL: Effort = Effort { windows: 5, window_seconds: 0.3, seconds: f64::INFINITY };
    /// For one of many.
    pub const BRIEF: Effort = Effort { windows: 3, window_seconds: 0.1, seconds: 1.0 };
}

/// Most steps trained together.
const WINDOW_STEPS: usize = 4096;

/// The training speed of a stage.
pub struct Training {
    /// Images of a step.
    pub batch: usize,
    pub parameters: usize,
    /// To make the network's kernels and buffers.
    pub setup_seconds: f64,
    /// The first step's: drivers may compile only then.
    pub first_step_seconds: f64,
    /// Of each window.
    pub step_seconds: Vec<f64>,
}

impl Training {
    /// Trains the first stage of `recipe` on the embedded digits and leaves it in the engine.
    pub async fn measure(engine: &mut impl Engine, recipe: &Recipe, effort: &Effort) -> Result<Self> {
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
        while train(window).await? < effort.window_seconds && window < WINDOW_STEPS {
            window *= 2;
        }
        let (mut step_seconds, start) = (Vec::new(), Instant::now());
        while step_seconds.len() < effort.windows
            && (step_seconds.is_empty() || start.elapsed().as_secs_f64() < effort.seconds)
        {
            step_seconds.push(train(window).await? / window as f64);
        }
        let parameters = layout.parameter_count;
        Ok(Training { batch, parameters, setup_seconds, first_step_seconds, step_seconds })
    }

    /// The median.
    pub fn seconds_per_step(&self) -> f64 {
        median(self.step_seconds.clone())
    }

    pub fn images_per_second(&self) -> f64 {
        self.batch as f64 / self.seconds_per_step()
    }
}
