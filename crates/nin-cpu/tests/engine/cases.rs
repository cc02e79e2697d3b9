//! Networks and images to try.

use nin_cpu::CpuEngine;
use nin_net::{
    BlockSpec, Engine, Head, ImageSet, Initial, Layout, NetworkSpec, NetworkState, OptimizerSpec, Pool,
    Random, Stream,
};

pub fn block(kernel: usize, channels: &[usize], pool: Pool) -> BlockSpec {
    BlockSpec { kernel, channels: channels.to_vec(), relu: vec![], pool }
}

pub fn network(resolution: usize, head: Head, blocks: Vec<BlockSpec>) -> NetworkSpec {
    NetworkSpec { resolution, head, blocks }
}

/// Small networks that between them have every feature of a spec, and register tiles of every size.
pub fn specs() -> Vec<(&'static str, NetworkSpec)> {
    let (max, average) = (Pool::Max, Pool::Average);
    let mut no_relu = block(3, &[6, 5, 10], max(2));
    no_relu.relu = vec![true, false, false];
    vec![
        (
            "three blocks",
            network(
                12,
                Head::Global,
                vec![block(3, &[4, 3, 3], max(2)), block(3, &[5, 4], max(2)), block(3, &[10], Pool::None)],
            ),
        ),
        (
            "odd sides, edges dropped",
            network(
                11,
                Head::Global,
                vec![block(3, &[3, 6], max(2)), block(5, &[4, 7], max(2)), block(1, &[10], Pool::None)],
            ),
        ),
        (
            "quadrant head, average pooling",
            network(12, Head::Quadrant, vec![block(5, &[3, 4], average(2)), block(1, &[6, 3], Pool::None)]),
        ),
        ("missing ReLUs", network(8, Head::Global, vec![block(1, &[3], average(2)), no_relu])),
        (
            "wide kernels and odd widths",
            network(9, Head::Global, vec![block(11, &[7], max(3)), block(3, &[11, 13, 10], average(2))]),
        ),
        (
            "kernel 7, quadrants of an average",
            network(10, Head::Quadrant, vec![block(7, &[2, 1, 3], average(5))]),
        ),
    ]
}

/// Random images and labels.
pub struct Digits {
    pub side: usize,
    pub images: Vec<u8>,
    pub labels: Vec<u8>,
}

impl Digits {
    pub fn new(count: usize, side: usize, seed: u64) -> Self {
        let mut random = Random::new(seed, Stream::Order, 0);
        let images = (0..count * side * side).map(|_| random.below(256) as u8).collect();
        Digits { side, images, labels: (0..count).map(|_| random.below(10) as u8).collect() }
    }

    pub fn set(&self) -> ImageSet<'_> {
        ImageSet { side: self.side, images: &self.images, labels: &self.labels }
    }

    pub fn first(&self, count: usize) -> ImageSet<'_> {
        let images = &self.images[..count * self.side * self.side];
        ImageSet { side: self.side, images, labels: &self.labels[..count] }
    }
}

/// He-initialised parameters, biases a little off zero.
pub fn parameters(layout: &Layout, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed, Stream::Initial, 0);
    let mut parameters = nin_net::initial_parameters(layout, Initial::Kaiming, &mut random);
    for convolution in &layout.convolutions {
        parameters[convolution.bias()].iter_mut().for_each(|bias| *bias = random.uniform(-0.1, 0.2));
    }
    parameters
}

/// An engine with a freshly initialised network.
pub fn engine(spec: &NetworkSpec, threads: usize, batch: usize, optimizer: &OptimizerSpec) -> CpuEngine {
    let layout = Layout::new(spec).unwrap();
    let mut engine = CpuEngine::new(Some(threads)).unwrap();
    let state = NetworkState::new(parameters(&layout, 5));
    pollster::block_on(engine.load_network(spec, batch, optimizer, &state)).unwrap();
    engine
}
