//! Tensors to bytes and back.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::stage;
use nin_net::{
    FileError, Head, Initial, Random, Stream, initial_parameters, load_pytorch, load_tensors, read_metadata,
    save_tensors,
};
use proptest::prelude::*;

fn example() -> (nin_net::Layout, Vec<f32>, BTreeMap<String, String>, Vec<u8>) {
    let layout = stage(2, 28, Head::Global);
    let parameters = initial_parameters(&layout, Initial::Default, &mut Random::new(1, Stream::Initial, 0));
    let moments: Vec<f32> = parameters.iter().map(|p| p * 0.1).collect();
    let metadata =
        BTreeMap::from([("stage".into(), "v2".into()), ("recipe".into(), "a = \"b\"\n[c] # é".into())]);
    let bytes = save_tensors(&layout, &[("", &parameters), ("first_moment.", &moments)], &metadata).unwrap();
    (layout, parameters, metadata, bytes)
}

#[test]
fn what_is_saved_is_loaded() {
    let (layout, parameters, metadata, bytes) = example();
    assert_eq!(load_tensors(&layout, &bytes, "").unwrap(), parameters);
    assert_eq!(load_tensors(&layout, &bytes, "first_moment.").unwrap()[7], parameters[7] * 0.1);
    assert_eq!(read_metadata(&bytes).unwrap(), metadata);
    let again = save_tensors(&layout, &[("", &parameters)], &BTreeMap::new()).unwrap();
    assert_eq!(load_tensors(&layout, &again, "").unwrap(), parameters);
}

#[test]
fn the_same_contents_are_the_same_bytes() {
    assert_eq!(example().3, example().3);
}

#[test]
fn another_network_is_refused() {
    let (_, _, _, bytes) = example();
    let v0 = stage(0, 28, Head::Global);
    assert!(matches!(
        load_tensors(&v0, &bytes, ""),
        Err(FileError::Shape { .. } | FileError::Missing { .. })
    ));
    assert!(matches!(load_tensors(&v0, &bytes, "second_moment."), Err(FileError::Missing { .. })));
    assert!(matches!(save_tensors(&v0, &[("", &[1.0])], &BTreeMap::new()), Err(FileError::Count { .. })));
}

#[test]
fn what_pytorch_saved_is_loaded_whole_or_not_at_all() {
    let (layout, parameters, _, checkpoint) = example();
    let saved = |groups: &[(&str, &[f32])]| save_tensors(&layout, groups, &BTreeMap::new()).unwrap();
    for prefix in ["", "module.", "net.model."] {
        assert_eq!(load_pytorch(&layout, &saved(&[(prefix, &parameters)])).unwrap(), parameters);
    }
    let told = |layout: &nin_net::Layout, bytes: &[u8]| load_pytorch(layout, bytes).unwrap_err().to_string();
    assert!(told(&layout, &checkpoint).contains("`first_moment.features.0.bias` is not part"));
    let v0 = stage(0, 28, Head::Global);
    assert!(told(&v0, &saved(&[("", &parameters)])).contains("`features.5.weight` is missing"));
    // Its first modules are the larger network's own.
    let mut part = layout.spec.clone();
    part.blocks.truncate(1);
    let part = nin_net::Layout::new(&part).unwrap();
    assert!(told(&part, &saved(&[("", &parameters)])).contains("`features.11.bias` is not part"));
}

proptest! {
    #[test]
    fn damaged_files_are_errors(cut in 0usize..60_000, at in 0usize..600, byte: u8) {
        let (layout, _, _, bytes) = example();
        prop_assume!(cut < bytes.len());
        prop_assert!(load_tensors(&layout, &bytes[..cut], "").is_err());
        let mut damaged = bytes;
        damaged[at] = byte;
        let _ = load_tensors(&layout, &damaged, "");
    }
}
