//! The network once more, in f64, as plainly as it can be written.

use nin_net::{Head, Layout, Pool, normalise};

/// Maps `[channels, side, side]` of one image.
#[derive(Clone, Debug)]
pub struct Maps {
    pub channels: usize,
    pub side: usize,
    pub values: Vec<f64>,
}

impl Maps {
    fn make(channels: usize, side: usize, value: impl Fn(usize, usize, usize) -> f64) -> Maps {
        let mut values = Vec::new();
        for channel in 0..channels {
            for y in 0..side {
                values.extend((0..side).map(|x| value(channel, y, x)));
            }
        }
        Maps { channels, side, values }
    }

    fn at(&self, channel: usize, y: usize, x: usize) -> f64 {
        self.values[(channel * self.side + y) * self.side + x]
    }

    /// Zero outside.
    fn padded(&self, channel: usize, y: isize, x: isize) -> f64 {
        let inside = 0..self.side as isize;
        if inside.contains(&y) && inside.contains(&x) {
            self.at(channel, y as usize, x as usize)
        } else {
            0.0
        }
    }
}

/// A byte image resized bilinearly to `resolution` (half-pixel centres, edges clamped), normalised.
pub fn input(image: &[u8], side: usize, resolution: usize) -> Maps {
    let axis = |x: usize| {
        let at = ((x as f64 + 0.5) * side as f64 / resolution as f64 - 0.5).max(0.0);
        let first = at.floor() as usize;
        (first, (first + 1).min(side - 1), at - at.floor())
    };
    let value = |y: usize, x: usize| f64::from(normalise(image[y * side + x]));
    Maps::make(1, resolution, |_, y, x| {
        let ((y0, y1, wy), (x0, x1, wx)) = (axis(y), axis(x));
        let top = value(y0, x0) * (1.0 - wx) + value(y0, x1) * wx;
        let bottom = value(y1, x0) * (1.0 - wx) + value(y1, x1) * wx;
        top * (1.0 - wy) + bottom * wy
    })
}

/// Output of every module of the equivalent `nn.Sequential`; the last one's values are the logits.
pub fn forward(layout: &Layout, parameters: &[f64], input: Maps) -> Vec<Maps> {
    let mut modules = vec![input];
    for (index, convolution) in layout.convolutions.iter().enumerate() {
        let (weight, bias) = (&parameters[convolution.weight()], &parameters[convolution.bias()]);
        let from = modules[modules.len() - 1].clone();
        let (k, reach) = (convolution.kernel, (convolution.kernel / 2) as isize);
        modules.push(Maps::make(convolution.out_channels, convolution.side, |o, y, x| {
            let mut sum = bias[o];
            for i in 0..convolution.in_channels {
                for (ky, kx) in (0..k).flat_map(|ky| (0..k).map(move |kx| (ky, kx))) {
                    let (y, x) = (y as isize + ky as isize - reach, x as isize + kx as isize - reach);
                    sum +=
                        weight[((o * convolution.in_channels + i) * k + ky) * k + kx] * from.padded(i, y, x);
                }
            }
            sum
        }));
        if convolution.relu {
            let from = modules[modules.len() - 1].clone();
            modules.push(Maps { values: from.values.iter().map(|v| v.max(0.0)).collect(), ..from });
        }
        let block = &layout.blocks[convolution.block];
        if index + 1 == block.convolutions.end && block.pool != Pool::None {
            modules.push(pool(&modules[modules.len() - 1], block.pool, block.pooled_side));
        }
    }
    let windows = if layout.spec.head == Head::Global { 1 } else { 2 };
    let last = &modules[modules.len() - 1];
    modules.push(pool(last, Pool::Average(last.side / windows), windows));
    modules.split_off(1)
}

fn pool(from: &Maps, pool: Pool, side: usize) -> Maps {
    let size = pool.size();
    Maps::make(from.channels, side, |channel, y, x| {
        let window = (0..size * size).map(|p| from.at(channel, y * size + p / size, x * size + p % size));
        match pool {
            Pool::Max(_) => window.fold(f64::NEG_INFINITY, f64::max),
            _ => window.sum::<f64>() / (size * size) as f64,
        }
    })
}

/// Softmax cross-entropy of one image.
pub fn cross_entropy(logits: &[f64], label: u8) -> f64 {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|logit| (logit - largest).exp()).sum();
    sum.ln() + largest - logits[usize::from(label)]
}

/// Mean loss of a batch.
pub fn loss(layout: &Layout, parameters: &[f64], inputs: &[Maps], labels: &[u8]) -> f64 {
    let losses = inputs.iter().zip(labels).map(|(input, &label)| {
        let modules = forward(layout, parameters, input.clone());
        cross_entropy(&modules[modules.len() - 1].values, label)
    });
    losses.sum::<f64>() / inputs.len() as f64
}

/// `‖a − b‖ / ‖b‖`.
pub fn relative_error(a: &[f32], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let difference: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum();
    let norm: f64 = b.iter().map(|b| b * b).sum();
    (difference / norm).sqrt()
}
