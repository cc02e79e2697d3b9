//! Pieces that several panels draw.

mod bars;
mod picture;
mod pins;

pub use bars::probability_bars;
pub use picture::{Cell, Picture};
pub use pins::stage_pins;

use egui::accesskit::Live;
use egui::{Response, RichText, Ui};

/// What a panel says while there is nothing to show: a title and what to do.
pub fn nothing(ui: &mut Ui, title: &str, what_to_do: &str) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height().min(120.0) / 3.0);
        ui.label(RichText::new(title).heading());
        ui.label(RichText::new(what_to_do).weak());
        ui.add_space(12.0);
    });
}

/// Has a screen reader say a text whenever it changes: in time, or at once if it is urgent.
pub fn say(text: &Response, urgent: bool) {
    let live = if urgent { Live::Assertive } else { Live::Polite };
    text.ctx.accesskit_node_builder(text.id, |node| node.set_live(live));
}

/// Something to choose in a list that closes then, by whatever it is chosen; whether it was.
pub fn choice(ui: &mut Ui, chosen: bool, text: &str) -> bool {
    let clicked = ui.selectable_label(chosen, text).clicked();
    if clicked {
        ui.close();
    }
    clicked
}
