//! `nin bench --sweep`: every stage at several resolutions, and how cost grows with pixels and images.

use anyhow::Result;
use nin_net::{Engine, EngineError, EngineInfo, Layout};
use nin_train::Recipe;
use serde::Serialize;

use super::measure::{Effort, Training};
use crate::output::complain;

/// Sides of the input at which every stage is measured.
const STAGE_SIDES: [usize; 4] = [28, 56, 112, 224];
/// Sides at which the last stage is measured with the recipe's batch.
const GROWING_SIDES: [usize; 5] = [28, 56, 112, 224, 448];
/// Batches with which it is measured at the first of them.
const GROWING_BATCHES: [usize; 7] = [1, 4, 16, 64, 256, 1024, 4096];
/// What would take longer a step is left out, in seconds.
const LONGEST_STEP: f64 = 20.0;

/// What a sweep comes to: the object that `--json` prints. Times are in seconds.
#[derive(Serialize)]
pub struct Sweep {
    pub recipe: String,
    pub engine: EngineInfo,
    /// Every stage at every resolution, with the recipe's batch.
    pub stages: Vec<Cell>,
    /// The last stage: first more and more pixels, then more and more images.
    pub growth: Vec<Growth>,
    /// What could not be measured, and why.
    pub skipped: Vec<String>,
}

/// A stage at one resolution and batch.
#[derive(Clone, Serialize)]
pub struct Cell {
    pub stage: String,
    pub resolution: usize,
    /// Images of a step.
    pub batch: usize,
    /// To make kernels and buffers.
    pub setup_seconds: f64,
    pub step_seconds: f64,
    pub images_per_second: f64,
    /// Of all buffers.
    pub memory_bytes: u64,
}

/// A cell, and its cost by input pixels.
#[derive(Serialize)]
pub struct Growth {
    #[serde(flatten)]
    pub cell: Cell,
    /// Of a million input pixels, all images of the step counted.
    pub microseconds_per_megapixel: f64,
    /// By the least of all.
    pub ratio: f64,
}

impl Sweep {
    /// Measures all stages of `recipe`, some seconds each at most, and tells on the standard error how far it is.
    pub async fn measure(engine: &mut impl Engine, recipe: &Recipe) -> Result<Self> {
        let mut sweep = Sweep {
            recipe: recipe.name.clone(),
            engine: engine.info(),
            stages: Vec::new(),
            growth: Vec::new(),
            skipped: Vec::new(),
        };
        for stage in 0..recipe.stages.len() {
            for side in STAGE_SIDES {
                let cell = sweep.cell(engine, &variant(recipe, stage, side, recipe.batch(stage))).await?;
                sweep.stages.extend(cell);
            }
        }
        let last = recipe.stages.len() - 1;
        let by_side = GROWING_SIDES.map(|side| (side, recipe.batch(last)));
        let by_batch = GROWING_BATCHES.map(|batch| (GROWING_SIDES[0], batch));
        let mut cells = Vec::new();
        for (side, batch) in by_side.into_iter().chain(by_batch) {
            cells.extend(sweep.cell(engine, &variant(recipe, last, side, batch)).await?);
        }
        sweep.growth = growth(cells);
        Ok(sweep)
    }

    /// Measures the only stage of `recipe`; what its network or the device does not allow is told and left out.
    async fn cell(&mut self, engine: &mut impl Engine, recipe: &Recipe) -> Result<Option<Cell>> {
        let (stage, side) = (recipe.stages[0].name.clone(), recipe.resolution);
        let what = format!("{stage}, {side}×{side}, batch {}", recipe.batch(0));
        let expected = 1e-6 * megapixels(side, recipe.batch(0)) * self.microseconds_per_megapixel(&stage);
        if expected > LONGEST_STEP {
            self.skip(&what, &format!("a step would take about {expected:.0} s"));
            return Ok(None);
        }
        if let Err(error) = Layout::new(&recipe.spec(0)) {
            self.skip(&what, &error.to_string());
            return Ok(None);
        }
        let training = match Training::measure(engine, recipe, &Effort::BRIEF).await {
            Ok(training) => training,
            Err(error) => match error.downcast::<EngineError>()? {
                EngineError::Input(message) => {
                    self.skip(&what, &message);
                    return Ok(None);
                }
                error => return Err(error.into()),
            },
        };
        let step_seconds = training.seconds_per_step();
        complain(&format!("{what}: {:.3} ms a step", 1e3 * step_seconds));
        Ok(Some(Cell {
            stage,
            resolution: side,
            batch: training.batch,
            setup_seconds: training.setup_seconds,
            step_seconds,
            images_per_second: training.images_per_second(),
            memory_bytes: engine.memory_bytes(),
        }))
    }

    fn skip(&mut self, what: &str, why: &str) {
        let sentence = format!("{what}: left out: {why}");
        complain(&sentence);
        self.skipped.push(sentence);
    }

    /// Of the stage's largest step so far; 0 before any.
    fn microseconds_per_megapixel(&self, stage: &str) -> f64 {
        let last = self.stages.iter().rfind(|cell| cell.stage == stage);
        last.map_or(0.0, Cell::microseconds_per_megapixel)
    }
}

impl Cell {
    fn microseconds_per_megapixel(&self) -> f64 {
        1e6 * self.step_seconds / megapixels(self.resolution, self.batch)
    }
}

fn megapixels(side: usize, batch: usize) -> f64 {
    1e-6 * (side * side * batch) as f64
}

/// `recipe` with only stage `stage`, on other sizes.
fn variant(recipe: &Recipe, stage: usize, side: usize, batch: usize) -> Recipe {
    let mut variant = recipe.clone();
    variant.stages = vec![recipe.stages[stage].clone()];
    variant.stages[0].batch = Some(batch);
    variant.resolution = side;
    variant
}

fn growth(cells: Vec<Cell>) -> Vec<Growth> {
    let least = cells.iter().map(Cell::microseconds_per_megapixel).fold(f64::INFINITY, f64::min);
    let growth = cells.into_iter().map(|cell| {
        let microseconds_per_megapixel = cell.microseconds_per_megapixel();
        Growth { cell, microseconds_per_megapixel, ratio: microseconds_per_megapixel / least }
    });
    growth.collect()
}
