//! The screens. A panel is a file with its state and one `ui`; a new one is that file and a line in [`all`].

mod curves;
mod device;
mod digits;
mod draw;
mod drawing;
mod help;
mod layer;
mod maps;
mod matrix;
mod network;
mod pictures;
mod run_bar;
mod run_settings;
mod runs;

pub use drawing::CANVAS;
pub use help::shortcuts_window;
pub use run_bar::{press_main, run_bar};

use egui::Ui;

use crate::session::Session;

/// A screen, or a part of the overview.
pub trait Panel {
    /// What its tab says.
    fn name(&self) -> &'static str;

    /// Whether the overview shows it.
    fn in_overview(&self) -> bool {
        false
    }

    /// Draws it and takes what the user does.
    fn ui(&mut self, ui: &mut Ui, session: &mut Session);
}

/// Every panel, in the order of the tabs.
pub fn all() -> Vec<Box<dyn Panel>> {
    vec![
        Box::<curves::CurvesPanel>::default(),
        Box::<network::NetworkPanel>::default(),
        Box::<digits::DigitsPanel>::default(),
        Box::<draw::DrawPanel>::default(),
        Box::<runs::RunsPanel>::default(),
        Box::<device::DevicePanel>::default(),
    ]
}
