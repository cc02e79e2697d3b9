//! Small pictures made of numbers, side by side in one texture.

use std::hash::{DefaultHasher, Hash, Hasher};

use egui::load::SizedTexture;
use egui::{Color32, ColorImage, Image, Response, TextureHandle, TextureOptions, Ui, vec2};

/// One small picture: rows of colours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// Pixels in a row.
    pub width: usize,
    /// `width · height` colours, row-major.
    pub colors: Vec<Color32>,
}

/// Small pictures in rows and columns, kept as a texture until they change.
#[derive(Default)]
pub struct Picture {
    texture: Option<(u64, TextureHandle)>,
}

/// Pixels between two cells.
const GAP: usize = 1;

impl Picture {
    /// Shows cells of equal size in rows of `columns`, each pixel `scale` points wide. `name` is what a screen reader says.
    pub fn show(&mut self, ui: &mut Ui, name: &str, cells: &[Cell], columns: usize, scale: f32) -> Response {
        let image = tiled(cells, columns.max(1));
        let size = vec2(image.size[0] as f32, image.size[1] as f32) * scale;
        let mut hasher = DefaultHasher::new();
        (image.size, &image.pixels).hash(&mut hasher);
        let key = hasher.finish();
        if self.texture.as_ref().is_none_or(|(old, _)| *old != key) {
            let texture = ui.ctx().load_texture(name, image, TextureOptions::NEAREST);
            self.texture = Some((key, texture));
        }
        let Some((_, texture)) = &self.texture else { return ui.label("") };
        let image = Image::from_texture(SizedTexture::new(texture.id(), size)).alt_text(name);
        ui.add(image)
    }
}

/// All cells in one image, with gaps that let the ground through.
fn tiled(cells: &[Cell], columns: usize) -> ColorImage {
    let (width, height) =
        cells.first().map_or((1, 1), |cell| (cell.width, cell.colors.len() / cell.width.max(1)));
    let columns = columns.min(cells.len()).max(1);
    let rows = cells.len().div_ceil(columns).max(1);
    let size = [columns * (width + GAP) - GAP, rows * (height + GAP) - GAP];
    let mut pixels = vec![Color32::TRANSPARENT; size[0] * size[1]];
    for (index, cell) in cells.iter().enumerate() {
        let (left, top) = (index % columns * (width + GAP), index / columns * (height + GAP));
        for (y, row) in cell.colors.chunks(width.max(1)).take(height).enumerate() {
            let start = (top + y) * size[0] + left;
            pixels[start..start + row.len()].copy_from_slice(row);
        }
    }
    ColorImage::new(size, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_lie_in_rows_with_gaps() {
        let cell = |gray| Cell { width: 2, colors: vec![Color32::from_gray(gray); 4] };
        let image = tiled(&[cell(1), cell(2), cell(3)], 2);
        assert_eq!(image.size, [5, 5]);
        assert_eq!(image.pixels[0], Color32::from_gray(1));
        assert_eq!(image.pixels[3], Color32::from_gray(2));
        assert_eq!(image.pixels[2], Color32::TRANSPARENT);
        assert_eq!(image.pixels[3 * 5], Color32::from_gray(3));
        assert_eq!(image.pixels[3 * 5 + 3], Color32::TRANSPARENT);
    }

    #[test]
    fn no_cells_are_an_empty_picture() {
        assert_eq!(tiled(&[], 3).size, [1, 1]);
    }
}
