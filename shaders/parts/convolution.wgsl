// The convolution k×k of the patch of PATCH_H × PATCH_W pixels at (y, x) of image n, into a_0_P_O: pixel P, channels
// 4(tile + O) … 4(tile + O) + 3. Input channels and their BANDS bands of BAND rows of taps are walked, in one loop: where
// registers are few, whatever a loop hands on is copied each time round, and at its ends. Taps, pixels and channels are written
// out, so that a weight serves all pixels of the patch and a pixel all taps that touch it.
//! for O in 0..TILE {
let bias_0_O = weights[BIAS_0 + tile + O];
//! for P in 0..PATCH_H * PATCH_W {
var sum_P_O = bias_0_O;
//! }
//! }
//! let BANDS = KERNEL / BAND
for (var walk = 0u; walk < IN * BANDS; walk++) {
    let c = walk / BANDS;
    let band = walk % BANDS * BAND;
    let corner = ((n * IN + c) * ROW + y) * ROW + x;
    //! for R in 0..PATCH_H + BAND - 1 {
    //! for C in 0..PATCH_W + KERNEL - 1 {
    let x_R_C = f32(input_map[corner + (band + R) * ROW + C]);
    //! }
    //! }
    let first_weight = WEIGHT_0 + walk * BAND * KERNEL * GROUPS_0 + tile;
    //! let COUNT = BAND * KERNEL * TILE
    //! let RUN = TILE
    //! let STRIDE = GROUPS_0
    //! include fetch_weights
    //! for T in 0..BAND * KERNEL {
    //! for O in 0..TILE {
    //! let M = T * TILE + O
    //! include weight
    //! for P in 0..PATCH_H * PATCH_W {
    //! let R = P / PATCH_W + T / KERNEL
    //! let C = P % PATCH_W + T % KERNEL
    sum_P_O += w_M * x_R_C;
    //! }
    //! }
    //! }
}
//! for P in 0..PATCH_H * PATCH_W {
//! for O in 0..TILE {
let a_0_P_O = activate(sum_P_O, RELU_0 == 1);
//! }
//! }
