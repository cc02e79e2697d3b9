//! Folders of pictures: one folder per digit, one picture per file. [`read_folder`](crate::read_folder) says which.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder as _, ImageReader};

use crate::folder::read_file;
use crate::idx::{MAX_SIDE, MAX_UNPACKED, format_error};
use crate::{DataError, Dataset, Digits, error::file_error};

const DIGITS: u8 = 10;
/// Names of two folders that hold the two sets.
const SPLITS: [[&str; 2]; 2] = [["train", "test"], ["training", "testing"]];
/// Without them, of each digit's pictures one in so many is for testing.
const TEST_EVERY: usize = 5;
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// A picture's file and the digit that it shows.
type Labelled = (PathBuf, u8);

/// The dataset of the pictures in a folder.
pub(crate) fn read(folder: &Path) -> Result<Dataset, DataError> {
    let split = SPLITS.into_iter().find(|names| names.iter().all(|name| folder.join(name).is_dir()));
    let (train, test) = match split {
        Some([train, test]) => (in_turn(&list(&folder.join(train))?), in_turn(&list(&folder.join(test))?)),
        None => {
            let all = list(folder)?;
            let part = |test| {
                let chosen = |(index, _): &(usize, PathBuf)| (index % TEST_EVERY == TEST_EVERY - 1) == test;
                let of_digit = |paths: &Vec<PathBuf>| {
                    paths.iter().cloned().enumerate().filter(chosen).map(|(_, path)| path).collect()
                };
                in_turn(&all.iter().map(of_digit).collect::<Vec<_>>())
            };
            (part(false), part(true))
        }
    };
    let Some((first, _)) = train.first() else {
        return Err(DataError::NoDigits { folder: folder.display().to_string() });
    };
    let (side, _) = grey(first, None)?;
    let train_digits = digits(&train, first, side)?;
    let test_digits = digits(&test, first, side)?;
    Ok(Dataset::new(folder.display().to_string(), train_digits, test_digits))
}

/// The pictures of each digit, in the order of their names.
fn list(folder: &Path) -> Result<Vec<Vec<PathBuf>>, DataError> {
    let of_digit = |digit: u8| {
        let folder = folder.join(digit.to_string());
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let cannot = |error| file_error("read", &folder, &error);
        let mut pictures = Vec::new();
        for entry in fs::read_dir(&folder).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
            if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
                pictures.push(path);
            }
        }
        pictures.sort();
        Ok(pictures)
    };
    (0..DIGITS).map(of_digit).collect()
}

/// The first picture of each digit, then the second of each, and so on: any part of a set has all digits in it.
fn in_turn(pictures: &[Vec<PathBuf>]) -> Vec<Labelled> {
    let most = pictures.iter().map(Vec::len).max().unwrap_or(0);
    let round = |turn: usize| {
        (0..DIGITS).zip(pictures).filter_map(move |(digit, of)| Some((of.get(turn)?.clone(), digit)))
    };
    (0..most).flat_map(round).collect()
}

/// The pictures as images of `side`, which is that of the picture `first`.
fn digits(pictures: &[Labelled], first: &Path, side: usize) -> Result<Digits, DataError> {
    if pictures.len() > MAX_UNPACKED / (side * side) {
        let expected = format!("pictures of at most {MAX_UNPACKED} pixels in all");
        return Err(format_error(
            &first.display().to_string(),
            expected,
            format!("{} of them", pictures.len()),
        ));
    }
    let mut digits = Digits { side, images: Vec::new(), labels: Vec::new() };
    for (path, label) in pictures {
        digits.images.extend(grey(path, Some((first, side)))?.1);
        digits.labels.push(*label);
    }
    Ok(digits)
}

/// A picture's side and its pixels; it must be as large as the one it is compared `with`, if any.
fn grey(path: &Path, with: Option<(&Path, usize)>) -> Result<(usize, Vec<u8>), DataError> {
    let bytes = read_file(path)?;
    let wrong = |expected: String, found: String| format_error(&path.display().to_string(), expected, found);
    let broken =
        |error: image::ImageError| wrong("a whole PNG or JPEG picture".to_owned(), error.to_string());
    let decoder = ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
    let decoder =
        decoder.map_err(image::ImageError::IoError).and_then(ImageReader::into_decoder).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let side = width as usize;
    let found = format!("{width}×{height} pixels");
    if width != height || !(1..=MAX_SIDE).contains(&side) {
        return Err(wrong(format!("a square picture of 1 to {MAX_SIDE} pixels a side"), found));
    }
    match with {
        Some((first, expected)) if side != expected => {
            Err(wrong(format!("{expected}×{expected} pixels as in {}", first.display()), found))
        }
        _ => {
            Ok((side, DynamicImage::from_decoder(decoder).map(|picture| on_black(&picture)).map_err(broken)?))
        }
    }
}

/// Grey values, transparent pixels as black.
fn on_black(picture: &DynamicImage) -> Vec<u8> {
    let blend = |pixel: &image::LumaA<u8>| (u16::from(pixel.0[0]) * u16::from(pixel.0[1]) / 255) as u8;
    picture.to_luma_alpha8().pixels().map(blend).collect()
}
