// convolution_weight_gradient_tiled: convolution_weight_gradient for wide layers, as a blocked product of matrices.
//
//   dW[o, t] = sum over pixels p of d[o, p] * x[t, p]        db[o] = sum over p of d[o, p]
//
// where a term t is a tap (ky, kx) of an input channel c, and x[t, p] the input that this tap sees from pixel p.
//
// A workgroup makes a tile of OUT_LANES · TILE groups of four output channels by TERM_LANES · 4 terms (group.z, group.y), from its
// share of the batch's pixels (group.x). As if two columns of numbers, d's and x's, ran through its hands: it takes SLAB pixels of
// both into workgroup memory, and each invocation adds their products to its 4 terms × TILE groups, in registers. A row of sums
// for each share, laid out as the weights are; `reduce` adds the rows. The order is fixed by shapes alone.
//
// Per pixel: a multiply-add for each weight, a sum for each bias. Storage, per pixel and tile: its channels of d and its terms once,
// so that all of d is read once for TERM_LANES · 4 terms, and all of the input (k² times, from caches) once for OUT_LANES · TILE · 4
// channels; convolution_weight_gradient's small tiles read d for each channel's row of taps, and the input for each four channels.
// Workgroup memory: 1 + TILE vec4s for 16 · TILE multiply-adds.
//
// `input_map` is [n][c][ROW][ROW] with a zero halo of HALO = k/2; `conv_gradient` is [n][o][ROW][ROW] with the same halo. Channels
// and terms beyond the last are copies of it that nobody stores; pixels beyond the share count as d = 0.

//! include map_values
//! include batch
@group(1) @binding(0) var<storage, read> input_map: array<InputValue>;
@group(1) @binding(1) var<storage, read> conv_gradient: array<f32>;
@group(1) @binding(2) var<storage, read_write> partial_sums: array<vec4<f32>>;

// [pixel][group] and [pixel][four terms]; rows are one longer than they need be, so that neighbours' stores meet other banks.
//! let D_ROW = OUT_LANES * TILE + 1
//! let X_ROW = TERM_LANES + 1
//! let D_COUNT = SLAB * D_ROW
//! let X_COUNT = SLAB * X_ROW
//! let LANES = OUT_LANES * TERM_LANES
var<workgroup> d_slab: array<vec4<f32>, D_COUNT>;
var<workgroup> x_slab: array<vec4<f32>, X_COUNT>;

@compute @workgroup_size(LANES)
fn convolution_weight_gradient_tiled(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first_term = group.y * (TERM_LANES * 4);
    let first_group = group.z * (OUT_LANES * TILE);
    let term_lane = lane % TERM_LANES;
    let out_lane = lane / TERM_LANES;
    //! for O in 0..TILE {
    //! for T in 0..4 {
    var sum_T_O = vec4<f32>(0.0);
    //! }
    //! }
    // Lane i of the first terms' workgroups adds up the biases of group i.
    var bias_sum = vec4<f32>(0.0);
    let adds_bias = group.y == 0 && lane < OUT_LANES * TILE;
    let pixels = batch.count * SIDE * SIDE;
    let span = (pixels + groups.x * SLAB - 1) / (groups.x * SLAB) * SLAB;
    let end = min((group.x + 1) * span, pixels);
    for (var first = group.x * span; first < end; first += SLAB) {
        // A lane fetches always the same pixel of a slab: LANES is a multiple of SLAB.
        let inside = first + lane % SLAB < end;
        let pixel = min(first + lane % SLAB, end - 1);
        let n = pixel / (SIDE * SIDE);
        let y = pixel / SIDE % SIDE;
        let x = pixel % SIDE;
        // The slab before is used up.
        workgroupBarrier();
        let d_corner = (n * OUT * ROW + y + HALO) * ROW + x + HALO;
        for (var g = lane / SLAB; g < OUT_LANES * TILE; g += LANES / SLAB) {
            //! for J in 0..4 {
            let o_J = min((first_group + g) * 4 + J, OUT - 1);
            //! }
            let d = vec4<f32>(
                //! for J in 0..4 {
                conv_gradient[d_corner + o_J * ROW * ROW],
                //! }
            );
            d_slab[lane % SLAB * D_ROW + g] = select(vec4<f32>(0.0), d, inside);
        }
        let x_corner = (n * IN * ROW + y) * ROW + x;
        for (var q = lane / SLAB; q < TERM_LANES; q += LANES / SLAB) {
            //! for J in 0..4 {
            let t_J = min(first_term + q * 4 + J, TERMS - 1);
            //! }
            x_slab[lane % SLAB * X_ROW + q] = vec4<f32>(
                //! for J in 0..4 {
                f32(input_map[x_corner + (t_J / (KERNEL * KERNEL) * ROW + t_J % (KERNEL * KERNEL) / KERNEL) * ROW + t_J % KERNEL]),
                //! }
            );
        }
        workgroupBarrier();
        for (var p = 0u; p < SLAB; p++) {
            let x_terms = x_slab[p * X_ROW + term_lane];
            //! for O in 0..TILE {
            let d_O = d_slab[p * D_ROW + out_lane * TILE + O];
            //! for T in 0..4 {
            sum_T_O += d_O * x_terms[T];
            //! }
            //! }
        }
        if adds_bias {
            for (var p = 0u; p < SLAB; p++) {
                bias_sum += d_slab[p * D_ROW + lane];
            }
        }
    }
    let row = PARTIAL_0 + group.x * LENGTH_0;
    //! for O in 0..TILE {
    //! for T in 0..4 {
    if first_term + term_lane * 4 + T < TERMS && first_group + out_lane * TILE + O < GROUPS_0 {
        partial_sums[row + (first_term + term_lane * 4 + T) * GROUPS_0 + first_group + out_lane * TILE + O] = sum_T_O;
    }
    //! }
    //! }
    if adds_bias && first_group + lane < GROUPS_0 {
        partial_sums[row + TERMS * GROUPS_0 + first_group + lane] = bias_sum;
    }
}
