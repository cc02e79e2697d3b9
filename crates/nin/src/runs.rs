//! `nin runs`: which runs there are, and how some compare stage by stage.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use nin_train::format::{counted, duration, grouped, percent};
use nin_train::{RunEntry, RunStage, RunState, list_runs};

use crate::output::{complain, say};
use crate::table::align;

/// Flags of `runs`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RunsArguments {
    #[command(subcommand)]
    command: Option<RunsCommand>,
    /// The folder that the runs are in, or one run's folder.
    #[arg(value_name = "DIR", default_value = "runs")]
    folder: PathBuf,
    /// Print one JSON object per run.
    #[arg(long)]
    json: bool,
}

/// What `runs` does besides listing.
#[derive(Debug, Subcommand)]
enum RunsCommand {
    /// Compare runs stage by stage.
    Compare {
        /// The runs' folders; the first is what the others are compared with.
        #[arg(required = true, num_args = 2.., value_name = "DIR")]
        folders: Vec<PathBuf>,
        /// Print one JSON object per run.
        #[arg(long)]
        json: bool,
    },
}

/// Shows runs.
pub fn run(arguments: &RunsArguments) -> Result<()> {
    let (runs, json) = match &arguments.command {
        Some(RunsCommand::Compare { folders, json }) => (all(folders)?, *json),
        None => (found_in(&arguments.folder)?, arguments.json),
    };
    if json {
        for run in &runs {
            say(&serde_json::to_string(run)?);
        }
        return Ok(());
    }
    let lines = match &arguments.command {
        Some(RunsCommand::Compare { .. }) => align(&comparison(&runs), 2),
        None if runs.is_empty() => vec![format!("no runs in {}", arguments.folder.display())],
        None => align(&listing(&runs), 4),
    };
    lines.iter().for_each(|line| say(line));
    for run in &runs {
        if let RunState::Damaged { message } = &run.state {
            complain(&format!("warning: {}: {message}", run.name));
        }
    }
    Ok(())
}

fn found_in(folder: &Path) -> Result<Vec<RunEntry>> {
    if let Some(run) = RunEntry::read(folder) {
        return Ok(vec![run]);
    }
    folder.read_dir().with_context(|| {
        format!("the folder {} cannot be listed: expected one that holds runs", folder.display())
    })?;
    Ok(list_runs(folder))
}

fn all(folders: &[PathBuf]) -> Result<Vec<RunEntry>> {
    let read = |folder: &PathBuf| match RunEntry::read(folder) {
        Some(run) => Ok(run),
        None => bail!("{} holds no run: expected a run's folder, as runs/modern-1", folder.display()),
    };
    folders.iter().map(read).collect()
}

/// One row per run.
fn listing(runs: &[RunEntry]) -> Vec<[String; 7]> {
    let mut rows = vec![["run", "recipe", "stages", "state", "accuracy", "time", "saved"].map(str::to_owned)];
    let row = |run: &RunEntry| {
        let stages: Vec<&str> = run.stages.iter().map(|stage| stage.stage.as_str()).collect();
        [
            run.name.clone(),
            run.recipe.clone(),
            stages.join(" · "),
            state(run),
            or_none(run.test_accuracy.map(percent)),
            duration(run.seconds),
            ago(run.saved_at),
        ]
    };
    rows.extend(runs.iter().map(row));
    rows
}

fn state(run: &RunEntry) -> String {
    match &run.state {
        RunState::Finished => "finished".to_owned(),
        RunState::Damaged { .. } => "damaged".to_owned(),
        RunState::Unfinished { stage, epoch } => {
            let planned = run.stages.iter().find(|planned| planned.stage == *stage);
            format!("at {stage}, epoch {epoch}/{}", planned.map_or(0, |planned| planned.epochs))
        }
    }
}

/// For every stage a row per run; accuracy against that of the first run that has the stage.
fn comparison(runs: &[RunEntry]) -> Vec<[String; 10]> {
    let head = [
        "stage",
        "run",
        "parameters",
        "epochs",
        "loss",
        "before growing",
        "just after",
        "accuracy",
        "",
        "time",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut names: Vec<&str> = Vec::new();
    for stage in runs.iter().flat_map(|run| &run.stages) {
        if !names.contains(&stage.stage.as_str()) {
            names.push(&stage.stage);
        }
    }
    for name in names {
        let having = runs.iter().filter_map(|run| Some((run, run.stages.iter().find(|s| s.stage == name)?)));
        let having: Vec<_> = having.collect();
        let first = having.first().and_then(|(_, stage)| stage.test_accuracy);
        rows.extend(having.iter().enumerate().map(|(index, (run, stage))| {
            let difference = stage.test_accuracy.zip(first).filter(|_| index > 0).map(|(a, b)| a - b);
            stage_row(if index == 0 { name } else { "" }, &run.name, stage, difference)
        }));
    }
    rows
}

fn stage_row(name: &str, run: &str, stage: &RunStage, difference: Option<f64>) -> [String; 10] {
    let before = stage.test_accuracy_before_growth;
    [
        name.to_owned(),
        run.to_owned(),
        or_none(stage.parameters.map(grouped)),
        format!("{}/{}", stage.trained, stage.epochs),
        or_none(stage.loss.map(|loss| format!("{loss:.4}"))),
        or_none(before.map(percent)),
        // A stage that did not grow has only its random start to show here.
        or_none(before.and(stage.test_accuracy_at_start).map(percent)),
        or_none(stage.test_accuracy.map(percent)),
        difference.map_or(String::new(), |difference| format!("{difference:+.2}")),
        duration(stage.seconds),
    ]
}

fn or_none(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "–".to_owned())
}

fn ago(saved_at: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match now.saturating_sub(saved_at) {
        seconds @ 0..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} ago", counted((seconds / 86_400) as usize, "day")),
    }
}
