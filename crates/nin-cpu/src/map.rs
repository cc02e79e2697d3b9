//! Feature maps of a group in memory.

use std::ops::Range;

use nin_net::Layout;

use crate::lanes::{Cells, Geometry, LANES};

/// Maps `[y][x][channel]` of cells, with a border of zeros around them that nothing ever writes.
#[derive(Debug)]
pub struct Map {
    /// The cells, border included.
    pub cells: Cells,
    /// Where pixels lie.
    pub at: Geometry,
    border: usize,
}

/// Some rows of a map, to write: the floats from the first pixel of the first row on.
#[derive(Debug)]
pub struct Rows<'m> {
    /// Cells, with what lies between rows.
    pub cells: &'m mut [f32],
    /// Where pixels lie.
    pub at: Geometry,
}

impl Rows<'_> {
    /// Floats from the first pixel of row `y` of them on, to write.
    pub fn row_mut(&mut self, y: usize) -> &mut [f32] {
        &mut self.cells[y * self.at.row * LANES..]
    }

    /// What begins at pixel (`y`, `x`) of them.
    pub fn part(&mut self, y: usize, x: usize) -> Rows<'_> {
        let start = (y * self.at.row + x * self.at.channels) * LANES;
        Rows { cells: &mut self.cells[start..], at: self.at }
    }
}

impl Map {
    /// `rows × width` pixels of zeros and `border` more on each side.
    pub fn zeros(rows: usize, width: usize, channels: usize, border: usize) -> Self {
        let row = (width + 2 * border) * channels;
        Map { cells: Cells::zeros((rows + 2 * border) * row), at: Geometry { channels, row }, border }
    }

    /// Zeros for the input of block `index`, with the border its kernel needs; past the last block, for its output.
    pub fn input(layout: &Layout, index: usize) -> Self {
        match layout.blocks.get(index) {
            Some(block) => {
                let border = layout.convolutions[block.convolutions.start].kernel / 2;
                Map::zeros(block.side, block.side, block.in_channels, border)
            }
            None => Map::output_gradient(layout, index - 1),
        }
    }

    /// Zeros for the gradient of block `index`'s output; it needs no border.
    pub fn output_gradient(layout: &Layout, index: usize) -> Self {
        let block = &layout.blocks[index];
        Map::zeros(block.pooled_side, block.pooled_side, block.out_channels, 0)
    }

    /// Where the first tap of pixel (`y`, `x`) starts in the floats of [`Map::cells`], for a kernel that reaches `reach` pixels
    /// to each side.
    pub fn tap(&self, y: usize, x: usize, reach: usize) -> usize {
        ((y + self.border - reach) * self.at.row + (x + self.border - reach) * self.at.channels) * LANES
    }

    /// Floats from pixel (`y`, `x`) on.
    pub fn pixel(&self, y: usize, x: usize) -> &[f32] {
        &self.cells[self.tap(y, x, 0)..]
    }

    /// Floats from the first pixel of row `y` on.
    pub fn row(&self, y: usize) -> &[f32] {
        self.pixel(y, 0)
    }

    /// The same, to write.
    pub fn row_mut(&mut self, y: usize) -> &mut [f32] {
        let start = self.tap(y, 0, 0);
        &mut self.cells[start..]
    }

    /// All rows, to write.
    pub fn rows_mut(&mut self) -> Rows<'_> {
        let at = self.at;
        Rows { cells: self.row_mut(0), at }
    }

    /// Rows of several pieces, which follow each other from row 0 on, to write at the same time.
    pub fn pieces_mut(&mut self, pieces: impl IntoIterator<Item = Range<usize>>) -> Vec<Rows<'_>> {
        let at = self.at;
        let mut left = self.row_mut(0);
        let piece = |rows: Range<usize>| {
            let (cells, after) = std::mem::take(&mut left).split_at_mut(rows.len() * at.row * LANES);
            left = after;
            Rows { cells, at }
        };
        pieces.into_iter().map(piece).collect()
    }
}
