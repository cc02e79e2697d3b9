//! Dead channels: those that are 0 on every pixel, so that no gradient passes through them.

use nin_cpu::activations;
use nin_net::{CLASSES, EngineError, Head, ImageSet, Layout};

use crate::DeadChannels;

/// Most images that are looked at.
const MOST_IMAGES: usize = 64;
/// Input pixels that are looked at, within the bounds of the image counts: it is done after each epoch and must cost
/// little of its time.
const PIXELS: usize = 200_000;
/// Images that are looked at together, and the fewest.
const CHUNK: usize = 16;

/// How many training images tell whether a channel is dead.
fn probe_images(layout: &Layout) -> usize {
    (PIXELS / layout.spec.resolution.pow(2)).clamp(CHUNK, MOST_IMAGES)
}

/// The dead channels of every layer over the first `images` (64 at 28×28, 16 from 112×112 on); layers without
/// any are left out.
///
/// Looks at a few images at a time and stops as soon as every channel has shown a value.
///
/// # Errors
/// If parameters or images are not as many as the layout and the side ask for.
pub fn dead_channels(
    layout: &Layout,
    parameters: &[f32],
    images: ImageSet<'_>,
) -> Result<Vec<DeadChannels>, EngineError> {
    let mut alive: Vec<Vec<bool>> = layout.convolutions.iter().map(|c| vec![false; c.out_channels]).collect();
    let image = images.side * images.side;
    let probe = &images.images[..images.images.len().min(probe_images(layout) * image)];
    for chunk in probe.chunks(CHUNK * image) {
        let modules = activations(&layout.spec, parameters, images.side, chunk)?;
        for (alive, convolution) in alive.iter_mut().zip(&layout.convolutions) {
            // Where a ReLU follows, its output is what counts.
            let module = &modules[convolution.module + usize::from(convolution.relu)];
            for (index, values) in module.values.chunks_exact(module.side * module.side).enumerate() {
                let seen = &mut alive[index % module.channels];
                *seen = *seen || values.iter().any(|&value| value != 0.0);
            }
        }
        if alive.iter().flatten().all(|&seen| seen) {
            break;
        }
    }
    let dead = layout.convolutions.iter().zip(alive).map(|(convolution, alive)| DeadChannels {
        layer: format!("features.{}", convolution.module),
        of: alive.len(),
        channels: (0..alive.len()).filter(|&channel| !alive[channel]).collect(),
    });
    Ok(dead.filter(|layer| !layer.channels.is_empty()).collect())
}

/// What dead channels cost, in plain words; `None` if every digit can still be learned.
pub fn dead_warning(layout: &Layout, dead: &[DeadChannels]) -> Option<String> {
    let output = output_layer(layout);
    let probe = probe(layout);
    if let Some(layer) = dead.iter().find(|d| d.channels.len() == d.of && d.layer != output) {
        return Some(format!(
            "all {} channels of {} are dead ({probe}): what comes after sees nothing of the image, and no digit can \
             be learned. {REMEDY}",
            layer.of, layer.layer
        ));
    }
    let layer = dead.iter().find(|d| d.layer == output)?;
    let channels: Vec<usize> = (0..CLASSES).map(|label| channel_of(layout, label)).collect();
    let lost: Vec<usize> = (0..CLASSES).filter(|&label| layer.channels.contains(&channels[label])).collect();
    (!lost.is_empty()).then(|| {
        format!(
            "{} of {} output channels are dead ({probe}): {}. No gradient passes through them, so {} cannot be \
             learned. {REMEDY}",
            layer.channels.len(),
            layer.of,
            list("channel", &layer.channels),
            list("digit", &lost),
        )
    })
}

/// That output channels are dead although every digit can still be learned; `None` if there are none.
pub fn dead_note(layout: &Layout, dead: &[DeadChannels]) -> Option<String> {
    let layer = dead.iter().find(|d| d.layer == output_layer(layout))?;
    Some(format!(
        "{} of {} output channels are dead ({}): {}. None of them holds a digit's logit, so every digit can still be \
         learned.",
        layer.channels.len(),
        layer.of,
        probe(layout),
        list("channel", &layer.channels),
    ))
}

fn output_layer(layout: &Layout) -> String {
    layout.convolutions.last().map_or(String::new(), |last| format!("features.{}", last.module))
}

fn probe(layout: &Layout) -> String {
    format!("0 on every pixel of the first {} training images", probe_images(layout))
}

const REMEDY: &str = "Try another --seed, or a recipe without a ReLU after the last 1×1, such as `modern`.";

/// The output channel that holds the logit of `label`.
fn channel_of(layout: &Layout, label: usize) -> usize {
    match layout.spec.head {
        Head::Global => label,
        Head::Quadrant => label / 4,
    }
}

/// `digit 3`, or `digits 0, 1 and 3`.
fn list(noun: &str, numbers: &[usize]) -> String {
    let words: Vec<String> = numbers.iter().map(usize::to_string).collect();
    match words.split_last() {
        Some((last, [])) => format!("{noun} {last}"),
        Some((last, rest)) => format!("{noun}s {} and {last}", rest.join(", ")),
        None => format!("no {noun}"),
    }
}
