//! How the maps of one group are cut into pieces of rows, so that several threads can work on it: a batch may have fewer
//! groups than there are threads. How they are cut depends on the map alone, so that no number depends on the threads.

use std::ops::Range;

use crate::lanes::split;

/// Pixels of a piece, at least: fewer are not worth a thread's way to them.
const PIECE_PIXELS: usize = 512;
/// Most pieces of a map: they all have sums of their own.
const MOST_PIECES: usize = 16;
/// All sums of a block's pieces together take at most about this many bytes.
const SUMS_BYTES: usize = 8 << 20;

/// Cuts a square map of `side` rows into pieces of whole `unit`s of rows, each of which has sums of so many bytes.
pub fn pieces(side: usize, unit: usize, sum_bytes: usize) -> Vec<Range<usize>> {
    let most = (SUMS_BYTES / sum_bytes.max(1)).clamp(1, MOST_PIECES);
    let count = (side * side / PIECE_PIXELS).clamp(1, most);
    let units = side / unit;
    let parts = split(units, units.div_ceil(count).max(1));
    parts.map(|(first, size)| first * unit..(first + size) * unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_units_and_cover_all_rows() {
        for (side, unit) in [(1, 1), (28, 2), (57, 3), (224, 2), (448, 4), (512, 1)] {
            let found = pieces(side, unit, 0);
            assert!(found.len() <= MOST_PIECES);
            assert_eq!((found[0].start, found[found.len() - 1].end), (0, side));
            assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(found.iter().all(|rows| !rows.is_empty() && rows.start % unit == 0));
        }
    }

    #[test]
    fn small_maps_and_large_sums_are_not_cut() {
        assert_eq!(pieces(28, 2, 0).len(), 1);
        assert_eq!(pieces(224, 2, SUMS_BYTES).len(), 1);
        assert_eq!(pieces(224, 2, 1).len(), MOST_PIECES);
    }
}
