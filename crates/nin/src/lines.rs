//! What an event says as a line of text.

use nin_train::format::{counted, duration, grouped, percent};
use nin_train::{
    DeadChannels, EpochMetrics, Event, GrownEvent, RunStarted, StageStarted, StageSummary, seed_line,
};

/// The line of an event that a reader of a log wants to see; `None` for the others.
pub fn line(event: &Event) -> Option<String> {
    match event {
        Event::RunStarted(run) => Some(run_started(run)),
        Event::StageStarted(stage) => Some(stage_started(stage)),
        Event::Grown(grown) => Some(grown_line(grown)),
        Event::Epoch(epoch) => Some(epoch_line(epoch)),
        Event::SeedLine { epoch, batch, loss } => Some(seed_line(*epoch, *batch, *loss)),
        Event::Warning { message } => Some(format!("warning: {message}")),
        Event::LearningRateSet { learning_rate } => Some(format!("learning rate is now {learning_rate}")),
        Event::Paused => Some("paused".to_owned()),
        Event::Resumed => Some("going on".to_owned()),
        Event::StageFinished(stage) => Some(stage_finished(stage)),
        Event::Preparing { .. }
        | Event::Steps(_)
        | Event::Snapshot(_)
        | Event::Profiled { .. }
        | Event::Saved { .. }
        | Event::Finished(_)
        | Event::Stopped
        | Event::Failed { .. } => None,
    }
}

fn run_started(run: &RunStarted) -> String {
    let (train, test) = (grouped(run.train_images), grouped(run.test_images));
    let resumed = match run.resumed.and_then(|at| Some((run.stages.get(at.stage)?, at))) {
        Some((stage, at)) => {
            format!("; goes on in {}, epoch {}, after step {}", stage.stage, at.epoch + 1, at.step)
        }
        None => String::new(),
    };
    format!(
        "recipe {} on {}: {train} images to learn from, {test} to measure on{resumed}",
        run.recipe, run.data
    )
}

fn stage_started(stage: &StageStarted) -> String {
    format!(
        "{}: {} parameters, {} multiply-adds per image, {}; starts at {}{}",
        stage.stage,
        grouped(stage.parameters),
        grouped(stage.macs),
        counted(stage.epochs, "epoch"),
        percent(stage.test_accuracy),
        dead(", ", &stage.dead_channels)
    )
}

fn grown_line(grown: &GrownEvent) -> String {
    format!(
        "{} grew out of {}: new {}; accuracy {} just before, {} just after",
        grown.stage,
        grown.from,
        grown.new_layers.join(", "),
        percent(grown.test_accuracy_before),
        percent(grown.test_accuracy_after)
    )
}

fn epoch_line(epoch: &EpochMetrics) -> String {
    let width = epoch.epochs.to_string().len();
    format!(
        "{} epoch {:>width$}/{}  loss {:.4}  accuracy {}  test loss {:.4}  test accuracy {}  {} images/s{}",
        epoch.stage,
        epoch.epoch,
        epoch.epochs,
        epoch.train_loss,
        percent(epoch.train_accuracy),
        epoch.test_loss,
        percent(epoch.test_accuracy),
        grouped(epoch.images_per_second as usize),
        dead("  ", &epoch.dead_channels)
    )
}

fn stage_finished(stage: &StageSummary) -> String {
    format!("{} ends at {} after {}", stage.stage, percent(stage.test_accuracy), duration(stage.seconds))
}

fn dead(separator: &str, layers: &[DeadChannels]) -> String {
    match layers.iter().map(|layer| layer.channels.len()).sum() {
        0 => String::new(),
        count => format!("{separator}{}", counted(count, "dead channel")),
    }
}
