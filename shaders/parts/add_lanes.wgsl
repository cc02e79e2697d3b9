// Adds `lane_sum_0` … up over all LANES invocations of the workgroup, in pairs of ever larger distance: sum S is in
// `lane_sums[S * LANES]` then. Neighbours within a subgroup hand their sums to each other; without subgroups, and between them,
// the workgroup's memory does. The same pairs meet either way, so that sums are the same to the bit.
//! if SUBGROUPS == 1 {
for (var distance = 1u; distance < min(subgroup_size, LANES); distance *= 2) {
    //! for S in 0..SUMS {
    lane_sum_S += subgroupShuffleXor(lane_sum_S, distance);
    //! }
}
let together = subgroup_size;
//! } else {
let together = 1u;
//! }
if lane % together == 0 {
    //! for S in 0..SUMS {
    lane_sums[S * LANES + lane] = lane_sum_S;
    //! }
}
workgroupBarrier();
for (var distance = together; distance < LANES; distance *= 2) {
    for (var pair = lane; pair < SUMS * LANES / (2 * distance); pair += LANES) {
        lane_sums[2 * distance * pair] += lane_sums[2 * distance * pair + distance];
    }
    workgroupBarrier();
}
