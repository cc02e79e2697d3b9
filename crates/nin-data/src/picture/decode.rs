//! Files to brightness and opacity.

use std::io::Cursor;

use image::{DynamicImage, GenericImageView as _, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use crate::DataError;

/// Pixels of the largest picture that is read: more than a telephone's camera has.
const MOST_PIXELS: u64 = 50_000_000;
/// Bytes that decoding may take: as many pixels of 16-bit RGBA.
const MOST_BYTES: u64 = 8 * MOST_PIXELS;
/// Larger pictures are reduced until their longer side has fewer than twice as many pixels.
const SIDE: usize = 1000;

/// A picture, reduced if it was large.
pub(super) struct Picture {
    pub width: usize,
    pub height: usize,
    /// `[height, width]`, 0 black to 1 white, of the colour alone where there is opacity.
    pub light: Vec<f32>,
    /// `[height, width]`, 0 to 1, if any pixel is less than opaque.
    pub opacity: Option<Vec<f32>>,
}

/// Decodes PNG or JPEG.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Picture, DataError> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
        Ok(format) => return Err(wrong(file, format!("a picture of another kind ({format:?})"))),
        Err(_) if bytes.is_empty() => return Err(wrong(file, "an empty file".to_owned())),
        Err(_) => return Err(wrong(file, "something else".to_owned())),
    };
    let damaged =
        |error: image::ImageError| wrong(file, format!("a {format:?} that cannot be read ({error})"));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        let most_millions = MOST_PIXELS / 1_000_000;
        return Err(DataError::TooLarge { file: file.to_owned(), width, height, most_millions });
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    image.apply_orientation(orientation);
    Ok(reduced(&image))
}

fn wrong(file: &str, found: String) -> DataError {
    DataError::Format { file: file.to_owned(), expected: "a PNG or JPEG picture".to_owned(), found }
}

/// Means over squares of pixels, so many that the longer side is short enough.
fn reduced(image: &DynamicImage) -> Picture {
    let (wide, high) = (image.width() as usize, image.height() as usize);
    let step = (wide.max(high) / SIDE).max(1);
    let (width, height) = (wide.div_ceil(step), high.div_ceil(step));
    let mut light = vec![0.0; width * height];
    let mut opacity = vec![0.0; width * height];
    let mut counts = vec![0.0; width * height];
    for (x, y, pixel) in image.pixels() {
        let [red, green, blue, alpha] = pixel.0.map(|value| f32::from(value) / 255.0);
        let at = y as usize / step * width + x as usize / step;
        // ITU-R BT.601, as in JPEG. Transparent pixels have no colour of their own.
        light[at] += alpha * (0.299 * red + 0.587 * green + 0.114 * blue);
        opacity[at] += alpha;
        counts[at] += 1.0;
    }
    for ((light, opacity), count) in light.iter_mut().zip(&mut opacity).zip(counts) {
        if *opacity > 0.0 {
            *light /= *opacity;
        }
        *opacity /= count;
    }
    let opacity = opacity.iter().any(|&value| value < 0.99).then_some(opacity);
    Picture { width, height, light, opacity }
}
