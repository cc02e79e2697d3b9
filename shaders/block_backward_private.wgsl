// block_backward_private: block_backward with each invocation's sums its own. It is for adapters that are processors, where what
// passes between invocations costs far more than arithmetic. What it computes, and layouts, stand in block_backward.wgsl.
//
// One invocation walks over many patches of PATCH_H × PATCH_W pixels; a weight fetched once serves them all. The sums of all
// dW and db stay with it (spilled registers, still in the first cache) and are stored once, at the end: a row of partial sums
// for each invocation, which `reduce` adds in a fixed order.
//
// Memory and arithmetic as in block_backward, but for workgroup memory: there is none.

//! include batch
//! include weights
//! include block_backward_bindings
//! include activate
//! include pooled_gradient

@compute @workgroup_size(LANES)
fn block_backward_private(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    //! for L in FIRST..LAYERS {
    //! for G in 0..GROUPS_L {
    //! for I in 0..INPUTS_L {
    var weight_sum_L_I_G = vec4<f32>(0.0);
    //! }
    var bias_sum_L_G = vec4<f32>(0.0);
    //! }
    //! }
    let walker = group.x * LANES + lane;
    let tile = 0u;
    let inside = true;
    // A workgroup takes patches that are neighbours, so that it meets its cache lines again.
    let patches = batch.count * PATCHES;
    let span = (patches + groups.x * LANES - 1) / (groups.x * LANES) * LANES;
    let end = min((group.x + 1) * span, patches);
    for (var patch_index = group.x * span + lane; patch_index < end; patch_index += LANES) {
        //! include patch_gradients
        // One pixel after the other, so that the sums are written out once.
        for (var p = 0u; p < PATCH_H * PATCH_W; p++) {
            //! for L in FIRST..LAYERS {
            //! let BEFORE = L - 1
            //! for G in 0..GROUPS_L {
            var d_L_G = d_L_0_G;
            //! for P in 1..PATCH_H * PATCH_W {
            d_L_G = select(d_L_G, d_L_P_G, p == P);
            //! }
            bias_sum_L_G += d_L_G;
            //! }
            //! if L == 0 {
            //! for I in 0..INPUTS_L {
            //! let R = I / KERNEL
            //! let C = I % KERNEL
            var input_I = x_R_C;
            //! for P in 1..PATCH_H * PATCH_W {
            //! let R = P / PATCH_W + I / KERNEL
            //! let C = P % PATCH_W + I % KERNEL
            input_I = select(input_I, x_R_C, p == P);
            //! }
            //! for G in 0..GROUPS_L {
            weight_sum_L_I_G += d_L_G * input_I;
            //! }
            //! }
            //! } else {
            //! for H in 0..GROUPS_BEFORE {
            var a_L_H = a_BEFORE_0_H;
            //! for P in 1..PATCH_H * PATCH_W {
            a_L_H = select(a_L_H, a_BEFORE_P_H, p == P);
            //! }
            //! }
            //! for I in 0..INPUTS_L {
            //! let H = I / 4
            //! let J = I % 4
            //! for G in 0..GROUPS_L {
            weight_sum_L_I_G += d_L_G * a_L_H[J];
            //! }
            //! }
            //! }
            //! }
        }
    }
    // One store in a loop that picks the sum, not one for each sum: a store takes compilers far longer than a selection.
    //! for L in FIRST..LAYERS {
    let row_L = PARTIAL_L + walker * LENGTH_L;
    for (var place = 0u; place < INPUTS_L * GROUPS_L; place++) {
        var sum = weight_sum_L_0_0;
        //! for I in 0..INPUTS_L {
        //! for G in 0..GROUPS_L {
        //! let PLACE = I * GROUPS_L + G
        sum = select(sum, weight_sum_L_I_G, place == PLACE);
        //! }
        //! }
        partial_sums[row_L + place] = sum;
    }
    for (var o = 0u; o < GROUPS_L; o++) {
        var sum = bias_sum_L_0;
        //! for G in 1..GROUPS_L {
        sum = select(sum, bias_sum_L_G, o == G);
        //! }
        partial_sums[row_L + INPUTS_L * GROUPS_L + o] = sum;
    }
    //! }
}
