use nin_data::embedded;
use nin_net::Layout;
use nin_train::{CHECKPOINT, Checkpoint, Model};

use crate::common::{Memory, few_digits, quiet, small};

#[test]
fn a_checkpoint_and_a_stage_hold_the_same_model() {
    let mut host = Memory::new(quiet);
    host.run(few_digits(), &small()).unwrap();
    let checkpoint = Checkpoint::from_bytes(host.file(CHECKPOINT)).unwrap();
    let of_checkpoint = Model::from_bytes("a name", host.file(CHECKPOINT)).unwrap();
    assert_eq!(of_checkpoint.spec, small().spec(1));
    assert_eq!(of_checkpoint.parameters, checkpoint.state.parameters);
    assert_eq!(Model::from_bytes("a name", host.file("second.safetensors")).unwrap(), of_checkpoint);
    assert_eq!(Model::from_bytes("a name", host.file("first.safetensors")).unwrap().spec, small().spec(0));
}

#[test]
fn what_is_no_model_is_told_in_a_sentence() {
    let mut host = Memory::new(quiet);
    host.run(few_digits(), &small()).unwrap();
    let whole = host.file("second.safetensors").to_vec();
    let told = |bytes: &[u8]| Model::from_bytes("a name", bytes).unwrap_err().to_string();
    for length in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        assert!(told(&whole[..length]).contains("not a whole safetensors file"));
    }
    let changed = |from: &str, to: &str| {
        let at = whole.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        [&whole[..at], to.as_bytes(), &whole[at + from.len()..]].concat()
    };
    assert!(told(&changed("\"spec\"", "\"spex\"")).contains("does not say which network"));
    assert!(told(&changed("[8,8,10]", "[8,9,10]")).contains("another network"));
    assert!(told(&changed("[8,8,10]", "[8,10,0]")).contains("`spec` cannot be read"));
    let mut broken = whole.clone();
    broken.splice(whole.len() - 4.., f32::NAN.to_le_bytes());
    assert!(told(&broken).contains("not finite numbers"));
}

#[test]
fn the_shipped_model_knows_the_digits() {
    let model = Model::shipped().unwrap();
    assert_eq!(model.parameters.len(), Layout::new(&model.spec).unwrap().parameter_count);
    let test = embedded().unwrap().test;
    let activations = nin_cpu::activations(&model.spec, &model.parameters, test.side, &test.images).unwrap();
    let logits = activations.last().unwrap().values.chunks_exact(10);
    let hits = logits.zip(&test.labels).filter(|(logits, label)| {
        let largest = (0..10).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
        largest == usize::from(**label)
    });
    // These digits are among those that it learned from: MNIST's training images.
    let hits = hits.count();
    assert!(hits >= 1960, "{hits} of 2000");
}
