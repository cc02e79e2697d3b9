//! The same handwriting by mouse, by marker, on paper, small and large: as the files that people have.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use nin_net::Random;

use crate::handwriting::Line;

/// Lines of one pixel, black on white, without anti-aliasing, on 1000×800.
pub fn one_pixel(lines: &[Line], random: &mut Random) -> Vec<u8> {
    let mut image = RgbImage::from_pixel(1000, 800, Rgb([255; 3]));
    let placed = placed(lines, [1000.0, 800.0], random.uniform(200.0, 640.0), random);
    for line in &placed {
        for [from, to] in line.array_windows() {
            let steps = (to[0] - from[0]).abs().max((to[1] - from[1]).abs()).ceil().max(1.0);
            for step in 0..=steps as usize {
                let at = |axis: usize| from[axis] + (to[axis] - from[axis]) * step as f32 / steps;
                let (x, y) = (at(0).round() as u32, at(1).round() as u32);
                image.put_pixel(x.min(999), y.min(799), Rgb([0; 3]));
            }
        }
    }
    file(image.into(), ImageFormat::Png)
}

/// Thick black strokes on nothing, 32×32 with alpha.
pub fn thick_with_alpha(lines: &[Line], random: &mut Random) -> Vec<u8> {
    let placed = placed(lines, [32.0, 32.0], random.uniform(20.0, 26.0), random);
    let coverage = drawn(&placed, 32, 32, random.uniform(2.5, 4.5));
    let pixel = |x, y| Rgba([0, 0, 0, byte(coverage[(y * 32 + x) as usize])]);
    file(RgbaImage::from_fn(32, 32, pixel).into(), ImageFormat::Png)
}

/// White on black, small, anywhere on 640×480.
pub fn small_and_off_centre(lines: &[Line], random: &mut Random) -> Vec<u8> {
    let height = random.uniform(30.0, 130.0);
    let placed = placed(lines, [640.0, 480.0], height, random);
    let coverage = drawn(&placed, 640, 480, height * random.uniform(0.04, 0.12));
    let pixel = |x, y| Luma([byte(coverage[(y * 640 + x) as usize])]);
    file(GrayImage::from_fn(640, 480, pixel).into(), ImageFormat::Png)
}

/// A broad marker, a coloured one on a light ground, filling most of 400×400.
pub fn marker(lines: &[Line], random: &mut Random) -> Vec<u8> {
    let height = random.uniform(240.0, 300.0);
    let placed = placed(lines, [400.0, 400.0], height, random);
    let coverage = drawn(&placed, 400, 400, height * random.uniform(0.12, 0.2));
    let ink = [random.uniform(0.0, 120.0), random.uniform(0.0, 80.0), random.uniform(60.0, 200.0)];
    let pixel = |x, y| {
        let covered = coverage[(y * 400 + x) as usize];
        Rgb(ink.map(|ink| (240.0 + covered * (ink - 240.0)) as u8))
    };
    file(RgbImage::from_fn(400, 400, pixel).into(), ImageFormat::Jpeg)
}

/// A pen on paper, photographed: uneven light, a shadow with a soft edge over a part, noise, JPEG.
pub fn photographed(lines: &[Line], random: &mut Random) -> Vec<u8> {
    const SIZE: [usize; 2] = [800, 600];
    let height = random.uniform(150.0, 400.0);
    let placed = placed(lines, [800.0, 600.0], height, random);
    let coverage = drawn(&placed, SIZE[0], SIZE[1], height * random.uniform(0.03, 0.09));
    let (angle, offset) = (random.uniform(0.0, 6.3_f32), random.uniform(-150.0, 150.0));
    let (softness, shade) = (random.uniform(10.0, 80.0), random.uniform(0.35, 0.7));
    let (fall_x, fall_y) = (random.uniform(-0.25, 0.25), random.uniform(-0.25, 0.25));
    let (paper, pen) = (random.uniform(190.0, 235.0), random.uniform(0.15, 0.45));
    let mut pixel = |x: u32, y: u32| {
        let covered = coverage[y as usize * SIZE[0] + x as usize];
        let (across, down) = (x as f32 - 400.0, y as f32 - 300.0);
        let depth = (across * angle.cos() + down * angle.sin() - offset) / softness;
        let shadow = shade + (1.0 - shade) / (1.0 + depth.exp());
        let light = 1.0 + fall_x * across / 400.0 + fall_y * down / 300.0;
        let noise = (0..4).map(|_| random.uniform(-5.0, 5.0)).sum::<f32>();
        let value = paper * light * shadow * (1.0 + covered * (pen - 1.0)) + noise;
        Rgb([value, value * 0.97, value * 0.9].map(|value| value.clamp(0.0, 255.0) as u8))
    };
    file(RgbImage::from_fn(800, 600, &mut pixel).into(), ImageFormat::Jpeg)
}

