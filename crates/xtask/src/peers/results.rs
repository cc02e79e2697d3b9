//! What was measured: a section per input size and one for the browser, each kept as a file of JSON, so that the document
//! can be written again from several runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::contender::Reading;

/// Images of a step.
pub const BATCH: f64 = 60.0;
/// Farthest that a peer's loss may be from nin's.
pub const TOLERANCE: f64 = 1e-4;

/// One of those who are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Who {
    pub id: &'static str,
    pub name: &'static str,
    /// How it was run and what it was given.
    pub allowed: &'static str,
}

/// Those who took turns with each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The input's side, or `browser`.
    pub key: String,
    pub title: String,
    pub machine: String,
    pub nin: String,
    pub rounds: usize,
    pub measured: Vec<Measured>,
    pub left_out: Vec<LeftOut>,
}

/// What one of them did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub id: String,
    pub name: String,
    pub allowed: String,
    pub version: String,
    pub device: String,
    /// Of each round.
    pub step_seconds: Vec<f64>,
    /// Of the first round.
    pub first_step_seconds: f64,
    pub memory: Option<u64>,
    /// How far its losses were from nin's at most.
    pub loss_error: Option<f64>,
}

/// One who could not be measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    pub name: String,
    pub why: String,
}

impl Measured {
    pub fn step_seconds(&self) -> f64 {
        median(self.step_seconds.clone())
    }
}

impl Section {
    /// Takes a turn's outcome in. `reference` are nin's losses; who is too far from them is left out.
    pub fn add(&mut self, who: Who, turn: Result<Reading>, reference: &[f64]) {
        let reading = match turn {
            Ok(reading) => reading,
            Err(error) => return self.leave_out(who, format!("{error:#}")),
        };
        let differences = reading.losses.iter().zip(reference).map(|(found, nin)| (found - nin).abs());
        // Not a number counts as the farthest.
        let loss_error = differences.max_by(f64::total_cmp);
        if loss_error.is_some_and(|error| error.is_nan() || error > TOLERANCE) {
            let why = format!("it computes something else: losses {:?}, nin's {reference:?}", reading.losses);
            return self.leave_out(who, why);
        }
        match self.measured.iter_mut().find(|measured| measured.id == who.id) {
            Some(measured) => {
                measured.step_seconds.push(reading.step_seconds);
                measured.memory = measured.memory.max(reading.memory);
            }
            None => self.measured.push(Measured {
                id: who.id.to_owned(),
                name: who.name.to_owned(),
                allowed: who.allowed.to_owned(),
                version: reading.version,
                device: reading.device,
                step_seconds: vec![reading.step_seconds],
                first_step_seconds: reading.first_step_seconds,
                memory: reading.memory,
                loss_error,
            }),
        }
    }

    /// No further turns for this one, and no numbers.
    pub fn leave_out(&mut self, who: Who, why: String) {
        self.measured.retain(|measured| measured.id != who.id);
        self.left_out.push(LeftOut { name: who.name.to_owned(), why });
    }

    pub fn is_left_out(&self, who: Who) -> bool {
        self.left_out.iter().any(|left| left.name == who.name)
    }

    pub fn find(&self, id: &str) -> Option<&Measured> {
        self.measured.iter().find(|measured| measured.id == id)
    }

    /// Keeps it in `folder`, in place of what was known of the same key.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let path = folder.join(format!("{}.json", self.key));
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, serde_json::to_vec_pretty(self)?))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// All sections in `folder`: by input size, the browser last.
pub fn load(folder: &Path) -> Result<Vec<Section>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    let read = |path: &PathBuf| -> Result<Section> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is no section of a comparison: delete it", path.display()))
    };
    let mut sections = paths.iter().map(read).collect::<Result<Vec<_>>>()?;
    sections.sort_by_key(|section| section.key.parse().unwrap_or(usize::MAX));
    Ok(sections)
}

/// The middle one; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => (values[even / 2 - 1] + values[even / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    const PEER: Who = Who { id: "peer", name: "Peer", allowed: "nothing" };

    fn section(key: &str) -> Section {
        Section {
            key: key.to_owned(),
            title: key.to_owned(),
            machine: String::new(),
            nin: String::new(),
            rounds: 2,
            measured: Vec::new(),
            left_out: Vec::new(),
        }
    }

    fn turn(step_seconds: f64, losses: &[f64]) -> Result<Reading> {
        let (version, device) = ("1".to_owned(), "it".to_owned());
        let losses = losses.to_vec();
        Ok(Reading { version, device, losses, first_step_seconds: 1.0, step_seconds, memory: Some(7) })
    }

    #[test]
    fn rounds_come_together_and_losses_are_held_against_nin() {
        let mut one = section("28");
        for seconds in [3.0, 1.0, 2.0] {
            one.add(PEER, turn(seconds, &[2.5, 2.00005]), &[2.5, 2.0, 1.0]);
        }
        let measured = one.find("peer").unwrap();
        assert_eq!((measured.step_seconds(), measured.step_seconds.len()), (2.0, 3));
        assert!((measured.loss_error.unwrap() - 5e-5).abs() < 1e-9);
        for losses in [[2.5, 2.001], [f64::NAN, 2.0]] {
            let mut one = one.clone();
            one.add(PEER, turn(1.0, &losses), &[2.5, 2.0]);
            assert!(one.find("peer").is_none() && one.is_left_out(PEER), "{losses:?}");
        }
        one.add(PEER, Err(anyhow!("it fell over")), &[]);
        assert!(one.measured.is_empty());
        assert_eq!(one.left_out[0].why, "it fell over");
    }

    #[test]
    fn a_section_replaces_only_what_was_known_of_its_key() {
        let folder = tempfile::tempdir().unwrap();
        for key in ["224", "browser", "28"] {
            section(key).save(folder.path()).unwrap();
        }
        Section { title: "anew".to_owned(), ..section("224") }.save(folder.path()).unwrap();
        let titles: Vec<String> =
            load(folder.path()).unwrap().into_iter().map(|section| section.title).collect();
        assert_eq!(titles, ["28", "anew", "browser"]);
        fs::write(folder.path().join("bad.json"), "{}").unwrap();
        assert!(load(folder.path()).unwrap_err().to_string().contains("bad.json"));
    }
}
