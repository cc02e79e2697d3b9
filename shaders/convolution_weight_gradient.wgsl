// convolution_weight_gradient: gradients of a k×k convolution's weights and biases, as partial sums.
//
//   dW[o, c, ky, kx] = sum over n, y, x of d[n, o, y, x] * input[n, c, y + ky - k/2, x + kx - k/2]
//   db[o] = sum over n, y, x of d[n, o, y, x]
//
// A workgroup takes IN_TILE input channels, OUT_TILE groups of four output channels and BAND rows of taps (all of them for small
// kernels). Each of its LANES lanes walks down columns of the map, the window's values moving along in registers: of what a
// pixel needs, only a row of each window and d are fetched. A GPU hides those loads and takes small tiles, whose lanes are added
// up in a fixed order into one row of partial sums per group.x; a processor takes large ones, and each lane stores its own row
// (LANE_ROWS). Rows are laid out as the weights are; `reduce` adds them.
//
// Per pixel: a multiply-add for each weight, and IN_TILE · k + OUT_TILE · 4 loads for IN_TILE · OUT_TILE · 4k² of them.
//
// `input_map` is [n][c][ROW][ROW] with a zero halo of HALO = k/2; `conv_gradient` is [n][o][ROW][ROW] with the same halo.

//! include map_values
//! include batch
@group(1) @binding(0) var<storage, read> input_map: array<InputValue>;
@group(1) @binding(1) var<storage, read> conv_gradient: array<f32>;
@group(1) @binding(2) var<storage, read_write> partial_sums: array<vec4<f32>>;

//! if LANE_ROWS == 0 {
// The last row of each is the bias.
var<workgroup> lane_sums: array<vec4<f32>, LANES * (BAND * KERNEL + 1)>;
//! }

@compute @workgroup_size(LANES)
fn convolution_weight_gradient(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    //! include lane_builtins
) {
    //! include lane
    let c = group.y * IN_TILE;
    let o = group.z / (KERNEL / BAND) * OUT_TILE;
    let band = group.z % (KERNEL / BAND) * BAND;
    //! for G in 0..OUT_TILE {
    var bias_sum_G = vec4<f32>(0.0);
    //! for I in 0..IN_TILE {
    //! for T in 0..BAND * KERNEL {
    var sum_I_T_G = vec4<f32>(0.0);
    //! }
    //! }
    //! }
    // A workgroup takes columns that are neighbours, so that it meets its cache lines again.
    let columns = batch.count * SIDE;
    let span = (columns + groups.x * LANES - 1) / (groups.x * LANES) * LANES;
    let end = min((group.x + 1) * span, columns);
    for (var first = group.x * span; first < end; first += LANES) {
        let inside = first + lane < end;
        let column = min(first + lane, end - 1);
        let n = column / SIDE;
        let x = column % SIDE;
        let corner = ((n * IN + c) * ROW + band) * ROW + x;
        let d_corner = ((n * CHANNELS_0 + o * 4) * ROW + HALO) * ROW + HALO + x;
        //! for I in 0..IN_TILE {
        //! for R in 0..BAND - 1 {
        //! for C in 0..KERNEL {
        var x_I_R_C = f32(input_map[corner + (I * ROW + R) * ROW + C]);
        //! }
        //! }
        //! }
        for (var y = 0u; y < SIDE; y++) {
            //! let R = BAND - 1
            //! for I in 0..IN_TILE {
            //! for C in 0..KERNEL {
            let x_I_R_C = f32(input_map[corner + (I * ROW + y + R) * ROW + C]);
            //! }
            //! }
            let at = d_corner + y * ROW;
            //! for G in 0..OUT_TILE {
            let gradient_G = vec4<f32>(
                conv_gradient[at + 4 * G * ROW * ROW],
                conv_gradient[at + (4 * G + 1) * ROW * ROW],
                conv_gradient[at + (4 * G + 2) * ROW * ROW],
                conv_gradient[at + (4 * G + 3) * ROW * ROW],
            );
            let d_G = select(vec4<f32>(0.0), gradient_G, inside);
            bias_sum_G += d_G;
            //! for I in 0..IN_TILE {
            //! for T in 0..BAND * KERNEL {
            //! let R = T / KERNEL
            //! let C = T % KERNEL
            sum_I_T_G += d_G * x_I_R_C;
            //! }
            //! }
            //! }
            //! for I in 0..IN_TILE {
            //! for R in 0..BAND - 1 {
            //! let BELOW = R + 1
            //! for C in 0..KERNEL {
            x_I_R_C = x_I_BELOW_C;
            //! }
            //! }
            //! }
        }
    }
    //! if LANE_ROWS == 1 {
    let row = PARTIAL_0 + (group.x * LANES + lane) * LENGTH_0;
    // One store in a loop that picks the sum, not one for each sum: a store takes compilers far longer than a selection.
    //! for G in 0..OUT_TILE {
    for (var tap = 0u; tap < IN_TILE * BAND * KERNEL; tap++) {
        var sum = sum_0_0_G;
        //! for I in 0..IN_TILE {
        //! for T in 0..BAND * KERNEL {
        //! let TAP = I * BAND * KERNEL + T
        sum = select(sum, sum_I_T_G, tap == TAP);
        //! }
        //! }
        let i = c + tap / (BAND * KERNEL);
        let t = band * KERNEL + tap % (BAND * KERNEL);
        partial_sums[row + (i * KERNEL * KERNEL + t) * GROUPS_0 + o + G] = sum;
    }
    if c == 0 && band == 0 {
        partial_sums[row + IN * KERNEL * KERNEL * GROUPS_0 + o + G] = bias_sum_G;
    }
    //! }
    //! } else {
    //! let SUMS = BAND * KERNEL + 1
    //! for G in 0..OUT_TILE {
    //! for I in 0..IN_TILE {
    {
        //! for T in 0..BAND * KERNEL {
        var lane_sum_T = sum_I_T_G;
        //! }
        //! let T = BAND * KERNEL
        var lane_sum_T = bias_sum_G;
        //! include add_lanes
        // Lane i stores tap i; the last one the bias, which the first input channel's workgroup stores.
        for (var tap = lane; tap < SUMS; tap += LANES) {
            let sum = lane_sums[tap * LANES];
            let row = PARTIAL_0 + group.x * LENGTH_0;
            if tap < BAND * KERNEL {
                partial_sums[row + (((c + I) * KERNEL + band) * KERNEL + tap) * GROUPS_0 + o + G] = sum;
            } else if c + I == 0 && band == 0 {
                partial_sums[row + IN * KERNEL * KERNEL * GROUPS_0 + o + G] = sum;
            }
        }
        workgroupBarrier();
    }
    //! }
    //! }
    //! }
}
