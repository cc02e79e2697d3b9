//! From bytes to the network's input: gather, bilinear resize with half-pixel centres, normalise, move.

use std::ops::Range;

use nin_net::{Affine, normalise};

use crate::batch::Batch;
use crate::images::Images;
use crate::lanes::LANES;
use crate::map::{Map, Rows};
use crate::pieces::pieces;
use crate::simd::Instructions;
use crate::threads::each;

/// Two neighbours on an axis and the weight of the second.
#[derive(Clone, Copy, Debug)]
struct Neighbours {
    first: usize,
    second: usize,
    weight: f32,
}

/// Writes images into the lanes of an input map.
#[derive(Debug)]
pub struct Gather {
    resolution: usize,
    values: Vec<f32>,
    axis_side: usize,
    axis: Vec<Neighbours>,
    /// The normalised images, one for each lane, with [`MARGIN`] pixels of background around them.
    padded: Vec<f32>,
    instructions: Instructions,
}

/// Room for both neighbours of a place just outside the image.
const MARGIN: usize = 2;

impl Gather {
    /// For inputs of `resolution × resolution`.
    pub fn new(resolution: usize, instructions: Instructions) -> Self {
        let values = (0..=255).map(normalise).collect();
        Gather { resolution, values, axis_side: 0, axis: Vec::new(), padded: Vec::new(), instructions }
    }

    /// Writes the images at `places` of the batch, one to a lane, and zeros into the lanes that are left.
    pub fn write(&mut self, batch: &Batch<'_>, places: Range<usize>, to: &mut Map) {
        let side = batch.images.side();
        if batch.transform(places.start).is_some() {
            self.pad(batch, places.clone());
        } else if self.axis_side != side {
            self.axis_side = side;
            self.axis = (0..self.resolution).map(|x| neighbours(x, side, self.resolution)).collect();
        }
        let pieces = pieces(self.resolution, 1, 0);
        let outputs = to.pieces_mut(pieces.iter().cloned());
        each(pieces.into_iter().zip(outputs), |(rows, mut output)| {
            for lane in 0..LANES {
                let place = places.start + lane;
                if place >= places.end {
                    self.clear(&rows, lane, &mut output);
                } else if let Some(transform) = batch.transform(place) {
                    self.write_moved(side, transform, &rows, lane, &mut output);
                } else {
                    self.write_resized(batch.images, batch.image(place), &rows, lane, &mut output);
                }
            }
        });
    }

    fn clear(&self, rows: &Range<usize>, lane: usize, to: &mut Rows<'_>) {
        for y in 0..rows.len() {
            for cell in to.row_mut(y).as_chunks_mut::<LANES>().0[..self.resolution].iter_mut() {
                cell[lane] = 0.0;
            }
        }
    }

    fn write_resized(
        &self,
        images: &Images,
        index: usize,
        rows: &Range<usize>,
        lane: usize,
        to: &mut Rows<'_>,
    ) {
        let bytes = images.bytes(index);
        for (y, ny) in self.axis[rows.clone()].iter().enumerate() {
            let row = |y: usize| &bytes[y * images.side()..][..images.side()];
            let (top, bottom) = (row(ny.first), row(ny.second));
            let value = |byte: u8| self.values[usize::from(byte)];
            for (cell, nx) in to.row_mut(y).as_chunks_mut::<LANES>().0.iter_mut().zip(&self.axis) {
                let corners = [
                    value(top[nx.first]),
                    value(top[nx.second]),
                    value(bottom[nx.first]),
                    value(bottom[nx.second]),
                ];
                cell[lane] = bilinear(corners, nx.weight, ny.weight);
            }
        }
    }

