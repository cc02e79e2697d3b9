// convolution_weight_gradient: gradients of a k×k convolution's weights and biases, as partial sums.
//
//   dW[o, c, ky, kx] = sum over n, y, x of d[n, o, y, x] * input[n, c, y + ky - k/2, x + kx - k/2]
//   db[o] = sum over n, y, x of d[n, o, y, x]
//
// A workgroup takes one input channel, four output channels and BAND rows of taps (all of them for small kernels). Each of its
// 64 lanes walks down columns of the map, the window's values moving along in registers; then the lanes' sums are added in a
// fixed order and stored as one row of partial sums per group.x, laid out as the weights are. `reduce` adds the rows.
//
// `input_map` is [n][c][ROW][ROW] with a zero halo of HALO = k/2; `conv_gradient` is [n][o][ROW][ROW] with the same halo.

struct Batch {
    first: u32, count: u32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(1) @binding(0) var<storage, read> input_map: array<f32>;
@group(1) @binding(1) var<storage, read> conv_gradient: array<f32>;
@group(1) @binding(2) var<storage, read_write> partial_sums: array<f32>;

// The last row of each is the bias.
var<workgroup> lane_sums: array<vec4<f32>, 64 * (BAND * KERNEL + 1)>;

@compute @workgroup_size(64)
fn convolution_weight_gradient(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let c = group.y;
    let o = group.z / (KERNEL / BAND) * 4;
    let band = group.z % (KERNEL / BAND) * BAND;
    //! for T in 0..BAND * KERNEL + 1 {
    var sum_T = vec4<f32>(0.0);
    //! }
    let columns = batch.count * SIDE;
    for (var first = group.x * 64; first < columns; first += groups.x * 64) {
        let inside = first + lane < columns;
        let column = min(first + lane, columns - 1);
        let n = column / SIDE;
        let x = column % SIDE;
        let corner = ((n * IN + c) * ROW + band) * ROW + x;
        let d_corner = ((n * CHANNELS_0 + o) * ROW + HALO) * ROW + HALO + x;
        //! for R in 0..BAND - 1 {
        //! for C in 0..KERNEL {
        var x_R_C = input_map[corner + R * ROW + C];
        //! }
        //! }
        for (var y = 0u; y < SIDE; y++) {
            //! let R = BAND - 1
            //! for C in 0..KERNEL {
            let x_R_C = input_map[corner + (y + R) * ROW + C];
            //! }
            let at = d_corner + y * ROW;
            let gradient = vec4<f32>(
                conv_gradient[at],
                conv_gradient[at + ROW * ROW],
                conv_gradient[at + 2 * ROW * ROW],
                conv_gradient[at + 3 * ROW * ROW],
            );
            let d = select(vec4<f32>(0.0), gradient, inside);
            //! for T in 0..BAND * KERNEL {
            //! let R = T / KERNEL
            //! let C = T % KERNEL
            sum_T += d * x_R_C;
            //! }
            //! let T = BAND * KERNEL
            sum_T += d;
            //! for R in 0..BAND - 1 {
            //! let BELOW = R + 1
            //! for C in 0..KERNEL {
            x_R_C = x_BELOW_C;
            //! }
            //! }
        }
    }
    //! for T in 0..BAND * KERNEL + 1 {
    lane_sums[T * 64 + lane] = sum_T;
    //! }
    workgroupBarrier();
    // Lane i adds up component i % 4 of tap i / 4.
    for (var i = lane; i < 4 * (BAND * KERNEL + 1); i += 64) {
        let tap = i / 4;
        let channel = o + i % 4;
        var sum = 0.0;
        for (var l = 0u; l < 64; l++) {
            sum += lane_sums[tap * 64 + l][i % 4];
        }
        let row = PARTIAL_0 + group.x * LENGTH_0;
        if tap < BAND * KERNEL {
            partial_sums[row + ((c * KERNEL + band) * KERNEL + tap) * 4 * GROUPS_0 + channel] = sum;
        } else if c == 0 && band == 0 {
            partial_sums[row + IN * KERNEL * KERNEL * 4 * GROUPS_0 + channel] = sum;
        }
    }
}
