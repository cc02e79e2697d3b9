// max(z, 0) where a ReLU follows. NaN stays NaN, so that divergence is seen.
fn activate(z: vec4<f32>, relu: bool) -> vec4<f32> {
    return select(z, vec4<f32>(0.0), (z < vec4<f32>(0.0)) & vec4<bool>(relu));
}
