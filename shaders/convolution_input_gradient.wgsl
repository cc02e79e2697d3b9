// convolution_input_gradient: gradient of a k×k convolution's input, gathered: each input pixel adds up what it gave.
//
//   d_input[c, y, x] = sum over o, ky, kx of W[o, c, k-1-ky, k-1-kx] * d[o, y + ky - k/2, x + kx - k/2]
//
// It is a convolution with the kernel turned round and the channels exchanged; `weights` holds them packed that way, as
// [o][tap][c group]. One invocation makes a patch of PATCH_H × PATCH_W pixels of TILE·4 channels.
//
// Registers: TILE sums for each pixel, and the values of d around the patch; d's channels are walked, so that each weight and each
// value is fetched once for all pixels of the patch. Per pixel: a multiply-add for each weight. Storage, per pixel: each value of d by
// the patches around it, IN values written once. Of wide layers, a workgroup may make a tile together (parts/tiled_product), with
// CHANNEL_LANES > 1: the same numbers to the bit, as the adapter is faster.
//
// `conv_gradient` is [n][o][ROW][ROW] with a zero halo of HALO; `input_gradient` is [n][c][SIDE][SIDE].

//! include batch
//! include weights
@group(1) @binding(1) var<storage, read> conv_gradient: array<f32>;
@group(1) @binding(2) var<storage, read_write> input_gradient: array<f32>;

//! include slabs

fn map_value(i: u32) -> f32 {
    return conv_gradient[i];
}

@compute @workgroup_size(LANES)
fn convolution_input_gradient(
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
    let inside = wanted < batch.count * PATCH_ROWS * PATCH_COLUMNS;
    let index = min(wanted, batch.count * PATCH_ROWS * PATCH_COLUMNS - 1);
    let tile = (group.z * CHANNEL_LANES + channel_lane) * TILE;
    let n = index / (PATCH_ROWS * PATCH_COLUMNS);
    let y = index / PATCH_COLUMNS % PATCH_ROWS * PATCH_H;
    let x = index % PATCH_COLUMNS * PATCH_W;
    //! for P in 0..PATCH_H * PATCH_W {
    //! for G in 0..TILE {
    var sum_P_G = vec4<f32>(0.0);
    //! }
    //! }
    //! if CHANNEL_LANES > 1 {
    //! include tiled_product
    //! } else {
    //! let BANDS = KERNEL / BAND
    for (var walk = 0u; walk < CHANNELS_0 * BANDS; walk++) {
        let o = walk / BANDS;
        let band = walk % BANDS * BAND;
        let corner = ((n * CHANNELS_0 + o) * ROW + y) * ROW + x;
        //! for R in 0..PATCH_H + BAND - 1 {
        //! for C in 0..PATCH_W + KERNEL - 1 {
        let d_R_C = conv_gradient[corner + (band + R) * ROW + C];
        //! }
        //! }
        let first_weight = walk * BAND * KERNEL * GROUPS + tile;
        //! let COUNT = BAND * KERNEL * TILE
        //! let RUN = TILE
        //! let STRIDE = GROUPS
        //! include fetch_weights
        //! for T in 0..BAND * KERNEL {
        //! for G in 0..TILE {
        //! let M = T * TILE + G
        //! include weight
        //! for P in 0..PATCH_H * PATCH_W {
        //! let R = P / PATCH_W + T / KERNEL
        //! let C = P % PATCH_W + T % KERNEL
        sum_P_G += w_M * d_R_C;
        //! }
        //! }
        //! }
    }
    //! }
    //! for P in 0..PATCH_H * PATCH_W {
    if inside && y + P / PATCH_W < SIDE && x + P % PATCH_W < SIDE {
        //! for G in 0..TILE {
        //! for J in 0..4 {
        if (tile + G) * 4 + J < IN {
            input_gradient[((n * IN + (tile + G) * 4 + J) * SIDE + y + P / PATCH_W) * SIDE + x + P % PATCH_W] = sum_P_G[J];
        }
        //! }
        //! }
    }
    //! }
}
