//! One layer, opened: its weights, and its feature maps of the chosen digit.

use egui::{RichText, Ui};
use nin_train::format::counted;

use super::maps::feature_maps;
use super::pictures::weight_cells;
use crate::network_view::LayerView;
use crate::session::Session;
use crate::widgets::Picture;

/// The pictures of the layer that is open.
#[derive(Default)]
pub struct LayerDetail {
    weights: Picture,
    maps: Picture,
}

impl LayerDetail {
    /// Draws weights and feature maps.
    pub fn ui(&mut self, ui: &mut Ui, session: &mut Session, layer: &LayerView) {
        ui.separator();
        ui.label(RichText::new(format!("{} — {}", layer.name, layer.shape())).heading());
        if let Some(gradient) = &layer.gradient {
            ui.label(format!(
                "gradient norm {:.3e}, norm of the parameters {:.3}",
                gradient.gradient_norm, gradient.parameter_norm
            ));
        }
        if !layer.dead.is_empty() {
            let list = layer.dead.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            ui.label(format!("{}: {list}", counted(layer.dead.len(), "dead channel")));
        }
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| self.weights(ui, session, layer));
            ui.add_space(12.0);
            ui.vertical(|ui| self.maps(ui, session, layer));
        });
    }

    fn weights(&mut self, ui: &mut Ui, session: &Session, layer: &LayerView) {
        let Some(shown) = &session.shown else { return };
        let (cells, columns) = weight_cells(&layer.convolution, &shown.snapshot.model.parameters);
        let what = match layer.convolution.kernel {
            1 => "weights: a row for each channel out, a column for each channel in",
            _ => "filters: a row for each channel out, a column for each channel in",
        };
        ui.label(what);
        let width = columns * (cells.first().map_or(1, |cell| cell.width) + 1);
        let scale = (260.0 / width as f32).clamp(2.0, 14.0).floor();
        self.weights.show(ui, &format!("weights of {}", layer.name), &cells, columns, scale);
        ui.label(RichText::new("blue negative · dark near 0 · orange positive").weak());
    }

    fn maps(&mut self, ui: &mut Ui, session: &mut Session, layer: &LayerView) {
        if session.subject.is_none() {
            ui.label(
                RichText::new("Choose a digit under Digits, or draw one: its feature maps show here.").weak(),
            );
            return;
        }
        session.wanted.inspection.clone_from(&session.subject);
        let layers = session.seen.inspection.iter().flat_map(|inspection| &inspection.layers);
        let Some(found) = layers.into_iter().find(|maps| maps.layer == layer.name) else { return };
        ui.label("feature maps of the chosen digit");
        feature_maps(ui, &mut self.maps, found);
    }
}
