//! Settings in the page's address, so that a link starts with them: `#recipe=modern&engine=cpu`, or the whole recipe in TOML.

use nin_app::Settings;
use nin_train::{BUILT_IN, EngineKind, Recipe};
use wasm_bindgen::prelude::*;
use web_sys::{UrlSearchParams, Window};

/// What the address says, put into `settings`; what is wrong with it, if something is.
pub fn read(settings: &mut Settings) -> Result<(), String> {
    let Some(location) = web_sys::window().map(|window| window.location()) else { return Ok(()) };
    for part in [location.search(), location.hash()].into_iter().flatten() {
        let text = part.trim_start_matches(['?', '#']);
        let Ok(entries) = UrlSearchParams::new_with_str(text) else { continue };
        if let Some(recipe) = entries.get("recipe") {
            let known = BUILT_IN.iter().any(|(name, _)| *name == recipe);
            let read = if known { Recipe::built_in(&recipe) } else { Recipe::from_toml(&recipe) };
            settings.recipe = read.map_err(|error| format!("the recipe in this page's address: {error}"))?;
        }
        if let Some(data) = entries.get("data") {
            settings.recipe.data = data;
        }
        if let Some(engine) = entries.get("engine") {
            settings.engine.kind = engine_kind(&engine)?;
        }
    }
    Ok(())
}

fn engine_kind(name: &str) -> Result<EngineKind, String> {
    match name {
        "auto" => Ok(EngineKind::Auto),
        "gpu" => Ok(EngineKind::Gpu),
        "cpu" => Ok(EngineKind::Cpu),
        _ => Err(format!("the engine in this page's address is `{name}`: expected auto, gpu or cpu")),
    }
}

/// Puts `settings` into the address, in place of what was there.
pub fn write(settings: &Settings) {
    let Some(window) = web_sys::window() else { return };
    let _ = put(&window, settings); // a browser that refuses keeps the old address
}

fn put(window: &Window, settings: &Settings) -> Result<(), JsValue> {
    let entries = UrlSearchParams::new()?;
    let recipe = &settings.recipe;
    match Recipe::built_in(&recipe.name) {
        Ok(built_in) if built_in == *recipe => entries.append("recipe", &recipe.name),
        _ => entries.append("recipe", &recipe.to_toml().map_err(|error| error.to_string())?),
    }
    match settings.engine.kind {
        EngineKind::Auto => {}
        EngineKind::Gpu => entries.append("engine", "gpu"),
        EngineKind::Cpu => entries.append("engine", "cpu"),
    }
    let address = format!("{}#{}", window.location().pathname()?, String::from(entries.to_string()));
    window.history()?.replace_state_with_url(&JsValue::NULL, "", Some(&address))
}
