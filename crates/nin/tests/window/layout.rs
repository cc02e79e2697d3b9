//! Where things are on the screen: the same app, laid out at the same size in the same state.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use nin_app::{Abilities, App, Errand, News, Report, Settings, World};
use nin_train::{Command, Event, Look, Model, Moment, Recipe, Snapshot};

use crate::screen::SIZE;

/// A world that tells what has happened already.
struct Told(std::vec::IntoIter<Report>);

impl World for Told {
    fn command(&mut self, _: Command) {}
    fn look(&mut self, _: Look) {}
    fn errand(&mut self, _: Errand) {}
    fn report(&mut self) -> Option<Report> {
        self.0.next()
    }
    fn abilities(&self) -> Abilities {
        Abilities { folders: true }
    }
}

/// The place of the canvas on the screen `Draw`, after these events.
pub fn canvas(recipe: &str, events: &[Event]) -> egui::Rect {
    let shipped = Snapshot { moment: Moment::default(), model: Model::shipped().unwrap() };
    let events = events.iter().cloned().map(Report::Run);
    let reports: Vec<Report> = [Report::News(News::Model(shipped))].into_iter().chain(events).collect();
    let mut settings = Settings::new(Recipe::from_toml(recipe).unwrap());
    settings.screen = "Draw".to_owned();
    let mut app = App::new(Box::new(Told(reports.into_iter())), settings);
    let builder = Harness::builder().with_size(egui::vec2(SIZE.0.into(), SIZE.1.into()));
    let mut harness = builder.build_ui(move |ui| {
        app.logic(&ui.ctx().clone());
        app.ui(ui);
    });
    harness.run_steps(3);
    harness.get_by_label(nin_app::CANVAS).rect()
}
