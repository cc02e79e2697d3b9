// block_backward: from the gradient of a block's output to the gradient of its k×k convolution's output, and the gradients of
// its 1×1 convolutions' weights and biases. What the block computed is computed again from its input, never stored. A block
// without 1×1s takes pool_backward instead.
//
//   d_last[o] = output gradient at the pixel that `route` names (maximum), or 1/POOL² of it (mean); 0 where the ReLU is closed
//   d_{l-1}[i] = sum over o of W_l[o, i] * d_l[o], 0 where a_{l-1}[i] <= 0 and a ReLU follows
//   dW_l[o, i] = sum over pixels of d_l[o] * a_{l-1}[i]           db_l[o] = sum over pixels of d_l[o]
//
// One invocation takes a patch of PIXELS pixels of a row; a workgroup of LANES invocations walks over many patches. Each time
// it lays a and d of its ROWS = LANES · PIXELS pixels out as rows of workgroup memory; then every lane adds up its own tile of
// each dW, 4 inputs × 4·WIDTH outputs, over every SLICES-th row. No atomics: each slice of each workgroup has its own row of
// partial sums, laid out as the weights are, and `reduce` adds those rows in a fixed order.
//
// Layouts as in block_forward. `conv_gradient` is [n][o][ROW][ROW] with a zero halo of HALO.

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
@group(1) @binding(5) var<storage, read_write> partial_sums: array<vec4<f32>>;

// In each row, layer l's input a_{l-1} starts at A_l and its d_l at D_l.
var<workgroup> rows: array<vec4<f32>, ROWS * ROW_LENGTH>;

// max(z, 0) where a ReLU follows. NaN stays NaN, so that divergence is seen.
fn activate(z: vec4<f32>, relu: bool) -> vec4<f32> {
    return select(z, vec4<f32>(0.0), (z < vec4<f32>(0.0)) & vec4<bool>(relu));
}

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

