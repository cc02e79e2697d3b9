// block_backward_private: block_backward with each invocation's sums its own. It is for adapters that are processors, where what
// passes between invocations costs far more than arithmetic. What it computes, and layouts, stand in block_backward.wgsl.
//
// One invocation walks over many patches of PATCH_H × PATCH_W pixels; a weight fetched once serves them all. The sums of all
// dW and db stay with it (spilled registers, still in the first cache) and are stored once, at the end: a row of partial sums
// for each invocation, which `reduce` adds in a fixed order. Each layer's lie weights first, then biases: named values, or, with
// ARRAYS, places of an array. Some compilers take long for the ones, some for the others; the numbers are the same.
//
// Memory and arithmetic as in block_backward, but for workgroup memory: there is none.

//! include map_values
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
    //! if SUBGROUP > 0 {
    @builtin(subgroup_invocation_id) subgroup_lane: u32,
    //! }
) {
    //! for L in FIRST..LAYERS {
    //! if ARRAYS {
    var weight_sums_L: array<vec4<f32>, LENGTH_L>;
    //! } else {
    //! for PLACE in 0..LENGTH_L {
    var weight_sum_L_PLACE = vec4<f32>(0.0);
    //! }
    //! }
    //! }
    let walker = group.x * LANES + lane;
    let tile = 0u;
    // A workgroup takes patches that are neighbours, so that it meets its cache lines again.
    let patches = batch.count * PATCHES;
    let span = (patches + groups.x * LANES - 1) / (groups.x * LANES) * LANES;
    let end = min((group.x + 1) * span, patches);
    for (var first_patch = group.x * span; first_patch < end; first_patch += LANES) {
        let inside = first_patch + lane < end;
        let patch_index = min(first_patch + lane, end - 1);
        //! include patch_gradients
        // Pixel after pixel, so that the sums are written out once.
        for (var p = 0u; p < PATCH_H * PATCH_W; p++) {
            //! for L in FIRST..LAYERS {
            //! let BEFORE = L - 1
            //! for G in 0..GROUPS_L {
            var pixel_d_L_G = d_L_0_G;
            //! for P in 1..PATCH_H * PATCH_W {
            pixel_d_L_G = select(pixel_d_L_G, d_L_P_G, p == P);
            //! }
            //! let PLACE = INPUTS_L * GROUPS_L + G
            //! if ARRAYS {
            weight_sums_L[PLACE] += pixel_d_L_G;
            //! } else {
            weight_sum_L_PLACE += pixel_d_L_G;
            //! }
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
            //! let PLACE = I * GROUPS_L + G
            //! if ARRAYS {
            weight_sums_L[PLACE] += pixel_d_L_G * input_I;
            //! } else {
            weight_sum_L_PLACE += pixel_d_L_G * input_I;
            //! }
            //! }
            //! }
            //! } else {
            //! for H in 0..GROUPS_BEFORE {
            var pixel_a_L_H = a_BEFORE_0_H;
            //! for P in 1..PATCH_H * PATCH_W {
            pixel_a_L_H = select(pixel_a_L_H, a_BEFORE_P_H, p == P);
            //! }
            //! }
            //! for I in 0..INPUTS_L {
            //! let H = I / 4
            //! let J = I % 4
            //! for G in 0..GROUPS_L {
            //! let PLACE = I * GROUPS_L + G
            //! if ARRAYS {
            weight_sums_L[PLACE] += pixel_d_L_G * pixel_a_L_H[J];
            //! } else {
            weight_sum_L_PLACE += pixel_d_L_G * pixel_a_L_H[J];
            //! }
            //! }
            //! }
            //! }
            //! }
        }
    }
    // One store in a loop, not one for each sum: a store takes compilers longest. Sums that are no array move up through it.
    //! for L in FIRST..LAYERS {
    let row_L = PARTIAL_L + walker * LENGTH_L;
    for (var place = 0u; place < LENGTH_L; place++) {
        //! if ARRAYS {
        partial_sums[row_L + place] = weight_sums_L[place];
        //! } else {
        partial_sums[row_L + place] = weight_sum_L_0;
        //! for PLACE in 0..LENGTH_L - 1 {
        //! let NEXT = PLACE + 1
        weight_sum_L_PLACE = weight_sum_L_NEXT;
        //! }
        //! }
    }
    //! }
}
