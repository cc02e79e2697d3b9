// What parts/convolution makes, a_0_P_O, for a workgroup that makes it together.
//! for O in 0..TILE {
let bias_0_O = weights[BIAS_0 + min(tile + O, GROUPS_0 - 1)];
//! for P in 0..PATCH_H * PATCH_W {
var sum_P_O = bias_0_O;
//! }
//! }
//! include tiled_product
//! for P in 0..PATCH_H * PATCH_W {
//! for O in 0..TILE {
let a_0_P_O = activate(sum_P_O, RELU_0 == 1);
//! }
//! }
