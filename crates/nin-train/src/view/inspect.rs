//! One picture, layer by layer.

use nin_cpu::{Activation, activations};
use nin_net::{CLASSES, EngineError, Head, Layout};

use super::{FeatureMap, Inspection, LayerMaps};
use crate::{Model, predict};

/// Runs one picture of `side`×`side` bytes through the network and keeps what can be looked at.
pub(super) fn inspect(
    id: u64,
    model: &Model,
    layout: &Layout,
    side: usize,
    image: &[u8],
) -> Result<Inspection, EngineError> {
    let modules = activations(&model.spec, &model.parameters, side, image)?;
    let output =
        |convolution: &nin_net::Convolution| &modules[convolution.module + usize::from(convolution.relu)];
    let layers = layout.convolutions.iter().map(|convolution| LayerMaps {
        layer: format!("features.{}", convolution.module),
        maps: channels(output(convolution)).map(|(side, values)| FeatureMap::of(side, values)).collect(),
    });
    let last = layout.convolutions.last().map(output);
    let evidence = last.map_or(Vec::new(), |last| evidence(layout.spec.head, last));
    let logits = modules.last().map_or(&[][..], |head| &head.values);
    Ok(Inspection { id, prediction: predict(id, logits), layers: layers.collect(), evidence })
}

fn channels(activation: &Activation) -> impl Iterator<Item = (usize, &[f32])> {
    let side = activation.side;
    activation.values.chunks_exact(side * side).map(move |values| (side, values))
}

/// The `global` head averages channel `digit`; the `quadrant` head a quarter of channel `digit / 4`.
fn evidence(head: Head, last: &Activation) -> Vec<FeatureMap> {
    let maps: Vec<(usize, &[f32])> = channels(last).collect();
    let of_digit = |digit: usize| match head {
        Head::Global => maps.get(digit).map(|&(side, values)| FeatureMap::of(side, values)),
        Head::Quadrant => maps.get(digit / 4).map(|&(side, values)| {
            let (half, rest) = (side / 2, digit % 4);
            let (top, left) = (rest / 2 * half, rest % 2 * half);
            let row = |y: usize| &values[(top + y) * side + left..][..half];
            FeatureMap::of(half, &(0..half).flat_map(row).copied().collect::<Vec<f32>>())
        }),
    };
    (0..CLASSES).filter_map(of_digit).collect()
}

impl FeatureMap {
    /// Largest height and width that is kept.
    pub const MAX_SIDE: usize = 56;

    /// A map of `side`×`side` values, averaged down to [`FeatureMap::MAX_SIDE`] at most.
    pub fn of(side: usize, values: &[f32]) -> Self {
        let factor = side.div_ceil(Self::MAX_SIDE).max(1);
        let small = side / factor;
        let mean = |index: usize| {
            let (y, x) = (index / small * factor, index % small * factor);
            let rows = (y..y + factor).flat_map(|y| &values[y * side + x..][..factor]);
            rows.sum::<f32>() / (factor * factor) as f32
        };
        let means: Vec<f32> = (0..small * small).map(mean).collect();
        let low = means.iter().copied().fold(f32::INFINITY, f32::min);
        let high = means.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
        let values = means.iter().map(|value| ((value - low) * scale).round() as u8).collect();
        FeatureMap { side: small, low, high, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_keeps_its_range_and_large_ones_are_averaged() {
        let map = FeatureMap::of(2, &[-1.0, 0.0, 1.0, 3.0]);
        assert_eq!((map.side, map.low, map.high), (2, -1.0, 3.0));
        assert_eq!(map.values, [0, 64, 128, 255]);
        let flat = FeatureMap::of(112, &[0.5; 112 * 112]);
        assert_eq!((flat.side, flat.low, flat.high), (56, 0.5, 0.5));
        assert!(flat.values.iter().all(|&value| value == 0));
    }

    #[test]
    fn the_quadrant_heads_digits_are_quarters_of_channels() {
        let values: Vec<f32> = (0..3 * 16).map(|value| value as f32).collect();
        let last = Activation { module: 0, channels: 3, side: 4, values };
        let maps = evidence(Head::Quadrant, &last);
        assert_eq!(maps.len(), CLASSES);
        // Digit 6: channel 1, lower left quarter.
        assert_eq!((maps[6].side, maps[6].low, maps[6].high), (2, 24.0, 29.0));
        assert_eq!(evidence(Head::Global, &last).len(), 3);
    }
}
