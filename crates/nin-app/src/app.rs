//! The app: the run bar above, one screen below it, messages at the bottom.

use std::time::Duration;

use egui::{
    Button, CentralPanel, Context, Panel as Side, RichText, ScrollArea, ThemePreference, Ui, ViewportCommand,
    vec2,
};
use nin_train::Command;

use crate::colors::palette;
use crate::fingers::{fit, is_narrow};
use crate::notices::Weight;
use crate::panels::{self, Panel, run_bar, shortcuts_window};
use crate::run_view::Phase;
use crate::session::Session;
use crate::settings::{Settings, ThemeChoice};
use crate::shortcuts::{Shortcut, pressed};
use crate::widgets::say;
use crate::world::{Errand, World};

/// Narrower than this, the overview is one column.
const TWO_COLUMNS: f32 = 1000.0;

/// Everything on the screen.
pub struct App {
    session: Session,
    panels: Vec<Box<dyn Panel>>,
    /// The screen: 0 is the overview, then the panels in their order.
    screen: usize,
    keys_open: bool,
    closing: bool,
    /// Whether the kept size of everything was taken over.
    zoomed: bool,
}

impl App {
    /// The screens in a world, as the user left them.
    pub fn new(world: Box<dyn World>, settings: Settings) -> Self {
        let panels = panels::all();
        let screen =
            panels.iter().position(|panel| panel.name() == settings.screen).map_or(0, |place| place + 1);
        let mut session = Session::new(world, settings);
        session.errand(Errand::ListDevices);
        App { session, panels, screen, keys_open: false, closing: false, zoomed: false }
    }

    /// What the user chose: to be kept until the next start.
    pub fn settings(&self) -> &Settings {
        &self.session.settings
    }

    /// Takes in what happened since the last call; to be called before [`App::ui`], and while the window is hidden.
    pub fn logic(&mut self, ctx: &Context) {
        self.session.listen();
        self.close_when_saved(ctx);
        self.take_drops(ctx);
        if let Some(shortcut) = pressed(ctx) {
            self.follow(shortcut);
        }
        fit(ctx);
        let settings = &mut self.session.settings;
        ctx.set_theme(match settings.theme {
            ThemeChoice::System => ThemePreference::System,
            ThemeChoice::Dark => ThemePreference::Dark,
            ThemeChoice::Light => ThemePreference::Light,
        });
        // From then on the zoom belongs to the context, where Ctrl + and − change it.
        if !std::mem::replace(&mut self.zoomed, true) {
            ctx.set_zoom_factor(settings.zoom.clamp(0.5, 4.0));
        } else {
            settings.zoom = ctx.zoom_factor();
        }
        if matches!(self.session.run.phase, Phase::Running | Phase::Preparing { .. }) {
            // The world wakes the screen when something comes in; this is for its clock.
            ctx.request_repaint_after(Duration::from_millis(250));
        }
    }

    /// Draws everything.
    pub fn ui(&mut self, ui: &mut Ui) {
        Side::top("run").show(ui, |ui| run_bar(ui, &mut self.session));
        Side::bottom("messages").show(ui, |ui| self.messages(ui));
        CentralPanel::default().show(ui, |ui| {
            ui.horizontal_wrapped(|ui| self.tabs(ui));
            ui.separator();
            match self.screen.checked_sub(1).and_then(|index| self.panels.get_mut(index)) {
                Some(panel) => panel.ui(ui, &mut self.session),
                None => self.overview(ui),
            }
        });
        shortcuts_window(&ui.ctx().clone(), &mut self.keys_open);
        self.session.ask();
    }

    fn tabs(&mut self, ui: &mut Ui) {
        let names = std::iter::once("Overview").chain(self.panels.iter().map(|panel| panel.name()));
        for (index, name) in names.enumerate() {
            let hint = format!("screen {} (key {})", name, index + 1);
            if ui.selectable_label(self.screen == index, name).on_hover_text(hint).clicked() {
                self.screen = index;
                self.session.settings.screen = if index == 0 { String::new() } else { name.to_owned() };
            }
        }
        // Where the tabs need more than a row, these two follow the last one.
        let end = egui::Layout::right_to_left(egui::Align::Center);
        if is_narrow(ui) { self.extras(ui) } else { ui.with_layout(end, |ui| self.extras(ui)).inner }
    }

