//! The run bar: what to train, and whether it goes on.

use egui::{Align, Button, ComboBox, Grid, Label, Layout, RichText, Spinner, Ui, vec2};
use nin_train::format::{duration, grouped, last_part, percent};
use nin_train::{BUILT_IN, Command, EngineKind, EngineWish, Recipe};

use super::run_settings::run_settings;
use crate::colors::palette;
use crate::fingers::{is_narrow, is_phone, text_row};
use crate::run_view::Phase;
use crate::session::Session;
use crate::widgets::{choice, say, stage_pins};
use crate::world::Errand;

/// Digits that have a name.
const DATA: [&str; 3] = ["embedded", "mnist", "fashion-mnist"];

/// Room for the name of a choice where choices lie below each other, in points.
const NAME: f32 = 46.0;

/// Draws the run bar.
pub fn run_bar(ui: &mut Ui, session: &mut Session) {
    if is_narrow(ui) {
        rows(ui, session)
    } else {
        row(ui, session)
    }
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = text_row();
        ui.horizontal_wrapped(|ui| progress(ui, session));
    });
    if session.run.started.is_some() {
        stage_pins(ui, &session.run);
    }
    ui.add_space(2.0);
}

/// Everything side by side; while a run is on, a phone has room for what can be changed then.
fn row(ui: &mut Ui, session: &mut Session) {
    ui.horizontal_wrapped(|ui| {
        controls(ui, session, 0.0);
        ui.separator();
        let on = session.run.phase.is_on();
        if !(on && is_phone(ui.ctx())) {
            ui.add_enabled_ui(!on, |ui| {
                recipe_choice(ui, session);
                data_choice(ui, session);
                engine_choice(ui, session);
                settings(ui, session);
            });
        }
        learning_rate(ui, session);
    });
}

/// The buttons in a row of their own; below it what can be chosen, or while a run is on, what can be changed of it.
fn rows(ui: &mut Ui, session: &mut Session) {
    ui.add_space(4.0);
    let (width, gap) = (ui.available_width(), ui.spacing().item_spacing.x);
    ui.horizontal(|ui| controls(ui, session, (width - 3.0 * gap) / 4.0));
    if session.run.phase.is_on() {
        ui.horizontal(|ui| learning_rate(ui, session));
        return;
    }
    ui.spacing_mut().combo_width = (width - 3.0 * gap) / 2.0 - NAME;
    Grid::new("choices").num_columns(4).min_col_width(NAME).show(ui, |ui| {
        recipe_choice(ui, session);
        data_choice(ui, session);
        ui.end_row();
        engine_choice(ui, session);
        ui.label("");
        settings(ui, session);
    });
}

/// What the large button does now.
pub fn main_command(session: &Session) -> Option<Command> {
    match session.run.phase {
        Phase::Preparing { .. } => None,
        Phase::Running => Some(Command::Pause),
        Phase::Paused => Some(Command::Resume),
        _ => Some(Command::Start {
            recipe: Box::new(session.settings.recipe.clone()),
            engine: session.settings.engine.clone(),
        }),
    }
}

/// Carries the large button's command out.
pub fn press_main(session: &mut Session) {
    let Some(command) = main_command(session) else { return };
    if matches!(command, Command::Start { .. }) {
        session.run_name = None;
        session.run.phase = Phase::Preparing { what: "starting".to_owned(), share: None };
    }
    session.command(command);
}

/// The four buttons, none narrower than `least`.
fn controls(ui: &mut Ui, session: &mut Session, least: f32) {
    let (text, hint) = match session.run.phase {
        Phase::Running => ("Pause", "saves, then waits (Space)"),
        Phase::Paused => ("Resume", "goes on where it waits (Space)"),
        _ => ("Train", "starts a new run with these settings (Space)"),
    };
    let main = Button::new(RichText::new(text).strong()).min_size(vec2(least.max(84.0), 24.0));
    if ui.add_enabled(main_command(session).is_some(), main).on_hover_text(hint).clicked() {
        press_main(session);
    }
    let on = matches!(session.run.phase, Phase::Running | Phase::Paused);
    let mut button = |text: &str, hint: &str, command: Command| {
        if ui.add_enabled(on, Button::new(text).min_size(vec2(least, 0.0))).on_hover_text(hint).clicked() {
            session.command(command);
        }
    };
    button("Step", "makes one training step, then waits (.)", Command::Step);
    button("Stop", "saves and ends the run; it can be resumed from Runs (Esc)", Command::Stop);
    button("Save", "writes a checkpoint now (Ctrl+S)", Command::Save);
}

fn settings(ui: &mut Ui, session: &mut Session) {
    ui.menu_button("Settings…", |ui| run_settings(ui, &mut session.settings.recipe))
        .response
        .on_hover_text("seed, batch, epochs, learning rates");
}

