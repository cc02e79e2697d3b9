//! The outline of a drawing on a grid of its own.

use super::{Ink, LEVEL, distance};

/// The longer side of a drawing's box has at least this many cells, and fewer than twice as many.
const CELLS: usize = 100;
/// The faintest ink that counts as drawn, of 255.
const FAINTEST: u8 = 24;

/// A drawing as signed distances to its outline.
pub(super) struct Shape {
    /// Cells in a row, an empty margin on each side included.
    pub width: usize,
    /// Rows of cells, likewise.
    pub height: usize,
    /// Signed distance of every cell to the outline, in cells, positive in ink.
    distances: Vec<f32>,
    /// Longer side of the ink's box, in cells.
    pub longer_side: f32,
    /// Typical width of a stroke, in cells.
    pub stroke: f32,
}

impl Shape {
    /// The shape of what is drawn, if anything is.
    pub fn of(ink: &Ink) -> Option<Shape> {
        let peak = ink.values.iter().copied().max().filter(|&peak| peak >= FAINTEST)?;
        let level = LEVEL * f32::from(peak);
        let part = Part::with_ink(ink, level)?;
        let longer = part.width.max(part.height);
        let grid = match longer / CELLS {
            0 => part.enlarged(CELLS.div_ceil(longer), level),
            step => part.reduced(step, level),
        };
        Some(Shape::from_grid(&grid))
    }

    fn from_grid(grid: &Grid) -> Shape {
        let margin = grid.width.max(grid.height) / 6 + 4;
        let (width, height) = (grid.width + 2 * margin, grid.height + 2 * margin);
        let mut mask = vec![false; width * height];
        for (y, row) in grid.mask.chunks_exact(grid.width).enumerate() {
            let start = (y + margin) * width + margin;
            mask[start..start + grid.width].copy_from_slice(row);
        }
        let distances = distance::signed(&mask, width);
        // Over the breadth of a stroke, the mean distance to its edges is a quarter of its width.
        let inside = || distances.iter().filter(|distance| **distance > 0.0);
        let mean = inside().sum::<f32>() / inside().count().max(1) as f32;
        Shape {
            width,
            height,
            distances,
            longer_side: grid.width.max(grid.height) as f32,
            stroke: 4.0 * mean,
        }
    }

    /// Signed distance at a place, `(0, 0)` being the middle of the first cell; bilinear between cells.
    pub fn distance_at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x.clamp(0.0, (self.width - 1) as f32), y.clamp(0.0, (self.height - 1) as f32));
        let (left, top) = ((x as usize).min(self.width - 2), (y as usize).min(self.height - 2));
        let (right, below) = (x - left as f32, y - top as f32);
        let row = |y: usize| {
            let cells = &self.distances[y * self.width + left..];
            cells[0] + right * (cells[1] - cells[0])
        };
        row(top) + below * (row(top + 1) - row(top))
    }
}

/// Cells that are ink or not.
struct Grid {
    width: usize,
    height: usize,
    mask: Vec<bool>,
}

/// The rectangle of a drawing that has ink.
struct Part<'a> {
    ink: &'a Ink,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl<'a> Part<'a> {
    fn with_ink(ink: &'a Ink, level: f32) -> Option<Self> {
        if ink.width == 0 || ink.values.len() != ink.width * ink.height {
            return None;
        }
        let is_ink = |value: &u8| f32::from(*value) >= level;
        let (mut left, mut right) = (ink.width, 0);
        let (mut top, mut bottom) = (ink.height, 0);
        for (y, row) in ink.values.chunks_exact(ink.width).enumerate() {
            let Some(first) = row.iter().position(is_ink) else { continue };
            let last = row.iter().rposition(is_ink).unwrap_or(first);
            left = left.min(first);
            right = right.max(last + 1);
            top = top.min(y);
            bottom = y + 1;
        }
        (left < right).then(|| Part { ink, left, top, width: right - left, height: bottom - top })
    }

    /// One cell for `step`² pixels, ink if any of them is: thin lines stay whole.
    fn reduced(&self, step: usize, level: f32) -> Grid {
        let (width, height) = (self.width.div_ceil(step), self.height.div_ceil(step));
        let mut mask = vec![false; width * height];
        for y in 0..self.height {
            let start = (self.top + y) * self.ink.width + self.left;
            let cells = &mut mask[y / step * width..][..width];
            for (cell, pixels) in cells.iter_mut().zip(self.ink.values[start..][..self.width].chunks(step)) {
                *cell |= pixels.iter().any(|&value| f32::from(value) >= level);
            }
        }
        Grid { width, height, mask }
    }

    /// `factor`² cells for each pixel, bilinear between the middles of pixels. What lies around the box helps to find the outline.
    fn enlarged(&self, factor: usize, level: f32) -> Grid {
        let (width, height) = (self.width * factor, self.height * factor);
        let place = |cell: usize| (cell as f32 + 0.5) / factor as f32 - 0.5;
        let mut mask = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                mask.push(self.value_at(place(x), place(y)) >= level);
            }
        }
        Grid { width, height, mask }
    }

    fn value_at(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let row = |y: f32| {
            let (first, second) = (self.pixel(left, y), self.pixel(left + 1.0, y));
            first + (x - left) * (second - first)
        };
        row(top) + (y - top) * (row(top + 1.0) - row(top))
    }

    /// The pixel at a place counted from the box's corner; background outside the drawing.
    fn pixel(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (self.left as f32 + x, self.top as f32 + y);
        let inside = (0.0..self.ink.width as f32).contains(&x) && (0.0..self.ink.height as f32).contains(&y);
        match inside {
            true => f32::from(self.ink.values[y as usize * self.ink.width + x as usize]),
            false => 0.0,
        }
    }
}
