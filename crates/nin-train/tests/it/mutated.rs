//! Mutated files, thrown at the readers of recipes and checkpoints: an error or a whole value, never a panic.

use std::sync::LazyLock;

use nin_train::{BUILT_IN, CHECKPOINT, Checkpoint, Recipe};
use proptest::prelude::*;

use crate::common::{Memory, SMALL, few_digits, quiet, small};

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut host = Memory::new(quiet);
    let mut recipe = small();
    recipe.stages.iter_mut().for_each(|stage| stage.epochs = 1);
    host.run(few_digits(), &recipe).unwrap();
    host.file(CHECKPOINT).to_vec()
});

/// Some bytes changed, some taken out, some put in, and the end cut off.
fn mutated(whole: &[u8], changes: &[(usize, Change)]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, change) in changes {
        let at = at % bytes.len().max(1);
        match change {
            _ if bytes.is_empty() => {}
            Change::Set(byte) => bytes[at] = *byte,
            Change::Insert(byte) => bytes.insert(at, *byte),
            Change::Remove => drop(bytes.remove(at)),
            Change::Cut => bytes.truncate(at),
            Change::Repeat(count) => {
                let end = bytes.len().min(at + count);
                bytes.splice(at..at, bytes[at..end].to_vec());
            }
        }
    }
    bytes
}

#[derive(Clone, Debug)]
enum Change {
    Set(u8),
    Insert(u8),
    Remove,
    Cut,
    Repeat(usize),
}

/// A few changes, most of them in the first `front` bytes, where the header is.
fn changes(front: usize) -> impl Strategy<Value = Vec<(usize, Change)>> {
    let digit = b'0'..=b'9';
    let change = prop_oneof![
        4 => any::<u8>().prop_map(Change::Set),
        4 => digit.prop_map(Change::Set),
        2 => any::<u8>().prop_map(Change::Insert),
        2 => Just(Change::Remove),
        1 => Just(Change::Cut),
        1 => (1usize..200).prop_map(Change::Repeat),
    ];
    let place = prop_oneof![3 => 0..front, 1 => 0usize..1 << 20];
    prop::collection::vec((place, change), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn checkpoints(changes in changes(8000)) {
        // What is read nevertheless can be written again.
        if let Ok(checkpoint) = Checkpoint::from_bytes(&mutated(&WHOLE, &changes)) {
            prop_assert!(checkpoint.to_bytes().is_ok());
        }
    }

    #[test]
    fn recipes(which in 0usize..3, changes in changes(1500)) {
        let text = [SMALL, BUILT_IN[0].1, BUILT_IN[1].1][which];
        let text = String::from_utf8_lossy(&mutated(text.as_bytes(), &changes)).into_owned();
        if let Ok(recipe) = Recipe::from_toml(&text) {
            prop_assert_eq!(Recipe::from_toml(&recipe.to_toml().unwrap()).unwrap(), recipe);
        }
    }
}
