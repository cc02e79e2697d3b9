//! Test digits with what they are taken for, the confusion matrix, and one digit looked at closely.

use egui::{CollapsingHeader, ComboBox, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui};
use nin_train::format::percent;
use nin_train::{Classification, SeenDigit};

use super::Panel;
use super::maps::{evidence_maps, feature_maps};
use super::matrix::{Cell, confusion_matrix};
use super::pictures::{digit_cell, image_cell};
use crate::colors::palette;
use crate::session::Session;
use crate::widgets::{Picture, choice, nothing, probability_bars};

/// Which test digits are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Choice {
    /// The first ones.
    #[default]
    First,
    /// Those whose own label is thought least likely.
    Hardest,
    /// Those of one cell of the confusion matrix.
    Cell(Cell),
}

/// Width of a digit, in points.
const DIGIT: f32 = 56.0;
/// Digits in sight at once: where there is room, and where the matrix below should be seen, too.
const IN_SIGHT: [usize; 2] = [24, 9];
/// Lower panels have little room, in points.
const LITTLE_ROOM: f32 = 420.0;

/// The panel of the test digits.
#[derive(Default)]
pub struct DigitsPanel {
    choice: Choice,
    /// Digits in sight at once.
    in_sight: usize,
    /// The first digit in sight, among those of the choice.
    first: usize,
    /// The digit that is looked at closely, by its place among the test images.
    chosen: Option<u32>,
    strip: Vec<Picture>,
    close: Picture,
    evidence: Picture,
    layers: Vec<Picture>,
}

impl Panel for DigitsPanel {
    fn name(&self) -> &'static str {
        "Digits"
    }

    fn in_overview(&self) -> bool {
        true
    }

    fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        if session.shown.is_none() {
            return nothing(ui, "No predictions yet", "They begin with the first network.");
        }
        self.in_sight = IN_SIGHT[usize::from(ui.available_height() < LITTLE_ROOM)];
        let indices = self.indices(session.seen.classification.as_ref());
        session.wanted.classification = true;
        let page: Vec<u32> = indices.iter().skip(self.first).take(self.in_sight).copied().collect();
        session.wanted.digits.clone_from(&page);
        ui.horizontal_wrapped(|ui| self.tools(ui, indices.len()));
        if page.is_empty() {
            ui.label(RichText::new("No digit is in this cell now.").weak());
        }
        ScrollArea::vertical().id_salt("digits").show(ui, |ui| {
            self.digits(ui, session, &page);
            ui.separator();
            ui.horizontal_wrapped(|ui| {
                ui.vertical(|ui| self.matrix(ui, session));
                ui.vertical(|ui| self.closely(ui, session));
            });
        });
    }
}

impl DigitsPanel {
    fn tools(&mut self, ui: &mut Ui, count: usize) {
        let text = match self.choice {
            Choice::First => "the first test digits".to_owned(),
            Choice::Hardest => "hardest first".to_owned(),
            Choice::Cell((label, digit)) => format!("{label} taken for {digit}"),
        };
        let before = self.choice;
        let label = ui.label("show");
        let combo = ComboBox::from_id_salt("which digits").selected_text(text);
        let shown = combo.show_ui(ui, |ui| {
            if choice(ui, self.choice == Choice::First, "the first test digits") {
                self.choice = Choice::First;
            }
            // Those to whose own label the network gives the least probability.
            if choice(ui, self.choice == Choice::Hardest, "hardest first") {
                self.choice = Choice::Hardest;
            }
        });
        shown.response.labelled_by(label.id);
        if before != self.choice {
            self.first = 0;
        }
        let last = count.saturating_sub(1) / self.in_sight * self.in_sight;
        if ui
            .add_enabled(self.first > 0, egui::Button::new("Before"))
            .on_hover_text("the digits before")
            .clicked()
        {
            self.first = self.first.saturating_sub(self.in_sight);
        }
        if ui
            .add_enabled(self.first < last, egui::Button::new("Next"))
            .on_hover_text("the next digits")
            .clicked()
        {
            self.first += self.in_sight;
        }
        self.first = self.first.min(last);
        let end = (self.first + self.in_sight).min(count);
        ui.label(RichText::new(format!("{} to {end} of {count}", (self.first + 1).min(end))).weak());
    }

    /// Places of the digits of the choice, in order. Before all were classified, the first ones.
    fn indices(&self, seen: Option<&Classification>) -> Vec<u32> {
        let Some(seen) = seen else { return (0..self.in_sight as u32).collect() };
        let all = 0..seen.labels.len() as u32;
        match self.choice {
            Choice::First => all.collect(),
            Choice::Hardest => {
                let mut order: Vec<u32> = all.collect();
                let probability = |index: &u32| seen.probabilities[*index as usize];
                order.sort_by(|a, b| probability(a).total_cmp(&probability(b)));
                order
            }
            Choice::Cell((label, digit)) => {
                let taken = |index: usize| (usize::from(seen.labels[index]), usize::from(seen.digits[index]));
                all.filter(|&index| taken(index as usize) == (label, digit)).collect()
            }
        }
    }

