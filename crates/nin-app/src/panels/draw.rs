//! Draw a digit: what the network takes it for, while it is drawn.

use egui::{Align, Button, Direction, Layout, RichText, Slider, Ui};
use nin_data::digit_from_strokes;

use super::Panel;
use super::drawing::Drawing;
use super::maps::evidence_maps;
use super::pictures::image_cell;
use crate::fingers::is_narrow;
use crate::session::Session;
use crate::widgets::{Picture, choice, nothing, probability_bars};
use crate::world::{Errand, ModelSource};

/// Room for the answer below the canvas, in points.
const ANSWER: f32 = 200.0;

/// The panel of the canvas.
#[derive(Default)]
pub struct DrawPanel {
    drawing: Drawing,
    /// The drawing as the network gets it; none while nothing is drawn.
    image: Option<Vec<u8>>,
    input: Picture,
    evidence: Picture,
}

impl Panel for DrawPanel {
    fn name(&self) -> &'static str {
        "Draw"
    }

    fn in_overview(&self) -> bool {
        true
    }

    fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        if session.shown.is_none() {
            return nothing(ui, "No network yet", "The trained one that comes with nin is on its way.");
        }
        ui.horizontal_wrapped(|ui| self.tools(ui, session));
        let (room, narrow) = (ui.available_size(), is_narrow(ui));
        // Beside the answer, or above it.
        let side = if narrow { room.x.min(room.y - ANSWER) } else { (room.y - 40.0).min(room.x * 0.55) };
        let direction = if narrow { Direction::TopDown } else { Direction::LeftToRight };
        ui.with_layout(Layout::from_main_dir_and_cross_align(direction, Align::Min), |ui| {
            let side = side.clamp(140.0, 460.0);
            if self.drawing.ui(ui, side, session.settings.stroke) {
                self.image = digit_from_strokes(&self.drawing.strokes);
            }
            ui.vertical(|ui| self.answer(ui, session, side));
        });
        session.wanted.prediction.clone_from(&self.image);
        ui.label(RichText::new(format!("answered by {}", session.moment())).weak());
    }
}

impl DrawPanel {
    fn tools(&mut self, ui: &mut Ui, session: &mut Session) {
        let any = !self.drawing.strokes.is_empty();
        let keys = ui.input(|input| {
            let undo = input.modifiers.command && input.key_pressed(egui::Key::Z);
            (undo, input.key_pressed(egui::Key::Delete))
        });
        let typing = ui.ctx().text_edit_focused();
        if ui
            .add_enabled(any, Button::new("Undo"))
            .on_hover_text("takes the last stroke back (Ctrl+Z)")
            .clicked()
            || (keys.0 && !typing)
        {
            self.drawing.undo();
            self.image = digit_from_strokes(&self.drawing.strokes);
        }
        if ui.add_enabled(any, Button::new("Clear")).on_hover_text("an empty canvas (Delete)").clicked()
            || (keys.1 && !typing)
        {
            self.drawing.clear();
            self.image = None;
        }
        let label = ui.label("stroke");
        ui.spacing_mut().slider_width = 60.0;
        let slider = Slider::new(&mut session.settings.stroke, 0.02..=0.16).show_value(false);
        ui.add(slider).labelled_by(label.id).on_hover_text("width of the strokes to come");
        let inspect = Button::new("Look inside");
        if ui.add_enabled(any, inspect).on_hover_text("this drawing's feature maps, under Network").clicked()
        {
            session.subject.clone_from(&self.image);
        }
        ui.menu_button("Ask…", |ui| {
            if choice(ui, false, "the trained network that comes with nin") {
                session.errand(Errand::OpenModel { model: ModelSource::Shipped });
            }
            if choice(ui, false, "a checkpoint…") {
                session.errand(Errand::OpenModel { model: ModelSource::Choose });
            }
        })
        .response
        .on_hover_text("which network answers; a run that is on takes over with its next snapshot");
    }

    fn answer(&mut self, ui: &mut Ui, session: &mut Session, side: f32) {
        let Some(image) = &self.image else {
            ui.label(RichText::new("nothing drawn yet").heading());
            ui.label(RichText::new("Draw a digit from 0 to 9, as large as you like.").weak());
            probability_bars(ui, None, None, (side * 0.5).min(170.0));
            return;
        };
        let prediction = session.seen.prediction.as_ref();
        if let Some(prediction) = prediction {
            let probability = prediction.probabilities.get(prediction.digit).copied().unwrap_or(0.0);
            let text = format!("{}  ({:.0} %)", prediction.digit, 100.0 * probability);
            ui.label(RichText::new(text).size(26.0).strong());
        }
        probability_bars(ui, prediction, None, (side * 0.5).min(170.0));
        // A digit that is looked at closely beside the canvas goes first.
        let inspected = session.wanted.inspection.is_none();
        if inspected {
            session.wanted.inspection = Some(image.clone());
        }
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.label(RichText::new("what the network sees").weak());
                self.input.show(ui, "the drawing as 28 by 28 pixels", &[image_cell(28, image)], 1, 3.0);
            });
            let Some(inspection) = session.seen.inspection.as_ref().filter(|_| inspected) else { return };
            ui.vertical(|ui| {
                ui.label(RichText::new("evidence for 0 to 9").weak());
                let name = "class maps of the drawing for 0 to 9";
                evidence_maps(ui, &mut self.evidence, name, &inspection.evidence, 32.0);
            });
        });
    }
}
