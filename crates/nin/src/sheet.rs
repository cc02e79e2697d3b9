//! A sheet of digits as a picture: each with its label and what it was taken for.

use std::io::Cursor;

use anyhow::Result;
use image::{ImageFormat, Rgb, RgbImage};
use nin_data::Digits;
use nin_train::predict;
use serde_json::{Value, json};

/// Digits in a row.
const COLUMNS: u32 = 10;
/// A digit is enlarged to about this many pixels.
const TILE: u32 = 84;
/// Between tiles.
const GAP: u32 = 8;
/// Pixels of the sheet along a dot of the font.
const DOT: u32 = 3;
/// Room for a caption under a tile.
const CAPTION: u32 = 5 * DOT + GAP;
const GROUND: Rgb<u8> = Rgb([40; 3]);
/// Of the label, the arrow, a wrong and a right prediction: told apart by the colour-blind, too (Okabe & Ito).
const LABEL: Rgb<u8> = Rgb([240; 3]);
const BETWEEN: Rgb<u8> = Rgb([130; 3]);
const WRONG: Rgb<u8> = Rgb([230, 159, 0]);
const RIGHT: Rgb<u8> = Rgb([86, 180, 233]);
/// Digits of 3×5 dots, row by row; the last is an arrow.
const FONT: [&[u8; 15]; 11] = [
    b"####.##.##.####",
    b".#.##..#..#.###",
    b"###..#####..###",
    b"###..#.##..####",
    b"#.##.####..#..#",
    b"####..###..####",
    b"####..####.####",
    b"###..#..#.#..#.",
    b"####.#####.####",
    b"####.####..####",
    b"#...#...#.#.#..",
];
const ARROW: usize = 10;

/// What a network makes of one test image.
pub struct Answer {
    /// Its place among the test images.
    pub index: usize,
    /// What it is.
    pub label: u8,
    /// The most likely digit.
    pub digit: usize,
    /// Cross-entropy.
    pub loss: f64,
}

impl Answer {
    /// The answer that logits are.
    pub fn new(index: usize, label: u8, logits: &[f32]) -> Answer {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|logit| f64::from(logit - largest).exp()).sum();
        let own =
            logits.get(usize::from(label)).map_or(f64::NEG_INFINITY, |logit| f64::from(logit - largest));
        Answer { index, label, digit: predict(0, logits).digit, loss: sum.ln() - own }
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        json!({ "index": self.index, "label": self.label, "prediction": self.digit, "loss": self.loss })
    }
}

/// The images that the answers are about, as a PNG's bytes.
pub fn sheet(digits: &Digits, answers: &[Answer]) -> Result<Vec<u8>> {
    let side = digits.side as u32;
    let scale = (TILE / side).max(1);
    let (wide, high) = (side * scale + GAP, side * scale + GAP + CAPTION);
    let rows = (answers.len() as u32).div_ceil(COLUMNS);
    let mut picture = RgbImage::from_pixel(COLUMNS * wide + GAP, rows * high + GAP, GROUND);
    for (place, answer) in (0..).zip(answers) {
        let corner = [GAP + place % COLUMNS * wide, GAP + place / COLUMNS * high];
        let pixels = &digits.images[answer.index * digits.side * digits.side..];
        for y in 0..side {
            for x in 0..side {
                let light = Rgb([pixels[(y * side + x) as usize]; 3]);
                fill(&mut picture, [corner[0] + x * scale, corner[1] + y * scale], scale, light);
            }
        }
        let verdict = if answer.digit == usize::from(answer.label) { RIGHT } else { WRONG };
        let caption = [(usize::from(answer.label), LABEL), (ARROW, BETWEEN), (answer.digit, verdict)];
        for (column, (glyph, colour)) in (0..).zip(caption) {
            let at = [corner[0] + column * 4 * DOT, corner[1] + side * scale + GAP / 2];
            write(&mut picture, at, glyph, colour);
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

fn write(picture: &mut RgbImage, at: [u32; 2], glyph: usize, colour: Rgb<u8>) {
    for (place, _) in (0..).zip(FONT[glyph]).filter(|(_, dot)| **dot == b'#') {
        fill(picture, [at[0] + place % 3 * DOT, at[1] + place / 3 * DOT], DOT, colour);
    }
}

/// A square; what lies outside the picture is left out.
fn fill(picture: &mut RgbImage, at: [u32; 2], side: u32, colour: Rgb<u8>) {
    for y in at[1]..at[1] + side {
        for x in at[0]..at[0] + side {
            if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
                *pixel = colour;
            }
        }
    }
}
