// block_backward: from the gradient of a block's output to the gradient of its k×k convolution's output, and the gradients of
// its 1×1 convolutions' weights and biases. What the block computed is computed again from its input, never stored. A block
// without 1×1s takes pool_backward instead.
//
//   d_last[o] = output gradient at the pixel that `route` names (maximum), or 1/POOL² of it (mean); 0 where the ReLU is closed
//   d_{l-1}[i] = sum over o of W_l[o, i] * d_l[o], 0 where a_{l-1}[i] <= 0 and a ReLU follows
//   dW_l[o, i] = sum over pixels of d_l[o] * a_{l-1}[i]           db_l[o] = sum over pixels of d_l[o]
//
// The network's first block (FIRST = 0) makes the gradient of its k×k convolution's weights, too: nobody else wants that
// convolution's d, the largest map of all, so that it is never stored. Its a_{-1} are the pixels under the taps.
//
// One invocation takes a patch of PATCH_H × PATCH_W pixels; a workgroup of LANES invocations walks over many patches. Each time
// it lays a and d of its ROWS pixels out as rows of workgroup memory; then every lane adds up its own tile of each dW, 4 inputs
// × 4·WIDTH outputs, over every SLICES-th row. No atomics: each slice of each workgroup has its own row of partial sums, laid
// out as the weights are, and `reduce` adds those rows in a fixed order.
//
// Registers: a and d of a patch, then a tile of each dW. Workgroup memory: ROWS · ROW_LENGTH · 16 bytes. Storage, per pixel: the
// input and, where it is wanted, d of the convolution; per pooled pixel: `route` and the output's gradient.
// Per pixel: a multiply-add for each weight (forward again), and two for each 1×1's (d and dW).
//
// Layouts as in block_forward. `conv_gradient` is [n][o][ROW][ROW] with a zero halo of HALO.

//! include map_values
//! include batch
//! include weights
//! include block_backward_bindings

// In each row, layer l's input a_{l-1} starts at A_l and its d_l at D_l.
var<workgroup> rows: array<vec4<f32>, ROWS * ROW_LENGTH>;

//! include activate
//! include pooled_gradient

@compute @workgroup_size(LANES)
fn block_backward(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // This lane's tiles of dW and db.
    //! for L in FIRST..LAYERS {
    //! for W in 0..WIDTH_L {
    //! for J in 0..4 {
    var tile_sum_L_W_J = vec4<f32>(0.0);
    //! }
    var bias_sum_L_W = vec4<f32>(0.0);
    //! }
    //! }
    let tile = 0u;
    let patches = batch.count * PATCHES;
    for (var first_patch = group.x * LANES; first_patch < patches; first_patch += groups.x * LANES) {
        let inside = first_patch + lane < patches;
        let patch_index = min(first_patch + lane, patches - 1);
        //! include patch_gradients
        //! for P in 0..PATCH_H * PATCH_W {
        let row_P = (P * LANES + lane) * ROW_LENGTH;
        //! for L in FIRST..LAYERS {
        //! let BEFORE = L - 1
        //! for G in 0..GROUPS_L {
        rows[row_P + D_L + G] = d_L_P_G;
        //! }
        //! if L > 0 {
        //! for G in 0..GROUPS_BEFORE {
        rows[row_P + A_L + G] = a_BEFORE_P_G;
        //! }
        //! } else {
        //! for H in 0..INPUT_GROUPS_0 {
        var taps_P_H = vec4<f32>(0.0);
        //! for J in 0..4 {
        //! let T = H * 4 + J
        //! if T < KERNEL * KERNEL {
        //! let R = P / PATCH_W + T / KERNEL
        //! let C = P % PATCH_W + T % KERNEL
        taps_P_H[J] = x_R_C;
        //! }
        //! }
        rows[row_P + A_L + H] = taps_P_H;
        //! }
        //! }
        //! }
        //! }
        workgroupBarrier();
        //! for L in FIRST..LAYERS {
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

    //! for L in FIRST..LAYERS {
    if lane < TILES_L * SLICES_L {
        let i = lane % TILES_L / (GROUPS_L / WIDTH_L) * 4;
        let o = lane % TILES_L % (GROUPS_L / WIDTH_L) * WIDTH_L;
        let row = PARTIAL_L + (group.x * SLICES_L + lane / TILES_L) * LENGTH_L;
        //! for W in 0..WIDTH_L {
        //! for J in 0..4 {
        if i + J < INPUTS_L {
            partial_sums[row + (i + J) * GROUPS_L + o + W] = tile_sum_L_W_J;
        }
        //! }
        if i == 0 {
            partial_sums[row + INPUTS_L * GROUPS_L + o + W] = bias_sum_L_W;
        }
        //! }
    }
    //! }
}
