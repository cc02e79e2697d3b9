//! Pictures in all the modes that PNG and JPEG have give the same digit.

#![allow(clippy::unwrap_used)] // the helpers belong to tests, too

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use nin_data::{normalise_drawing, read_picture};
use proptest::prelude::*;

const WIDTH: u32 = 120;
const HEIGHT: u32 = 160;

/// Whether a four has ink at a pixel of 120×160.
fn is_ink(x: u32, y: u32) -> bool {
    let bar = (20..100).contains(&x) && (95..103).contains(&y);
    let stem = (70..78).contains(&x) && (20..140).contains(&y);
    let slope = (20..100).contains(&y) && (70.0 - 0.6 * (y as f32 - 20.0) - x as f32).abs() < 4.5;
    bar || stem || slope
}

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(image, ImageFormat::Png)
}

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn grey(ground: u8, ink: u8) -> GrayImage {
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| Luma([if is_ink(x, y) { ink } else { ground }]))
}

fn digit(bytes: &[u8]) -> Vec<u8> {
    normalise_drawing(&read_picture("a picture", bytes).unwrap()).unwrap()
}

fn assert_alike(what: &str, found: &[u8], expected: &[u8]) {
    let apart: f32 = found.iter().zip(expected).map(|(&a, &b)| f32::from(a.abs_diff(b)) / 255.0).sum();
    assert!(apart < 4.0, "{what}: {apart} pixels apart");
}

#[test]
fn every_mode_shows_the_same_digit() {
    let expected = digit(&png(grey(255, 0)));
    let deep = |light: u8| u16::from(light) * 257;
    let colour = |ground: [u8; 3], ink: [u8; 3]| {
        RgbImage::from_fn(WIDTH, HEIGHT, |x, y| Rgb(if is_ink(x, y) { ink } else { ground }))
    };
    let transparent = |ink: [u8; 4], ground: [u8; 4]| {
        RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| Rgba(if is_ink(x, y) { ink } else { ground }))
    };
    let sixteen = image::ImageBuffer::from_fn(WIDTH, HEIGHT, |x, y| Luma([deep(grey(240, 20)[(x, y)].0[0])]));
    for (what, bytes) in [
        ("light on dark", png(grey(0, 255))),
        ("faint", png(grey(200, 140))),
        ("16 bits", png(DynamicImage::ImageLuma16(sixteen))),
        ("colour", png(colour([250, 240, 200], [20, 60, 180]))),
        ("yellow on blue", png(colour([20, 20, 120], [250, 240, 100]))),
        ("JPEG", encoded(colour([255; 3], [40; 3]), ImageFormat::Jpeg)),
        ("black on nothing", png(transparent([0, 0, 0, 255], [0, 0, 0, 0]))),
        ("white on nothing", png(transparent([255; 4], [0, 0, 0, 0]))),
        ("half-opaque on nothing", png(transparent([90, 10, 10, 128], [255, 255, 255, 0]))),
        ("on paper with a hole", png(with_hole(transparent([0, 0, 0, 255], [255; 4])))),
    ] {
        assert_alike(what, &digit(&bytes), &expected);
    }
}

/// Cuts off a corner.
fn with_hole(mut image: RgbaImage) -> RgbaImage {
    image
        .enumerate_pixels_mut()
        .filter(|(x, y, _)| x + y < 15)
        .for_each(|(_, _, pixel)| *pixel = Rgba([0; 4]));
    image
}

#[test]
fn a_palette_is_looked_up() {
    // Two colours, one bit a pixel.
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_palette(vec![250, 250, 240, 30, 0, 90]);
    let rows = (0..HEIGHT).flat_map(|y| {
        (0..WIDTH / 8)
            .map(move |byte| (0..8).fold(0, |bits, bit| bits << 1 | u8::from(is_ink(8 * byte + bit, y))))
    });
    let rows: Vec<u8> = rows.collect();
    encoder.write_header().unwrap().write_image_data(&rows).unwrap();
    assert_alike("palette", &digit(&bytes), &digit(&png(grey(255, 0))));
}

