// optimizer: clips the gradient, decays, updates, and lays the new parameters out as the kernels read them.
//
//   g = gradient · min(1, clip_norm / norm)                       (if clip_norm > 0)
//   SGD:   g += decay·p;  v = momentum·v + g;  p -= lr·v
//   Adam:  g += decay·p;  m = β₁m + (1-β₁)g;  v = β₂v + (1-β₂)g²;  p -= lr/correction_1 · m / (sqrt(v)/correction_2 + ε)
//   AdamW: p -= lr·decay·p, then Adam without decay
// correction_1 = 1 - β₁ᵗ and correction_2 = sqrt(1 - β₂ᵗ) come with the step.
//
// Memory, per parameter: gradient, two places, the parameter and its moments read; parameter, moments and up to two packed copies
// written. Arithmetic: 6 operations (SGD) or 15 (Adam).
//
// One invocation updates one parameter. `places` has two indices per parameter: where it goes in `packed` for the forward kernels and
// for convolution_input_gradient (NOWHERE if it is not read there).

struct Batch {
    first: u32, count: u32, offset: u32, total: u32,
    ordered: u32, augmented: u32, accumulate: u32, slot: u32,
    side: u32, learning_rate: f32, correction_1: f32, correction_2: f32,
    momentum: f32, beta_1: f32, beta_2: f32, epsilon: f32,
    weight_decay: f32, clip_norm: f32,
}

struct StepMetrics {
    loss: f32,
    hits: u32,
    count: u32,
    gradient_norm: f32,
}

const NOWHERE = 0xffffffffu;

@group(0) @binding(0) var<uniform> batch: Batch;
@group(1) @binding(0) var<storage, read> gradient: array<f32>;
@group(1) @binding(1) var<storage, read> metrics: array<StepMetrics>;
@group(1) @binding(2) var<storage, read> places: array<vec2<u32>>;
@group(1) @binding(3) var<storage, read_write> parameters: array<f32>;
@group(1) @binding(4) var<storage, read_write> first_moment: array<f32>;
@group(1) @binding(5) var<storage, read_write> second_moment: array<f32>;
@group(1) @binding(6) var<storage, read_write> packed: array<f32>;

@compute @workgroup_size(64)
fn optimizer(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let i = group.x * 64 + lane;
    if i >= PARAMETERS {
        return;
    }
    var p = parameters[i];
    var g = gradient[i];
    let norm = metrics[batch.slot].gradient_norm;
    if batch.clip_norm > 0.0 && norm > batch.clip_norm {
        g *= batch.clip_norm / norm;
    }
    //! if ADAM {
    //! if DECOUPLED {
    p -= batch.learning_rate * batch.weight_decay * p;
    //! } else {
    g += batch.weight_decay * p;
    //! }
    let m = batch.beta_1 * first_moment[i] + (1.0 - batch.beta_1) * g;
    let v = batch.beta_2 * second_moment[i] + (1.0 - batch.beta_2) * g * g;
    p -= batch.learning_rate / batch.correction_1 * m / (sqrt(v) / batch.correction_2 + batch.epsilon);
    first_moment[i] = m;
    second_moment[i] = v;
    //! } else {
    g += batch.weight_decay * p;
    let v = batch.momentum * first_moment[i] + g;
    p -= batch.learning_rate * v;
    first_moment[i] = v;
    //! }
    parameters[i] = p;
    packed[places[i].x] = p;
    if places[i].y != NOWHERE {
        packed[places[i].y] = p;
    }
}
