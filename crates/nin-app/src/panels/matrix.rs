//! The confusion matrix: what is taken for what.

use egui::{Align2, FontId, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use nin_net::CLASSES;
use nin_train::Classification;

use crate::colors::{palette, viridis};

/// What a digit is, and what it is taken for.
pub type Cell = (usize, usize);

/// Side of a cell, in points.
const SIDE: f32 = 25.0;

/// Draws the matrix; the cell that was clicked.
pub fn confusion_matrix(ui: &mut Ui, seen: &Classification, chosen: Option<Cell>) -> Option<Cell> {
    let counts = counts(seen);
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(SIDE * 11.6), Sense::hover());
    let origin = rect.min + Vec2::splat(SIDE * 1.6);
    let wrong = (0..CLASSES * CLASSES).filter(|i| i / CLASSES != i % CLASSES);
    let most_wrong = wrong.map(|i| counts[i]).max().unwrap_or(0).max(1);
    let font = FontId::proportional(11.0);
    let weak = ui.visuals().weak_text_color();
    let text = |ui: &Ui, x: f32, y: f32, what: String| {
        ui.painter().text(pos2(x, y), Align2::CENTER_CENTER, what, font.clone(), weak);
    };
    text(ui, origin.x + SIDE * 5.0, rect.top() + 7.0, "taken for".to_owned());
    text(ui, rect.left() + 8.0, origin.y + SIDE * 5.0, "is".to_owned());
    let mut clicked = None;
    for label in 0..CLASSES {
        let middle = (label as f32 + 0.5) * SIDE;
        text(ui, origin.x + middle, origin.y - 9.0, label.to_string());
        text(ui, origin.x - 9.0, origin.y + middle, label.to_string());
        for digit in 0..CLASSES {
            let place = origin + vec2(digit as f32, label as f32) * SIDE;
            let cell = Rect::from_min_size(place, Vec2::splat(SIDE - 1.0));
            let count = counts[label * CLASSES + digit];
            if draw_cell(ui, cell, (label, digit), count, most_wrong, chosen == Some((label, digit))) {
                clicked = Some((label, digit));
            }
        }
    }
    clicked
}

/// `[label · 10 + digit]`: how many.
fn counts(seen: &Classification) -> Vec<usize> {
    let mut counts = vec![0; CLASSES * CLASSES];
    for (&label, &digit) in seen.labels.iter().zip(&seen.digits) {
        if let Some(count) = counts.get_mut(usize::from(label) * CLASSES + usize::from(digit)) {
            *count += 1;
        }
    }
    counts
}

fn draw_cell(
    ui: &mut Ui,
    rect: Rect,
    (label, digit): Cell,
    count: usize,
    most_wrong: usize,
    chosen: bool,
) -> bool {
    let id = ui.scope_id().with(("cell", label, digit));
    let response = ui.interact(rect, id, Sense::click());
    let name = format!("{count} times {label} taken for {digit}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    let (colors, visuals) = (palette(ui), ui.visuals());
    let right = label == digit;
    let fill = match (right, count) {
        (true, _) => colors.new.gamma_multiply(0.25),
        (false, 0) => visuals.faint_bg_color,
        // The matrix is about mistakes: the diagonal would drown them.
        (false, count) => viridis(0.25 + 0.75 * count as f32 / most_wrong as f32),
    };
    let painter = ui.painter();
    painter.rect_filled(rect, 2.0, fill);
    if chosen || response.hovered() || response.has_focus() {
        painter.rect_stroke(rect, 2.0, (2.0, visuals.strong_text_color()), egui::StrokeKind::Inside);
    }
    if count > 0 {
        let ink = match right {
            true => visuals.text_color(),
            false if count * 2 > most_wrong => egui::Color32::BLACK,
            false => egui::Color32::WHITE,
        };
        painter.text(rect.center(), Align2::CENTER_CENTER, count, FontId::proportional(11.0), ink);
    }
    response.on_hover_text(name).clicked()
}

#[cfg(test)]
mod tests {
    use nin_train::Moment;

    use super::*;

    #[test]
    fn counts_are_by_label_and_digit() {
        let seen = Classification {
            moment: Moment::default(),
            of: 3,
            labels: vec![3, 3, 9],
            digits: vec![3, 8, 4],
            probabilities: vec![0.9, 0.1, 0.2],
        };
        let counts = counts(&seen);
        assert_eq!((counts[33], counts[38], counts[94], counts.iter().sum::<usize>()), (1, 1, 1, 3));
    }
}
