//! What a measurement of one stage comes to: the object that `--json` prints.

use anyhow::Result;
use nin_net::{Ceilings, Engine, EngineInfo, Profile};
use nin_train::Recipe;
use serde::Serialize;

use super::measure::{Effort, Training};

/// A stage's training speed, its kernels, and the device's ceilings. Times are in seconds.
#[derive(Serialize)]
pub struct Report {
    pub recipe: String,
    pub stage: String,
    pub resolution: usize,
    /// Images of a step.
    pub batch: usize,
    pub parameters: usize,
    pub engine: EngineInfo,
    pub setup_seconds: f64,
    pub first_step_seconds: f64,
    /// The median of those measured.
    pub step_seconds: f64,
    pub step_seconds_measured: Vec<f64>,
    pub images_per_second: f64,
    pub profile: Profile,
    pub ceilings: Ceilings,
    pub roofline: Roofline,
}

/// How near the step and its kernels come to what the ceilings allow.
#[derive(Serialize)]
pub struct Roofline {
    /// Of the training step, in the time that it takes in training.
    pub flop_per_second: f64,
    /// If each of its kernels reached its roofline.
    pub attainable_flop_per_second: f64,
    /// The first by the second.
    pub share: f64,
    pub kernels: Vec<KernelRoofline>,
}

/// How near a kernel comes to its roofline.
#[derive(Serialize)]
pub struct KernelRoofline {
    pub name: String,
    /// Over 1 where its bytes come from caches.
    pub share: f64,
}

impl Report {
    /// Measures the only stage of `recipe`.
    pub async fn measure(engine: &mut impl Engine, recipe: &Recipe) -> Result<Self> {
        let training = Training::measure(engine, recipe, &Effort::FULL).await?;
        let ceilings = engine.ceilings().await?;
        let profile = engine.profile().await?;
        let step_seconds = training.seconds_per_step();
        Ok(Report {
            recipe: recipe.name.clone(),
            stage: recipe.stages[0].name.clone(),
            resolution: recipe.resolution,
            batch: training.batch,
            parameters: training.parameters,
            engine: engine.info(),
            setup_seconds: training.setup_seconds,
            first_step_seconds: training.first_step_seconds,
            step_seconds,
            images_per_second: training.images_per_second(),
            step_seconds_measured: training.step_seconds,
            roofline: Roofline::new(&ceilings, &profile, step_seconds),
            profile,
            ceilings,
        })
    }
}

impl Roofline {
    fn new(ceilings: &Ceilings, profile: &Profile, step_seconds: f64) -> Self {
        let flop_per_second = profile.flop() / step_seconds;
        let attainable_flop_per_second = ceilings.attainable(profile);
        let kernels = profile.kernels.iter();
        let kernels =
            kernels.map(|kernel| KernelRoofline { name: kernel.name.clone(), share: ceilings.share(kernel) });
        Roofline {
            flop_per_second,
            attainable_flop_per_second,
            share: flop_per_second / attainable_flop_per_second,
            kernels: kernels.collect(),
        }
    }
}
