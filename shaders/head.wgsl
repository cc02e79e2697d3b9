// head: pooling of the last maps into logits, softmax cross-entropy, prediction, and the gradient of the last maps.
//
//   logit[l] = mean of the last map's channel (global), or of one of its quadrants (l = channel·4 + y·2 + x)
//   cross_entropy = log(sum over l of exp(logit[l] - m)) - (logit[label] - m),  m = max over l of logit[l]
//   d_map[c, y, x] = (softmax[l] - [l == label]) / (images of the step · WINDOW²)
//
// Memory: the last maps read once, their gradient written once. An addition for each value, 10 operations for each logit.
//
// One workgroup takes one image. `map` and `map_gradient` are [n][c][SIDE][SIDE].

struct Batch {
    first: u32, count: u32, offset: u32, total: u32,
}

struct Outcome {
    cross_entropy: f32,
    predicted: u32,
    hit: u32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(1) @binding(0) var<storage, read> last_map: array<f32>;
@group(1) @binding(1) var<storage, read> batch_labels: array<u32>;
@group(1) @binding(2) var<storage, read_write> logits: array<f32>;
@group(1) @binding(3) var<storage, read_write> outcomes: array<Outcome>;
@group(1) @binding(4) var<storage, read_write> map_gradient: array<f32>;

//! if SUBGROUPS == 0 {
var<workgroup> part: array<f32, 64>;
//! }
var<workgroup> logit: array<f32, LOGITS>;
var<workgroup> logit_gradient: array<f32, LOGITS>;
var<workgroup> largest: f32;
var<workgroup> total: f32;

// Logits 4·4 at a time, four lanes each: lane s of a logit adds rows s, s + 4, … of its window.
fn pool_logits(n: u32, lane: u32) {
    for (var first = 0u; first < LOGITS; first += 16) {
        let l = first + lane / 4;
        var sum = 0.0;
        if l < LOGITS {
            let quadrant = l % QUADRANTS;
            let corner = ((n * CHANNELS + l / QUADRANTS) * SIDE + quadrant / 2 * WINDOW) * SIDE + quadrant % 2 * WINDOW;
            for (var y = lane % 4; y < WINDOW; y += 4) {
                var row_sum = 0.0;
                for (var x = 0u; x < WINDOW; x++) {
                    row_sum += last_map[corner + y * SIDE + x];
                }
                sum += row_sum;
            }
        }
        // The four parts, in pairs: within a subgroup, or else through the workgroup's memory.
        //! if SUBGROUPS == 1 {
        sum += subgroupShuffleXor(sum, 1u);
        sum += subgroupShuffleXor(sum, 2u);
        //! } else {
        part[lane] = sum;
        workgroupBarrier();
        if lane % 4 == 0 {
            sum = (part[lane] + part[lane + 1]) + (part[lane + 2] + part[lane + 3]);
        }
        //! }
        if lane % 4 == 0 && l < LOGITS {
            let mean = sum / f32(WINDOW * WINDOW);
            logit[l] = mean;
            logits[n * LOGITS + l] = mean;
        }
        workgroupBarrier();
    }
}

// Loss and prediction of image n; also leaves `largest` and `total` for the gradient.
fn score(n: u32, label: u32) {
    var predicted = 0u;
    for (var l = 1u; l < LOGITS; l++) {
        if logit[l] > logit[predicted] {
            predicted = l;
        }
    }
    var sum = 0.0;
    for (var l = 0u; l < LOGITS; l++) {
        sum += exp(logit[l] - logit[predicted]);
    }
    let cross_entropy = log(sum) - (logit[label] - logit[predicted]);
    outcomes[batch.offset + n] = Outcome(cross_entropy, predicted, u32(predicted == label));
    largest = logit[predicted];
    total = sum;
}

@compute @workgroup_size(64)
fn head(
    @builtin(workgroup_id) group: vec3<u32>,
    //! include lane_builtins
) {
    //! include lane
    let n = group.x;
    let label = batch_labels[n];
    pool_logits(n, lane);
    if lane == 0 {
        score(n, label);
    }
    workgroupBarrier();
    for (var l = lane; l < LOGITS; l += 64) {
        let probability = exp(logit[l] - largest) / total;
        let target_probability = select(0.0, 1.0, l == label);
        logit_gradient[l] = (probability - target_probability) / f32(batch.total) / f32(WINDOW * WINDOW);
    }
    workgroupBarrier();
    for (var i = lane; i < CHANNELS * SIDE * SIDE; i += 64) {
        let channel = i / (SIDE * SIDE);
        //! if QUADRANTS == 4 {
        let quadrant = i / SIDE % SIDE / WINDOW * 2 + i % SIDE / WINDOW;
        map_gradient[n * CHANNELS * SIDE * SIDE + i] = logit_gradient[channel * 4 + quadrant];
        //! } else {
        map_gradient[n * CHANNELS * SIDE * SIDE + i] = logit_gradient[channel];
        //! }
    }
}
