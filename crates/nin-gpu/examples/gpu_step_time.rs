//! Measures training steps of the v2 network: `cargo run --release -p nin-gpu --example gpu_step_time -- [ADAPTER]`.
//!
//! Prints, at 28² and 224² with batch 60, the time of the first step (drivers may compile only then) and of later ones.
//! For cold compile times on Mesa set `MESA_SHADER_CACHE_DISABLE=true`.

use std::time::Instant;

use nin_gpu::{GpuEngine, GpuOptions};
use nin_net::{
    BlockSpec, Engine, EngineError, EpochPlan, Head, ImageSet, Layout, NetworkSpec, NetworkState,
    OptimizerSpec, Pool, Random, Split, Step, Stream,
};

const BATCH: usize = 60;

fn main() -> Result<(), EngineError> {
    let options = GpuOptions { adapter: std::env::args().nth(1), allow_software: true };
    pollster::block_on(async {
        let mut engine = GpuEngine::new(&options).await?;
        println!("{}", engine.info().name);
        let images: Vec<u8> = (0..BATCH * 28 * 28).map(|i| (i * 37 % 256) as u8).collect();
        let labels: Vec<u8> = (0..BATCH).map(|i| (i % 10) as u8).collect();
        engine.load_images(Split::Train, ImageSet { side: 28, images: &images, labels: &labels }).await?;
        for (resolution, steps) in [(28, 50), (224, 4)] {
            measure(&mut engine, resolution, steps).await?;
        }
        Ok(())
    })
}

async fn measure(engine: &mut GpuEngine, resolution: usize, steps: usize) -> Result<(), EngineError> {
    let block =
        |width: usize| BlockSpec { kernel: 3, channels: vec![width; 3], relu: vec![], pool: Pool::Max(2) };
    let spec = NetworkSpec { resolution, head: Head::Global, blocks: vec![block(10), block(20), block(10)] };
    let layout = Layout::new(&spec)?;
    let mut random = Random::new(0, Stream::Initial, 0);
    let parameters = (0..layout.parameter_count).map(|_| random.uniform(-0.3, 0.3)).collect();

    let start = Instant::now();
    engine.load_network(&spec, BATCH, &OptimizerSpec::adam(), &NetworkState::new(parameters)).await?;
    let loaded = start.elapsed();
    let plan = EpochPlan { order: (0..BATCH as u32).collect(), transforms: vec![] };
    engine.begin_epoch(&plan)?;
    let step = Step { first: 0, count: BATCH as u32, learning_rate: 1e-3 };
    engine.enqueue(&[step])?;
    engine.finish().await?;
    let first = start.elapsed() - loaded;

    let start = Instant::now();
    engine.enqueue(&vec![step; steps])?;
    let metrics = engine.finish().await?;
    let each = start.elapsed().as_secs_f64() * 1000.0 / steps as f64;
    println!(
        "v2 {resolution}x{resolution}, batch {BATCH}: pipelines made in {:.2} s, first step {:.2} s, then {each:.1} ms a step (loss {:.4})",
        loaded.as_secs_f64(),
        first.as_secs_f64(),
        metrics.last().map_or(f32::NAN, |m| m.loss),
    );
    Ok(())
}
