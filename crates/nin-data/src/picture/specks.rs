//! Dust, noise and smudges: what is too small to be part of the digit.

use crate::Ink;
use crate::drawing::LEVEL;

/// A connected piece smaller than this part of the largest one is no part of the digit.
const SMALLEST: f32 = 0.04;

/// A piece at the picture's edge is a shadow or the table if another of at least this part of its size is clear of the edge.
const CLEAR: f32 = 0.1;

/// Removes pieces of ink that are small, or at the edge when the digit is not.
pub(super) fn remove(ink: &mut Ink) {
    let level = (LEVEL * 255.0) as u8;
    let mut seen: Vec<bool> = ink.values.iter().map(|&value| value < level).collect();
    let mut pieces = Vec::new();
    for start in 0..seen.len() {
        if !seen[start] {
            pieces.push(piece(start, ink.width, &mut seen));
        }
    }
    let (width, height) = (ink.width, ink.height);
    let is_at_edge = |&pixel: &usize| {
        let (x, y) = (pixel % width, pixel / width);
        x == 0 || y == 0 || x == width - 1 || y == height - 1
    };
    let (edge, clear): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| piece.iter().any(is_at_edge));
    let largest = |pieces: &[Vec<usize>]| pieces.iter().map(Vec::len).max().unwrap_or(0) as f32;
    let without_edge = largest(&clear) >= CLEAR * largest(&edge);
    let smallest = SMALLEST * if without_edge { largest(&clear) } else { largest(&edge) };
    let dropped = edge.iter().filter(|piece| without_edge || (piece.len() as f32) < smallest);
    let specks = clear.iter().filter(|piece| (piece.len() as f32) < smallest);
    for &pixel in dropped.chain(specks).flatten() {
        ink.values[pixel] = 0;
    }
}

/// All pixels that hang together with `start`, corners included; marks them as seen.
fn piece(start: usize, width: usize, seen: &mut [bool]) -> Vec<usize> {
    let mut pixels = vec![start];
    seen[start] = true;
    let mut next = 0;
    while let Some(&pixel) = pixels.get(next) {
        next += 1;
        let (x, y) = (pixel % width, pixel / width);
        for y in y.saturating_sub(1)..(y + 2).min(seen.len() / width) {
            for x in x.saturating_sub(1)..(x + 2).min(width) {
                if !std::mem::replace(&mut seen[y * width + x], true) {
                    pixels.push(y * width + x);
                }
            }
        }
    }
    pixels
}
