//! What is ground and what stands out from it.

/// The ground is looked for on a grid whose longer side has at most so many cells.
const CELLS: usize = 96;
/// Lines up to this part of the picture's shorter side are ink; what is wider is ground.
const WIDEST: f32 = 0.3;
/// On paper, ink takes away a part of the light; ground darker than this doesn't make it more.
const DIMMEST: f32 = 0.2;
/// Light ink on a dark ground adds light, of so much at least.
const LEAST_ROOM: f32 = 0.5;

/// How much every pixel of a picture (`[height, width]`, 0 black to 1 white) stands out, 0 to 1.
///
/// The ground under dark ink is what remains when all dark lines are closed (morphologically: the least of the greatest
/// brightness around), that under light ink the other way round. Right is the one that leaves the calmer ground: taken the
/// wrong way round, the ground has blots wherever something is drawn.
pub(super) fn contrast(light: &[f32], width: usize) -> Vec<f32> {
    let cells = Cells::of(light, width);
    let radius = (WIDEST / 2.0 * cells.width.min(cells.height) as f32).round().max(1.0) as usize;
    let greatest = |around: &[f32]| around.iter().copied().fold(0.0, f32::max);
    let least = |around: &[f32]| around.iter().copied().fold(1.0, f32::min);
    let under_dark = cells.filtered(radius, greatest).filtered(radius, least);
    let under_light = cells.filtered(radius, least).filtered(radius, greatest);
    match under_dark.unrest() <= under_light.unrest() {
        true => under_dark.map(light, width, |ground, light| (ground - light) / ground.max(DIMMEST)),
        false => {
            under_light.map(light, width, |ground, light| (light - ground) / (1.0 - ground).max(LEAST_ROOM))
        }
    }
}

/// Mean brightness of squares of pixels.
struct Cells {
    width: usize,
    height: usize,
    /// Pixels along a cell's side.
    side: usize,
    values: Vec<f32>,
}

impl Cells {
    fn of(light: &[f32], width: usize) -> Cells {
        let height = light.len() / width;
        let side = width.max(height).div_ceil(CELLS);
        let mut cells =
            Cells { width: width.div_ceil(side), height: height.div_ceil(side), side, values: vec![] };
        for y in 0..cells.height {
            for x in 0..cells.width {
                let rows = light.chunks_exact(width).skip(y * side).take(side);
                let pixels = rows.flat_map(|row| row.iter().skip(x * side).take(side));
                let (sum, count) = pixels.fold((0.0, 0.0), |(sum, count), light| (sum + light, count + 1.0));
                cells.values.push(sum / count);
            }
        }
        cells
    }

    /// Every cell becomes what `of` makes of those around it: along rows first, then along columns.
    fn filtered(&self, radius: usize, of: impl Fn(&[f32]) -> f32) -> Cells {
        let along = |line: &[f32]| -> Vec<f32> {
            let around = |at: usize| at.saturating_sub(radius)..(at + radius + 1).min(line.len());
            (0..line.len()).map(|at| of(&line[around(at)])).collect()
        };
        let mut values: Vec<f32> = self.values.chunks_exact(self.width).flat_map(along).collect();
        for x in 0..self.width {
            let column: Vec<f32> = values.iter().skip(x).step_by(self.width).copied().collect();
            values
                .iter_mut()
                .skip(x)
                .step_by(self.width)
                .zip(along(&column))
                .for_each(|(cell, new)| *cell = new);
        }
        Cells { values, ..*self }
    }

    /// How much neighbouring cells differ, in all.
    fn unrest(&self) -> f32 {
        let cells = self.values.iter().enumerate();
        let steps = cells.map(|(at, cell)| {
            let right = if (at + 1) % self.width == 0 { *cell } else { self.values[at + 1] };
            let below = self.values.get(at + self.width).unwrap_or(cell);
            (cell - right).abs() + (cell - below).abs()
        });
        steps.sum()
    }

    /// Every pixel by its ground (bilinear between the middles of cells) and its own brightness, made 0 to 1.
    fn map(&self, light: &[f32], width: usize, stands_out: fn(f32, f32) -> f32) -> Vec<f32> {
        let columns: Vec<_> = (0..width).map(|x| between(x, self.side, self.width)).collect();
        let mut values = Vec::with_capacity(light.len());
        for (y, row) in light.chunks_exact(width).enumerate() {
            let (above, below, down) = between(y, self.side, self.height);
            let (above, below) = (&self.values[above * self.width..], &self.values[below * self.width..]);
            for (&light, &(left, right, across)) in row.iter().zip(&columns) {
                let along = |row: &[f32]| row[left] + across * (row[right] - row[left]);
                let ground = along(above) + down * (along(below) - along(above));
                values.push(stands_out(ground, light).clamp(0.0, 1.0));
            }
        }
        values
    }
}

/// The two cells whose middles a pixel lies between, and how far it is towards the second.
fn between(pixel: usize, side: usize, cells: usize) -> (usize, usize, f32) {
    let place = ((pixel as f32 + 0.5) / side as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
    let first = place as usize;
    (first, (first + 1).min(cells - 1), place - first as f32)
}
