//! How maps lie in memory: *lanes are images*.
//!
//! A group of [`LANES`] images is computed together. One **cell** holds the same value of each of them, so every
//! operation is elementwise over lanes and no SIMD code meets an edge. A map is `[y][x][channel]` cells.

use std::ops::{Deref, DerefMut};

/// Images of a group. Independent of the processor's vector width, so that groups, and with them the order of sums,
/// are the same everywhere; one AVX-512 vector, two of AVX2, four of NEON or wasm.
pub const LANES: usize = 16;

/// Alignment in floats: a cell never straddles two cache lines.
const ALIGNMENT: usize = 16;

/// Zeroed cells that start on a cache line.
#[derive(Debug, Default)]
pub struct Cells {
    storage: Vec<f32>,
    start: usize,
    length: usize,
}

impl Cells {
    /// `count` cells of zeros.
    pub fn zeros(count: usize) -> Self {
        let length = count * LANES;
        let storage = vec![0.0f32; length + ALIGNMENT];
        // `align_offset` may answer "cannot tell"; unaligned cells are slower, not wrong.
        let start = storage.as_ptr().align_offset(ALIGNMENT * size_of::<f32>()).min(ALIGNMENT);
        Cells { storage, start, length }
    }
}

impl Deref for Cells {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.storage[self.start..self.start + self.length]
    }
}

impl DerefMut for Cells {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.storage[self.start..self.start + self.length]
    }
}

/// Where the pixels of a map lie: distances in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Channels of a pixel; they are neighbours.
    pub channels: usize,
    /// Cells from a pixel to the one below it.
    pub row: usize,
}

/// Cuts `0..count` into the fewest parts of at most `most`, as even as can be: `(start, size)` each.
pub fn split(count: usize, most: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    let parts = count.div_ceil(most);
    let (size, larger) = (count / parts.max(1), count % parts.max(1));
    (0..parts).map(move |part| (part * size + part.min(larger), size + usize::from(part < larger)))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn parts_are_few_and_even() {
        let parts = |count, most| split(count, most).collect::<Vec<_>>();
        assert_eq!(parts(11, 5), [(0, 4), (4, 4), (8, 3)]);
        assert_eq!(parts(10, 5), [(0, 5), (5, 5)]);
        assert_eq!(parts(3, 5), [(0, 3)]);
        assert_eq!(parts(0, 5), []);
    }
}
