// reduce: adds the rows of partial sums into the flat gradient, in a fixed order.
//
//   gradient[p] = (accumulate ? gradient[p] : 0) + sum over rows of partial_sums[row, p]
//
// Memory: every partial sum read once, with a word for each place that tells its parameter; an addition for each.
//
// Rows are laid out as the weights are that the kernels read: `flat` tells which parameter a value belongs to, NOWHERE if it is
// padding. A workgroup takes 32 values of one convolution; each of its SHARES adds every SHARES-th row, then the shares are added
// up through workgroup memory: 8 on a GPU, to have many loads under way; on a processor, one.
// Convolution j has workgroups from GROUP_j on, rows of LENGTH_j values from PARTIAL_j on, flat[PACKED_j …], and
// min(MOST_ROWS_j, ceil(count · UNITS_j / LANES_j)) · SLICES_j rows.

struct Batch {
    first: u32, count: u32, offset: u32, total: u32,
    ordered: u32, augmented: u32, accumulate: u32,
}

const NOWHERE = 0xffffffffu;

@group(0) @binding(0) var<uniform> batch: Batch;
@group(1) @binding(0) var<storage, read> partial_sums: array<f32>;
@group(1) @binding(1) var<storage, read> flat: array<u32>;
@group(1) @binding(2) var<storage, read_write> gradient: array<f32>;

//! let INVOCATIONS = 32 * SHARES
//! if SHARES > 1 {
var<workgroup> share_sums: array<f32, INVOCATIONS>;
//! }

@compute @workgroup_size(INVOCATIONS)
fn reduce(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    var value = 0u;
    var length = 0u;
    var packed = 0u;
    var start = 0u;
    var rows = 0u;
    //! for L in 0..CONVOLUTIONS {
    if group.x >= GROUP_L {
        value = (group.x - GROUP_L) * 32 + lane % 32;
        length = LENGTH_L;
        packed = PACKED_L;
        start = PARTIAL_L;
        rows = min(MOST_ROWS_L, (batch.count * UNITS_L + LANES_L - 1) / LANES_L) * SLICES_L;
    }
    //! }
    var sum = 0.0;
    if value < length {
        for (var row = lane / 32; row < rows; row += SHARES) {
            sum += partial_sums[start + row * length + value];
        }
    }
    //! if SHARES > 1 {
    share_sums[lane] = sum;
    workgroupBarrier();
    //! }
    if lane < 32 && value < length {
        let p = flat[packed + value];
        if p != NOWHERE {
            //! if SHARES > 1 {
            for (var share = 1u; share < SHARES; share++) {
                sum += share_sums[share * 32 + lane];
            }
            //! }
            if batch.accumulate != 0 {
                sum += gradient[p];
            }
            gradient[p] = sum;
        }
    }
}
