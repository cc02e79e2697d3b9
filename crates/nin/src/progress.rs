//! How a run is shown while it goes on: bars on a terminal, otherwise lines or JSON.

use std::io::{IsTerminal as _, stdout};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nin_train::format::{duration, grouped, percent};
use nin_train::{Event, PlannedStage, RunStarted, StepsEvent};

use crate::arguments::TrainArguments;
use crate::lines::line;
use crate::output::{complain, say};

/// One of the ways to show events.
pub enum Progress {
    /// A bar below lines that stay.
    Bar(Bar),
    /// Lines only.
    Lines,
    /// Events as JSON, one a line.
    Json {
        /// Whether notes on the standard error are left out.
        quiet: bool,
    },
    /// Nothing.
    Quiet,
}

impl Progress {
    /// What the flags and the standard output ask for.
    pub fn new(arguments: &TrainArguments) -> Self {
        match () {
            () if arguments.json => Progress::Json { quiet: arguments.quiet },
            () if arguments.quiet => Progress::Quiet,
            () => Progress::of_terminal(),
        }
    }

    /// A bar on a terminal, lines elsewhere.
    pub fn of_terminal() -> Self {
        if stdout().is_terminal() { Progress::Bar(Bar::new()) } else { Progress::Lines }
    }

    /// Shows an event.
    pub fn show(&mut self, event: &Event) {
        match self {
            Progress::Bar(bar) => bar.show(event),
            Progress::Lines => line(event).iter().for_each(|line| say(line)),
            // Events hold numbers, texts and lists of them: they always have a JSON form.
            Progress::Json { .. } => serde_json::to_string(event).iter().for_each(|line| say(line)),
            Progress::Quiet => {}
        }
    }

    /// Shows something that is no event.
    pub fn note(&self, text: &str) {
        match self {
            Progress::Bar(_) | Progress::Lines => say(text),
            Progress::Json { quiet: false } => complain(text),
            Progress::Json { quiet: true } | Progress::Quiet => {}
        }
    }

    /// What another thread may use to tell the user something.
    pub fn messenger(&self) -> impl Fn(String) + Send + 'static {
        let bar = match self {
            Progress::Bar(bar) => Some(bar.bar.clone()),
            _ => None,
        };
        move |message| match &bar {
            Some(bar) => bar.println(message),
            None => complain(&message),
        }
    }

    /// Shows how far a download is.
    pub fn download(&mut self, file: &str, bytes: u64, total: Option<u64>) {
        match self {
            Progress::Bar(bar) => bar.download(file, bytes, total),
            _ if bytes == 0 => self.note(&format!("downloading {file}")),
            _ => {}
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Progress::Bar(bar) = self {
            bar.bar.finish_and_clear();
        }
    }
}

/// A bar over all steps of a run.
pub struct Bar {
    bar: ProgressBar,
    stages: Vec<PlannedStage>,
    test_accuracy: Option<f64>,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
        let template = "{prefix}  {msg}\n{wide_bar:.cyan/blue} {percent:>3} %";
        // The template is a constant; were it wrong, the plain bar would do.
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Bar { bar, stages: Vec::new(), test_accuracy: None }
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::RunStarted(run) => self.start(run),
            Event::StageStarted(stage) => self.bar.set_prefix(pins(&self.stages, &stage.stage)),
            Event::Steps(steps) => self.steps(steps),
            Event::Epoch(epoch) => self.test_accuracy = Some(epoch.test_accuracy),
            _ => {}
        }
        // A run has tens of epochs: their lines stay in metrics.jsonl, the bar shows the last one.
        if let (false, Some(line)) = (matches!(event, Event::Epoch(_)), line(event)) {
            self.bar.println(line);
        }
    }

    fn start(&mut self, run: &RunStarted) {
        self.stages.clone_from(&run.stages);
        self.bar.reset();
        self.bar.set_length(run.stages.iter().map(|stage| (stage.epochs * stage.steps) as u64).sum());
        let current = run.stages.get(run.resumed.map_or(0, |at| at.stage));
        self.bar.set_prefix(current.map_or(String::new(), |stage| pins(&run.stages, &stage.stage)));
    }

    fn steps(&mut self, steps: &StepsEvent) {
        let before = self.stages.iter().take_while(|stage| stage.stage != steps.stage);
        let before: usize = before.map(|stage| stage.epochs * stage.steps).sum();
        self.bar.set_position((before + steps.epoch.saturating_sub(1) * steps.steps + steps.step) as u64);
        let test =
            self.test_accuracy.map_or(String::new(), |accuracy| format!("  test {}", percent(accuracy)));
        self.bar.set_message(format!(
            "epoch {}/{}  loss {:.4}  accuracy {}{test}  {} images/s  {} left",
            steps.epoch,
            steps.epochs,
            steps.loss,
            percent(steps.accuracy),
            grouped(steps.images_per_second as usize),
            duration(steps.seconds_left)
        ));
    }

    fn download(&mut self, file: &str, bytes: u64, total: Option<u64>) {
        self.bar.set_prefix(format!("downloading {file}"));
        self.bar.set_length(total.unwrap_or(bytes));
        self.bar.set_position(bytes);
    }
}

/// `v0 · [v1] · v2`: the stages with the current one marked.
fn pins(stages: &[PlannedStage], current: &str) -> String {
    let pin = |stage: &PlannedStage| match stage.stage == current {
        true => format!("[{current}]"),
        false => stage.stage.clone(),
    };
    stages.iter().map(pin).collect::<Vec<_>>().join(" · ")
}
