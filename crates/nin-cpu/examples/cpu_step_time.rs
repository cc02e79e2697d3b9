//! How long a training step of v2 takes: `cargo run --release -p nin-cpu --example cpu_step_time`.

use std::time::Instant;

use nin_cpu::CpuEngine;
use nin_net::{
    Affine, BlockSpec, Engine, EngineError, EpochPlan, Head, ImageSet, Initial, Layout, NetworkSpec,
    NetworkState, OptimizerSpec, Pool, Random, Split, Step, Stream,
};

const IMAGES: u32 = 1200;

fn v2(resolution: usize) -> NetworkSpec {
    let block = |channels: [usize; 3]| BlockSpec {
        kernel: 3,
        channels: channels.to_vec(),
        relu: vec![],
        pool: Pool::Max(2),
    };
    let blocks = vec![block([10; 3]), block([20; 3]), block([10; 3])];
    NetworkSpec { resolution, head: Head::Global, blocks }
}

fn main() -> Result<(), EngineError> {
    let threads = std::env::args().nth(1).and_then(|text| text.parse().ok());
    for (resolution, batch, steps) in [(28, 60, 200), (28, 120, 100), (224, 60, 4)] {
        for augment in [false, true] {
            pollster::block_on(measure(threads, resolution, batch, steps, augment))?;
        }
    }
    Ok(())
}

async fn measure(
    threads: Option<usize>,
    resolution: usize,
    batch: u32,
    steps: u32,
    augment: bool,
) -> Result<(), EngineError> {
    let mut random = Random::new(1, Stream::Initial, 0);
    let bytes: Vec<u8> = (0..IMAGES * 28 * 28).map(|_| random.below(256) as u8).collect();
    let labels: Vec<u8> = (0..IMAGES).map(|_| random.below(10) as u8).collect();
    let spec = v2(resolution);
    let layout = Layout::new(&spec)?;
    let state = NetworkState::new(nin_net::initial_parameters(&layout, Initial::Kaiming, &mut random));

    let mut engine = CpuEngine::new(threads)?;
    engine.load_images(Split::Train, ImageSet { side: 28, images: &bytes, labels: &labels }).await?;
    engine.load_network(&spec, batch as usize, &OptimizerSpec::adam(), &state).await?;
    let turned = Affine { xx: 0.99, xy: 0.1, x0: 0.5, yx: -0.1, yy: 0.99, y0: -0.3 };
    let transforms = if augment { vec![turned; IMAGES as usize] } else { vec![] };
    engine.begin_epoch(&EpochPlan { order: (0..IMAGES).collect(), transforms })?;
    let step = |n: u32| Step { first: n * batch % (IMAGES - batch + 1), count: batch, learning_rate: 0.001 };
    engine.enqueue(&[step(0)])?;
    engine.finish().await?;

    let chunk: Vec<Step> = (0..steps).map(step).collect();
    let start = Instant::now();
    engine.enqueue(&chunk)?;
    engine.finish().await?;
    let seconds = start.elapsed().as_secs_f64();
    let (per_step, per_second) = (1e3 * seconds / f64::from(steps), f64::from(steps * batch) / seconds);
    println!(
        "{} | v2 at {resolution}², batch {batch}{}: {per_step:.2} ms per step, {per_second:.0} images/s",
        engine.info().name,
        if augment { ", augmented" } else { "" }
    );
    Ok(())
}
