//! A run as TensorBoard's scalars: an event file that grows while the run goes on.

mod messages;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message as _;

use crate::{Event, Position, RunStarted, SaveError};
use messages::{Record, SESSION_START, SessionLog, Summary, Value};

/// Writes what a run tells as scalars; their tags begin with the stage (`v1/test_accuracy`), their step counts the
/// training steps of the whole run.
///
/// Train values come every few training steps, test values before the first step of a stage and after every epoch.
#[derive(Debug)]
pub struct TensorBoard {
    file: File,
    path: PathBuf,
    stages: Vec<StageSteps>,
}

/// Where a stage's steps lie among the run's.
#[derive(Debug)]
struct StageSteps {
    stage: String,
    before: usize,
    in_epoch: usize,
}

impl TensorBoard {
    /// Starts another event file in `folder`, making it if it isn't there. TensorBoard reads all of a folder's files as one
    /// run: a resumed run goes on in a file of its own.
    ///
    /// # Errors
    /// A sentence with the file's name.
    pub fn create(folder: &Path) -> Result<Self, SaveError> {
        let path = folder.join(format!("events.out.tfevents.{:.6}.{}.nin", seconds(), process::id()));
        let file = fs::create_dir_all(folder).and_then(|()| File::create_new(&path));
        let file = file.map_err(|error| cannot(&path, &error))?;
        let mut board = TensorBoard { file, path, stages: Vec::new() };
        board.write(Record { file_version: Some("brain.Event:2".to_owned()), ..Record::default() })?;
        Ok(board)
    }

    /// Writes the event's scalars; most events have none.
    ///
    /// # Errors
    /// A sentence with the file's name; the run itself is none the worse for it.
    pub fn record(&mut self, event: &Event) -> Result<(), SaveError> {
        match event {
            Event::RunStarted(run) => self.start(run),
            Event::StageStarted(start) => {
                let values = [("test_loss", start.test_loss), ("test_accuracy", start.test_accuracy)];
                self.scalars(&start.stage, 0, 0, &values)
            }
            Event::Steps(steps) => {
                let values = [
                    ("train_loss", steps.loss),
                    ("train_accuracy", steps.accuracy),
                    ("learning_rate", steps.learning_rate.into()),
                    ("gradient_norm", steps.gradient_norm.into()),
                    ("images_per_second", steps.images_per_second),
                ];
                self.scalars(&steps.stage, steps.epoch - 1, steps.step, &values)
            }
            Event::Epoch(epoch) => {
                let values = [("test_loss", epoch.test_loss), ("test_accuracy", epoch.test_accuracy)];
                self.scalars(&epoch.stage, epoch.epoch, 0, &values)
            }
            _ => Ok(()),
        }
    }

    /// Learns how the run's steps are counted. A resumed run takes back what was told after its checkpoint.
    fn start(&mut self, run: &RunStarted) -> Result<(), SaveError> {
        let mut before = 0;
        self.stages.clear();
        for planned in &run.stages {
            self.stages.push(StageSteps { stage: planned.stage.clone(), before, in_epoch: planned.steps });
            before += planned.epochs * planned.steps;
        }
        let Some(Position { stage, epoch, step }) = run.resumed else { return Ok(()) };
        let Some(stage) = self.stages.get(stage) else { return Ok(()) };
        // Readers drop what they have at this step and later.
        let next = stage.before + epoch * stage.in_epoch + step + 1;
        let session_log = Some(SessionLog { status: SESSION_START });
        self.write(Record { step: next as i64, session_log, ..Record::default() })
    }

    fn scalars(
        &mut self,
        stage: &str,
        epochs: usize,
        steps: usize,
        values: &[(&str, f64)],
    ) -> Result<(), SaveError> {
        let Some(place) = self.stages.iter().find(|place| place.stage == stage) else { return Ok(()) };
        let step = (place.before + epochs * place.in_epoch + steps) as i64;
        let value = |&(name, value): &(&str, f64)| Value {
            tag: format!("{stage}/{name}"),
            simple_value: Some(value as f32),
        };
        let summary = Some(Summary { value: values.iter().map(value).collect() });
        self.write(Record { step, summary, ..Record::default() })
    }

    /// Appends one record in a single write: its length and its bytes, each with a checksum.
    fn write(&mut self, record: Record) -> Result<(), SaveError> {
        let data = Record { wall_time: seconds(), ..record }.encode_to_vec();
        let length = (data.len() as u64).to_le_bytes();
        let sums = [masked_crc(&length), masked_crc(&data)];
        let bytes = [&length[..], &sums[0], &data, &sums[1]].concat();
        self.file.write_all(&bytes).map_err(|error| cannot(&self.path, &error))
    }
}

/// CRC-32C, turned and shifted so that the sum of bytes that hold sums is a good one, too.
fn masked_crc(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// Since 1970.
fn seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn cannot(path: &Path, error: &io::Error) -> SaveError {
    let path = path.display();
    SaveError(format!(
        "{path} cannot be written ({error}): make room or choose another folder with --tensorboard"
    ))
}
