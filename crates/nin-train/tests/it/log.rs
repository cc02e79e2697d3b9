//! `docs/metrics.md` says what `metrics.jsonl` holds.

use std::collections::BTreeSet;

use nin_train::{Command, Event};
use serde_json::Value;

use crate::common::{Memory, digits, small};

const DOCUMENT: &str = include_str!("../../../../docs/metrics.md");

/// The lines of a log with every event that lasts.
fn log() -> Vec<Value> {
    let mut recipe = small();
    recipe.seed_lines = true;
    (recipe.batch, recipe.stages[0].epochs, recipe.stages[1].batch) = (1, 1, Some(100));
    // Dead channels are warned of.
    recipe.stages[0].schedule.learning_rate = 5.0;
    let mut asked = 0;
    let mut host = Memory::new(move |_: &[Event]| {
        asked += 1;
        (asked == 3).then_some(Command::SetLearningRate { learning_rate: 5.0 })
    });
    host.run(digits(300, 10), &recipe).unwrap();
    let text = std::str::from_utf8(host.file("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The part of the document under an event's heading.
fn section(event: &str) -> Option<&'static str> {
    let (_, after) = DOCUMENT.split_once(&format!("\n## {event}\n"))?;
    Some(after.split("\n## ").next().unwrap().split("\n# ").next().unwrap())
}

/// The names that serde knows, out of its complaint about one that it doesn't.
fn names() -> BTreeSet<String> {
    let complaint = serde_json::from_str::<Event>(r#"{"event":"?"}"#).unwrap_err().to_string();
    let names: BTreeSet<String> = complaint.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(names.contains("run_started") && names.contains("failed"), "{complaint}");
    names
}

#[test]
fn every_event_and_every_field_is_documented() {
    let mut seen = BTreeSet::new();
    for line in log() {
        let name = line["event"].as_str().unwrap();
        let section = section(name).unwrap_or_else(|| panic!("no section about {name}"));
        for field in line.as_object().unwrap().keys().filter(|field| *field != "event") {
            assert!(section.contains(&format!("`{field}`")), "`{field}` of {name} is not documented");
        }
        seen.insert(name.to_owned());
    }
    let documented: BTreeSet<String> =
        DOCUMENT.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert_eq!(seen, documented, "events of a log, events with a section");
}

#[test]
fn every_event_is_named() {
    for name in names() {
        assert!(DOCUMENT.contains(&format!("`{name}`")) || section(&name).is_some(), "{name} is not named");
    }
}
