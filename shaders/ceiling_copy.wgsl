// ceiling_copy: how many bytes a second the device reads and writes at most; part of no step.
//
//   target_values[i] = source_values[i] + 1
//
// An invocation copies 16 bytes, its neighbour the next 16. The two buffers are larger than caches, and take turns: after n
// dispatches the one that was written last holds n everywhere, so that the host can tell that all were done.

struct Work { repeats: u32, one: f32 }

@group(0) @binding(0) var<uniform> work: Work;
@group(1) @binding(0) var<storage, read> source_values: array<vec4<f32>>;
@group(1) @binding(1) var<storage, read_write> target_values: array<vec4<f32>>;

@compute @workgroup_size(256)
fn ceiling_copy(@builtin(global_invocation_id) id: vec3<u32>) {
    target_values[id.x] = source_values[id.x] + work.one;
}
