//! From numbers to small pictures.

use egui::{Color32, ColorImage};
use nin_net::Convolution;
use nin_train::{FeatureMap, SeenDigit};

use crate::colors::{ink, signed, viridis};
use crate::widgets::Cell;

/// A digit as the network gets it.
pub fn digit_cell(digit: &SeenDigit) -> Cell {
    image_cell(digit.side, &digit.image)
}

/// Bytes from 0 (background) to 255 (ink).
pub fn image_cell(side: usize, image: &[u8]) -> Cell {
    Cell { width: side, colors: image.iter().map(|&byte| ink(f32::from(byte) / 255.0)).collect() }
}

/// A feature map, from its least value (violet) to its largest (yellow); `low` and `high` are those of all maps beside it.
pub fn map_cell(map: &FeatureMap, low: f32, high: f32) -> Cell {
    let range = (high - low).max(f32::MIN_POSITIVE);
    let color = |&byte: &u8| {
        let value = map.low + (map.high - map.low) * f32::from(byte) / 255.0;
        viridis((value - low) / range)
    };
    Cell { width: map.side, colors: map.values.iter().map(color).collect() }
}

/// The least and the largest value of some maps.
pub fn range_of(maps: &[FeatureMap]) -> (f32, f32) {
    let low = maps.iter().map(|map| map.low).fold(f32::INFINITY, f32::min);
    let high = maps.iter().map(|map| map.high).fold(f32::NEG_INFINITY, f32::max);
    (low, high)
}

/// A k×k convolution's filters, `out` rows of `in`; or a 1×1's matrix `[out, in]` as one picture.
pub fn weight_cells(convolution: &Convolution, parameters: &[f32]) -> (Vec<Cell>, usize) {
    let weights = parameters.get(convolution.weight()).unwrap_or(&[]);
    let most = weights.iter().fold(f32::MIN_POSITIVE, |most, weight| most.max(weight.abs()));
    let cell = |width: usize, weights: &[f32]| Cell {
        width,
        colors: weights.iter().map(|weight| signed(weight / most)).collect(),
    };
    let (kernel, inputs) = (convolution.kernel, convolution.in_channels);
    match kernel {
        1 => (vec![cell(inputs, weights)], 1),
        _ => (weights.chunks(kernel * kernel).map(|filter| cell(kernel, filter)).collect(), inputs),
    }
}

/// A picture as a PNG file's bytes.
pub fn png(image: &ColorImage) -> Result<Vec<u8>, String> {
    let [width, height] = image.size.map(|side| side as u32);
    let pixels: Vec<u8> = image.pixels.iter().flat_map(Color32::to_srgba_unmultiplied).collect();
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    image::ImageEncoder::write_image(encoder, &pixels, width, height, image::ExtendedColorType::Rgba8)
        .map_err(|error| format!("the picture cannot be made ({error}): make the window larger"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_becomes_a_png() {
        let bytes = png(&ColorImage::filled([3, 2], Color32::RED)).unwrap();
        let back = image::load_from_memory(&bytes).unwrap().to_rgba8();
        assert_eq!((back.width(), back.height()), (3, 2));
        assert_eq!(back.get_pixel(2, 1).0, [255, 0, 0, 255]);
    }

    #[test]
    fn maps_are_coloured_over_their_common_range() {
        let map = |low, high| FeatureMap { side: 1, low, high, values: vec![255] };
        let maps = [map(-1.0, 0.0), map(0.0, 3.0)];
        assert_eq!(range_of(&maps), (-1.0, 3.0));
        assert_eq!(map_cell(&maps[1], -1.0, 3.0).colors, [viridis(1.0)]);
        assert_eq!(map_cell(&maps[0], -1.0, 3.0).colors, [viridis(0.25)]);
    }
}
