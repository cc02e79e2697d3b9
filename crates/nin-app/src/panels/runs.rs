//! The runs that are kept: open, compare, resume, export.

use egui::{Grid, RichText, ScrollArea, Ui};
use nin_train::format::{duration, last_part, percent};
use nin_train::{Command, RunEntry, RunState};

use super::Panel;
use crate::colors::palette;
use crate::curves::Curves;
use crate::session::{Compared, Session};
use crate::widgets::{choice, nothing};
use crate::world::{Errand, ExportFormat, ModelSource};

/// The panel of the runs.
#[derive(Default)]
pub struct RunsPanel {
    asked: bool,
}

impl Panel for RunsPanel {
    fn name(&self) -> &'static str {
        "Runs"
    }

    fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        if !self.asked {
            session.errand(Errand::ListRuns);
            self.asked = true;
        }
        ui.horizontal_wrapped(|ui| {
            if ui.button("List again").clicked() {
                session.errand(Errand::ListRuns);
            }
            ui.label(RichText::new(&session.listed.place).weak());
        });
        let Some(runs) = session.listed.runs.clone() else {
            ui.spinner();
            return;
        };
        if runs.is_empty() {
            return nothing(ui, "No runs yet", "Every run that is started is kept and listed here.");
        }
        ScrollArea::both().id_salt("runs").show(ui, |ui| {
            Grid::new("runs").striped(true).num_columns(8).spacing([14.0, 8.0]).show(ui, |ui| {
                for head in ["run", "recipe", "data", "state", "stages", "test accuracy", "time", ""] {
                    ui.label(RichText::new(head).strong());
                }
                ui.end_row();
                for run in &runs {
                    row(ui, session, run);
                    ui.end_row();
                }
            });
        });
    }
}

fn row(ui: &mut Ui, session: &mut Session, run: &RunEntry) {
    let current = session.run_name.as_ref() == Some(&run.name);
    let name = RichText::new(&run.name);
    ui.label(if current { name.strong() } else { name });
    let seed = run.seed.map_or(String::new(), |seed| format!(", seed {seed}"));
    ui.label(format!("{}{seed}", run.recipe));
    ui.label(last_part(&run.data));
    match &run.state {
        RunState::Finished => ui.label(RichText::new("finished").color(palette(ui).new)),
        RunState::Unfinished { stage, epoch } => ui.label(format!("in {stage}, after epoch {epoch}")),
        RunState::Damaged { message } => {
            ui.label(RichText::new("damaged").color(palette(ui).test)).on_hover_text(message)
        }
    };
    let stage = |stage: &nin_train::RunStage| match stage.test_accuracy {
        Some(accuracy) => format!("{} {accuracy:.1}", stage.stage),
        None => stage.stage.clone(),
    };
    ui.label(run.stages.iter().map(stage).collect::<Vec<_>>().join(" · "));
    ui.label(run.test_accuracy.map_or("–".to_owned(), percent));
    ui.label(duration(run.seconds));
    ui.horizontal(|ui| actions(ui, session, run, current));
}

fn actions(ui: &mut Ui, session: &mut Session, run: &RunEntry, current: bool) {
    let on = session.run.phase.is_on();
    let named = |ui: &mut Ui, enabled: bool, text: &str, hint: &str| {
        let response = ui.add_enabled(enabled, egui::Button::new(text)).on_hover_text(hint);
        response.clicked()
    };
    if named(ui, !on, "Open", "shows its curves and its newest network") {
        session.run_name = None;
        session.errand(Errand::ReadLog { run: run.name.clone() });
        session.errand(Errand::OpenModel { model: ModelSource::Run { run: run.name.clone() } });
    }
    let mut compared = session.compared.iter().any(|other| other.run == run.name);
    if ui.add_enabled(!current, egui::Checkbox::new(&mut compared, "compare")).changed() {
        session.compared.retain(|other| other.run != run.name);
        if compared {
            session.compared.push(Compared { run: run.name.clone(), curves: Curves::default() });
            session.errand(Errand::ReadLog { run: run.name.clone() });
        }
    }
    let resumable = run.has_checkpoint && !matches!(run.state, RunState::Finished);
    if named(ui, !on && resumable, "Resume", "goes on from its last checkpoint, bit for bit") {
        session.run_name = Some(run.name.clone());
        let engine = session.settings.engine.clone();
        session.command(Command::GoOn { run: run.name.clone(), engine });
    }
    export(ui, session, run);
    if session.abilities.folders && named(ui, true, "Folder", "shows its files") {
        session.errand(Errand::ShowFolder { run: run.name.clone() });
    }
}

fn export(ui: &mut Ui, session: &mut Session, run: &RunEntry) {
    let finished = run.stages.iter().filter(|stage| stage.finished).count() > 0;
    ui.add_enabled_ui(finished, |ui| {
        ui.menu_button("Export…", |ui| {
            for stage in run.stages.iter().filter(|stage| stage.finished) {
                for (format, name) in [
                    (ExportFormat::Safetensors, "safetensors (PyTorch's names)"),
                    (ExportFormat::Onnx, "ONNX"),
                ] {
                    if choice(ui, false, &format!("{} as {name}", stage.stage)) {
                        let (run, stage) = (run.name.clone(), stage.stage.clone());
                        session.errand(Errand::Export { run, stage, format });
                    }
                }
            }
        });
    });
}
