// Where a lane stands in its workgroup: with CHANNEL_LANES > 1, PATCH_LANES of them are side by side in patches, and CHANNEL_LANES
// in channels, each on a tile of its own.
//! if CHANNEL_LANES > 1 {
let patch_lane = lane % PATCH_LANES;
let channel_lane = lane / PATCH_LANES;
//! } else {
let patch_lane = lane;
let channel_lane = 0u;
//! }
