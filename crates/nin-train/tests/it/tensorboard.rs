//! Event files, read back by a reader that shares nothing with the writer.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use nin_train::{CHECKPOINT, Checkpoint, Command, Event, Position, TensorBoard};

use crate::common::{Memory, few_digits, quiet, small};

/// A field of a protocol buffer.
#[derive(Debug)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl Field<'_> {
    fn number(&self) -> u64 {
        let Field::Number(number) = self else { panic!("{self:?}") };
        *number
    }

    fn bytes(&self) -> &[u8] {
        let Field::Bytes(bytes) = self else { panic!("{self:?}") };
        bytes
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        number |= u64::from(byte & 127) << shift;
        if byte < 128 {
            break;
        }
    }
    number
}

/// All fields of a message by number.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let length = match key & 7 {
            0 => {
                fields.push((key >> 3, Field::Number(varint(&mut bytes))));
                continue;
            }
            1 => 8,
            2 => varint(&mut bytes) as usize,
            5 => 4,
            kind => panic!("wire type {kind}"),
        };
        let (field, rest) = bytes.split_at(length);
        fields.push((key >> 3, Field::Bytes(field)));
        bytes = rest;
    }
    fields
}

/// CRC-32C bit by bit, masked.
fn masked_crc(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (if crc & 1 == 1 { 0x82f6_3b78 } else { 0 });
        }
    }
    (!crc).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The records of a folder's event files in the order of their names, checksums checked.
fn records(folder: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut records = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("events.out.tfevents."), "{name}");
        let bytes = fs::read(&file).unwrap();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            let sum = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            let data = &rest[12..12 + length];
            assert_eq!((sum(8), sum(12 + length)), (masked_crc(&rest[..8]), masked_crc(data)));
            records.push(data.to_vec());
            rest = &rest[16 + length..];
        }
    }
    records
}

/// `tag → step → value` as TensorBoard shows it: a program's start takes back what is at its step and later.
fn scalars(folder: &Path) -> BTreeMap<String, BTreeMap<u64, f32>> {
    let mut scalars: BTreeMap<String, BTreeMap<u64, f32>> = BTreeMap::new();
    for record in records(folder) {
        let fields_of = fields(&record);
        let field = |number: u64| fields_of.iter().find(|(n, _)| *n == number).map(|(_, field)| field);
        let step = field(2).map_or(0, Field::number);
        assert!(f64::from_le_bytes(field(1).unwrap().bytes().try_into().unwrap()) > 1.7e9, "a wall time");
        if field(7).is_some() {
            scalars.values_mut().for_each(|steps| steps.retain(|&at, _| at < step));
        }
        for (_, value) in field(5).map(|summary| fields(summary.bytes())).unwrap_or_default() {
            let parts = fields(value.bytes());
            let tag = String::from_utf8(parts[0].1.bytes().to_vec()).unwrap();
            let value = f32::from_le_bytes(parts[1].1.bytes().try_into().unwrap());
            scalars.entry(tag).or_default().insert(step, value);
        }
    }
    scalars
}

fn write(folder: &Path, events: &[Event]) {
    let mut board = TensorBoard::create(folder).unwrap();
    events.iter().for_each(|event| board.record(event).unwrap());
}

#[test]
fn a_run_becomes_scalars_with_its_stages_in_their_tags() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Memory::new(quiet);
    host.run(few_digits(), &small()).unwrap();
    write(&folder.path().join("new"), &host.events);
    let scalars = scalars(&folder.path().join("new"));
    let names = ["gradient_norm", "images_per_second", "learning_rate", "test_accuracy", "test_loss"];
    let names = [&names[..], &["train_accuracy", "train_loss"]].concat();
    let tags: Vec<String> = ["first", "second"]
        .iter()
        .flat_map(|stage| names.iter().map(move |name| format!("{stage}/{name}")))
        .collect();
    assert_eq!(scalars.keys().cloned().collect::<Vec<_>>(), tags);
    // 2 epochs of 8 steps, then 2 of 6; the first value is from before the stage's first step.
    let steps = |tag: &str| scalars[tag].keys().copied().collect::<Vec<_>>();
    assert_eq!((steps("first/test_loss"), steps("second/test_loss")), (vec![0, 8, 16], vec![16, 22, 28]));
    assert_eq!(steps("second/train_loss").last(), Some(&28));
    for event in &host.events {
        match event {
            Event::Epoch(epoch) => {
                let step = if epoch.stage == "first" { epoch.epoch * 8 } else { 16 + epoch.epoch * 6 };
                let found = scalars[&format!("{}/test_accuracy", epoch.stage)][&(step as u64)];
                assert_eq!(found, epoch.test_accuracy as f32);
            }
            Event::Steps(steps) if steps.stage == "first" => {
                let step = ((steps.epoch - 1) * 8 + steps.step) as u64;
                assert_eq!(scalars["first/train_loss"][&step], steps.loss as f32);
                assert_eq!(scalars["first/learning_rate"][&step], steps.learning_rate);
            }
            _ => {}
        }
    }
}

#[test]
fn a_resumed_run_takes_back_what_came_after_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let over = |event: &Event| matches!(event, Event::Epoch(epoch) if epoch.epoch == 1);
    let mut cut = Memory::new(move |events: &[Event]| {
        let save = matches!(events.last(), Some(last) if over(last));
        save.then_some(Command::Save)
    });
    cut.run(few_digits(), &small()).unwrap();
    // The run was killed at the end of the first stage; its checkpoint is from the first epoch's end.
    let is_there = |bytes: &&[u8]| {
        Checkpoint::from_bytes(bytes).unwrap().position == Position { stage: 0, epoch: 1, step: 0 }
    };
    let checkpoint = cut.all(CHECKPOINT).into_iter().find(is_there).unwrap().to_vec();
    let end = cut.events.iter().position(|event| matches!(event, Event::StageFinished(_))).unwrap();
    write(folder.path(), &cut.events[..end]);
    let mut resumed = Memory::new(quiet);
    resumed.resume(few_digits(), &checkpoint).unwrap();
    write(folder.path(), &resumed.events);
    let scalars = scalars(folder.path());
    for (tag, expected) in [("first/test_accuracy", [0, 8, 16]), ("second/test_accuracy", [16, 22, 28])] {
        assert_eq!(scalars[tag].keys().copied().collect::<Vec<_>>(), expected);
    }
    let starts = records(folder.path());
    let starts: Vec<u64> = starts
        .iter()
        .filter_map(|record| {
            let fields = fields(record);
            fields
                .iter()
                .any(|(n, _)| *n == 7)
                .then(|| fields.iter().find(|(n, _)| *n == 2).unwrap().1.number())
        })
        .collect();
    assert_eq!(starts, [9], "the step after the checkpoint's");
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let sentence = TensorBoard::create(&folder.path().join("file/board")).unwrap_err().to_string();
    assert!(sentence.contains("file/board") && sentence.contains("--tensorboard"), "{sentence}");
}
