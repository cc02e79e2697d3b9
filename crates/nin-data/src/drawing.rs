//! From any drawing to what MNIST is: the digit's box scaled to fit 20×20, its strokes as heavy as pens' there, its
//! centre of mass in the middle of 28×28 pixels.
//!
//! The outline is kept as a signed distance, so that scaling, thinning and thickening are one step: a point belongs to
//! the digit if its distance to the drawn outline, plus what the strokes lack, is positive.

mod distance;
mod shape;
mod strokes;

use shape::Shape;
pub use strokes::{Stroke, digit_from_strokes};

/// Side of MNIST's images, in pixels.
const SIDE: usize = 28;
/// Side of the box that MNIST's digits fit into, in pixels.
const BOX: f32 = 20.0;
/// Where MNIST has the centre of mass along both axes, in pixels from the image's corner: the middle of pixel 14.
const CENTRE: f32 = 14.5;
/// Usual widths of MNIST's strokes, in pixels: thinner ones become as wide as the first, wider ones as the second.
const STROKES: [f32; 2] = [2.4, 3.2];
/// The part of the darkest ink from which on a pixel belongs to a stroke: below half, so that thin anti-aliased lines
/// hold together.
pub(crate) const LEVEL: f32 = 0.35;
/// A blot that is all stroke and no line is not blown up beyond this many pixels before its stroke is thinned.
const LARGEST: f32 = 1.5 * BOX;
/// Samples of a pixel along each side.
const SAMPLES: usize = 4;

/// Grey ink on an empty ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ink {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width]`, row-major: 0 is background, 255 full ink.
    pub values: Vec<u8>,
}

/// The drawing as 28×28 bytes like MNIST's (0 background … 255 ink); nothing if nothing is drawn.
///
/// Size and place of the drawing don't matter, and strokes thinner or thicker than MNIST's hardly. `values` that are not `width · height` many count as nothing drawn.
pub fn normalise_drawing(ink: &Ink) -> Option<Vec<u8>> {
    let shape = Shape::of(ink)?;
    let stroke = (BOX * shape.stroke / shape.longer_side).clamp(STROKES[0], STROKES[1]);
    let line = shape.longer_side - shape.stroke;
    let scale = ((BOX - stroke) / line.max(f32::MIN_POSITIVE)).min(LARGEST / shape.longer_side);
    let drawn = Drawn { scale, thicken: (stroke / scale - shape.stroke) / 2.0, shape };
    Some(drawn.pixels())
}

/// A shape with its new size and weight.
struct Drawn {
    shape: Shape,
    /// Pixels per cell of the shape's grid.
    scale: f32,
    /// By how much the outline moves outwards, in cells.
    thicken: f32,
}

impl Drawn {
    /// How much of a sample `1 / SAMPLES` pixels wide at a place of the shape's grid is ink, 0 to 1.
    fn coverage(&self, x: f32, y: f32) -> f32 {
        let inside = (self.shape.distance_at(x, y) + self.thicken) * self.scale;
        (inside * SAMPLES as f32 + 0.5).clamp(0.0, 1.0)
    }

    /// Centre of mass, in cells.
    fn centre(&self) -> (f32, f32) {
        let (mut mass, mut at_x, mut at_y) = (0.0, 0.0, 0.0);
        for y in 0..self.shape.height {
            for x in 0..self.shape.width {
                let ink = self.coverage(x as f32, y as f32);
                mass += ink;
                at_x += ink * x as f32;
                at_y += ink * y as f32;
            }
        }
        match mass > 0.0 {
            true => (at_x / mass, at_y / mass),
            false => (self.shape.width as f32 / 2.0, self.shape.height as f32 / 2.0),
        }
    }

    fn pixels(&self) -> Vec<u8> {
        let (centre_x, centre_y) = self.centre();
        let cell = |sample: usize| ((sample as f32 + 0.5) / SAMPLES as f32 - CENTRE) / self.scale;
        let mut sums = vec![0.0; SIDE * SIDE];
        for y in 0..SIDE * SAMPLES {
            for x in 0..SIDE * SAMPLES {
                let ink = self.coverage(centre_x + cell(x), centre_y + cell(y));
                sums[y / SAMPLES * SIDE + x / SAMPLES] += ink;
            }
        }
        let full = (SAMPLES * SAMPLES) as f32;
        sums.iter().map(|sum| (255.0 * sum / full).round() as u8).collect()
    }
}
