//! `nin bench`: how fast a stage trains here, where the time goes, and how near to the device's ceilings.

mod compare;
mod measure;
mod report;
mod sweep;
mod table;

use anyhow::Result;
use nin_net::Engine;
use nin_train::{BUILT_IN, Recipe};
use pollster::block_on;
use serde::Serialize;

use crate::arguments::BenchArguments;
use crate::engines::AnyEngine;
use crate::output::{complain, say};
use crate::recipe;
use compare::{Comparison, Earlier};
use report::Report;
use sweep::Sweep;

/// Trains the embedded digits for a while as the recipe says, and tells how fast.
pub fn run(arguments: &BenchArguments) -> Result<()> {
    // What cannot be compared is told before anything takes time.
    let earlier = arguments.compare.as_deref().map(Earlier::read).transpose()?;
    let mut recipe = recipe::load(arguments.recipe.as_deref().unwrap_or(BUILT_IN[0].0))?;
    recipe.map_precision = arguments.maps.precision().unwrap_or(recipe.map_precision);
    if !arguments.sweep {
        let last = recipe.stages.last().map(|stage| stage.name.clone()).unwrap_or_default();
        recipe.select_stages(&[arguments.stage.as_deref().unwrap_or(&last)])?;
    }
    let chosen = arguments.engine.choose()?;
    if !arguments.json {
        complain(&chosen.why);
    }
    match chosen.engine {
        AnyEngine::Cpu(mut engine) => measure(&mut engine, &recipe, arguments, earlier),
        AnyEngine::Gpu(mut engine) => measure(&mut engine, &recipe, arguments, earlier),
    }
}

fn measure(
    engine: &mut impl Engine,
    recipe: &Recipe,
    arguments: &BenchArguments,
    earlier: Option<Earlier>,
) -> Result<()> {
    block_on(engine.set_map_precision(recipe.map_precision))?;
    if arguments.sweep {
        let sweep = block_on(Sweep::measure(engine, recipe))?;
        if arguments.json {
            return print(&sweep);
        }
        table::of_sweep(&sweep).iter().for_each(|line| say(line));
        return Ok(());
    }
    let report = block_on(Report::measure(engine, recipe))?;
    let comparison = earlier.map(|earlier| Comparison::new(&earlier, &report));
    if arguments.json {
        return print(&WithComparison { report, comparison });
    }
    table::of_report(&report).iter().for_each(|line| say(line));
    if let Some(comparison) = comparison {
        table::of_comparison(&comparison).iter().for_each(|line| say(line));
    }
    Ok(())
}

/// What `--json` prints.
#[derive(Serialize)]
struct WithComparison {
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

fn print(value: &impl Serialize) -> Result<()> {
    say(&serde_json::to_string(value)?);
    Ok(())
}
