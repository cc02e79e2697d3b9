//! Networks and images to test with.

use nin_net::{
    BlockSpec, Head, ImageSet, Initial, Layout, NetworkSpec, NetworkState, Pool, Random, Stream,
    initial_parameters,
};
use proptest::prelude::*;

/// The experiment's v2, all ReLUs in place.
pub fn v2(resolution: usize, head: Head) -> NetworkSpec {
    let block = |width| BlockSpec { kernel: 3, channels: vec![width; 3], relu: vec![], pool: Pool::Max(2) };
    NetworkSpec { resolution, head, blocks: [10, 20, 10].map(block).to_vec() }
}

/// A start that leaves no layer silent.
pub fn state(spec: &NetworkSpec, seed: u64) -> NetworkState {
    let layout = Layout::new(spec).expect("a valid spec");
    let mut parameters =
        initial_parameters(&layout, Initial::Kaiming, &mut Random::new(seed, Stream::Initial, 0));
    for layer in &layout.convolutions {
        parameters[layer.bias()].fill(0.1);
    }
    NetworkState::new(parameters)
}

/// Images with their labels.
pub struct Images {
    side: usize,
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl Images {
    /// Noise with flat areas, so that max pooling meets exact ties.
    pub fn random(count: usize, side: usize, seed: u64) -> Self {
        let mut random = Random::new(seed, Stream::Order, 99);
        let mut images = Vec::with_capacity(count * side * side);
        for _ in 0..count {
            let flat_rows = random.below(side as u32) as usize;
            images.resize(images.len() + flat_rows * side, 0);
            images.extend((flat_rows * side..side * side).map(|_| random.below(256) as u8));
        }
        let labels = (0..count).map(|_| random.below(10) as u8).collect();
        Images { side, images, labels }
    }

    /// As engines take them.
    pub fn as_set(&self) -> ImageSet<'_> {
        ImageSet { side: self.side, images: &self.images, labels: &self.labels }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.labels.len()
    }
}

/// Any small network: 1–3 blocks, kernels 1–7, widths 1–64, every kind of pooling, ReLUs here and there.
pub fn any_network() -> impl Strategy<Value = NetworkSpec> {
    let width = prop_oneof![4 => 1usize..=12, 2 => 13usize..=24, 1 => 25usize..=64];
    let kernel = prop_oneof![Just(1usize), Just(3), Just(3), Just(5), Just(7)];
    let pool = prop_oneof![
        4 => Just(Pool::Max(2)), 1 => Just(Pool::Max(3)), 2 => Just(Pool::Average(2)), 1 => Just(Pool::None)
    ];
    let layer = (width, prop::bool::weighted(0.8));
    let block = (kernel, prop::collection::vec(layer, 1..=4), pool);
    let head = prop_oneof![3 => Just(Head::Global), 1 => Just(Head::Quadrant)];
    let network = (8usize..=30, head, prop::collection::vec(block, 1..=3));
    let spec = network.prop_map(|(resolution, head, blocks)| {
        let to_block = |(kernel, layers, pool): (usize, Vec<(usize, bool)>, Pool)| BlockSpec {
            kernel,
            channels: layers.iter().map(|l| l.0).collect(),
            relu: layers.iter().map(|l| l.1).collect(),
            pool,
        };
        NetworkSpec { resolution, head, blocks: blocks.into_iter().map(to_block).collect() }
    });
    spec.prop_filter("a valid spec", |spec| Layout::new(spec).is_ok())
}
