//! `nin bench --compare`: a measurement beside an earlier one.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nin_net::{Ceilings, EngineInfo, Profile};
use nin_train::format::grouped;
use serde::{Deserialize, Serialize};

use super::report::Report;
use crate::files;

/// No measurement is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// What is compared of an object that `nin bench --json` printed.
#[derive(Deserialize)]
pub struct Earlier {
    #[serde(skip)]
    file: PathBuf,
    recipe: String,
    stage: String,
    resolution: usize,
    batch: usize,
    engine: EngineInfo,
    step_seconds: f64,
    images_per_second: f64,
    profile: Profile,
    ceilings: Option<Ceilings>,
}

/// Two measurements, figure by figure.
#[derive(Serialize)]
pub struct Comparison {
    /// Whether both are of the same thing, in words.
    pub sentence: String,
    pub figures: Vec<Figure>,
}

/// One figure of both.
#[derive(Serialize)]
pub struct Figure {
    /// A kernel's name, or what it is of the whole.
    pub name: String,
    pub unit: Unit,
    /// Not for a kernel that is new.
    pub before: Option<f64>,
    /// Not for a kernel that is gone.
    pub now: Option<f64>,
    /// `now / before`, where there are both.
    pub ratio: Option<f64>,
}

/// What a figure counts.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Seconds,
    ImagesPerSecond,
    Bytes,
    FlopPerSecond,
    BytesPerSecond,
}

impl Unit {
    /// A value for people.
    pub fn write(self, value: f64) -> String {
        match self {
            Unit::Seconds => format!("{:.3} ms", 1e3 * value),
            Unit::ImagesPerSecond => grouped(value as usize),
            Unit::Bytes => format!("{:.1} MiB", value / f64::from(1 << 20)),
            Unit::FlopPerSecond => format!("{:.1} GFLOP/s", 1e-9 * value),
            Unit::BytesPerSecond => format!("{:.1} GB/s", 1e-9 * value),
        }
    }
}

impl Earlier {
    /// Reads what `nin bench --json` printed into a file.
    pub fn read(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot compare with {}", path.display());
        let bytes = files::read(path, LARGEST).with_context(cannot)?;
        let earlier: Earlier = serde_json::from_slice(&bytes)
            .context("expected the object that `nin bench --json` prints")
            .with_context(cannot)?;
        Ok(Earlier { file: path.to_owned(), ..earlier })
    }
}

impl Comparison {
    /// Of `earlier` with `now`.
    pub fn new(earlier: &Earlier, now: &Report) -> Self {
        let whole = |name: &str, unit, before, now| Figure::new(name, unit, Some(before), Some(now));
        let memory = |profile: &Profile| profile.device_memory_bytes as f64;
        let mut figures = vec![
            whole("step", Unit::Seconds, earlier.step_seconds, now.step_seconds),
            whole("images/s", Unit::ImagesPerSecond, earlier.images_per_second, now.images_per_second),
            whole("memory", Unit::Bytes, memory(&earlier.profile), memory(&now.profile)),
        ];
        if let Some(before) = earlier.ceilings {
            let Ceilings { flop_per_second, bytes_per_second } = now.ceilings;
            let (flop, bytes) = (Unit::FlopPerSecond, Unit::BytesPerSecond);
            figures.push(whole("ceiling of multiply-adds", flop, before.flop_per_second, flop_per_second));
            figures.push(whole("ceiling of copies", bytes, before.bytes_per_second, bytes_per_second));
        }
        let (old, new) = (&earlier.profile, &now.profile);
        let seconds = |profile: &Profile, name: &str| {
            profile.kernels.iter().find(|kernel| kernel.name == name).map(|kernel| kernel.seconds)
        };
        let gone = old.kernels.iter().filter(|kernel| seconds(new, &kernel.name).is_none());
        figures.extend(new.kernels.iter().chain(gone).map(|kernel| {
            let name = kernel.name.as_str();
            Figure::new(name, Unit::Seconds, seconds(old, name), seconds(new, name))
        }));
        Comparison { sentence: sentence(earlier, now), figures }
    }
}

impl Figure {
    fn new(name: &str, unit: Unit, before: Option<f64>, now: Option<f64>) -> Self {
        let ratio = before.zip(now).filter(|(before, _)| *before > 0.0).map(|(before, now)| now / before);
        Figure { name: name.to_owned(), unit, before, now, ratio }
    }
}

/// Whether the two are of the same thing.
fn sentence(earlier: &Earlier, now: &Report) -> String {
    let device = |engine: &EngineInfo| format!("{} ({})", engine.kind, engine.name);
    let side = |side: usize| format!("{side}×{side}");
    let differences: Vec<String> = [
        ("device", device(&earlier.engine), device(&now.engine)),
        ("recipe", earlier.recipe.clone(), now.recipe.clone()),
        ("stage", earlier.stage.clone(), now.stage.clone()),
        ("input", side(earlier.resolution), side(now.resolution)),
        ("batch", earlier.batch.to_string(), now.batch.to_string()),
        ("clock of kernels", earlier.profile.timer.clone(), now.profile.timer.clone()),
    ]
    .into_iter()
    .filter(|(_, before, now)| before != now)
    .map(|(name, before, now)| format!("{name} ({before} there, {now} here)"))
    .collect();
    let file = earlier.file.display();
    match differences.is_empty() {
        true => format!("compared with {file}, of the same recipe, stage and device:"),
        false => format!("compared with {file}, which has another {}:", differences.join(", another ")),
    }
}
