// Gradient of the output, channels 4o … 4o + 3 at pooled pixel `at`, that reaches each pixel named by `route` or the mean's
// every pixel.
fn gradient_above(n: u32, o: u32, at: u32) -> vec4<f32> {
    let start = (n * OUT + o * 4) * POOLED * POOLED + at;
    let gradient = vec4<f32>(
        output_gradient[start],
        output_gradient[start + POOLED * POOLED],
        output_gradient[start + 2 * POOLED * POOLED],
        output_gradient[start + 3 * POOLED * POOLED],
    );
    //! if MAXIMUM {
    return gradient;
    //! } else {
    return gradient / f32(POOL * POOL);
    //! }
}

// What tells which pixels the gradient reaches: their places in the window, or the channels that exist.
fn targets(n: u32, o: u32, at: u32) -> vec4<u32> {
    //! if MAXIMUM {
    return (vec4<u32>(route[(n * OUT_GROUPS + o) * POOLED * POOLED + at]) >> vec4<u32>(0, 8, 16, 24)) & vec4<u32>(255);
    //! } else {
    return vec4<u32>(vec4<u32>(o * 4) + vec4<u32>(0, 1, 2, 3) < vec4<u32>(OUT));
    //! }
}

// Whether it reaches the pixel at `place` of the window, whose last layer made `z` (needed for the mean only).
fn reaches(target_places: vec4<u32>, place: u32, z: vec4<f32>) -> vec4<bool> {
    //! if MAXIMUM {
    return target_places == vec4<u32>(place);
    //! } else {
    return (target_places == vec4<u32>(1)) & ((z > vec4<f32>(0.0)) | vec4<bool>(RELU_LAST == 0));
    //! }
}