@compute @workgroup_size(LANES)
fn block_backward(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // This lane's tiles of dW and db.
    //! for L in 1..LAYERS {
    //! for W in 0..WIDTH_L {
    //! for J in 0..4 {
    var tile_sum_L_W_J = vec4<f32>(0.0);
    //! }
    var bias_sum_L_W = vec4<f32>(0.0);
    //! }
    //! }
    let patches = batch.count * PATCHES;
    for (var first_patch = group.x * LANES; first_patch < patches; first_patch += groups.x * LANES) {
        let inside = first_patch + lane < patches;
        let patch_index = min(first_patch + lane, patches - 1);
        let n = patch_index / PATCHES;
        let patch_y = patch_index % PATCHES / (POOLED * POOL / PIXELS);
        let patch_x = patch_index % PATCHES % (POOLED * POOL / PIXELS) * PIXELS;
        // The pooled pixel whose window the patch is in, and its first pixel's place in the window.
        let at = patch_y / POOL * POOLED + patch_x / POOL;
        let first_place = patch_y % POOL * POOL + patch_x % POOL;

        // Forward again: the convolution k×k,
        //! for O in 0..GROUPS_0 {
        let bias_O = weights[BIAS_0 + O];
        //! for P in 0..PIXELS {
        var sum_P_O = bias_O;
        //! }
        //! }
        for (var c = 0u; c < IN; c++) {
            let corner = ((n * IN + c) * ROW + patch_y) * ROW + patch_x;
            //! if KERNEL > BAND {
            for (var band = 0u; band < KERNEL; band += BAND) {
            //! } else {
            { let band = 0u;
            //! }
                //! for R in 0..BAND {
                //! for C in 0..PIXELS + KERNEL - 1 {
                let x_R_C = input_map[corner + (band + R) * ROW + C];
                //! }
                //! }
                let taps = WEIGHT_0 + (c * KERNEL + band) * KERNEL * GROUPS_0;
                //! for T in 0..BAND * KERNEL {
                //! for O in 0..GROUPS_0 {
                let w_T_O = weights[taps + T * GROUPS_0 + O];
                //! for P in 0..PIXELS {
                //! let R = T / KERNEL
                //! let C = P + T % KERNEL
                sum_P_O += w_T_O * x_R_C;
                //! }
                //! }
                //! }
            }
        }
        //! for P in 0..PIXELS {
        //! for O in 0..GROUPS_0 {
        let a_0_P_O = activate(sum_P_O, RELU_0 == 1);
        //! }
        //! }
        //! for P in 0..PIXELS {
        let row_P = (P * LANES + lane) * ROW_LENGTH;
        //! for G in 0..GROUPS_0 {
        rows[row_P + A_1 + G] = a_0_P_G;
        //! }
        //! }
        // and the 1×1 convolutions but the last, four channels at a time.
        //! for L in 1..LAYERS - 1 {
        //! let BEFORE = L - 1
        //! let NEXT = L + 1
        //! for P in 0..PIXELS {
        //! for G in 0..GROUPS_L {
        var a_L_P_G = vec4<f32>(0.0);
        //! }
        //! }
        for (var o = 0u; o < GROUPS_L; o++) {
            let bias = weights[BIAS_L + o];
            //! for P in 0..PIXELS {
            var z_P = bias;
            //! }
            //! for I in 0..CHANNELS_BEFORE {
            //! let G = I / 4
            //! let J = I % 4
            let w_I = weights[WEIGHT_L + I * GROUPS_L + o];
            //! for P in 0..PIXELS {
            z_P += w_I * a_BEFORE_P_G[J];
            //! }
            //! }
            //! for P in 0..PIXELS {
            z_P = activate(z_P, RELU_L == 1);
            rows[row_P + A_NEXT + o] = z_P;
            //! for G in 0..GROUPS_L {
            a_L_P_G = select(a_L_P_G, z_P, o == G);
            //! }
            //! }
        }
        //! }
        //! let BEFORE = LAYERS - 2
        //! let LAST = LAYERS - 1
        //! for P in 0..PIXELS {
        //! for G in 0..GROUPS_BEFORE {
        var d_BEFORE_P_G = vec4<f32>(0.0);
        //! }
        //! }
        // The last layer, four channels at a time.
        for (var o = 0u; o < OUT_GROUPS; o++) {
            let above = gradient_above(n, o, at);
            let target_places = targets(n, o, at);
            //! for P in 0..PIXELS {
            var z_P = vec4<f32>(0.0);
            //! if RECOMPUTE_LAST {
            z_P = weights[BIAS_LAST + o];
            //! for I in 0..CHANNELS_BEFORE {
            //! let G = I / 4
            //! let J = I % 4
            z_P += weights[WEIGHT_LAST + I * OUT_GROUPS + o] * a_BEFORE_P_G[J];
            //! }
            //! }
            let open_P = reaches(target_places, first_place + P, z_P);
            let d_P = select(vec4<f32>(0.0), above, open_P & vec4<bool>(inside));
            rows[row_P + D_LAST + o] = d_P;
            //! }
            //! for I in 0..CHANNELS_BEFORE {
            //! let G = I / 4
            //! let J = I % 4
            let w_I = weights[WEIGHT_LAST + I * OUT_GROUPS + o];
            //! for P in 0..PIXELS {
            d_BEFORE_P_G[J] += dot(w_I, d_P);
            //! }
            //! }
        }

        // Back through the ReLUs and the layers before; K counts them from the last.
        //! for K in 2..LAYERS + 1 {
        //! let L = LAYERS - K
        //! let BEFORE = L - 1
        //! for P in 0..PIXELS {
        //! for G in 0..GROUPS_L {
        d_L_P_G = select(vec4<f32>(0.0), d_L_P_G, (a_L_P_G > vec4<f32>(0.0)) | vec4<bool>(RELU_L == 0));
        //! if L > 0 {
        rows[row_P + D_L + G] = d_L_P_G;
        //! }
        //! }
        //! }
        //! if L > 0 {
        //! for P in 0..PIXELS {
        //! for G in 0..GROUPS_BEFORE {
        var d_BEFORE_P_G = vec4<f32>(0.0);
        //! }
        //! }
        for (var o = 0u; o < GROUPS_L; o++) {
            //! for P in 0..PIXELS {
            let d_P = rows[row_P + D_L + o];
            //! }
            //! for I in 0..CHANNELS_BEFORE {
            //! let G = I / 4
            //! let J = I % 4
            let w_I = weights[WEIGHT_L + I * GROUPS_L + o];
            //! for P in 0..PIXELS {
            d_BEFORE_P_G[J] += dot(w_I, d_P);
            //! }
            //! }
        }
        //! }
        //! }

        if inside {
            let d_corner = (n * CHANNELS_0 * ROW + patch_y + HALO) * ROW + patch_x + HALO;
            //! for P in 0..PIXELS {
            //! for O in 0..CHANNELS_0 {
            //! let G = O / 4
            //! let J = O % 4
            conv_gradient[d_corner + O * ROW * ROW + P] = d_0_P_G[J];
            //! }
            //! }
        }
        workgroupBarrier();
        //! for L in 1..LAYERS {
        if lane < TILES_L * SLICES_L {
            for (var row = lane / TILES_L; row < ROWS; row += SLICES_L) {
                let a = rows[row * ROW_LENGTH + A_L + lane % TILES_L / (GROUPS_L / WIDTH_L)];
                let d_first = row * ROW_LENGTH + D_L + lane % TILES_L % (GROUPS_L / WIDTH_L) * WIDTH_L;
                //! for W in 0..WIDTH_L {
                let d_W = rows[d_first + W];
                //! for J in 0..4 {
                tile_sum_L_W_J += d_W * a[J];
                //! }
                bias_sum_L_W += d_W;
                //! }
            }
        }
        //! }
        workgroupBarrier();
    }

    //! for L in 1..LAYERS {
    //! let BEFORE = L - 1
    if lane < TILES_L * SLICES_L {
        let i = lane % TILES_L / (GROUPS_L / WIDTH_L) * 4;
        let o = lane % TILES_L % (GROUPS_L / WIDTH_L) * WIDTH_L;
        let row = PARTIAL_L + (group.x * SLICES_L + lane / TILES_L) * LENGTH_L;
        //! for W in 0..WIDTH_L {
        //! for J in 0..4 {
        if i + J < CHANNELS_BEFORE {
            partial_sums[row + (i + J) * GROUPS_L + o + W] = tile_sum_L_W_J;
        }
        //! }
        if i == 0 {
            partial_sums[row + CHANNELS_BEFORE * GROUPS_L + o + W] = bias_sum_L_W;
        }
        //! }
    }
    //! }
}
