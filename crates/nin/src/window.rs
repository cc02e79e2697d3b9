//! `nin` without `--no-gui`: the screens in a window of their own.

mod desktop;
mod devices;
mod dialogs;
mod errands;
mod files;
mod host;
mod place;
mod reporter;
#[cfg(test)]
mod tests;
mod trainer;
mod viewer;

use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, anyhow};
use eframe::egui::{self, ViewportBuilder, ViewportCommand};
use nin_app::{App, Settings};
use nin_train::{BUILT_IN, EngineWish, Recipe};

use self::desktop::Desktop;
use self::place::Place;
use crate::arguments::TrainArguments;
use crate::output::complain;
use crate::{advice, recipe};

/// Where the settings are kept between two starts.
const KEY: &str = "nin";

/// Shows the window until it is closed.
pub fn run(arguments: &TrainArguments) -> Result<ExitCode> {
    if let Some(message) = misfit(arguments) {
        complain(&format!("error: {message}"));
        return Ok(ExitCode::from(crate::USAGE));
    }
    let changes = Changes::new(arguments)?;
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("nin")
            .with_app_id("nin")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([900.0, 600.0]),
        renderer: eframe::Renderer::Glow,
        ..Default::default()
    };
    let create =
        move |context: &eframe::CreationContext<'_>| Ok(Box::new(Window::new(context, changes)?) as _);
    eframe::run_native("nin", options, Box::new(create)).map_err(|error| {
        let reason = reason(&error.to_string());
        anyhow!("no window can be opened ({reason}): `{} --no-gui` trains in the terminal", advice::program())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What the system says: the end of an error, without the place in the source that it comes from.
fn reason(error: &str) -> String {
    error.rsplit(": ").next().unwrap_or(error).trim_end_matches('.').to_owned()
}

/// Why these flags cannot be followed with a window.
fn misfit(arguments: &TrainArguments) -> Option<&'static str> {
    match () {
        () if arguments.resume.is_some() => {
            Some("--resume is for --no-gui: in the window, the list of runs goes on with any of them")
        }
        () if arguments.out.is_some() => Some("--out is for --no-gui: the window keeps runs in ./runs"),
        () if arguments.engine.threads.is_some() => Some("--threads is for --no-gui: the window takes all"),
        () if arguments.save_every.is_some() => {
            Some("--save-every is for --no-gui: the window saves every 10 seconds, and when you press Save")
        }
        () if arguments.tensorboard.is_some() => {
            Some("--tensorboard is for --no-gui: the window draws the curves itself")
        }
        () if arguments.quiet => Some("--quiet is for --no-gui: a window prints nothing"),
        () => None,
    }
}

/// What the flags change in the settings.
struct Changes {
    recipe: Option<Recipe>,
    engine: Option<EngineWish>,
    json: bool,
}

impl Changes {
    fn new(arguments: &TrainArguments) -> Result<Self> {
        let TrainArguments {
            recipe,
            data,
            hold_out,
            engine,
            stages,
            epochs,
            batch,
            learning_rate,
            seed,
            maps,
            ..
        } = arguments;
        let recipe_named = recipe.is_some() || data.is_some() || hold_out.is_some() || !stages.is_empty();
        let recipe_changed = epochs.is_some()
            || batch.is_some()
            || learning_rate.is_some()
            || seed.is_some()
            || maps.precision().is_some();
        let engine_named = engine.engine.is_some() || engine.adapter.is_some();
        Ok(Changes {
            recipe: (recipe_named || recipe_changed)
                .then(|| recipe::from_arguments(arguments))
                .transpose()?,
            engine: engine_named.then(|| engine.wish()),
            json: arguments.json,
        })
    }

    /// The settings of the last start, or of a first one, with these changes.
    fn applied(self, kept: Option<String>) -> Result<Settings> {
        // Settings that another version kept and this one cannot read are forgotten.
        let kept = kept.and_then(|kept| serde_json::from_str(&kept).ok());
        let mut settings: Settings = match kept {
            Some(settings) => settings,
            None => Settings::new(Recipe::built_in(BUILT_IN[0].0)?),
        };
        settings.recipe = self.recipe.unwrap_or(settings.recipe);
        settings.engine = self.engine.unwrap_or(settings.engine);
        Ok(settings)
    }
}

/// The screens, and how they close.
struct Window {
    app: App,
}

impl Window {
    fn new(context: &eframe::CreationContext<'_>, changes: Changes) -> Result<Self> {
        let screen = context.egui_ctx.clone();
        let desktop =
            Desktop::new(Place::of_user(), Arc::new(move || screen.request_repaint()), changes.json)?;
        let settings = changes.applied(context.storage.and_then(|storage| storage.get_string(KEY)))?;
        close_on_interrupt(context.egui_ctx.clone())?;
        Ok(Window { app: App::new(Box::new(desktop), settings) })
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.app.logic(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.app.ui(ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        // Settings are numbers and texts: they always have a JSON form.
        if let Ok(settings) = serde_json::to_string(self.app.settings()) {
            storage.set_string(KEY, settings);
        }
    }
}

/// The first interrupt (Ctrl-C, or the system asking to end) closes the window, which saves; the second ends at once.
fn close_on_interrupt(screen: egui::Context) -> Result<()> {
    let pressed = AtomicBool::new(false);
    let handler = move || {
        if pressed.swap(true, Ordering::Relaxed) {
            process::exit(crate::INTERRUPTED.into());
        }
        screen.send_viewport_cmd(ViewportCommand::Close);
        screen.request_repaint();
    };
    ctrlc::set_handler(handler).context("cannot listen for Ctrl-C")
}