/// A digit of MNIST (28×28 bytes) as a picture of another size, with heavier or lighter strokes.
pub fn scanned(image: &[u8], random: &mut Random) -> Vec<u8> {
    let side = random.uniform(14.0, 300.0).round();
    let canvas = (side * random.uniform(1.0, 2.0)) as usize;
    let left = random.uniform(0.0, canvas as f32 - side);
    let top = random.uniform(0.0, canvas as f32 - side);
    let weight = random.uniform(0.25, 0.75);
    let at = |x: i64, y: i64| match (0..28).contains(&x) && (0..28).contains(&y) {
        true => f32::from(image[(y * 28 + x) as usize]) / 255.0,
        false => 0.0,
    };
    let value = |x: f32, y: f32| {
        let (left, top) = (x.floor(), y.floor());
        let (dx, dy) = (x - left, y - top);
        let row = |y: i64| at(left as i64, y) * (1.0 - dx) + at(left as i64 + 1, y) * dx;
        row(top as i64) * (1.0 - dy) + row(top as i64 + 1) * dy
    };
    let pixel = |x: u32, y: u32| {
        let place = |pixel: u32, start: f32| (pixel as f32 + 0.5 - start) * 28.0 / side - 0.5;
        // A lower level makes strokes heavier; the slope is that of an edge one pixel wide.
        let steep = (side / 14.0).max(2.0);
        let ink = (steep * (value(place(x, left), place(y, top)) - weight) + 0.5).clamp(0.0, 1.0);
        Luma([byte(1.0 - ink)])
    };
    file(GrayImage::from_fn(canvas as u32, canvas as u32, pixel).into(), ImageFormat::Png)
}

/// Lines as high as `height` somewhere on a canvas, all of them on it.
pub fn placed(lines: &[Line], canvas: [f32; 2], height: f32, random: &mut Random) -> Vec<Line> {
    let margin = 0.1 * height;
    let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for point in lines.iter().flatten() {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let scale = height / (high[1] - low[1]);
    let start = [0, 1].map(|axis| {
        let room = canvas[axis] - scale * (high[axis] - low[axis]) - margin;
        random.uniform(margin.min(room), room.max(margin)) - scale * low[axis]
    });
    let place = |point: &[f32; 2]| [start[0] + scale * point[0], start[1] + scale * point[1]];
    lines.iter().map(|line| line.iter().map(place).collect()).collect()
}

/// How much of every pixel lines of a width cover, 0 to 1.
fn drawn(lines: &[Line], width: usize, height: usize, stroke: f32) -> Vec<f32> {
    let mut coverage = vec![0.0_f32; width * height];
    let radius = stroke / 2.0;
    for [from, to] in lines.iter().flat_map(|line| line.array_windows()) {
        let range = |axis: usize, size: usize| {
            let low = (from[axis].min(to[axis]) - radius - 1.0).max(0.0) as usize;
            low..((from[axis].max(to[axis]) + radius + 2.0).max(0.0) as usize).min(size)
        };
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = (along[0] * along[0] + along[1] * along[1]).max(1e-9);
        for y in range(1, height) {
            for x in range(0, width) {
                let place = [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]];
                let part = ((place[0] * along[0] + place[1] * along[1]) / length).clamp(0.0, 1.0);
                let away = (place[0] - part * along[0]).hypot(place[1] - part * along[1]);
                let covered = (radius - away + 0.5).clamp(0.0, 1.0);
                let pixel = &mut coverage[y * width + x];
                *pixel = pixel.max(covered);
            }
        }
    }
    coverage
}

fn byte(value: f32) -> u8 {
    (255.0 * value).round() as u8
}

fn file(image: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