    fn extras(&mut self, ui: &mut Ui) {
        let square = vec2(ui.spacing().interact_size.y, 0.0);
        if ui.add(Button::new("?").min_size(square)).on_hover_text("keys (?)").clicked() {
            self.keys_open = !self.keys_open;
        }
        if ui.button("Theme").on_hover_text("dark or light (T)").clicked() {
            self.follow(Shortcut::Theme);
        }
    }

    /// All panels that want to be seen at once: two columns where there is room, else one below the other.
    fn overview(&mut self, ui: &mut Ui) {
        let wide = ui.available_width() >= TWO_COLUMNS;
        let columns = if wide { 2 } else { 1 };
        let height = if wide { ((ui.available_height() - 16.0) / 2.0).max(230.0) } else { 420.0 };
        ScrollArea::vertical().id_salt("overview").show(ui, |ui| {
            let mut shown: Vec<_> = self.panels.iter_mut().filter(|panel| panel.in_overview()).collect();
            for row in shown.chunks_mut(columns) {
                ui.columns(columns, |uis| {
                    for (ui, panel) in uis.iter_mut().zip(row) {
                        ui.push_id(panel.name(), |ui| framed(ui, height, panel.as_mut(), &mut self.session));
                    }
                });
            }
        });
    }

    fn messages(&mut self, ui: &mut Ui) {
        let Some(notice) = self.session.notices.newest().cloned() else {
            ui.label(RichText::new(self.session.moment()).weak());
            return;
        };
        ui.horizontal_wrapped(|ui| {
            let colors = palette(ui);
            let (mark, color) = match notice.weight {
                Weight::Note => ("Done:", colors.new),
                Weight::Warning => ("Warning:", colors.warning),
                Weight::Error => ("Error:", colors.test),
            };
            let said = ui.label(RichText::new(format!("{mark} {}", notice.text)).color(color));
            say(&said, notice.weight == Weight::Error);
            let count = self.session.notices.len();
            let text = if count > 1 { format!("dismiss ({count})") } else { "dismiss".to_owned() };
            if ui.button(text).clicked() {
                self.session.notices.dismiss();
            }
        });
    }

    fn follow(&mut self, shortcut: Shortcut) {
        let on = matches!(self.session.run.phase, Phase::Running | Phase::Paused);
        match shortcut {
            Shortcut::Main => panels::press_main(&mut self.session),
            Shortcut::Step if on => self.session.command(Command::Step),
            Shortcut::Save if on => self.session.command(Command::Save),
            Shortcut::Stop if self.keys_open => self.keys_open = false,
            Shortcut::Stop if on => self.session.command(Command::Stop),
            Shortcut::Step | Shortcut::Save | Shortcut::Stop => {}
            Shortcut::Screen(screen) => self.screen = screen.min(self.panels.len()),
            Shortcut::Keys => self.keys_open = !self.keys_open,
            Shortcut::Theme => {
                let theme = &mut self.session.settings.theme;
                *theme = if *theme == ThemeChoice::Light { ThemeChoice::Dark } else { ThemeChoice::Light };
            }
        }
    }

    /// A window that is closed while a run is on saves first.
    fn close_when_saved(&mut self, ctx: &Context) {
        let on = self.session.run.phase.is_on();
        if ctx.input(|input| input.viewport().close_requested()) && on && !self.closing {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.session
                .notices
                .add(Weight::Note, "saving the run, then closing; close again to quit at once");
            self.session.command(Command::Stop);
            self.closing = true;
        } else if self.closing && !on {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn take_drops(&mut self, ctx: &Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        for file in dropped {
            let path = file.path().display().to_string();
            self.session.errand(Errand::Dropped { path, bytes: None });
        }
    }
}

/// A panel of the overview, in a frame of its own height.
fn framed(ui: &mut Ui, height: f32, panel: &mut dyn Panel, session: &mut Session) {
    egui::Frame::group(ui.style()).show(ui, |ui| {
        ui.set_height(height - 14.0);
        ui.set_width(ui.available_width());
        ui.shrink_clip_rect(ui.max_rect().expand(4.0));
        panel.ui(ui, session);
    });
}
