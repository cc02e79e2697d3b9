// From the gradient of the block's output to d_L_P_G, the gradient of every layer's z, for the patch whose a_L_P_G are known.
// `at` is the pooled pixel whose window the patch is in, `first_place` its first pixel's place there. Layers go back from the
// last; of each, four channels at a time. Patches that are not `inside` get zeros.
//! let BEFORE = LAYERS - 2
//! let LAST = LAYERS - 1
//! for P in 0..PATCH_H * PATCH_W {
//! for G in 0..OUT_GROUPS {
var d_LAST_P_G = vec4<f32>(0.0);
//! }
//! for G in 0..GROUPS_BEFORE {
var d_BEFORE_P_G = vec4<f32>(0.0);
//! }
//! }
for (var o = 0u; o < OUT_GROUPS; o++) {
    let first_weight = WEIGHT_LAST + o;
    //! let COUNT = CHANNELS_BEFORE
    //! let RUN = 1
    //! let STRIDE = OUT_GROUPS
    //! include fetch_weights
    let above = gradient_above(n, o, at);
    let target_places = targets(n, o, at);
    //! for P in 0..PATCH_H * PATCH_W {
    var z_P = vec4<f32>(0.0);
    //! }
    //! if RECOMPUTE_LAST {
    //! for P in 0..PATCH_H * PATCH_W {
    z_P = weights[BIAS_LAST + o];
    //! for I in 0..CHANNELS_BEFORE {
    //! let G = I / 4
    //! let J = I % 4
    z_P += weights[WEIGHT_LAST + I * OUT_GROUPS + o] * a_BEFORE_P_G[J];
    //! }
    //! }
    //! }
    //! for P in 0..PATCH_H * PATCH_W {
    let open_P = reaches(target_places, first_place + P / PATCH_W * POOL + P % PATCH_W, z_P);
    let d_P = select(vec4<f32>(0.0), above, open_P & vec4<bool>(inside));
    //! for G in 0..OUT_GROUPS {
    d_LAST_P_G = select(d_LAST_P_G, d_P, o == G);
    //! }
    //! }
    //! for I in 0..CHANNELS_BEFORE {
    //! let G = I / 4
    //! let J = I % 4
    //! let M = I
    //! include weight
    //! for P in 0..PATCH_H * PATCH_W {
    d_BEFORE_P_G[J] += dot(w_M, d_P);
    //! }
    //! }
}
// Back through the ReLUs and the layers before; K counts them from the last.
//! for K in 2..LAYERS + 1 {
//! let L = LAYERS - K
//! let BEFORE = L - 1
//! for P in 0..PATCH_H * PATCH_W {
//! for G in 0..GROUPS_L {
d_L_P_G = select(vec4<f32>(0.0), d_L_P_G, (a_L_P_G > vec4<f32>(0.0)) | vec4<bool>(RELU_L == 0));
//! }
//! }
//! if L > 0 {
//! for P in 0..PATCH_H * PATCH_W {
//! for G in 0..GROUPS_BEFORE {
var d_BEFORE_P_G = vec4<f32>(0.0);
//! }
//! }
for (var o = 0u; o < GROUPS_L; o++) {
    let first_weight = WEIGHT_L + o;
    //! let COUNT = CHANNELS_BEFORE
    //! let RUN = 1
    //! let STRIDE = GROUPS_L
    //! include fetch_weights
    //! for P in 0..PATCH_H * PATCH_W {
    var d_P = d_L_P_0;
    //! for G in 1..GROUPS_L {
    d_P = select(d_P, d_L_P_G, o == G);
    //! }
    //! }
    //! for I in 0..CHANNELS_BEFORE {
    //! let G = I / 4
    //! let J = I % 4
    //! let M = I
    //! include weight
    //! for P in 0..PATCH_H * PATCH_W {
    d_BEFORE_P_G[J] += dot(w_M, d_P);
    //! }
    //! }
}
//! }
//! }
// The convolution's own gradient: stored for the kernels that go on with it, unless this one does.
//! if FIRST > 0 {
for (var p = 0u; p < PATCH_H * PATCH_W; p++) {
    let row = y + p / PATCH_W + HALO;
    let column = x + p % PATCH_W + HALO;
    //! for G in 0..GROUPS_0 {
    var pixel_d_G = d_0_0_G;
    //! for P in 1..PATCH_H * PATCH_W {
    pixel_d_G = select(pixel_d_G, d_0_P_G, p == P);
    //! }
    //! }
    for (var o = 0u; o < GROUPS_0; o++) {
        var d = pixel_d_0;
        //! for G in 1..GROUPS_0 {
        d = select(d, pixel_d_G, o == G);
        //! }
        //! for J in 0..4 {
        if inside && o * 4 + J < CHANNELS_0 {
            conv_gradient[((n * CHANNELS_0 + o * 4 + J) * ROW + row) * ROW + column] = d[J];
        }
        //! }
    }
}
//! } else {
let corner = (n * ROW + y) * ROW + x;
//! for R in 0..PATCH_H + KERNEL - 1 {
//! for C in 0..PATCH_W + KERNEL - 1 {
let x_R_C = f32(input_map[corner + R * ROW + C]);
//! }
//! }
//! }
