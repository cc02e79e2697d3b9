// block_forward: convolution k×k -> 1×1 convolutions -> pooling, in registers; only the pooled map is stored.
//
//   z_0[o, y, x] = b_0[o] + sum over c, ky, kx of W_0[o, c, ky, kx] * input[c, y + ky - k/2, x + kx - k/2]
//   z_l[o] = b_l[o] + sum over i of W_l[o, i] * a_{l-1}[i]        a_l = max(z_l, 0) where a ReLU follows, else z_l
//   output[o, py, px] = maximum or mean of a_last over its pooling window
//
// One invocation makes WINDOWS_H × WINDOWS_W pooled pixels of a tile of TILE·4 channels (all of them if there are 1×1s), from a
// patch of PATCH_H × PATCH_W pixels, so that a weight serves several. A window too large for that is made alone, and walked in
// patches. Every pixel is computed in the same order of operations: equal windows give equal bits.
//
// As if a small stamp moved over the map: under it lie the patch's pixels with a rim of k/2; all their channels, layer after layer,
// stay in registers (TILE vec4s a pixel, then those of the next layer), and only what pooling leaves is written.
// Per pixel: a multiply-add for each weight. Storage, per pixel: each input value, fetched by the k² / patch invocations around it;
// per pooled pixel: OUT values and a byte of `route` each. Weights: each once for each patch.
//
// A wide convolution that stands alone may be made by a workgroup together, from slabs of input and weights in workgroup memory
// (parts/tiled_product): CHANNEL_LANES > 1. The numbers are the same to the bit; which way is faster is tried on the adapter.
//
// Channels go in groups of four, zero-padded. Weights of layer l are [i][tap][o group] from WEIGHT_l, biases from BIAS_l.
// Maps are [n][c][row][row] with a zero halo as wide as their reader's padding. `route` has a byte per output value: the place
// in its window (row-major) that the gradient goes back to, the first maximum, or 255 for nowhere (ReLU at 0).

//! include map_values
//! include batch
//! include weights
@group(1) @binding(1) var<storage, read> input_map: array<InputValue>;
@group(1) @binding(2) var<storage, read_write> output_map: array<OutputValue>;
@group(1) @binding(3) var<storage, read_write> route: array<u32>;

//! include activate
//! include slabs

fn map_value(i: u32) -> f32 {
    return f32(input_map[i]);
}

// Pools a part of PART_H × PART_W pixels at (wy, wx) of a window into channels 4o … 4o + 3 of pooled pixel (row, column) of
// image `n`.
fn pool_part(
    //! for P in 0..PART_H * PART_W {
    value_P: vec4<f32>,
    //! }
    inside: bool, n: u32, o: u32, row: u32, column: u32, wy: u32, wx: u32,
) {
    if !inside || row >= POOLED || column >= POOLED {
        return;
    }
    let out = ((n * OUT + o * 4) * OUT_ROW + row + OUT_HALO) * OUT_ROW + column + OUT_HALO;
    let routed = ((n * OUT_GROUPS + o) * POOLED + row) * POOLED + column;
    let first = wy * POOL + wx;
    //! if MAXIMUM {
    var best = value_0;
    var place = vec4<u32>(first);
    //! for P in 1..PART_H * PART_W {
    let better_P = value_P > best;
    best = select(best, value_P, better_P);
    place = select(place, vec4<u32>(first + P / PART_W * POOL + P % PART_W), better_P);
    //! }
    //! if RELU_LAST {
    place = select(place, vec4<u32>(255), best <= vec4<f32>(0.0));
    //! }
    place = select(place, vec4<u32>(255), vec4<u32>(o * 4) + vec4<u32>(0, 1, 2, 3) >= vec4<u32>(OUT));
    //! } else {
    var best = value_0;
    //! for P in 1..PART_H * PART_W {
    best += value_P;
    //! }
    best *= 1.0 / f32(POOL * POOL);
    //! }
    //! if POOL * POOL > PART_H * PART_W {
    if wy + wx > 0 {
        var before = best;
        //! for J in 0..4 {
        if o * 4 + J < OUT {
            before[J] = f32(output_map[out + J * OUT_ROW * OUT_ROW]);
        }
        //! }
        //! if MAXIMUM {
        let routed_before = (vec4<u32>(route[routed]) >> vec4<u32>(0, 8, 16, 24)) & vec4<u32>(255);
        let kept = !(best > before);
        best = select(best, before, kept);
        place = select(place, routed_before, kept);
        //! } else {
        best += before;
        //! }
    }
    //! }
    //! for J in 0..4 {
    if o * 4 + J < OUT {
        output_map[out + J * OUT_ROW * OUT_ROW] = OutputValue(best[J]);
    }
    //! }
    //! if MAXIMUM {
    route[routed] = place.x | (place.y << 8) | (place.z << 16) | (place.w << 24);
    //! }
}

