//! Shapes, names and counts against the experiment's own table.

mod common;

use common::stage;
use nin_net::{BlockSpec, Head, Layout, NetworkSpec, Pool, SpecError};

#[test]
fn counts_are_those_of_the_experiment() {
    for (version, parameters, macs) in [(0, 4370, 43_088_640), (1, 4590, 48_419_840), (2, 5010, 53_437_440)] {
        let layout = stage(version, 224, Head::Quadrant);
        assert_eq!((layout.parameter_count, layout.macs(), layout.logits), (parameters, macs, 40));
        assert_eq!(layout.head_window, 14);
    }
}

#[test]
fn names_are_those_of_pytorch() {
    let modules = |version| -> Vec<usize> {
        stage(version, 28, Head::Global).convolutions.iter().map(|c| c.module).collect()
    };
    assert_eq!(modules(0), [0, 2, 5, 7, 10, 12]);
    assert_eq!(modules(1), [0, 2, 4, 7, 9, 12, 14, 16]);
    assert_eq!(modules(2), [0, 2, 4, 7, 9, 11, 14, 16, 18]);
}

#[test]
fn missing_modules_move_the_names() {
    let block = BlockSpec { kernel: 5, channels: vec![12, 10], relu: vec![false, true], pool: Pool::None };
    let last = BlockSpec { kernel: 1, channels: vec![10], relu: vec![], pool: Pool::Average(3) };
    let layout =
        Layout::new(&NetworkSpec { resolution: 28, head: Head::Global, blocks: vec![block, last] }).unwrap();
    assert_eq!(layout.convolutions.iter().map(|c| c.module).collect::<Vec<_>>(), [0, 1, 3]);
    assert_eq!((layout.modules, layout.blocks[1].pooled_side, layout.head_window), (7, 9, 9));
}

#[test]
fn odd_sides_lose_their_edge() {
    let layout = stage(2, 28, Head::Global);
    assert_eq!(layout.blocks.iter().map(|b| b.pooled_side).collect::<Vec<_>>(), [14, 7, 3]);
}

#[test]
fn wrong_specs_say_what_is_wrong() {
    let good = stage(0, 28, Head::Global).spec;
    let error = |change: fn(&mut NetworkSpec)| {
        let mut spec = good.clone();
        change(&mut spec);
        Layout::new(&spec).unwrap_err()
    };
    assert_eq!(error(|s| s.blocks[1].kernel = 4), SpecError::Kernel { block: 2, found: 4 });
    assert_eq!(error(|s| s.blocks[1].kernel = 0), SpecError::Kernel { block: 2, found: 0 });
    assert_eq!(error(|s| s.blocks[0].channels = vec![257]), SpecError::Channels { block: 1, found: 257 });
    assert_eq!(error(|s| s.blocks[0].channels.clear()), SpecError::NoConvolutions { block: 1 });
    assert_eq!(error(|s| s.blocks[2].channels = vec![9]), SpecError::TooFewLogits { logits: 9 });
    assert_eq!(error(|s| s.head = Head::Quadrant), SpecError::OddQuadrant { side: 3 });
    assert_eq!(error(|s| s.resolution = 4), SpecError::PooledAway { block: 3, side: 1, pool: Pool::Max(2) });
    assert_eq!(error(|s| s.resolution = 0), SpecError::Resolution { found: 0 });
    assert_eq!(error(|s| s.blocks.clear()), SpecError::NoBlocks);
    assert_eq!(error(|s| s.blocks[0].pool = Pool::Max(9)), SpecError::PoolSize { block: 1, found: 9 });
    let relu_count = SpecError::ReluCount { block: 1, convolutions: 2, found: 1 };
    assert_eq!(error(|s| s.blocks[0].relu = vec![true]), relu_count);
}

#[test]
fn pools_are_written_as_words() {
    for (text, pool) in [("none", Pool::None), ("max2", Pool::Max(2)), ("average3", Pool::Average(3))] {
        assert_eq!(Pool::try_from(text.to_string()), Ok(pool));
        assert_eq!(pool.to_string(), text);
    }
    for wrong in ["max", "max1", "max9", "mean2", ""] {
        assert!(Pool::try_from(wrong.to_string()).unwrap_err().contains("max2"));
    }
}
