//! The values a network starts from.

use serde::{Deserialize, Serialize};

use crate::{Convolution, Layout, Random};

/// How parameters are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Initial {
    /// PyTorch's default for `Conv2d`: weights and biases uniform in ±1/√fan_in.
    Default,
    /// Weights uniform in ±√(6/fan_in), which keeps the variance through ReLUs (He et al. 2015); biases zero.
    Kaiming,
}

/// Draws all parameters of a network: one flat vector in the order of [`Layout`].
pub fn initial_parameters(layout: &Layout, initial: Initial, random: &mut Random) -> Vec<f32> {
    let mut parameters = vec![0.0; layout.parameter_count];
    for convolution in &layout.convolutions {
        draw_convolution(convolution, initial, &mut parameters, random);
    }
    parameters
}

/// Draws one convolution's weight, then its bias, into the flat parameters.
pub(crate) fn draw_convolution(
    convolution: &Convolution,
    initial: Initial,
    parameters: &mut [f32],
    random: &mut Random,
) {
    let fan_in = convolution.fan_in() as f32;
    let (weight_bound, bias_bound) = match initial {
        Initial::Default => (1.0 / fan_in.sqrt(), 1.0 / fan_in.sqrt()),
        Initial::Kaiming => ((6.0 / fan_in).sqrt(), 0.0),
    };
    for value in &mut parameters[convolution.weight()] {
        *value = random.uniform(-weight_bound, weight_bound);
    }
    for value in &mut parameters[convolution.bias()] {
        *value = if bias_bound == 0.0 { 0.0 } else { random.uniform(-bias_bound, bias_bound) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlockSpec, Head, NetworkSpec, Pool, Stream};

    #[test]
    fn bounds_and_spread_follow_fan_in() {
        let block = BlockSpec { kernel: 3, channels: vec![64, 64], relu: vec![], pool: Pool::Max(2) };
        let spec = NetworkSpec { resolution: 28, head: Head::Global, blocks: vec![block] };
        let layout = Layout::new(&spec).unwrap();
        for (initial, gain) in [(Initial::Default, 1.0), (Initial::Kaiming, 6f32.sqrt())] {
            let parameters = initial_parameters(&layout, initial, &mut Random::new(1, Stream::Initial, 0));
            for convolution in &layout.convolutions {
                let bound = gain / (convolution.fan_in() as f32).sqrt();
                let weights = &parameters[convolution.weight()];
                assert!(weights.iter().all(|w| w.abs() <= bound));
                let variance = weights.iter().map(|w| w * w).sum::<f32>() / weights.len() as f32;
                assert!((variance / (bound * bound / 3.0) - 1.0).abs() < 0.2, "{variance}");
                let biases = &parameters[convolution.bias()];
                assert_eq!(biases.iter().all(|&b| b == 0.0), initial == Initial::Kaiming);
            }
        }
    }
}
