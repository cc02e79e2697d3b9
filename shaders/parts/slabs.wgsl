// What parts/tiled_product shares in a workgroup: a slab of terms for all its pixels, four in a vec4, and for all its channels.
//! if CHANNEL_LANES > 1 {
//! let QUAD_COUNT = SLAB * QUADS * PATCH_LANES
//! let WEIGHT_COUNT = SLAB * CHANNEL_LANES * TILE
var<workgroup> x_slab: array<vec4<f32>, QUAD_COUNT>;
var<workgroup> weight_slab: array<vec4<f32>, WEIGHT_COUNT>;
//! }
