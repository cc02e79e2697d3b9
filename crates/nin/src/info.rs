//! `nin info`: what can train here; `nin info RECIPE`: what a recipe's networks are made of.

use anyhow::{Context as _, Result};
use nin_net::{
    BlockLayout, Carry, Convolution, Growth, GrowthStart, Head, Layout, Pool, Random, Stream, grow,
};
use nin_train::Recipe;
use nin_train::format::{counted, grouped};

use crate::engines::{Survey, facts};
use crate::output::say;
use crate::recipe;
use crate::table::align;

/// Shows the CPU, the adapters, and what `--engine auto` takes and why.
pub fn devices() -> Result<()> {
    let Survey { cpu, adapters, automatic } = Survey::new()?;
    say(&format!("CPU: {cpu}"));
    for adapter in &adapters {
        say(&format!("GPU: {}", adapter.name));
        let rows: Vec<[String; 2]> = facts(adapter).into_iter().map(|(name, value)| [name, value]).collect();
        align(&rows, 2).iter().for_each(|line| say(&format!("     {line}")));
    }
    say(&format!("--engine {automatic}"));
    Ok(())
}

/// Shows every layer of every stage of a recipe.
pub fn recipe(name: &str) -> Result<()> {
    let recipe = recipe::load(name)?;
    say(&format!("recipe {}: input [1, {2}, {2}], data {1}", recipe.name, recipe.data, recipe.resolution));
    let mut before: Option<Layout> = None;
    for (index, stage) in recipe.stages.iter().enumerate() {
        let layout = Layout::new(&recipe.spec(index)).with_context(|| format!("stage {}", stage.name))?;
        let new = match (&before, &stage.growth) {
            (Some(before), Some(growth)) => new_layers(before, &layout, growth)?,
            _ => Vec::new(),
        };
        say("");
        heading(&recipe, index);
        align(&rows(&layout, &new), 3).iter().for_each(|line| say(&format!("  {line}")));
        before = Some(layout);
    }
    Ok(())
}

fn heading(recipe: &Recipe, index: usize) {
    let stage = &recipe.stages[index];
    let origin = match (&stage.growth, index.checked_sub(1)) {
        (Some(growth), Some(before)) => {
            format!("grows out of {}: {}", recipe.stages[before].name, growth_in_words(growth))
        }
        _ => "starts at random".to_owned(),
    };
    say(&format!(
        "{}: {}, batch {}; {origin}",
        stage.name,
        counted(stage.epochs, "epoch"),
        recipe.batch(index)
    ));
}

fn growth_in_words(growth: &Growth) -> String {
    let start = match growth.start {
        GrowthStart::Identity => "new layers start as the identity".to_owned(),
        GrowthStart::Constant(value) => format!("new layers' weights all start at {value}"),
        GrowthStart::Default => "new layers start at random".to_owned(),
    };
    match growth.carry {
        Carry::Weights => format!("{start}; the others keep their weights, biases are drawn anew"),
        Carry::WeightsAndBiases => format!("{start}; the others keep weights and biases"),
    }
}

/// Which convolutions growing adds: that depends on shapes alone.
fn new_layers(before: &Layout, layout: &Layout, growth: &Growth) -> Result<Vec<usize>> {
    let zeros = vec![0.0; before.parameter_count];
    Ok(grow(before, &zeros, layout, growth, &mut Random::new(0, Stream::Initial, 0))?.new_layers)
}

/// One row per module of the equivalent `nn.Sequential`, and the totals.
fn rows(layout: &Layout, new: &[usize]) -> Vec<[String; 6]> {
    let head = ["layer", "what", "output", "parameters", "multiply-adds", ""];
    let mut rows = vec![head.map(str::to_owned)];
    for block in &layout.blocks {
        for index in block.convolutions.clone() {
            let convolution = &layout.convolutions[index];
            rows.extend(convolution_rows(convolution, new.contains(&index)));
        }
        // Every module is a row below the heading.
        rows.extend(pool_row(block, rows.len() - 1));
    }
    rows.push(head_row(layout));
    let totals = ["total", "", "", &grouped(layout.parameter_count), &grouped(layout.macs()), ""];
    rows.push(totals.map(str::to_owned));
    rows
}

fn convolution_rows(convolution: &Convolution, new: bool) -> Vec<[String; 6]> {
    let Convolution { in_channels, out_channels, kernel, side, module, .. } = *convolution;
    let output = format!("[{out_channels}, {side}, {side}]");
    let mut rows = vec![[
        format!("features.{module}"),
        format!("convolution {kernel}×{kernel}, {in_channels} → {out_channels}"),
        output.clone(),
        grouped(convolution.weight_count() + out_channels),
        grouped(convolution.macs()),
        if new { "new".to_owned() } else { String::new() },
    ]];
    if convolution.relu {
        rows.push(without_parameters(module + 1, "ReLU".to_owned(), output));
    }
    rows
}

fn pool_row(block: &BlockLayout, module: usize) -> Option<[String; 6]> {
    let what = match block.pool {
        Pool::None => return None,
        Pool::Max(size) => format!("max pooling {size}×{size}"),
        Pool::Average(size) => format!("average pooling {size}×{size}"),
    };
    let output = format!("[{}, {1}, {1}]", block.out_channels, block.pooled_side);
    Some(without_parameters(module, what, output))
}

fn head_row(layout: &Layout) -> [String; 6] {
    let window = layout.head_window;
    let kind = match layout.spec.head {
        Head::Global => "global",
        Head::Quadrant => "quadrant",
    };
    let what = format!("{kind} head: mean of {window}×{window}");
    without_parameters(layout.modules - 1, what, format!("[{}]", layout.logits))
}

fn without_parameters(module: usize, what: String, output: String) -> [String; 6] {
    [format!("features.{module}"), what, output, String::new(), String::new(), String::new()]
}
