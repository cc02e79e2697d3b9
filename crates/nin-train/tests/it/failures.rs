use std::collections::BTreeMap;
use std::fs;

use nin_net::{Layout, save_tensors};
use nin_train::{CHECKPOINT, Checkpoint, Event, PREVIOUS, RunError, RunFolder};

use crate::common::{Memory, digits, few_digits, quiet, small};

/// The sentence of the last event, which must be a failure.
fn failure(events: &[Event]) -> &str {
    let Some(Event::Failed { message }) = events.last() else { panic!("{:?}", events.last()) };
    message
}

#[test]
fn divergence_names_the_step_and_keeps_the_last_good_checkpoint() {
    let mut recipe = small();
    recipe.stages[1].schedule.learning_rate = 1e20;
    recipe.stages[1].optimizer.clip_norm = 0.0;
    let mut host = Memory::new(quiet);
    let error = host.run(few_digits(), &recipe).unwrap_err();
    let RunError::Diverged { stage, epoch, step, checkpoint, .. } = &error else { panic!("{error}") };
    assert_eq!((stage.as_str(), *epoch, checkpoint.as_deref()), ("second", 1, Some(CHECKPOINT)));
    assert!((1..=6).contains(step));
    assert_eq!(failure(&host.events), error.to_string());
    for words in ["stage second, epoch 1, step", CHECKPOINT, "lower learning rate"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    let kept = Checkpoint::from_bytes(host.file(CHECKPOINT)).unwrap();
    assert_eq!((kept.position.stage, kept.position.step), (1, 0));
    assert!(kept.state.parameters.iter().all(|value| value.is_finite()));
}

#[test]
fn a_damaged_or_alien_file_is_one_sentence() {
    let mut host = Memory::new(quiet);
    host.run(few_digits(), &small()).unwrap();
    let whole = host.file(CHECKPOINT).to_vec();
    let told = |bytes: &[u8]| {
        let mut host = Memory::new(quiet);
        let error = host.resume(few_digits(), bytes).unwrap_err();
        assert!(matches!(error, RunError::Checkpoint(_)), "{error}");
        assert_eq!(failure(&host.events), error.to_string());
        assert!(host.files.is_empty(), "nothing is written before the checkpoint is found good");
        error.to_string()
    };
    for length in [0, 1, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        let sentence = told(&whole[..length]);
        assert!(sentence.contains("not a whole safetensors file"), "{sentence}");
    }
    assert!(told(b"<svg xmlns=\"http://www.w3.org/2000/svg\">").contains("not a whole safetensors file"));
    assert!(told(host.file("second.safetensors")).contains("no run"));
    for (from, to, words) in [
        ("nin-checkpoint-1", "nin-checkpoint-9", "nin-checkpoint-9"),
        ("\\\"stage\\\":1,\\\"epoch\\\":2", "\\\"stage\\\":7,\\\"epoch\\\":2", "no such stage"),
        ("\\\"stage_seconds\\\"", "\\\"stage_secomds\\\"", "`progress` cannot be read"),
        ("resolution = 14", "resolution = 12", ""),
        ("channels = [4, 6, 6]", "channels = [4, 5, 5]", ""),
    ] {
        let text = replaced(&whole, from, to);
        assert!(from.starts_with("resolution") || told(&text).contains(words), "{}", told(&text));
    }
}

/// The bytes with one text put in another's place, of the same length.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes());
    let mut bytes = bytes.to_vec();
    let at = at.unwrap_or_else(|| panic!("{from} is not in the file"));
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

#[test]
fn other_data_is_refused() {
    let mut host = Memory::new(quiet);
    host.run(few_digits(), &small()).unwrap();
    let mut other = few_digits();
    other.sha256 = "0".repeat(64);
    let sentence = Memory::new(quiet).resume(other, host.file(CHECKPOINT)).unwrap_err().to_string();
    assert!(sentence.contains("000000000000") && sentence.contains("--data"), "{sentence}");
}

#[test]
fn a_disk_that_refuses_a_checkpoint_is_warned_of_and_one_that_refuses_a_result_ends_the_run() {
    let mut host = Memory::new(quiet);
    host.refuse = Some(CHECKPOINT);
    host.run(few_digits(), &small()).unwrap();
    assert!(
        host.events.iter().any(|e| matches!(e, Event::Warning { message } if message.contains("no room")))
    );
    assert!(!host.events.contains(&Event::Saved { file: CHECKPOINT.to_owned() }));
    for name in ["recipe.toml", "first.safetensors", "summary.json"] {
        let mut host = Memory::new(quiet);
        host.refuse = Some(name);
        assert!(matches!(host.run(few_digits(), &small()), Err(RunError::Save(_))));
        assert_eq!(failure(&host.events), format!("{name} cannot be written (no room)"));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_one_sentence_and_leaves_no_half_file() {
    let parent = tempfile::tempdir().unwrap();
    let in_the_way = parent.path().join("file");
    fs::write(&in_the_way, "x").unwrap();
    let sentence = RunFolder::open(in_the_way.join("run")).unwrap_err().to_string();
    assert!(sentence.contains("file/run") && sentence.contains("--out"), "{sentence}");

    let path = parent.path().join("run");
    let folder = RunFolder::open(&path).unwrap();
    // A folder under the file's name: the rename at the end of a save fails, as it does on a full or read-only disk.
    fs::create_dir_all(path.join("v0.safetensors/x")).unwrap();
    let sentence = folder.save("v0.safetensors", b"new").unwrap_err().to_string();
    assert!(sentence.contains("v0.safetensors cannot be written"), "{sentence}");
    assert_eq!(path.read_dir().unwrap().count(), 2, "no temporary file is left beside the lock");
    fs::remove_dir_all(&path).unwrap();
    assert!(folder.save(CHECKPOINT, b"new").is_err());
}

#[test]
fn the_checkpoint_before_is_kept() {
    let parent = tempfile::tempdir().unwrap();
    let folder = RunFolder::open(parent.path()).unwrap();
    for content in [b"one", b"two", b"six"] {
        folder.save(CHECKPOINT, content).unwrap();
    }
    assert_eq!(fs::read(parent.path().join(CHECKPOINT)).unwrap(), b"six");
    assert_eq!(fs::read(parent.path().join(PREVIOUS)).unwrap(), b"two");
    // What a killed run left half-written goes when the folder is opened again; everything else stays.
    drop(folder);
    fs::write(parent.path().join(".nin-x.part"), "si").unwrap();
    RunFolder::open(parent.path()).unwrap();
    assert!(!parent.path().join(".nin-x.part").exists());
    assert_eq!(parent.path().read_dir().unwrap().count(), 3, "two checkpoints and the lock");
}

#[test]
fn a_folder_is_open_for_one_run_at_a_time() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("run");
    let folder = RunFolder::open(&path).unwrap();
    let clone = folder.clone();
    drop(folder);
    let sentence = RunFolder::open(&path).unwrap_err().to_string();
    assert!(sentence.contains("run is in use by another run"), "{sentence}");
    drop(clone);
    RunFolder::open(&path).unwrap().save("summary.json", b"{}").unwrap();
    RunFolder::remove_if_empty(&path);
    assert!(path.exists(), "something is in it");
    fs::remove_file(path.join("summary.json")).unwrap();
    RunFolder::remove_if_empty(&path);
    assert!(!path.exists());
}

#[test]
fn no_images_and_wrong_recipes_are_told_before_anything_is_written() {
    let mut host = Memory::new(quiet);
    let sentence = host.run(digits(0, 10), &small()).unwrap_err().to_string();
    assert!(sentence.contains("0 training and 10 test images"), "{sentence}");
    let mut recipe = small();
    recipe.stages[0].blocks[0].kernel = 4;
    let sentence = host.run(few_digits(), &recipe).unwrap_err().to_string();
    assert!(sentence.contains("stage `first`: block 1 has kernel 4"), "{sentence}");
    assert!(host.files.is_empty());
    assert_eq!(host.events.len(), 2);
}

#[test]
fn a_checkpoint_of_another_network_is_refused() {
    let layout = Layout::new(&small().spec(0)).unwrap();
    let zeros = vec![0.0; layout.parameter_count];
    let metadata = BTreeMap::from([("recipe".to_owned(), "name = 3".to_owned())]);
    let bytes = save_tensors(&layout, &[("", &zeros)], &metadata).unwrap();
    let sentence = Checkpoint::from_bytes(&bytes).unwrap_err().to_string();
    assert!(sentence.contains("`format` cannot be read (it is missing)"), "{sentence}");
}
