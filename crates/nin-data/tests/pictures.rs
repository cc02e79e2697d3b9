//! Folders of pictures.

#![allow(clippy::unwrap_used, clippy::expect_used)] // also in helpers of tests

use std::fs;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageBuffer, LumaA, Rgb, RgbImage};
use nin_data::{DataError, Dataset, read_folder};
use proptest::prelude::*;

/// A grey picture of one value.
fn plain(side: u32, value: u8) -> DynamicImage {
    GrayImage::from_pixel(side, side, image::Luma([value])).into()
}

fn put(folder: &Path, name: &str, picture: &DynamicImage) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    picture.save(path).unwrap();
}

/// What is said of a folder with these pictures and one good one.
fn complaint(pictures: &[(&str, DynamicImage)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "0/a.png", &plain(8, 1));
    pictures.iter().for_each(|(name, picture)| put(folder.path(), name, picture));
    read_folder(folder.path()).unwrap_err().to_string()
}

#[test]
fn every_fifth_of_each_digit_is_for_testing() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..10 {
        put(folder.path(), &format!("3/{number:02}.png"), &plain(8, 30 + number));
    }
    for number in 0..5 {
        put(folder.path(), &format!("7/{number:02}.PNG"), &plain(8, 70 + number));
    }
    fs::write(folder.path().join("7/notes.txt"), "not a picture").unwrap();
    let data = read_folder(folder.path()).unwrap();
    let values =
        |digits: &nin_data::Digits| -> Vec<u8> { digits.images.iter().copied().step_by(64).collect() };
    assert_eq!(values(&data.train), [30, 70, 31, 71, 32, 72, 33, 73, 35, 36, 37, 38]);
    assert_eq!(data.train.labels, [3, 7, 3, 7, 3, 7, 3, 7, 3, 3, 3, 3]);
    assert_eq!((values(&data.test), data.test.labels.clone()), (vec![34, 74, 39], vec![3, 7, 3]));
    assert_eq!(data.train.images.len(), 12 * 64);
    assert_eq!(nin_data::open(&folder.path().display().to_string(), &mut |_, _, _| {}), Ok(data));
}

#[test]
fn two_sets_that_are_there_are_taken() {
    for [train, test] in [["train", "test"], ["training", "testing"]] {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &format!("{train}/1/x.png"), &plain(8, 11));
        put(folder.path(), &format!("{test}/2/x.png"), &plain(8, 22));
        let data = read_folder(folder.path()).unwrap();
        assert_eq!((data.train.images[0], &*data.train.labels), (11, &[1][..]));
        assert_eq!((data.test.images[0], &*data.test.labels), (22, &[2][..]));
    }
}

#[test]
fn colours_and_transparency_become_grey_on_black() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "0/white.png", &RgbImage::from_pixel(4, 4, Rgb([255; 3])).into());
    let half: DynamicImage = ImageBuffer::from_pixel(4, 4, LumaA([200_u8, 0])).into();
    put(folder.path(), "1/clear.png", &half);
    let deep: DynamicImage = ImageBuffer::from_pixel(4, 4, image::Luma([40_000_u16])).into();
    put(folder.path(), "2/deep.png", &deep);
    put(folder.path(), "3/photo.jpeg", &plain(4, 90));
    let data = read_folder(folder.path()).unwrap();
    let values: Vec<u8> = data.train.images.iter().copied().step_by(16).collect();
    assert_eq!(values, [255, 0, 156, 90]);
}

#[test]
fn wrong_pictures_are_named() {
    let wide: DynamicImage = GrayImage::new(8, 9).into();
    let cases = [
        (complaint(&[("0/b.png", plain(9, 1))]), ["0/b.png", "expected 8×8 pixels as in", "0/a.png", "9×9"]),
        (complaint(&[("9/b.png", wide)]), ["9/b.png", "a square picture", "512", "8×9 pixels"]),
        (complaint(&[("9/b.png", plain(513, 1))]), ["9/b.png", "a square picture", "512", "513×513"]),
    ];
    for (said, words) in cases {
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read_folder(folder.path()), Err(DataError::NoDigits { .. })));
    put(folder.path(), "10/a.png", &plain(8, 1));
    assert!(matches!(read_folder(folder.path()), Err(DataError::NoDigits { .. })), "10 is no digit");
    fs::create_dir(folder.path().join("0")).unwrap();
    fs::write(folder.path().join("0/a.png"), "no picture").unwrap();
    let said = read_folder(folder.path()).unwrap_err().to_string();
    assert!(said.contains("0/a.png: expected a whole PNG or JPEG picture"), "{said}");
}

/// A PNG's header that claims 20,000×20,000 pixels, and no pixels.
#[test]
fn a_huge_picture_is_refused_before_it_is_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "0/a.png", &plain(8, 1));
    let mut bytes = fs::read(folder.path().join("0/a.png")).unwrap();
    bytes[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    fs::write(folder.path().join("0/a.png"), bytes).unwrap();
    let said = read_folder(folder.path()).unwrap_err().to_string();
    assert!(
        said.contains("0/a.png: expected a square picture of 1 to 512") && said.contains("20000×20000"),
        "{said}"
    );
}

/// PNG's checksum (CRC-32, ISO 3309), bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    };
    !bytes.iter().fold(!0, step)
}

fn open_mutated(ending: &str, changes: &[(usize, u8)], cut: usize) -> Result<Dataset, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("0/a.{ending}");
    put(
        folder.path(),
        &name,
        &DynamicImage::from(RgbImage::from_fn(8, 8, |x, y| Rgb([(x * y) as u8, 9, 3]))),
    );
    let path = folder.path().join(name);
    let mut bytes = fs::read(&path).unwrap();
    for (at, byte) in changes {
        let at = at % bytes.len();
        bytes[at] = *byte;
    }
    bytes.truncate(bytes.len() - cut % bytes.len());
    fs::write(path, bytes).unwrap();
    read_folder(folder.path())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn mutated_pictures_never_panic(
        jpeg: bool,
        changes in prop::collection::vec((0usize..4000, any::<u8>()), 0..4),
        cut in prop_oneof![2 => Just(0usize), 1 => 0usize..4000],
    ) {
        let _ = open_mutated(if jpeg { "jpg" } else { "png" }, &changes, cut);
    }
}
