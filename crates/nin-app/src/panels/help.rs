//! The keys.

use egui::{Context, Grid, RichText, Window};

/// What every key does.
const KEYS: [(&str, &str); 12] = [
    ("Space", "train, pause, resume"),
    (".", "one step, then wait"),
    ("Esc", "stop and save the run; close this list"),
    ("Ctrl+S", "save a checkpoint now"),
    ("1 … 7", "the screens"),
    ("Ctrl+Z", "take the last stroke back"),
    ("Delete", "empty the canvas"),
    ("arrows, Enter", "on the canvas: move the pen, put it down or lift it"),
    ("Tab, Shift+Tab", "the next, the previous control"),
    ("Ctrl +, Ctrl −, Ctrl 0", "larger, smaller, as it was"),
    ("T", "dark or light"),
    ("?", "this list"),
];

/// Shows the list of keys while `open`.
pub fn shortcuts_window(ctx: &Context, open: &mut bool) {
    Window::new("Keys").open(open).resizable(false).collapsible(false).show(ctx, |ui| {
        Grid::new("keys").num_columns(2).spacing([24.0, 6.0]).show(ui, |ui| {
            for (key, what) in KEYS {
                ui.label(RichText::new(key).monospace().strong());
                ui.label(what);
                ui.end_row();
            }
        });
    });
}