    fn write_moved(
        &self,
        side: usize,
        transform: &Affine,
        rows: &Range<usize>,
        lane: usize,
        to: &mut Rows<'_>,
    ) {
        let frame = Frame { side, resolution: self.resolution };
        let wide = side + 2 * MARGIN;
        let padded = &self.padded[lane * wide * wide..];
        let mut row = vec![Place::default(); self.resolution];
        self.instructions.run(|| {
            for (line, y) in rows.clone().enumerate() {
                frame.look_up(transform, y, &mut row);
                let cells = to.row_mut(line).as_chunks_mut::<LANES>().0;
                for (cell, place) in cells.iter_mut().zip(&row) {
                    let from = place.index as usize;
                    let (top, bottom) = (&padded[from..from + 2], &padded[from + wide..from + wide + 2]);
                    let corners = [top[0], top[1], bottom[0], bottom[1]];
                    cell[lane] = bilinear(corners, place.weight_x, place.weight_y);
                }
            }
        });
    }

    fn pad(&mut self, batch: &Batch<'_>, places: Range<usize>) {
        let side = batch.images.side();
        let wide = side + 2 * MARGIN;
        self.padded.clear();
        self.padded.resize(places.len() * wide * wide, self.values[0]);
        for (padded, place) in self.padded.chunks_exact_mut(wide * wide).zip(places) {
            for (y, row) in batch.images.bytes(batch.image(place)).chunks_exact(side).enumerate() {
                let padded = &mut padded[(y + MARGIN) * wide + MARGIN..];
                for (padded, &byte) in padded.iter_mut().zip(row) {
                    *padded = self.values[usize::from(byte)];
                }
            }
        }
    }
}

/// Where an output pixel looks: its upper left neighbour in the padded image, and the weights of the others.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    index: u32,
    weight_x: f32,
    weight_y: f32,
}

/// Sides of source image and output.
#[derive(Clone, Copy)]
struct Frame {
    side: usize,
    resolution: usize,
}

impl Frame {
    /// Fills a row of places.
    #[inline(always)]
    fn look_up(self, transform: &Affine, y: usize, row: &mut [Place]) {
        let scale = self.side as f32 / self.resolution as f32;
        let middle = (self.side as f32 - 1.0) / 2.0;
        let wide = (self.side + 2 * MARGIN) as u32;
        // Shifted by the margin, so that nothing is below zero and rounding down is cutting off.
        let shift = middle + MARGIN as f32;
        let most = (self.side + MARGIN) as f32;
        let uy = (y as f32 + 0.5) * scale - 0.5 - middle;
        let (x_of_row, y_of_row) =
            (transform.xy * uy + transform.x0 + shift, transform.yy * uy + transform.y0 + shift);
        for (x, place) in row.iter_mut().enumerate() {
            let ux = (x as u32 as f32 + 0.5) * scale - 0.5 - middle;
            let at_x = (transform.xx * ux + x_of_row).clamp(0.0, most);
            let at_y = (transform.yx * ux + y_of_row).clamp(0.0, most);
            let (column, line) = (at_x as u32, at_y as u32);
            let (weight_x, weight_y) = (at_x - column as f32, at_y - line as f32);
            *place = Place { index: line * wide + column, weight_x, weight_y };
        }
    }
}

fn neighbours(x: usize, side: usize, resolution: usize) -> Neighbours {
    let scale = side as f32 / resolution as f32;
    let at = ((x as f32 + 0.5) * scale - 0.5).max(0.0);
    let first = (at as usize).min(side - 1);
    Neighbours { first, second: (first + 1).min(side - 1), weight: at - first as f32 }
}

/// Corners: top left, top right, bottom left, bottom right. Written so that flat areas stay exactly flat.
#[inline(always)]
fn bilinear(corners: [f32; 4], weight_x: f32, weight_y: f32) -> f32 {
    let [top_left, top_right, bottom_left, bottom_right] = corners;
    let top = top_left + weight_x * (top_right - top_left);
    let bottom = bottom_left + weight_x * (bottom_right - bottom_left);
    top + weight_y * (bottom - top)
}

#[cfg(test)]
mod tests {
    use nin_net::{EpochPlan, ImageSet, Step};

    use super::*;

