//! Sizes for fingers: what is pressed on a phone's screen is as high as a finger is wide.

use egui::style::Spacing;
use egui::{Context, Ui};

/// Least height of what is pressed on a phone, in points.
const FINGER: f32 = 40.0;
/// A screen whose shorter side is less, in points, is a phone's.
const PHONE: f32 = 500.0;
/// Less width than this, in points, has no room for two things side by side.
const NARROW: f32 = 640.0;

/// Has everything be as high as this screen asks for.
pub fn fit(ctx: &Context) {
    let height = if is_phone(ctx) { FINGER } else { Spacing::default().interact_size.y };
    if ctx.global_style().spacing.interact_size.y != height {
        ctx.all_styles_mut(|style| style.spacing.interact_size.y = height);
    }
}

/// Whether the screen is a phone's.
pub fn is_phone(ctx: &Context) -> bool {
    ctx.content_rect().size().min_elem() < PHONE
}

/// Whether things go below each other.
pub fn is_narrow(ui: &Ui) -> bool {
    ui.available_width() < NARROW
}

/// The height of a row of text that nobody presses, in points.
pub fn text_row() -> f32 {
    Spacing::default().interact_size.y
}
