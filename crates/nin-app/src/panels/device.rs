//! What computes: adapters and limits, what a step costs kernel by kernel, and how smoothly the screen is drawn.

use std::collections::VecDeque;

use egui::{Button, CollapsingHeader, Grid, RichText, ScrollArea, Ui};
use nin_net::{Ceilings, Profile};
use nin_train::Command;
use nin_train::format::{bytes, grouped};

use super::Panel;
use crate::fingers::text_row;
use crate::run_view::Phase;
use crate::session::Session;
use crate::world::{Device, Errand};

/// The panel of the devices.
#[derive(Default)]
pub struct DevicePanel {
    asked: bool,
    frames: VecDeque<f32>,
}

/// What the last column says.
const ROOFLINE: &str = "how much a kernel reaches of what the device could do of it: its multiply-adds in registers, or, for few \
     FLOP per byte, what its copies bring in; over 100 % where the bytes came from caches";

/// Frames whose times are kept.
const FRAMES: usize = 120;

impl Panel for DevicePanel {
    fn name(&self) -> &'static str {
        "Device"
    }

    fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        if !self.asked {
            session.errand(Errand::ListDevices);
            self.asked = true;
        }
        ScrollArea::vertical().id_salt("device").show(ui, |ui| {
            engine(ui, session);
            step(ui, session);
            self.frames(ui);
            ui.separator();
            match &session.listed.devices {
                None => {
                    ui.spinner();
                }
                Some(devices) => {
                    ui.label(&session.listed.automatic);
                    devices.iter().for_each(|device| describe(ui, device));
                }
            }
        });
    }
}

fn engine(ui: &mut Ui, session: &Session) {
    match &session.run.started {
        Some(started) => {
            let (kind, name) = (started.engine.kind.to_uppercase(), &started.engine.name);
            ui.label(RichText::new(format!("This run is computed by {kind}: {name}")).strong());
        }
        None => {
            ui.label(RichText::new("No run yet: its engine is chosen when it starts.").weak());
        }
    }
}

/// What one step of the run costs, when it is asked for.
fn step(ui: &mut Ui, session: &mut Session) {
    let on = matches!(session.run.phase, Phase::Running | Phase::Paused);
    let measure = ui.add_enabled(on, Button::new("Measure a step"));
    if measure.on_hover_text("times every kernel of a training step; the run waits for it").clicked() {
        session.command(Command::Profile);
    }
    match &session.run.profile {
        Some((profile, ceilings)) => kernels(ui, profile, ceilings),
        None => {
            ui.label(RichText::new("Kernel times, memory and FLOP/s show here while a run is on.").weak());
        }
    }
}

fn kernels(ui: &mut Ui, profile: &Profile, ceilings: &Ceilings) {
    let total: f64 = profile.kernels.iter().map(|kernel| kernel.seconds).sum();
    ui.label(format!(
        "a step of {} images: {:.2} ms in its kernels ({}); {} held on the device",
        grouped(profile.images as usize),
        1e3 * total,
        profile.timer,
        bytes(profile.device_memory_bytes)
    ));
    ui.label(format!(
        "{:.1} GFLOP/s of {:.1} possible ({:.0} %): the device reaches {:.1} GFLOP/s in registers and copies {:.1} GB/s",
        profile.flop() / total.max(f64::MIN_POSITIVE) / 1e9,
        ceilings.attainable(profile) / 1e9,
        100.0 * ceilings.step_share(profile),
        ceilings.flop_per_second / 1e9,
        ceilings.bytes_per_second / 1e9
    ));
    let table = Grid::new("kernels").num_columns(7).striped(true).spacing([18.0, 4.0]);
    table.min_row_height(text_row()).show(ui, |ui| {
        for head in ["kernel", "time", "share", "GFLOP/s", "GB/s", "bytes moved"] {
            ui.label(RichText::new(head).strong());
        }
        ui.label(RichText::new("of roofline").strong()).on_hover_text(ROOFLINE);
        ui.end_row();
        for kernel in &profile.kernels {
            let rate = |amount: f64| match kernel.seconds > 0.0 {
                true => format!("{:.1}", amount / kernel.seconds / 1e9),
                false => "–".to_owned(),
            };
            ui.label(&kernel.name);
            ui.label(format!("{:.3} ms", 1e3 * kernel.seconds));
            ui.label(format!("{:.0} %", 100.0 * kernel.seconds / total.max(f64::MIN_POSITIVE)));
            ui.label(rate(kernel.flop));
            ui.label(rate(kernel.bytes));
            ui.label(bytes(kernel.bytes as u64));
            ui.label(format!("{:.0} %", 100.0 * ceilings.share(kernel)));
            ui.end_row();
        }
    });
}

impl DevicePanel {
    /// Time between frames while frames follow each other; an idle window draws none.
    fn frames(&mut self, ui: &mut Ui) {
        let seconds = ui.input(|input| input.unstable_dt);
        if seconds < 1.0 {
            self.frames.push_back(seconds);
        }
        while self.frames.len() > FRAMES {
            self.frames.pop_front();
        }
        let mut sorted: Vec<f32> = self.frames.iter().copied().collect();
        sorted.sort_by(f32::total_cmp);
        let at =
            |share: f32| sorted.get((share * (sorted.len() - 1) as f32) as usize).copied().unwrap_or(0.0);
        if !sorted.is_empty() {
            let (median, slow) = (1000.0 * at(0.5), 1000.0 * at(0.95));
            ui.label(format!(
                "frames of this window: {median:.1} ms apart (median of {}), 95 % within {slow:.1} ms",
                sorted.len()
            ));
        }
    }
}

fn describe(ui: &mut Ui, device: &Device) {
    let software = if device.software { " (software)" } else { "" };
    let title = format!("{}{software}", device.name);
    CollapsingHeader::new(title).default_open(true).show(ui, |ui| {
        Grid::new(&device.name).num_columns(2).striped(true).min_row_height(text_row()).show(ui, |ui| {
            for (name, value) in &device.facts {
                ui.label(RichText::new(name).weak());
                ui.label(value);
                ui.end_row();
            }
        });
    });
}