    const STILL: Affine = Affine { xx: 1.0, xy: 0.0, x0: 0.0, yx: 0.0, yy: 1.0, y0: 0.0 };

    /// What the network sees of `image` in lane 3.
    fn seen(image: &[u8], side: usize, resolution: usize, transforms: Vec<Affine>) -> Vec<f32> {
        let images = Images::new(ImageSet { side, images: image, labels: &[0] }).unwrap();
        let plan = EpochPlan { order: vec![0; 4], transforms: transforms.repeat(4) };
        let batch = Batch::step(&images, &plan, &Step { first: 0, count: 4, learning_rate: 0.0 });
        let mut map = Map::zeros(resolution, resolution, 1, 1);
        Gather::new(resolution, Instructions::best()).write(&batch, 0..4, &mut map);
        let row = |y: usize| map.row(y)[..resolution * LANES].iter().skip(3).step_by(LANES);
        (0..resolution).flat_map(|y| row(y).copied().collect::<Vec<f32>>()).collect()
    }

    fn image(side: usize) -> Vec<u8> {
        (0..side * side).map(|i| (i * 37 % 251) as u8).collect()
    }

    #[test]
    fn same_size_is_the_image_itself() {
        let expected: Vec<f32> = image(6).into_iter().map(normalise).collect();
        assert_eq!(seen(&image(6), 6, 6, vec![]), expected);
        assert_eq!(seen(&image(6), 6, 6, vec![STILL]), expected);
    }

    #[test]
    fn flat_areas_stay_exactly_flat() {
        let flat = seen(&[77; 49], 7, 50, vec![]);
        assert!(flat.iter().all(|&value| value == normalise(77)));
    }

    #[test]
    fn a_shift_moves_background_in() {
        let found = seen(&image(5), 5, 5, vec![Affine { x0: -2.0, y0: 1.0, ..STILL }]);
        for (place, &found) in found.iter().enumerate() {
            let (x, y) = ((place % 5) as isize - 2, (place / 5) as isize + 1);
            let inside = (0..5).contains(&x) && (0..5).contains(&y);
            let byte = if inside { image(5)[(y * 5 + x) as usize] } else { 0 };
            assert_eq!(found, normalise(byte), "({x}, {y})");
        }
        let far = seen(&image(5), 5, 5, vec![Affine { x0: 1e9, y0: -1e9, ..STILL }]);
        assert!(far.iter().all(|&value| value == normalise(0)));
    }

    /// A quarter turn about the centre, twice the size, half a pixel off: against the formula pixel by pixel.
    #[test]
    fn a_turn_follows_the_formula() {
        let turn = Affine { xx: 0.0, xy: 0.5, x0: 0.5, yx: -0.5, yy: 0.0, y0: 0.25 };
        let (side, resolution, bytes) = (6usize, 9usize, image(6));
        let value = |y: f64, x: f64| {
            let inside = (0.0..6.0).contains(&y) && (0.0..6.0).contains(&x);
            f64::from(normalise(if inside { bytes[y as usize * side + x as usize] } else { 0 }))
        };
        for (place, found) in seen(&bytes, side, resolution, vec![turn]).into_iter().enumerate() {
            let centred = |i: usize| (i as f64 + 0.5) * 6.0 / 9.0 - 3.0;
            let (ux, uy) = (centred(place % resolution), centred(place / resolution));
            let (x, y) = (0.5 * uy + 0.5 + 2.5, -0.5 * ux + 0.25 + 2.5);
            let (fx, fy) = (x.floor(), y.floor());
            let top = value(fy, fx) + (x - fx) * (value(fy, fx + 1.0) - value(fy, fx));
            let bottom = value(fy + 1.0, fx) + (x - fx) * (value(fy + 1.0, fx + 1.0) - value(fy + 1.0, fx));
            assert!((f64::from(found) - (top + (y - fy) * (bottom - top))).abs() < 1e-5, "pixel {place}");
        }
    }
}
