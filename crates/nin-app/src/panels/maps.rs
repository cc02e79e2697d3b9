//! Feature maps side by side, over their common range.

use egui::{RichText, Ui};
use nin_train::{FeatureMap, LayerMaps};

use super::pictures::{map_cell, range_of};
use crate::widgets::{Cell, Picture};

/// Side of a layer's map, in points, about.
const SIDE: f32 = 44.0;

/// Draws a layer's maps in as many columns as there is room for.
pub fn feature_maps(ui: &mut Ui, picture: &mut Picture, layer: &LayerMaps) {
    let (low, high) = range_of(&layer.maps);
    let (cells, scale) = scaled(&layer.maps, (low, high), SIDE);
    let width = (cells.first().map_or(1, |cell| cell.width) + 1) as f32 * scale;
    let columns = (ui.available_width().max(140.0) / width) as usize;
    picture.show(ui, &format!("feature maps of {}", layer.layer), &cells, columns.clamp(2, 20), scale);
    ui.label(RichText::new(format!("violet {low:.2} · yellow {high:.2}")).weak());
}

/// Draws where the evidence for 0 to 9 lies, in two rows of maps about `side` points wide; returns their
/// least and largest value.
pub fn evidence_maps(
    ui: &mut Ui,
    picture: &mut Picture,
    name: &str,
    maps: &[FeatureMap],
    side: f32,
) -> (f32, f32) {
    let range = range_of(maps);
    let (cells, scale) = scaled(maps, range, side);
    picture.show(ui, name, &cells, 5, scale);
    range
}

/// The maps as pictures, and how many points wide a pixel is so that they are about `side` wide.
fn scaled(maps: &[FeatureMap], (low, high): (f32, f32), side: f32) -> (Vec<Cell>, f32) {
    let cells: Vec<Cell> = maps.iter().map(|map| map_cell(map, low, high)).collect();
    let pixels = cells.first().map_or(1, |cell| cell.width) as f32;
    (cells, (side / pixels).max(1.0).floor())
}
