//! Ten bars: how likely each digit is.

use egui::{Align2, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use nin_train::Prediction;

use crate::colors::palette;

/// Draws the probabilities of the ten digits; `truth`, if it is known, is marked. Without a prediction the bars are empty.
pub fn probability_bars(ui: &mut Ui, prediction: Option<&Prediction>, truth: Option<u8>, height: f32) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width().min(420.0), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, spoken(prediction)));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let (visuals, colors, row) = (ui.visuals().clone(), palette(ui), rect.height() / 10.0);
    let font = FontId::proportional((row * 0.78).clamp(8.0, 15.0));
    let (left, right) = (rect.left() + font.size * 1.4, rect.right() - font.size * 4.4);
    for digit in 0..10 {
        let probability = prediction.and_then(|p| p.probabilities.get(digit)).copied().unwrap_or(0.0);
        let top = rect.top() + digit as f32 * row;
        let bar = |share: f32| {
            let end = left + (right - left) * share;
            Rect::from_min_max(pos2(left, top + row * 0.14), pos2(end, top + row * 0.86))
        };
        let chosen = prediction.is_some_and(|p| p.digit == digit);
        let color = match (chosen, truth.map(usize::from)) {
            (true, Some(truth)) if truth != digit => colors.test,
            (true, _) => colors.new,
            _ => colors.carried,
        };
        let painter = ui.painter();
        painter.rect_filled(bar(1.0), 2.0, visuals.faint_bg_color);
        painter.rect_filled(bar(probability.clamp(0.0, 1.0)), 2.0, color);
        let middle = top + row / 2.0;
        let strong = chosen || truth.map(usize::from) == Some(digit);
        let text = if strong { visuals.strong_text_color() } else { visuals.text_color() };
        painter.text(pos2(rect.left(), middle), Align2::LEFT_CENTER, digit, font.clone(), text);
        if prediction.is_some() {
            let percent = format!("{:.1} %", 100.0 * probability);
            painter.text(pos2(rect.right(), middle), Align2::RIGHT_CENTER, percent, font.clone(), text);
        }
    }
}

/// What a screen reader says.
fn spoken(prediction: Option<&Prediction>) -> String {
    match prediction {
        Some(p) => {
            let probability = p.probabilities.get(p.digit).copied().unwrap_or(0.0);
            format!("prediction: {}, {:.0} percent", p.digit, 100.0 * probability)
        }
        None => "no prediction".to_owned(),
    }
}