fn recipe_choice(ui: &mut Ui, session: &mut Session) {
    let label = ui.label("recipe");
    let combo = ComboBox::from_id_salt("recipe").selected_text(session.settings.recipe.name.clone());
    let shown = combo.show_ui(ui, |ui| {
        for (name, _) in BUILT_IN {
            let chosen = session.settings.recipe.name == name;
            if choice(ui, chosen, name)
                && let Ok(recipe) = Recipe::built_in(name)
            {
                session.settings.recipe = recipe;
            }
        }
        if choice(ui, false, "a file…") {
            session.errand(Errand::ChooseRecipe);
        }
    });
    shown.response.labelled_by(label.id);
}

fn data_choice(ui: &mut Ui, session: &mut Session) {
    let data = session.settings.recipe.data.clone();
    let label = ui.label("data");
    let shown = ComboBox::from_id_salt("data").selected_text(last_part(&data)).show_ui(ui, |ui| {
        for name in DATA {
            if choice(ui, data == name, name) {
                session.settings.recipe.data = name.to_owned();
            }
        }
        if choice(ui, false, "a folder…") {
            session.errand(Errand::ChooseData);
        }
    });
    shown.response.labelled_by(label.id);
}

fn engine_choice(ui: &mut Ui, session: &mut Session) {
    let wish = &mut session.settings.engine;
    let shown = match (&wish.adapter, wish.kind) {
        (Some(adapter), _) => adapter.clone(),
        (None, EngineKind::Auto) => "automatic".to_owned(),
        (None, EngineKind::Cpu) => "CPU".to_owned(),
        (None, EngineKind::Gpu) => "GPU".to_owned(),
    };
    let label = ui.label("engine");
    let shown = ComboBox::from_id_salt("engine").selected_text(shown).show_ui(ui, |ui| {
        let mut offer = |ui: &mut Ui, offered: EngineWish, text: &str| {
            if choice(ui, *wish == offered, text) {
                *wish = offered;
            }
        };
        offer(ui, EngineWish::default(), "automatic");
        for device in session.listed.devices.iter().flatten() {
            let adapter = (device.kind == EngineKind::Gpu).then(|| device.name.clone());
            let note = if device.software { " (software)" } else { "" };
            offer(ui, EngineWish { kind: device.kind, adapter }, &format!("{}{note}", device.name));
        }
    });
    shown.response.labelled_by(label.id).on_hover_text(&session.listed.automatic);
}

/// The current stage's highest learning rate, while the run is on.
fn learning_rate(ui: &mut Ui, session: &mut Session) {
    let Some(mut rate) = session.learning_rate() else { return };
    let label = ui.label("learning rate");
    let speed = rate.max(1e-5) * 0.02;
    let field = egui::DragValue::new(&mut rate).range(0.0..=10.0).speed(speed).max_decimals(6);
    let response = ui.add(field).labelled_by(label.id);
    if response.on_hover_text("the stage's highest learning rate, from the next steps on").changed() {
        session.command(Command::SetLearningRate { learning_rate: rate });
    }
}

fn progress(ui: &mut Ui, session: &Session) {
    let run = &session.run;
    match &run.phase {
        Phase::Empty => {
            ui.label(
                RichText::new("Press Train: three networks grow out of each other while you watch.").weak(),
            );
        }
        Phase::Preparing { what, share } => {
            ui.add(Spinner::new().size(14.0));
            let share = share.map_or(String::new(), |share| format!(", {:.0} %", 100.0 * share));
            ui.label(format!("{what}{share}"));
        }
        Phase::Running | Phase::Paused => {
            if run.phase == Phase::Paused {
                say(&ui.label(RichText::new("paused, saved").color(palette(ui).warning)), false);
            }
            running(ui, session);
        }
        Phase::Finished => {
            let text = run.summary.as_ref().map_or(String::new(), |summary| {
                let (accuracy, time) = (percent(summary.test_accuracy), duration(summary.seconds));
                format!("finished: {accuracy} of the test digits right, after {time}")
            });
            say(&ui.label(RichText::new(text).color(palette(ui).new).strong()), false);
        }
        Phase::Stopped => {
            say(&ui.label("stopped and saved: it can be resumed from Runs"), false);
        }
        Phase::Failed { message } => {
            ui.label(RichText::new(message).color(palette(ui).test));
        }
    }
}

fn running(ui: &mut Ui, session: &Session) {
    let Some(steps) = &session.run.steps else { return };
    let mut facts = vec![
        format!("{} epoch {}/{}", steps.stage, steps.epoch, steps.epochs),
        format!("loss {:.4}", steps.loss),
        format!("{} images/s", grouped(steps.images_per_second as usize)),
    ];
    if let Some(epoch) = &session.run.epoch {
        facts.insert(2, format!("test {}", percent(epoch.test_accuracy)));
    }
    facts.into_iter().for_each(|fact| {
        ui.add(Label::new(fact).extend());
        ui.separator();
    });
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.label(RichText::new(format!("{} left", duration(steps.seconds_left))).strong());
    });
}
