// ceiling_multiply_add: how many multiply-adds a second the device does at most; part of no step.
//
//   sum = sum · one + one, repeats · UNROLLED times, for each of an invocation's 4 · SUMS sums
//
// All sums are in registers and none waits for another, so that nothing but arithmetic takes time: 2 FLOP each. `one` is unknown
// to the compiler and every sum starts elsewhere, so that none is left out. A sum of ones is exact in f32 up to 2²⁴: `right`
// gets how many sums of each invocation are what they have to be.

struct Work { repeats: u32, one: f32 }

@group(0) @binding(0) var<uniform> work: Work;
@group(1) @binding(0) var<storage, read_write> right: array<u32>;

@compute @workgroup_size(256)
fn ceiling_multiply_add(@builtin(global_invocation_id) id: vec3<u32>) {
    let one = vec4<f32>(work.one);
    let start = vec4<f32>(0.0, 1.0, 2.0, 3.0);
    //! for S in 0..SUMS {
    var sum_S = start + f32(4 * S);
    //! }
    for (var repeat = 0u; repeat < work.repeats; repeat++) {
        //! for U in 0..UNROLLED {
        //! for S in 0..SUMS {
        sum_S = fma(sum_S, one, one);
        //! }
        //! }
    }
    let made = f32(work.repeats * UNROLLED);
    var count = vec4<u32>(0);
    //! for S in 0..SUMS {
    count += select(vec4<u32>(0), vec4<u32>(1), sum_S == start + f32(4 * S) + made);
    //! }
    right[id.x] = count.x + count.y + count.z + count.w;
}
