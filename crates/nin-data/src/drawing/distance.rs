//! Exact Euclidean distances on a grid (Felzenszwalb & Huttenlocher 2012, "Distance transforms of sampled functions").

/// Farther than any grid is wide, and its square still a number.
const FAR: f32 = 1e9;

/// Signed distance of every cell's centre to the outline of the cells that are `true`, in cells; positive inside.
pub(super) fn signed(mask: &[bool], width: usize) -> Vec<f32> {
    let to = |value: bool| squared(mask, width, value);
    let (to_ground, to_ink) = (to(false), to(true));
    let distances = to_ground.iter().zip(&to_ink).map(|(ground, ink)| ground.sqrt() - ink.sqrt());
    // The outline runs half a cell before the nearest cell of the other kind.
    distances.map(|distance| distance - 0.5_f32.copysign(distance)).collect()
}

/// Squared distance of every cell to the nearest cell that is `value`.
fn squared(mask: &[bool], width: usize, value: bool) -> Vec<f32> {
    let height = mask.len() / width;
    let mut cells: Vec<f32> = mask.iter().map(|&cell| if cell == value { 0.0 } else { FAR }).collect();
    let mut envelope = Envelope::default();
    let mut column = vec![0.0; height];
    for x in 0..width {
        for y in 0..height {
            column[y] = cells[y * width + x];
        }
        envelope.lower(&mut column);
        for y in 0..height {
            cells[y * width + x] = column[y];
        }
    }
    cells.chunks_exact_mut(width).for_each(|row| envelope.lower(row));
    cells
}

/// The lower envelope of parabolas, one standing on every value of a line.
#[derive(Default)]
struct Envelope {
    /// Where the parabolas that are part of it stand, their heights there, and from where on they are the lowest.
    parabolas: Vec<(f32, f32, f32)>,
}

impl Envelope {
    /// Replaces every value by the least of `value + distance²` over the line.
    fn lower(&mut self, line: &mut [f32]) {
        self.parabolas.clear();
        for (place, &value) in line.iter().enumerate() {
            let place = place as f32;
            let mut from = f32::NEG_INFINITY;
            while let Some(&(other, height, start)) = self.parabolas.last() {
                let crossing = (value - height + place * place - other * other) / (2.0 * (place - other));
                if crossing > start {
                    from = crossing;
                    break;
                }
                self.parabolas.pop();
            }
            self.parabolas.push((place, value, from));
        }
        let mut parabolas = self.parabolas.iter().peekable();
        let mut lowest = (0.0, 0.0);
        for (place, value) in line.iter_mut().enumerate() {
            let place = place as f32;
            while let Some((stands, height, _)) = parabolas.next_if(|(_, _, from)| *from <= place) {
                lowest = (*stands, *height);
            }
            *value = lowest.1 + (place - lowest.0) * (place - lowest.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_to_the_nearest_cell() {
        let (width, height) = (9, 7);
        let mask: Vec<bool> = (0..width * height).map(|cell| cell % 11 == 3 || cell / 4 == 6).collect();
        for (cell, found) in squared(&mask, width, true).into_iter().enumerate() {
            let away = |other: usize| {
                let x = (cell % width).abs_diff(other % width);
                let y = (cell / width).abs_diff(other / width);
                x * x + y * y
            };
            let nearest = (0..mask.len()).filter(|&other| mask[other]).map(away).min();
            assert_eq!(Some(found as usize), nearest, "cell {cell}");
        }
    }

    #[test]
    fn the_outline_is_between_the_cells() {
        let mask = [false, false, true, true, true, false];
        assert_eq!(signed(&mask, 6), [-1.5, -0.5, 0.5, 1.5, 0.5, -0.5]);
    }
}
