//! The recipe that a run starts with: by name or from a file, with the command line's changes put in.

use std::path::{Path, absolute};

use anyhow::{Context as _, Result, bail};
use nin_train::{BUILT_IN, Recipe};

use crate::arguments::{Epochs, TrainArguments};
use crate::files;

/// No recipe is larger, in bytes.
const LARGEST: u64 = 1 << 20;
/// Data that has a name: a folder of the same name has to be written as `./mnist`.
const NAMES: [&str; 3] = ["embedded", "mnist", "fashion-mnist"];

/// A built-in recipe or one from a TOML file.
pub fn load(name: &str) -> Result<Recipe> {
    let path = Path::new(name);
    if BUILT_IN.iter().any(|(known, _)| *known == name) || !path.exists() {
        return Ok(Recipe::built_in(name)?);
    }
    if path.is_dir() {
        match path.join("recipe.toml").exists() {
            true => bail!("{name} is a folder: expected a TOML file, perhaps {name}/recipe.toml"),
            false => bail!("{name} is a folder: expected a recipe's name or a TOML file"),
        }
    }
    let cannot = || format!("cannot read the recipe {name}");
    let bytes = files::read(path, LARGEST).with_context(cannot)?;
    let text = String::from_utf8(bytes).context("it is not UTF-8 text").with_context(cannot)?;
    Recipe::from_toml(&text).with_context(|| format!("the recipe {name} cannot be used"))
}

/// Loads what `--recipe` names and puts the other flags into it, so that the recipe alone tells the whole run.
pub fn from_arguments(arguments: &TrainArguments) -> Result<Recipe> {
    let mut recipe = load(arguments.recipe.as_deref().unwrap_or(BUILT_IN[0].0))?;
    recipe.data = place(arguments.data.as_deref().unwrap_or(&recipe.data));
    recipe.hold_out = arguments.hold_out.map_or(recipe.hold_out, |count| count as usize);
    recipe.seed = arguments.seed.unwrap_or(recipe.seed);
    recipe.map_precision = arguments.maps.precision().unwrap_or(recipe.map_precision);
    if let Some(batch) = arguments.batch {
        recipe.batch = batch.get() as usize;
        recipe.stages.iter_mut().for_each(|stage| stage.batch = None);
    }
    if let Some(learning_rate) = arguments.learning_rate {
        recipe.stages.iter_mut().for_each(|stage| stage.schedule.learning_rate = learning_rate);
    }
    if let Some(epochs) = &arguments.epochs {
        set_epochs(&mut recipe, epochs, &arguments.stages)?;
    }
    if !arguments.stages.is_empty() {
        let names: Vec<&str> = arguments.stages.iter().map(String::as_str).collect();
        recipe.select_stages(&names)?;
    }
    recipe.validate()?;
    Ok(recipe)
}

/// A folder as a path that stays right wherever the recipe is read again; a name as it is.
pub fn place(data: &str) -> String {
    match absolute(data) {
        Ok(path) if !NAMES.contains(&data) && path.is_dir() => path.display().to_string(),
        _ => data.to_owned(),
    }
}

fn set_epochs(recipe: &mut Recipe, epochs: &Epochs, trained: &[String]) -> Result<()> {
    let by_stage = match epochs {
        Epochs::Every(count) => {
            recipe.stages.iter_mut().for_each(|stage| stage.epochs = *count as usize);
            return Ok(());
        }
        Epochs::Of(by_stage) => by_stage,
    };
    for (name, count) in by_stage {
        let index = recipe.stage(name).context("--epochs")?;
        if !trained.is_empty() && !trained.contains(name) {
            bail!("--epochs names the stage `{name}`, which --stages leaves out")
        }
        recipe.stages[index].epochs = *count as usize;
    }
    Ok(())
}
