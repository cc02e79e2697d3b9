//! Strokes of a mouse, a pen or a finger.

use super::{Ink, normalise_drawing};

/// Cells along the longer side of what is drawn.
const CELLS: f32 = 110.0;
/// Strokes are drawn at least this wide, in cells.
const THINNEST: f32 = 1.5;

/// One stroke with round ends, from touching the canvas to leaving it. A single point is a dot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stroke {
    /// Places `[x, y]` on the canvas, in pixels of any size.
    pub points: Vec<[f32; 2]>,
    /// Width, in the same pixels.
    pub width: f32,
}

/// The digit that the strokes draw as 28×28 bytes like MNIST's, by [`normalise_drawing`]; nothing without strokes.
///
/// Points that are not numbers are left out. Fast enough to be called at every movement of the pen.
pub fn digit_from_strokes(strokes: &[Stroke]) -> Option<Vec<u8>> {
    normalise_drawing(&Canvas::around(strokes)?.draw(strokes))
}

/// A grid laid over the strokes' box.
struct Canvas {
    left: f32,
    top: f32,
    /// Cells per pixel of the strokes.
    scale: f32,
    width: usize,
    height: usize,
}

impl Canvas {
    fn around(strokes: &[Stroke]) -> Option<Canvas> {
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for stroke in strokes {
            for point in points(stroke) {
                for axis in 0..2 {
                    low[axis] = low[axis].min(point[axis] - radius(stroke));
                    high[axis] = high[axis].max(point[axis] + radius(stroke));
                }
            }
        }
        let [width, height] = [high[0] - low[0], high[1] - low[1]];
        let longer = width.max(height);
        if !(longer.is_finite() && longer >= 0.0) {
            return None;
        }
        let scale = if longer > 0.0 { CELLS / longer } else { 1.0 };
        let cells = |length: f32| (length * scale + 2.0 * THINNEST).ceil() as usize;
        let [left, top] = low.map(|low| low - THINNEST / scale);
        Some(Canvas { left, top, scale, width: cells(width), height: cells(height) })
    }

    fn draw(&self, strokes: &[Stroke]) -> Ink {
        let mut ink =
            Ink { width: self.width, height: self.height, values: vec![0; self.width * self.height] };
        for stroke in strokes {
            let radius = (radius(stroke) * self.scale).max(THINNEST / 2.0);
            let mut before: Option<[f32; 2]> = None;
            for [x, y] in points(stroke) {
                let point = [(x - self.left) * self.scale, (y - self.top) * self.scale];
                let start = before.unwrap_or(point);
                // Steps of less than a cell are waited out, except that a stroke begins with a dot.
                if before.is_none() || (point[0] - start[0]).hypot(point[1] - start[1]) >= 1.0 {
                    draw_segment(&mut ink, start, point, radius);
                    before = Some(point);
                }
            }
        }
        ink
    }
}

fn points(stroke: &Stroke) -> impl Iterator<Item = [f32; 2]> {
    stroke.points.iter().copied().filter(|point| point.iter().all(|place| place.is_finite()))
}

fn radius(stroke: &Stroke) -> f32 {
    if stroke.width.is_finite() { stroke.width.max(0.0) / 2.0 } else { 0.0 }
}

/// Draws all places that are not farther than `radius` from the segment `from`–`to`, with soft edges.
fn draw_segment(ink: &mut Ink, from: [f32; 2], to: [f32; 2], radius: f32) {
    let range = |axis: usize, size: usize| {
        let (low, high) = (from[axis].min(to[axis]) - radius, from[axis].max(to[axis]) + radius);
        (low.floor().max(0.0) as usize).min(size)..(high.ceil().max(0.0) as usize).min(size)
    };
    let (rows, columns) = (range(1, ink.height), range(0, ink.width));
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    for y in rows {
        for x in columns.clone() {
            let place = [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]];
            let part = (place[0] * along[0] + place[1] * along[1]) / length.max(f32::MIN_POSITIVE);
            let part = part.clamp(0.0, 1.0);
            let away = (place[0] - part * along[0]).hypot(place[1] - part * along[1]);
            let value = (255.0 * (radius - away + 0.5).clamp(0.0, 1.0)).round() as u8;
            let cell = &mut ink.values[y * ink.width + x];
            *cell = value.max(*cell);
        }
    }
}
