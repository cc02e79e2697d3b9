// pool_backward: from the gradient of a lone convolution's pooled output to the gradient of the convolution's output.
//
//   d[o, y, x] = output gradient, where `route` names the pixel (maximum), or 1/POOL² of it (mean); 0 where the ReLU is closed
//
// `route` knows of closed ReLUs; for the mean, the convolution is computed again. One invocation takes one pixel of a tile of
// TILE·4 channels. Layouts as in block_forward; `conv_gradient` is [n][o][ROW][ROW] with a zero halo of HALO.

struct Batch {
    first: u32, count: u32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
//! if WEIGHTS_UNIFORM {
@group(1) @binding(0) var<uniform> weights: array<vec4<f32>, WEIGHTS>;
//! } else {
@group(1) @binding(0) var<storage, read> weights: array<vec4<f32>, WEIGHTS>;
//! }
@group(1) @binding(1) var<storage, read> input_map: array<f32>;
@group(1) @binding(2) var<storage, read> route: array<u32>;
@group(1) @binding(3) var<storage, read> output_gradient: array<f32>;
@group(1) @binding(4) var<storage, read_write> conv_gradient: array<f32>;

// Gradient of the output, channels 4o … 4o + 3, that reaches each pixel named by `route` or the mean's every pixel.
fn gradient_above(n: u32, o: u32, at: u32) -> vec4<f32> {
    let start = (n * OUT + o * 4) * POOLED * POOLED + at;
    let gradient = vec4<f32>(
        output_gradient[start],
        output_gradient[start + POOLED * POOLED],
        output_gradient[start + 2 * POOLED * POOLED],
        output_gradient[start + 3 * POOLED * POOLED],
    );
    //! if MAXIMUM {
    return gradient;
    //! } else {
    return gradient / f32(POOL * POOL);
    //! }
}

// What tells which pixels the gradient reaches: their places in the window, or the channels that exist.
fn targets(n: u32, o: u32, at: u32) -> vec4<u32> {
    //! if MAXIMUM {
    return (vec4<u32>(route[(n * OUT_GROUPS + o) * POOLED * POOLED + at]) >> vec4<u32>(0, 8, 16, 24)) & vec4<u32>(255);
    //! } else {
    return vec4<u32>(vec4<u32>(o * 4) + vec4<u32>(0, 1, 2, 3) < vec4<u32>(OUT));
    //! }
}

// Whether it reaches the pixel at `place` of the window, whose last layer made `z` (needed for the mean only).
fn reaches(target_places: vec4<u32>, place: u32, z: vec4<f32>) -> vec4<bool> {
    //! if MAXIMUM {
    return target_places == vec4<u32>(place);
    //! } else {
    return (target_places == vec4<u32>(1)) & ((z > vec4<f32>(0.0)) | vec4<bool>(RELU_LAST == 0));
    //! }
}

@compute @workgroup_size(64)
fn pool_backward(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = (group.y * groups.x + group.x) * 64 + lane;
    if index >= batch.count * PATCHES {
        return;
    }
    let tile = group.z * TILE;
    let n = index / PATCHES;
    let y = index % PATCHES / (POOLED * POOL);
    let x = index % PATCHES % (POOLED * POOL);
    let at = y / POOL * POOLED + x / POOL;
    let place = y % POOL * POOL + x % POOL;
    //! for O in 0..TILE {
    var sum_O = vec4<f32>(0.0);
    //! }
    //! if RECOMPUTE_LAST {
    //! for O in 0..TILE {
    sum_O = weights[BIAS_0 + tile + O];
    //! }
    for (var c = 0u; c < IN; c++) {
        let corner = ((n * IN + c) * ROW + y) * ROW + x;
        //! if KERNEL > BAND {
        for (var band = 0u; band < KERNEL; band += BAND) {
        //! } else {
        { let band = 0u;
        //! }
            let taps = WEIGHT_0 + (c * KERNEL + band) * KERNEL * GROUPS_0 + tile;
            //! for T in 0..BAND * KERNEL {
            let x_T = input_map[corner + (band + T / KERNEL) * ROW + T % KERNEL];
            //! for O in 0..TILE {
            sum_O += weights[taps + T * GROUPS_0 + O] * x_T;
            //! }
            //! }
        }
    }
    //! }
    let corner = (n * OUT * ROW + y + HALO) * ROW + x + HALO;
    //! for O in 0..TILE {
    if tile + O < OUT_GROUPS {
        let open = reaches(targets(n, tile + O, at), place, sum_O);
        let d = select(vec4<f32>(0.0), gradient_above(n, tile + O, at), open);
        //! for J in 0..4 {
        if (tile + O) * 4 + J < OUT {
            conv_gradient[corner + ((tile + O) * 4 + J) * ROW * ROW] = d[J];
        }
        //! }
    }
    //! }
}
