// Adds the convolution k×k of the patch at (y, x) of image n to sum_P_O, pixel P of channel group tile + O, as a blocked product
// of matrices: pixels × terms times terms × channels, a term being a tap of a channel that is read.
//
// A workgroup's tile is PATCH_LANES patches by CHANNEL_LANES · TILE groups of channels. As if it stood before two long ribbons, the
// pixels' values and the weights: it pulls SLAB terms of both into workgroup memory, each invocation multiplies its pixels by its
// channels, in registers, and the ribbons move on. Terms come in the order of parts/convolution, and so do the same bits.
//
// A multiply-add for each term, pixel and channel. Storage, per term: each pixel of the tile once and each weight once, so that a
// value serves CHANNEL_LANES · TILE · 4 channels and a weight all the tile's pixels. Workgroup memory: PATCH / 4 + TILE vec4s for
// 4 · PATCH · TILE multiply-adds, with PATCH pixels in a patch.
//
// map_value(i) is value i of the map, [n][READ_CHANNELS][ROW][ROW]; `weights` begins with [term][WEIGHT_GROUPS]. What lies beyond
// the last pixel, term or channel is a copy of a neighbour that nobody stores. All invocations have to come by.
let map_corner = (n * READ_CHANNELS * ROW + y) * ROW + x;
for (var first = 0u; first < TERMS; first += SLAB) {
    // The slab before is used up.
    workgroupBarrier();
    for (var i = channel_lane; i < SLAB * QUADS; i += CHANNEL_LANES) {
        let term = min(first + i / QUADS, TERMS - 1);
        let at = map_corner + (term / (KERNEL * KERNEL) * ROW + term % (KERNEL * KERNEL) / KERNEL) * ROW + term % KERNEL;
        //! for J in 0..4 {
        let pixel_J = min(i % QUADS * 4 + J, PATCH_H * PATCH_W - 1);
        //! }
        x_slab[i * PATCH_LANES + patch_lane] = vec4<f32>(
            //! for J in 0..4 {
            map_value(at + pixel_J / PATCH_W * ROW + pixel_J % PATCH_W),
            //! }
        );
    }
    for (var i = lane; i < SLAB * CHANNEL_LANES * TILE; i += LANES) {
        let term = min(first + i / (CHANNEL_LANES * TILE), TERMS - 1);
        let o = min(group.z * CHANNEL_LANES * TILE + i % (CHANNEL_LANES * TILE), WEIGHT_GROUPS - 1);
        weight_slab[i] = weights[term * WEIGHT_GROUPS + o];
    }
    workgroupBarrier();
    //! if TERMS % SLAB > 0 {
    for (var t = 0u; t < min(SLAB, TERMS - first); t++) {
    //! } else {
    for (var t = 0u; t < SLAB; t++) {
    //! }
        //! for H in 0..QUADS {
        let x_H = x_slab[(t * QUADS + H) * PATCH_LANES + patch_lane];
        //! }
        //! for O in 0..TILE {
        let w_O = weight_slab[(t * CHANNEL_LANES + channel_lane) * TILE + O];
        //! for P in 0..PATCH_H * PATCH_W {
        //! let H = P / 4
        //! let J = P % 4
        sum_P_O += w_O * x_H[J];
        //! }
        //! }
    }
}
