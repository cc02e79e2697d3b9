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

var<workgroup> squares: array<f32, 256>;
var<workgroup> losses: array<f32, 256>;
var<workgroup> hits: array<u32, 256>;

@compute @workgroup_size(256)
fn gradient_norm(@builtin(local_invocation_index) lane: u32) {
    var square = 0.0;
    for (var p = lane; p < PARAMETERS; p += 256) {
        square += gradient[p] * gradient[p];
    }
    var loss = 0.0;
    var hit = 0u;
    for (var n = lane; n < batch.total; n += 256) {
        loss += outcomes[n].cross_entropy;
        hit += outcomes[n].hit;
    }
    squares[lane] = square;
    losses[lane] = loss;
    hits[lane] = hit;
    workgroupBarrier();
    for (var half = 128u; half > 0; half /= 2) {
        if lane < half {
            squares[lane] += squares[lane + half];
            losses[lane] += losses[lane + half];
            hits[lane] += hits[lane + half];
        }
        workgroupBarrier();
    }
    if lane == 0 {
        metrics[batch.slot] = StepMetrics(losses[0] / f32(batch.total), hits[0], batch.total, sqrt(squares[0]));
    }
}