@compute @workgroup_size(LANES)
fn block_forward(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
    //! if SUBGROUP > 0 {
    @builtin(subgroup_invocation_id) subgroup_lane: u32,
    //! }
) {
    // All invocations go on to the end, since they may fetch for each other.
    //! include lane_place
    let wanted = (group.y * groups.x + group.x) * PATCH_LANES + patch_lane;
    let inside = wanted < batch.count * GRID_H * GRID_W;
    let index = min(wanted, batch.count * GRID_H * GRID_W - 1);
    let tile = (group.z * CHANNEL_LANES + channel_lane) * TILE;
    let n = index / (GRID_H * GRID_W);
    let row = index / GRID_W % GRID_H * WINDOWS_H;
    let column = index % GRID_W * WINDOWS_W;
    //! if POOL > PATCH_H {
    for (var wy = 0u; wy < POOL; wy += PATCH_H) {
    //! } else {
    { let wy = 0u;
    //! }
    //! if POOL > PATCH_W {
    for (var wx = 0u; wx < POOL; wx += PATCH_W) {
    //! } else {
    { let wx = 0u;
    //! }
        let y = row * POOL + wy;
        let x = column * POOL + wx;
        //! if CHANNEL_LANES > 1 {
        //! include convolution_tiled
        //! } else {
        //! include convolution
        //! }
        //! include inner_layers
        // The last 1×1, four channels at a time, and pooling.
        //! if LAYERS > 1 {
        //! let LAST = LAYERS - 1
        //! let BEFORE = LAYERS - 2
        for (var o = 0u; o < OUT_GROUPS; o++) {
            let bias_last = weights[BIAS_LAST + o];
            let first_weight = WEIGHT_LAST + o;
            //! let COUNT = CHANNELS_BEFORE
            //! let RUN = 1
            //! let STRIDE = OUT_GROUPS
            //! include fetch_weights
            //! for P in 0..PATCH_H * PATCH_W {
            var value_P = bias_last;
            //! }
            //! for I in 0..CHANNELS_BEFORE {
            //! let G = I / 4
            //! let J = I % 4
            //! let M = I
            //! include weight
            //! for P in 0..PATCH_H * PATCH_W {
            value_P += w_M * a_BEFORE_P_G[J];
            //! }
            //! }
            //! for V in 0..WINDOWS_H * WINDOWS_W {
            pool_part(
                //! for Q in 0..PART_H * PART_W {
                //! let P = (V / WINDOWS_W * PART_H + Q / PART_W) * PATCH_W + V % WINDOWS_W * PART_W + Q % PART_W
                activate(value_P, RELU_LAST == 1),
                //! }
                inside, n, o, row + V / WINDOWS_W, column + V % WINDOWS_W, wy, wx,
            );
            //! }
        }
        //! } else {
        //! for O in 0..TILE {
        if tile + O < OUT_GROUPS {
            //! for V in 0..WINDOWS_H * WINDOWS_W {
            pool_part(
                //! for Q in 0..PART_H * PART_W {
                //! let P = (V / WINDOWS_W * PART_H + Q / PART_W) * PATCH_W + V % WINDOWS_W * PART_W + Q % PART_W
                a_0_P_O,
                //! }
                inside, n, tile + O, row + V / WINDOWS_W, column + V % WINDOWS_W, wy, wx,
            );
            //! }
        }
        //! }
        //! }
    }
    }
}
