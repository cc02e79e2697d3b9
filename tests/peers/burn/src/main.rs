//! Trains a recorded case of nin with Burn and prints how long a step takes, as one line of JSON:
//! `nin-peer-burn CASE RESOLUTION BACKEND WINDOWS WINDOW_SECONDS`.
//!
//! A case (`tests/golden/*.safetensors`) holds a network's parameters, a batch of images with labels, learning rate and
//! momentum. A step is forward, loss, backward, optimizer, always on that batch; resizing and normalising come before.

mod case;
mod device;
mod network;

use std::error::Error;
use std::time::Instant;

use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, SgdConfig};
use serde_json::json;

use case::Case;
use network::Network;

/// Losses that are told, to be compared with nin's: before any step, and after each of the next five.
const TOLD_LOSSES: usize = 6;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, resolution, backend, windows, window_seconds] = arguments.as_slice() else {
        return Err("expected: CASE RESOLUTION BACKEND WINDOWS WINDOW_SECONDS".into());
    };
    let (windows, window_seconds): (usize, f64) = (windows.parse()?, window_seconds.parse()?);
    let (device, device_name) = device::open(backend)?;
    let device = device.autodiff();
    let bytes = std::fs::read(path)?;
    let case = Case::read(&bytes)?;
    let mut network = Some(Network::new(&case, &device)?);
    let (images, labels) = (case.images(resolution.parse()?, &device)?, case.labels(&device)?);
    let momentum = MomentumConfig::new().with_momentum(case.momentum).with_dampening(0.0);
    let mut optimizer = SgdConfig::new().with_momentum(Some(momentum)).init();
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let mut losses = Vec::new();

    // Seconds of a step, over `steps` of them.
    let mut train = |steps: usize| -> Result<f64, Box<dyn Error>> {
        let start = Instant::now();
        for _ in 0..steps {
            let current = network.take().ok_or("a step failed")?;
            let loss = cross_entropy.forward(current.forward(images.clone()), labels.clone());
            let gradients = GradientsParams::from_grads(loss.backward(), &current);
            network = Some(optimizer.step(case.learning_rate, current, gradients));
            if losses.len() < TOLD_LOSSES {
                losses.push(loss.into_scalar::<f32>());
            }
        }
        device.sync().map_err(|error| format!("{error:?}"))?;
        Ok(start.elapsed().as_secs_f64() / steps as f64)
    };
    let first = train(1)?;
    let (mut steps, mut measured) = (1, vec![train(1)?]);
    while steps as f64 * measured[0] < window_seconds {
        steps *= 2;
        measured = vec![train(steps)?];
    }
    while measured.len() < windows {
        measured.push(train(steps)?);
    }
    let told = json!({
        "version": "Burn 0.22.1",
        "device": device_name,
        "losses": losses,
        "first_step_seconds": first,
        "step_seconds_measured": measured,
    });
    println!("{told}");
    Ok(())
}
