//! A short training, whose every bit is compared.

use nin_data::{Augmentation, epoch_plan};
use nin_net::{Engine, EngineError, Head, NetworkState, OptimizerSpec, Split, Step};

use crate::networks::{Images, state, v2};

/// Twelve steps of v2 with Adam on moved images, `chunk` at a time: the losses' bits, and where they led.
///
/// # Errors
/// Those of the engine.
pub async fn twelve_steps(
    engine: &mut impl Engine,
    chunk: usize,
) -> Result<(Vec<u32>, NetworkState), EngineError> {
    let spec = v2(28, Head::Global);
    let images = Images::random(240, 28, 1);
    let steps: Vec<Step> = (0..12).map(|i| Step { first: i * 20, count: 20, learning_rate: 0.01 }).collect();
    let moved = Augmentation { rotation_degrees: 5.0, shift_pixels: 1.0, ..Augmentation::default() };
    engine.load_images(Split::Train, images.as_set()).await?;
    engine.load_network(&spec, 20, &OptimizerSpec::adam(), &state(&spec, 1)).await?;
    engine.begin_epoch(&epoch_plan(240, 7, 0, &moved))?;
    let mut losses = Vec::new();
    for chunk in steps.chunks(chunk) {
        engine.enqueue(chunk)?;
        losses.extend(engine.finish().await?.iter().map(|metrics| metrics.loss.to_bits()));
    }
    Ok((losses, engine.state().await?))
}
