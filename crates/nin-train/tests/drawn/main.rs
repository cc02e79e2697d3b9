//! How well the shipped model reads what people draw: handwriting made by rule, in the styles that people have.
//!
//! `cargo test --release -p nin-train --test drawn -- --nocapture` prints every style's accuracy.

#![allow(clippy::unwrap_used, clippy::panic)]

mod handwriting;
mod styles;

use nin_data::{Digits, Stroke, digit_from_strokes, embedded, normalise_drawing, read_picture};
use nin_net::{Random, Stream};
use nin_train::{Model, predict};

use handwriting::{Line, write};

/// Drawings of a style.
const COUNT: usize = 200;
/// The least accuracy of every style, in percent.
const BOUND: f64 = 95.0;

/// The first random numbers of the drawing `index` of a style.
fn random(style: u64, index: usize) -> Random {
    Random::new(style, Stream::Augmentation, index as u64)
}

/// The digit that a picture file shows.
fn from_file(bytes: &[u8]) -> Vec<u8> {
    normalise_drawing(&read_picture("a test's picture", bytes).unwrap()).unwrap_or_else(|| vec![0; 784])
}

/// Tells and checks the accuracy on images, one after the other, with these labels.
fn check(style: &str, images: &[u8], labels: &[u8]) {
    let model = Model::shipped().unwrap();
    let activations = nin_cpu::activations(&model.spec, &model.parameters, 28, images).unwrap();
    let logits = &activations.last().unwrap().values;
    let mut confusion = vec![[0_u32; 10]; 10];
    for (logits, &label) in logits.chunks_exact(logits.len() / labels.len()).zip(labels) {
        confusion[usize::from(label)][predict(0, logits).digit] += 1;
    }
    let hits: u32 = (0..10).map(|digit| confusion[digit][digit]).sum();
    let accuracy = 100.0 * f64::from(hits) / labels.len() as f64;
    println!("{style}: {accuracy:.2} % of {}", labels.len());
    for (digit, row) in confusion.iter().enumerate() {
        println!("  {digit}: {row:?}");
    }
    assert!(accuracy >= BOUND, "{style}: {accuracy:.2} %");
}

fn check_handwriting(style: &str, number: u64, draw: impl Fn(&[Line], &mut Random) -> Vec<u8>) {
    let labels: Vec<u8> = (0..COUNT).map(|index| (index % 10) as u8).collect();
    let images = labels.iter().enumerate().flat_map(|(index, &label)| {
        let mut random = random(number, index);
        draw(&write(usize::from(label), &mut random), &mut random)
    });
    check(style, &images.collect::<Vec<u8>>(), &labels);
}

#[test]
fn lines_of_one_pixel() {
    check_handwriting("lines of one pixel", 1, |lines, random| from_file(&styles::one_pixel(lines, random)));
}

#[test]
fn thick_strokes_with_alpha() {
    check_handwriting("thick strokes with alpha", 2, |lines, random| {
        from_file(&styles::thick_with_alpha(lines, random))
    });
}

#[test]
fn small_and_off_centre() {
    check_handwriting("small and off-centre", 3, |lines, random| {
        from_file(&styles::small_and_off_centre(lines, random))
    });
}

#[test]
fn markers() {
    check_handwriting("markers", 4, |lines, random| from_file(&styles::marker(lines, random)));
}

#[test]
fn photographed_with_a_shadow() {
    check_handwriting("photographed with a shadow", 5, |lines, random| {
        from_file(&styles::photographed(lines, random))
    });
}

#[test]
fn strokes_on_a_canvas() {
    check_handwriting("strokes on a canvas", 6, |lines, random| {
        let width = random.uniform(2.0, 36.0);
        let lines = styles::placed(lines, [280.0, 280.0], random.uniform(120.0, 240.0), random);
        let strokes: Vec<Stroke> = lines.into_iter().map(|points| Stroke { points, width }).collect();
        digit_from_strokes(&strokes).unwrap()
    });
}

fn check_scanned(style: &str, digits: Digits) {
    let images = digits.images.as_chunks::<784>().0.iter().enumerate();
    let images = images.flat_map(|(index, image)| from_file(&styles::scanned(image, &mut random(7, index))));
    check(style, &images.collect::<Vec<u8>>(), &digits.labels);
}

#[test]
fn embedded_digits_of_other_sizes_and_weights() {
    check_scanned("embedded digits of other sizes and weights", embedded().unwrap().test.take(500));
}

#[test]
#[ignore = "wants the full MNIST in the folder NIN_MNIST"]
fn digits_of_mnist_of_other_sizes_and_weights() {
    let folder = std::env::var("NIN_MNIST").unwrap();
    let digits = nin_data::read_folder(folder.as_ref()).unwrap().test;
    check_scanned("MNIST's test digits of other sizes and weights", digits.take(2000));
}
