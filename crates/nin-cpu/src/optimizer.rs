//! The update of a step: gradient norm → clipping → weight decay → SGD, Adam or AdamW.

use nin_net::{NetworkState, OptimizerKind, OptimizerSpec};

/// Updates `state` with `gradient` (which it may scale) and returns the gradient's Euclidean norm before clipping.
pub fn update(
    spec: &OptimizerSpec,
    learning_rate: f32,
    gradient: &mut [f32],
    state: &mut NetworkState,
) -> f32 {
    let norm = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt() as f32;
    if spec.clip_norm > 0.0 && norm > spec.clip_norm {
        let scale = spec.clip_norm / norm;
        gradient.iter_mut().for_each(|g| *g *= scale);
    }
    decay(spec, learning_rate, gradient, &mut state.parameters);
    state.step += 1;
    match spec.kind {
        OptimizerKind::Sgd => sgd(spec, learning_rate, gradient, state),
        OptimizerKind::Adam | OptimizerKind::AdamW => adam(spec, learning_rate, gradient, state),
    }
    norm
}

fn decay(spec: &OptimizerSpec, learning_rate: f32, gradient: &mut [f32], parameters: &mut [f32]) {
    if spec.weight_decay == 0.0 {
        return;
    }
    let pairs = gradient.iter_mut().zip(parameters);
    match spec.kind {
        OptimizerKind::AdamW => {
            let keep = 1.0 - learning_rate * spec.weight_decay;
            pairs.for_each(|(_, parameter)| *parameter *= keep);
        }
        OptimizerKind::Sgd | OptimizerKind::Adam => {
            pairs.for_each(|(gradient, parameter)| *gradient += spec.weight_decay * *parameter);
        }
    }
}

fn sgd(spec: &OptimizerSpec, learning_rate: f32, gradient: &[f32], state: &mut NetworkState) {
    let moments = state.first_moment.iter_mut().zip(gradient);
    for (parameter, (velocity, gradient)) in state.parameters.iter_mut().zip(moments) {
        *velocity = spec.momentum * *velocity + gradient;
        *parameter -= learning_rate * *velocity;
    }
}

fn adam(spec: &OptimizerSpec, learning_rate: f32, gradient: &[f32], state: &mut NetworkState) {
    let correction = |beta: f32| 1.0 - f64::from(beta).powf(state.step as f64);
    let rate = (f64::from(learning_rate) / correction(spec.beta1)) as f32;
    let root = correction(spec.beta2).sqrt() as f32;
    let moments = state.first_moment.iter_mut().zip(state.second_moment.iter_mut()).zip(gradient);
    for (parameter, ((first, second), gradient)) in state.parameters.iter_mut().zip(moments) {
        *first = spec.beta1 * *first + (1.0 - spec.beta1) * gradient;
        *second = spec.beta2 * *second + (1.0 - spec.beta2) * gradient * gradient;
        *parameter -= rate * *first / (second.sqrt() / root + spec.epsilon);
    }
}
