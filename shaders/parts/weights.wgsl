// Weights of layer l are [i][tap][o group] from WEIGHT_l, biases from BIAS_l. A uniform buffer where they fit one.
//! if WEIGHTS_UNIFORM {
@group(1) @binding(0) var<uniform> weights: array<vec4<f32>, WEIGHTS>;
//! } else {
@group(1) @binding(0) var<storage, read> weights: array<vec4<f32>, WEIGHTS>;
//! }
