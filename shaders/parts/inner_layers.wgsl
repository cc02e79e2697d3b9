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
    //! if SUBGROUP > 0 {
    //! for H in 0..(CHANNELS_BEFORE + SUBGROUP - 1) / SUBGROUP {
    let several_H = weights[WEIGHT_L + (H * SUBGROUP + lane % SUBGROUP) * GROUPS_L + o];
    //! }
    //! }
    //! for P in 0..PATCH_H * PATCH_W {
    var z_P = bias;
    //! }
    //! for I in 0..CHANNELS_BEFORE {
    //! let G = I / 4
    //! let J = I % 4
    //! if SUBGROUP > 0 {
    //! let H = I / SUBGROUP
    //! let M = I % SUBGROUP
    let w_I = subgroupBroadcast(several_H, u32(M));
    //! } else {
    let w_I = weights[WEIGHT_L + I * GROUPS_L + o];
    //! }
    //! for P in 0..PATCH_H * PATCH_W {
    z_P += w_I * a_BEFORE_P_G[J];
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
