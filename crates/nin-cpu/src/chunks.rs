//! In which order a weight gradient goes through the pixels of a rectangle and the taps of a kernel.

use crate::lanes::split;

/// Pixels of a chunk, at most.
pub const CHUNK_PIXELS: usize = 64;

/// Some of a rectangle's pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chunk {
    /// First row.
    pub y: usize,
    /// First column.
    pub x: usize,
    /// Rows.
    pub rows: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Whether there is none before it.
    pub first: bool,
    /// Whether there is none after it.
    pub last: bool,
}

/// Cuts a rectangle into chunks: parts of a row, or several rows.
pub fn chunks(rows: usize, width: usize) -> impl Iterator<Item = Chunk> {
    let downs = split(rows, (CHUNK_PIXELS / width.max(1)).max(1));
    let acrosses = split(width, CHUNK_PIXELS);
    downs.flat_map(move |(y, down)| {
        acrosses.clone().map(move |(x, across)| {
            let (first, last) = (y + x == 0, y + down == rows && x + across == width);
            Chunk { y, x, rows: down, width: across, first, last }
        })
    })
}

/// Whether a rectangle is cut at all; no smaller one is, if it is not.
pub fn is_one_chunk(rows: usize, width: usize) -> bool {
    chunks(rows, width).count() < 2
}

/// `(first tap, taps)` of the register tiles that make a row of a kernel, `[kx][in_channel]`. Those that read the same channels
/// one pixel further follow each other, while the pixels are in the nearest cache.
#[derive(Clone, Debug)]
pub struct TapTiles {
    channels: usize,
    kernel: usize,
    most: usize,
    next: usize,
}

impl TapTiles {
    /// Tiles of at most so many taps.
    pub fn new(kernel: usize, channels: usize, most: usize) -> Self {
        // Too few channels to fill a tile: the whole row is cut, as one pixel.
        let (kernel, channels) = if channels < most { (1, kernel * channels) } else { (kernel, channels) };
        TapTiles { channels, kernel, most, next: 0 }
    }
}

impl Iterator for TapTiles {
    type Item = (usize, usize);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize)> {
        let tiles = self.channels.div_ceil(self.most);
        let (tile, kx) = (self.next / self.kernel, self.next % self.kernel);
        self.next += 1;
        let (size, larger) = (self.channels / tiles, self.channels % tiles);
        let first = kx * self.channels + tile * size + tile.min(larger);
        (tile < tiles).then_some((first, size + usize::from(tile < larger)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_follow_the_rows() {
        for (rows, width) in [(1, 1), (2, 28), (5, 13), (2, 65), (3, 200)] {
            let found: Vec<Chunk> = chunks(rows, width).collect();
            let pixels = |c: &Chunk| {
                let c = *c;
                (c.y..c.y + c.rows).flat_map(move |y| (c.x..c.x + c.width).map(move |x| (y, x)))
            };
            let expected = (0..rows).flat_map(|y| (0..width).map(move |x| (y, x)));
            assert!(found.iter().flat_map(pixels).eq(expected));
            assert!(found.iter().all(|c| c.rows * c.width <= CHUNK_PIXELS));
            let (last, count) = (found.len() - 1, found.len());
            assert!((0..count).all(|i| found[i].first == (i == 0) && found[i].last == (i == last)));
        }
    }

    #[test]
    fn tiles_hold_each_tap_once() {
        let tiles = |kernel, channels, most| TapTiles::new(kernel, channels, most).collect::<Vec<_>>();
        assert_eq!(tiles(3, 1, 2), [(0, 2), (2, 1)]);
        assert_eq!(tiles(3, 3, 2), [(0, 2), (3, 2), (6, 2), (2, 1), (5, 1), (8, 1)]);
        for (kernel, channels, most) in [(1, 1, 5), (1, 10, 2), (3, 20, 2), (5, 7, 5), (3, 4, 5)] {
            let mut taps: Vec<usize> =
                TapTiles::new(kernel, channels, most).flat_map(|(tap, taps)| tap..tap + taps).collect();
            taps.sort();
            assert!(taps.into_iter().eq(0..kernel * channels));
        }
    }
}
