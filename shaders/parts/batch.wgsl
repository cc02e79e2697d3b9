// The images of this pass: `first` in the order, `count` of them.
struct Batch {
    first: u32, count: u32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
