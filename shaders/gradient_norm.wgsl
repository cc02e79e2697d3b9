// gradient_norm: what a step found: norm of the gradient, mean loss, hits.
//
//   norm = sqrt(sum over p of gradient[p]²)      loss = (sum over n of cross_entropy[n]) / images
//
// Memory: the gradient and three words an image, read once.
//
// One workgroup; each lane adds every 256th value, then the lanes are added in pairs.

struct Batch {
    first: u32, count: u32, offset: u32, total: u32,
    ordered: u32, augmented: u32, accumulate: u32, slot: u32,
}

struct Outcome {
    cross_entropy: f32,
    predicted: u32,
    hit: u32,
}

struct StepMetrics {
    loss: f32,
    hits: u32,
    count: u32,
    gradient_norm: f32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(1) @binding(0) var<storage, read> gradient: array<f32>;
@group(1) @binding(1) var<storage, read> outcomes: array<Outcome>;
@group(1) @binding(2) var<storage, read_write> metrics: array<StepMetrics>;

//! let LANES = 256
//! let SUMS = 1
// Square, cross-entropy, hit; so few of those that f32 counts them exactly.
var<workgroup> lane_sums: array<vec3<f32>, LANES>;

@compute @workgroup_size(LANES)
fn gradient_norm(
    //! include lane_builtins
) {
    //! include lane
    var square = 0.0;
    for (var p = lane; p < PARAMETERS; p += LANES) {
        square += gradient[p] * gradient[p];
    }
    var loss = 0.0;
    var hit = 0u;
    for (var n = lane; n < batch.total; n += LANES) {
        loss += outcomes[n].cross_entropy;
        hit += outcomes[n].hit;
    }
    var lane_sum_0 = vec3<f32>(square, loss, f32(hit));
    //! include add_lanes
    if lane == 0 {
        let sum = lane_sums[0];
        metrics[batch.slot] = StepMetrics(sum.y / f32(batch.total), u32(sum.z), batch.total, sqrt(sum.x));
    }
}