    fn digits(&mut self, ui: &mut Ui, session: &mut Session, page: &[u32]) {
        let seen: Vec<SeenDigit> =
            session.seen.digits.iter().filter(|digit| page.contains(&digit.index)).cloned().collect();
        self.strip.resize_with(seen.len().max(self.strip.len()), Picture::default);
        let columns = ((ui.available_width() / (DIGIT + 8.0)) as usize).max(1);
        for (digits, pictures) in seen.chunks(columns).zip(self.strip.chunks_mut(columns)) {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                for (digit, picture) in digits.iter().zip(pictures) {
                    if one_digit(ui, digit, picture, self.chosen == Some(digit.index)) {
                        self.chosen = Some(digit.index);
                        session.subject = Some(digit.image.clone());
                    }
                }
            });
        }
    }

    fn matrix(&mut self, ui: &mut Ui, session: &Session) {
        match &session.seen.classification {
            None => {
                ui.label(
                    RichText::new("The confusion matrix comes with the first look at all test digits.")
                        .weak(),
                );
            }
            Some(seen) => {
                let chosen = match self.choice {
                    Choice::Cell(cell) => Some(cell),
                    _ => None,
                };
                if let Some(cell) = confusion_matrix(ui, seen, chosen) {
                    self.choice = if chosen == Some(cell) { Choice::First } else { Choice::Cell(cell) };
                    self.first = 0;
                }
                let hits =
                    seen.labels.iter().zip(&seen.digits).filter(|(label, digit)| label == digit).count();
                let (count, of) = (seen.labels.len(), seen.of);
                let right = percent(100.0 * hits as f64 / count.max(1) as f64);
                let which =
                    if count < of { format!("the first {count} of {of}") } else { format!("all {of}") };
                ui.label(format!("{right} of {which} test digits"));
                ui.label(RichText::new("Click a cell: the digits in it.").weak());
            }
        }
    }

    /// The chosen digit: probabilities, and where in the picture each class's evidence lies.
    fn closely(&mut self, ui: &mut Ui, session: &mut Session) {
        let chosen = session.seen.digits.iter().find(|digit| Some(digit.index) == self.chosen).cloned();
        let Some(digit) = chosen else {
            ui.label(RichText::new("Click a digit: where the network sees which class.").weak());
            return;
        };
        session.wanted.inspection.clone_from(&session.subject);
        ui.label(format!("test digit {}, a {}", digit.index, digit.label));
        ui.horizontal_top(|ui| {
            let scale = (112.0 / digit.side as f32).max(1.0);
            let name = format!("a handwritten {}", digit.label);
            self.close.show(ui, &name, &[image_cell(digit.side, &digit.image)], 1, scale);
            ui.vertical(|ui| {
                ui.set_width(180.0);
                probability_bars(ui, Some(&digit.prediction), Some(digit.label), 130.0);
            });
        });
        let Some(inspection) = &session.seen.inspection else { return };
        ui.label("evidence for 0 to 9: the mean of each map is that class's logit");
        let (name, maps) = ("class maps for 0 to 9", &inspection.evidence);
        let (low, high) = evidence_maps(ui, &mut self.evidence, name, maps, 56.0);
        ui.label(RichText::new(format!("violet {low:.1} · yellow {high:.1}")).weak());
        CollapsingHeader::new("what each layer sees").show(ui, |ui| {
            self.layers.resize_with(inspection.layers.len().max(self.layers.len()), Picture::default);
            for (layer, picture) in inspection.layers.iter().zip(&mut self.layers) {
                ui.label(&layer.layer);
                feature_maps(ui, picture, layer);
            }
        });
    }
}

/// A digit with its prediction below; whether it was clicked.
fn one_digit(ui: &mut Ui, digit: &SeenDigit, picture: &mut Picture, chosen: bool) -> bool {
    let colors = palette(ui);
    let wrong = digit.prediction.digit != usize::from(digit.label);
    let probability = digit.prediction.probabilities.get(digit.prediction.digit).copied().unwrap_or(0.0);
    ui.vertical(|ui| {
        ui.set_width(DIGIT);
        let verdict = if wrong { "wrong" } else { "right" };
        let name = format!("a {} taken for {}: {verdict}", digit.label, digit.prediction.digit);
        let response = picture.show(ui, &name, &[digit_cell(digit)], 1, DIGIT / digit.side as f32);
        let response = response.interact(Sense::click());
        if wrong || chosen {
            let color = if wrong { colors.test } else { colors.new };
            let width = if chosen { 3.0 } else { 2.0 };
            ui.painter().rect_stroke(response.rect, 1.0, Stroke::new(width, color), StrokeKind::Outside);
        }
        let text = format!("{} {:.0} %", digit.prediction.digit, 100.0 * probability);
        let color = if wrong { colors.test } else { ui.visuals().text_color() };
        ui.label(RichText::new(if wrong { format!("× {text}") } else { text }).small().color(color));
        response.on_hover_text(format!("test digit {}: {name}", digit.index)).clicked()
    })
    .inner
}
