//! Drawings become what MNIST is.

use nin_data::{Ink, Stroke, digit_from_strokes, embedded, normalise_drawing};
use proptest::prelude::*;

/// A four, as two strokes in a box of 60×100.
const FOUR: [&[[f32; 2]]; 2] = [&[[25.0, 0.0], [0.0, 60.0], [60.0, 60.0]], &[[45.0, 30.0], [45.0, 100.0]]];

fn four(scale: f32, at: [f32; 2], width: f32) -> Vec<Stroke> {
    let place = |point: &[f32; 2]| [at[0] + scale * point[0], at[1] + scale * point[1]];
    FOUR.map(|points| Stroke { points: points.iter().map(place).collect(), width }).into()
}

fn ink_of(pixels: &[u8]) -> f32 {
    pixels.iter().map(|&value| f32::from(value)).sum::<f32>() / 255.0
}

/// Centre of mass along x and y, in pixels from the image's corner.
fn centre(pixels: &[u8]) -> [f32; 2] {
    let mean = |place: fn(usize) -> usize| {
        let moments = pixels.iter().enumerate().map(|(i, &value)| (place(i) as f32 + 0.5) * f32::from(value));
        moments.sum::<f32>() / 255.0 / ink_of(pixels)
    };
    [mean(|i| i % 28), mean(|i| i / 28)]
}

/// Columns and rows from the first to the last with ink above a fifth.
fn extent(pixels: &[u8]) -> [usize; 2] {
    let size = |place: fn(usize) -> usize| {
        let inked = pixels.iter().enumerate().filter(|(_, value)| **value > 51).map(|(i, _)| place(i));
        let (first, last) = inked.fold((28, 0), |(first, last), at| (at.min(first), at.max(last)));
        last + 1 - first
    };
    [size(|i| i % 28), size(|i| i / 28)]
}

fn difference(a: &[u8], b: &[u8]) -> f32 {
    a.iter().zip(b).map(|(&a, &b)| f32::from(a.abs_diff(b))).sum::<f32>() / 255.0
}

#[test]
fn nothing_drawn_is_nothing() {
    let blank = |width, height, length| Ink { width, height, values: vec![0; length] };
    for ink in [blank(0, 0, 0), blank(28, 28, 784), blank(0, 5, 0), blank(3, 0, 0)] {
        assert_eq!(normalise_drawing(&ink), None);
    }
    assert_eq!(normalise_drawing(&Ink { values: vec![255; 5], ..blank(2, 2, 4) }), None);
    assert_eq!(digit_from_strokes(&[]), None);
    assert_eq!(digit_from_strokes(&[Stroke::default()]), None);
    assert_eq!(digit_from_strokes(&[Stroke { points: vec![[f32::NAN, 1.0]], width: 3.0 }]), None);
}

#[test]
fn a_drawing_fits_the_box_and_is_centred_by_mass() {
    let digit = digit_from_strokes(&four(3.0, [100.0, 40.0], 8.0)).unwrap();
    assert_eq!(digit.len(), 784);
    let [width, height] = extent(&digit);
    assert!((19..=21).contains(&height), "{height} rows");
    assert!((11..=14).contains(&width), "{width} columns");
    let [x, y] = centre(&digit);
    assert!((x - 14.5).abs() < 0.1 && (y - 14.5).abs() < 0.1, "{x} {y}");
}

#[test]
fn size_place_and_weight_do_not_matter() {
    let plain = digit_from_strokes(&four(1.0, [0.0, 0.0], 6.0)).unwrap();
    for (scale, at) in [(1.0, [-900.0, 30.0]), (0.01, [0.0, 0.0]), (40.0, [1000.0, 1000.0])] {
        let moved = digit_from_strokes(&four(scale, at, 6.0 * scale)).unwrap();
        assert!(difference(&plain, &moved) < 2.0, "{}", difference(&plain, &moved));
    }
    for width in [0.0, 1.0, 12.0, 18.0, 24.0] {
        let other = digit_from_strokes(&four(1.0, [0.0, 0.0], width)).unwrap();
        let (weight, apart) = (ink_of(&other) / ink_of(&plain), difference(&plain, &other));
        assert!((0.75..1.5).contains(&weight), "{width} wide: {weight} of the ink");
        assert!(apart < 0.5 * ink_of(&plain), "{width} wide: {apart} apart");
    }
}

#[test]
fn a_tap_is_a_dot() {
    for width in [0.0, 1.0, 30.0] {
        let dot = digit_from_strokes(&[Stroke { points: vec![[5.0, 5.0]], width }]).unwrap();
        let [x, y] = centre(&dot);
        assert!((x - 14.5).abs() < 0.2 && (y - 14.5).abs() < 0.2, "{x} {y}");
        assert!(dot[14 * 28 + 14] == 255 && ink_of(&dot) > 5.0);
    }
}

#[test]
fn a_digit_of_mnist_stays_what_it_is() {
    let digits = embedded().unwrap().test;
    let images = digits.images.as_chunks::<784>().0;
    let changes = images[..300].iter().map(|image| {
        let ink = Ink { width: 28, height: 28, values: image.to_vec() };
        difference(&normalise_drawing(&ink).unwrap(), image)
    });
    // A digit of MNIST has the ink of about 100 full pixels.
    let mean = changes.sum::<f32>() / 300.0;
    assert!(mean < 30.0, "{mean} pixels apart");
    let weights = images[..300].iter().map(|image| ink_of(image)).sum::<f32>();
    let normalised = images[..300].iter().map(|image| {
        ink_of(&normalise_drawing(&Ink { width: 28, height: 28, values: image.to_vec() }).unwrap())
    });
    let ratio = normalised.sum::<f32>() / weights;
    assert!((0.9..1.2).contains(&ratio), "{ratio} of MNIST's ink");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_ink_is_taken(width in 0usize..40, height in 0usize..40, values in prop::collection::vec(any::<u8>(), 1600)) {
        let ink = Ink { width, height, values: values[..width * height].to_vec() };
        if let Some(digit) = normalise_drawing(&ink) {
            prop_assert_eq!(digit.len(), 784);
        }
    }

    #[test]
    fn any_strokes_are_taken(
        points in prop::collection::vec(prop::array::uniform2(any::<f32>()), 0..30),
        width in any::<f32>(),
    ) {
        if let Some(digit) = digit_from_strokes(&[Stroke { points, width }]) {
            prop_assert_eq!(digit.len(), 784);
        }
    }
}