#[test]
fn a_camera_that_was_turned_is_turned_back() {
    let upright = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| Rgb([if is_ink(x, y) { 30 } else { 240 }; 3]));
    let expected = digit(&encoded(upright.clone(), ImageFormat::Jpeg));
    // What EXIF calls 6 has to be turned by 90° clockwise; it is stored turned the other way.
    let lying = encoded(image::imageops::rotate270(&upright), ImageFormat::Jpeg);
    let tiff =
        [b"II*\0", &[8, 0, 0, 0, 1, 0][..], &[0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0], &[0; 4]].concat();
    let segment = [&[0xFF, 0xE1, 0, (tiff.len() + 8) as u8][..], b"Exif\0\0", &tiff].concat();
    let turned = [&lying[..2], &segment, &lying[2..]].concat();
    assert_alike("turned", &digit(&turned), &expected);
}

#[test]
fn a_shadow_is_not_ink() {
    let expected = digit(&png(grey(255, 0)));
    for across in [true, false] {
        let shaded = GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
            let place = if across { x as f32 - 60.0 } else { y as f32 - 70.0 };
            let shadow = 0.5 + 0.5 / (1.0 + (-place / 8.0).exp());
            Luma([((if is_ink(x, y) { 40.0 } else { 230.0 }) * shadow) as u8])
        });
        assert_alike("shadow", &digit(&png(shaded)), &expected);
    }
}

#[test]
fn a_digit_cut_out_closely_is_no_ground() {
    let close = image::imageops::crop_imm(&grey(255, 0), 18, 18, 84, 124).to_image();
    assert_alike("cut out", &digit(&png(close.clone())), &digit(&png(grey(255, 0))));
    let mut inverted = close;
    image::imageops::invert(&mut inverted);
    assert_alike("cut out, inverted", &digit(&png(inverted)), &digit(&png(grey(255, 0))));
}

#[test]
fn blank_pictures_have_no_ink() {
    let paper =
        GrayImage::from_fn(300, 200, |x, y| Luma([(200 + (x / 10) as u8) - ((x * 7 + y * 13) % 5) as u8]));
    for (what, bytes) in [
        ("white", png(GrayImage::from_pixel(28, 28, Luma([255])))),
        ("black", png(GrayImage::new(1000, 800))),
        ("one pixel", png(GrayImage::new(1, 1))),
        ("transparent", png(RgbaImage::new(32, 32))),
        ("paper", encoded(paper, ImageFormat::Jpeg)),
    ] {
        let ink = read_picture("a picture", &bytes).unwrap();
        assert_eq!(normalise_drawing(&ink), None, "{what}");
    }
}

#[test]
fn dust_is_left_out() {
    let mut dusty = grey(255, 0);
    (0..20).for_each(|speck| dusty.put_pixel(3 + 5 * speck, (37 * speck) % HEIGHT, Luma([60])));
    assert_alike("dust", &digit(&png(dusty)), &digit(&png(grey(255, 0))));
}

#[test]
fn what_cannot_be_read_is_told_in_a_sentence() {
    let whole = png(grey(255, 0));
    let told = |bytes: &[u8]| read_picture("four.png", bytes).unwrap_err().to_string();
    for (bytes, found) in [
        (&whole[..0], "found an empty file"),
        (&whole[..whole.len() / 2], "found a Png that cannot be read"),
        (b"# a text", "found something else"),
        (b"GIF89a\x01\0\x01\0\0\0\0;", "found a picture of another kind (Gif)"),
    ] {
        let sentence = told(bytes);
        assert!(
            sentence.starts_with("four.png: expected a PNG or JPEG picture, ") && sentence.contains(found),
            "{sentence}"
        );
    }
}

#[test]
fn a_picture_beyond_all_measure_is_refused_unread() {
    let mut huge = Vec::new();
    let mut encoder = png::Encoder::new(&mut huge, 20_000, 20_000);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_chunk(png::chunk::IDAT, &[]).unwrap();
    let sentence = read_picture("huge.png", &huge).unwrap_err().to_string();
    assert!(
        sentence.contains("20000×20000 pixels: expected at most 50 million; make it smaller"),
        "{sentence}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_files_are_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>(), jpeg in any::<bool>()) {
        let format = if jpeg { ImageFormat::Jpeg } else { ImageFormat::Png };
        let mut bytes = encoded(GrayImage::from_fn(24, 20, |x, y| Luma([(x * y) as u8])), format);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read_picture("a picture", &bytes);
        let _ = read_picture("a picture", &bytes[..at]);
    }
}
