// gather: bytes of resident images -> normalised, resized input maps.
//
//   s = max((x + 0.5) * side / RESOLUTION - 0.5, 0), likewise in y          (half-pixel centres, edges clamped)
//   input[n, y, x] = bilinear mean of the four neighbours of (s_y, s_x), in normalised values
// With a transform, (x, y) is first moved about the image's centre, and what lies outside the image is background.
//
// Memory: per image its bytes, four of them a pixel from the cache, and RESOLUTION² values written. Arithmetic: 17 operations a
// pixel, 29 with a transform.
//
// One invocation makes one input pixel. Maps are [n][ROW][ROW] with a zero halo of HALO pixels; ROW = RESOLUTION + 2 HALO.

//! include map_values

struct Batch {
    first: u32, count: u32, offset: u32, total: u32,
    ordered: u32, augmented: u32, accumulate: u32, slot: u32,
    side: u32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(1) @binding(0) var<storage, read> images: array<u32>;
@group(1) @binding(1) var<storage, read> labels: array<u32>;
@group(1) @binding(2) var<storage, read> order: array<u32>;
@group(1) @binding(3) var<storage, read> transforms: array<f32>;
@group(1) @binding(4) var<storage, read> normalised: array<f32>;
@group(1) @binding(5) var<storage, read_write> input_map: array<OutputValue>;
@group(1) @binding(6) var<storage, read_write> batch_labels: array<u32>;

// Value of the pixel at (y, x) of the image that starts at byte `start`.
fn pixel(start: u32, y: u32, x: u32) -> f32 {
    let at = start + y * batch.side + x;
    return normalised[(images[at / 4] >> (8 * (at % 4))) & 255];
}

// The same, with background outside the image.
fn pixel_or_background(start: u32, y: i32, x: i32) -> f32 {
    let last = i32(batch.side) - 1;
    let value = pixel(start, u32(clamp(y, 0, last)), u32(clamp(x, 0, last)));
    return select(normalised[0], value, y >= 0 && x >= 0 && y <= last && x <= last);
}

// Written so that equal neighbours give their value to the bit.
fn bilinear(v00: f32, v01: f32, v10: f32, v11: f32, weight_y: f32, weight_x: f32) -> f32 {
    let top = v00 + weight_x * (v01 - v00);
    let bottom = v10 + weight_x * (v11 - v10);
    return top + weight_y * (bottom - top);
}

fn resized(start: u32, y: u32, x: u32) -> f32 {
    let scale = f32(batch.side) / f32(RESOLUTION);
    let source = max((vec2<f32>(f32(x), f32(y)) + 0.5) * scale - 0.5, vec2<f32>(0.0));
    let near = vec2<u32>(source);
    let far = min(near + 1, vec2<u32>(batch.side - 1));
    let weight = source - vec2<f32>(near);
    return bilinear(
        pixel(start, near.y, near.x), pixel(start, near.y, far.x),
        pixel(start, far.y, near.x), pixel(start, far.y, far.x), weight.y, weight.x,
    );
}

fn transformed(start: u32, place: u32, y: u32, x: u32) -> f32 {
    let scale = f32(batch.side) / f32(RESOLUTION);
    let centre = (f32(batch.side) - 1.0) / 2.0;
    let ux = (f32(x) + 0.5) * scale - 0.5 - centre;
    let uy = (f32(y) + 0.5) * scale - 0.5 - centre;
    let t = 6 * place;
    let source_x = transforms[t] * ux + transforms[t + 1] * uy + transforms[t + 2] + centre;
    let source_y = transforms[t + 3] * ux + transforms[t + 4] * uy + transforms[t + 5] + centre;
    let x0 = i32(floor(source_x));
    let y0 = i32(floor(source_y));
    return bilinear(
        pixel_or_background(start, y0, x0), pixel_or_background(start, y0, x0 + 1),
        pixel_or_background(start, y0 + 1, x0), pixel_or_background(start, y0 + 1, x0 + 1),
        source_y - floor(source_y), source_x - floor(source_x),
    );
}

@compute @workgroup_size(64)
fn gather(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = (group.y * groups.x + group.x) * 64 + lane;
    if index >= batch.count * RESOLUTION * RESOLUTION {
        return;
    }
    let n = index / (RESOLUTION * RESOLUTION);
    let y = index / RESOLUTION % RESOLUTION;
    let x = index % RESOLUTION;
    let place = batch.first + n;
    var image = place;
    if batch.ordered != 0 {
        image = order[place];
    }
    let start = image * batch.side * batch.side;
    var value: f32;
    if batch.augmented != 0 {
        value = transformed(start, place, y, x);
    } else {
        value = resized(start, y, x);
    }
    input_map[(n * ROW + y + HALO) * ROW + x + HALO] = OutputValue(value);
    if y == 0 && x == 0 {
        batch_labels[n] = labels[image];
    }
}
