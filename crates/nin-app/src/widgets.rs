//! Pieces that several panels draw.

mod bars;
mod picture;
mod pins;

pub use bars::probability_bars;
pub use picture::{Cell, Picture};
pub use pins::stage_pins;

use egui::{RichText, Ui};

/// What a panel says while there is nothing to show: a title and what to do.
pub fn nothing(ui: &mut Ui, title: &str, what_to_do: &str) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height().min(120.0) / 3.0);
        ui.label(RichText::new(title).heading());
        ui.label(RichText::new(what_to_do).weak());
        ui.add_space(12.0);
    });
}
