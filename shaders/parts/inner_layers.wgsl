// The 1×1 convolutions but the last, from a_0_P_G to a_L_P_G, four channels at a time.
//! for L in 1..LAYERS - 1 {
//! let BEFORE = L - 1
//! for P in 0..PATCH_H * PATCH_W {
//! for G in 0..GROUPS_L {
var a_L_P_G = vec4<f32>(0.0);
//! }
//! }
for (var o = 0u; o < GROUPS_L; o++) {
    let bias = weights[BIAS_L + o];
    let first_weight = WEIGHT_L + o;
    //! let COUNT = CHANNELS_BEFORE
    //! let RUN = 1
    //! let STRIDE = GROUPS_L
    //! include fetch_weights
    //! for P in 0..PATCH_H * PATCH_W {
    var z_P = bias;
    //! }
    //! for I in 0..CHANNELS_BEFORE {
    //! let G = I / 4
    //! let J = I % 4
    //! let M = I
    //! include weight
    //! for P in 0..PATCH_H * PATCH_W {
    z_P += w_M * a_BEFORE_P_G[J];
    //! }
    //! }
    //! for P in 0..PATCH_H * PATCH_W {
    z_P = activate(z_P, RELU_L == 1);
    //! for G in 0..GROUPS_L {
    a_L_P_G = select(a_L_P_G, z_P, o == G);
    //! }
    //! }
}
//! }
