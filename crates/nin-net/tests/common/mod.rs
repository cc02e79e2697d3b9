//! The experiment's three networks.

#![allow(clippy::unwrap_used, dead_code)]

use nin_net::{BlockSpec, Head, Layout, NetworkSpec, Pool};

/// v0, v1 or v2 with a ReLU after every convolution.
pub fn stage(version: usize, resolution: usize, head: Head) -> Layout {
    let depths = [[2, 2, 2], [3, 2, 3], [3, 3, 3]][version];
    let block = |(width, depth): (usize, usize)| BlockSpec {
        kernel: 3,
        channels: vec![width; depth],
        relu: vec![],
        pool: Pool::Max(2),
    };
    let blocks = [10, 20, 10].into_iter().zip(depths).map(block).collect();
    Layout::new(&NetworkSpec { resolution, head, blocks }).unwrap()
}
