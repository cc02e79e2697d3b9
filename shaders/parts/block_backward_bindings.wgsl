@group(1) @binding(1) var<storage, read> input_map: array<InputValue>;
@group(1) @binding(2) var<storage, read> route: array<u32>;
@group(1) @binding(3) var<storage, read> output_gradient: array<f32>;
@group(1) @binding(4) var<storage, read_write> partial_sums: array<vec4<f32>>;
//! if FIRST > 0 {
@group(1) @binding(5) var<storage, read_write> conv_gradient: array<f32>;
//! }
