// Patch `patch_index` of all images: where it lies, what the block computes there, and every layer's gradient.
let n = patch_index / PATCHES;
let y = patch_index % PATCHES / (POOLED * POOL / PATCH_W) * PATCH_H;
let x = patch_index % PATCHES % (POOLED * POOL / PATCH_W) * PATCH_W;
let at = y / POOL * POOLED + x / POOL;
let first_place = y % POOL * POOL + x % POOL;
//! include convolution
//! include inner_layers
//! include gradients
