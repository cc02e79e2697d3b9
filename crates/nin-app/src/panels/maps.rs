//! The feature maps of one layer, over their common range.

use egui::{RichText, Ui};
use nin_train::LayerMaps;

use super::pictures::{map_cell, range_of};
use crate::widgets::{Cell, Picture};

/// Side of a map, in points, at least.
const SIDE: f32 = 44.0;

/// Draws the maps in as many columns as there is room for.
pub fn feature_maps(ui: &mut Ui, picture: &mut Picture, layer: &LayerMaps) {
    let (low, high) = range_of(&layer.maps);
    let cells: Vec<Cell> = layer.maps.iter().map(|map| map_cell(map, low, high)).collect();
    let side = cells.first().map_or(1, |cell| cell.width) as f32;
    let scale = (SIDE / side).max(1.0).floor();
    let columns = (ui.available_width().max(140.0) / ((side + 1.0) * scale)) as usize;
    picture.show(ui, &format!("feature maps of {}", layer.layer), &cells, columns.clamp(2, 20), scale);
    ui.label(RichText::new(format!("violet {low:.2} · yellow {high:.2}")).weak());
}
