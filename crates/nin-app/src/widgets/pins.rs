//! How far a run is, with a pin where each stage begins.

use egui::{Align2, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::colors::palette;
use crate::run_view::{Phase, RunView};

/// Draws the run's progress over all stages.
pub fn stage_pins(ui: &mut Ui, run: &RunView) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
    let share = run.share_done();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, "progress of the run");
        info.value = Some(f64::from(share));
        info
    });
    if !ui.is_rect_visible(rect) {
        return;
    }
    let (colors, visuals) = (palette(ui), ui.visuals());
    let bar = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 12.0), rect.right_bottom());
    let x = |share: f32| bar.left() + bar.width() * share;
    let painter = ui.painter();
    painter.rect_filled(bar, 3.0, visuals.faint_bg_color);
    painter.rect_stroke(bar, 3.0, visuals.widgets.noninteractive.bg_stroke, egui::StrokeKind::Inside);
    let done = Rect::from_min_max(bar.min, pos2(x(share), bar.bottom()));
    painter.rect_filled(done, 3.0, if run.phase == Phase::Paused { colors.warning } else { colors.train });
    let all = run.stages().iter().map(|stage| stage.epochs * stage.steps).sum::<usize>().max(1) as f32;
    let mut before = 0;
    for (index, stage) in run.stages().iter().enumerate() {
        let left = x(before as f32 / all);
        before += stage.epochs * stage.steps;
        let current = index == run.stage && run.phase.is_on();
        let color = if current { visuals.strong_text_color() } else { visuals.weak_text_color() };
        painter.line_segment([pos2(left, rect.top() + 2.0), pos2(left, bar.bottom())], (1.5, color));
        let font = FontId::proportional(13.0);
        painter.text(pos2(left + 5.0, rect.top() + 9.0), Align2::LEFT_CENTER, &stage.stage, font, color);
    }
}
