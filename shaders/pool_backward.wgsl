// pool_backward: from the gradient of a lone convolution's pooled output to the gradient of the convolution's output.
//
//   d[o, y, x] = output gradient, where `route` names the pixel (maximum), or 1/POOL² of it (mean); 0 where the ReLU is closed
//
// Nearly all of it is memory: per pixel OUT values written, per pooled pixel OUT gradients and bytes of `route` read.
//
// `route` knows of closed ReLUs; for the mean, the convolution is computed again. One invocation takes one pixel of a tile of
// TILE·4 channels. Layouts as in block_forward; `conv_gradient` is [n][o][ROW][ROW] with a zero halo of HALO.

//! include map_values
//! include batch
//! include weights
@group(1) @binding(1) var<storage, read> input_map: array<InputValue>;
@group(1) @binding(2) var<storage, read> route: array<u32>;
@group(1) @binding(3) var<storage, read> output_gradient: array<f32>;
@group(1) @binding(4) var<storage, read_write> conv_gradient: array<f32>;

//! include pooled_gradient

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
    //! let BANDS = KERNEL / BAND
    for (var walk = 0u; walk < IN * BANDS; walk++) {
        let c = walk / BANDS;
        let band = walk % BANDS * BAND;
        let corner = ((n * IN + c) * ROW + y) * ROW + x;
        let taps = WEIGHT_0 + walk * BAND * KERNEL * GROUPS_0 + tile;
        //! for T in 0..BAND * KERNEL {
        let x_T = f32(input_map[corner + (band + T / KERNEL) * ROW + T % KERNEL]);
        //! for O in 0..TILE {
        sum_O += weights[taps + T * GROUPS_0 + O] * x_T;
        //! }
        //! }
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
