//! What the screens know of the run: everything follows from its events.

use nin_net::{Ceilings, Profile};
use nin_train::{DeadChannels, EpochMetrics, Event, PlannedStage, RunStarted, StepsEvent, Summary};

use crate::curves::Curves;

/// How far the run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// There is none.
    #[default]
    Empty,
    /// It was asked for and gets its data and engine.
    Preparing {
        /// What is done, in plain words.
        what: String,
        /// Share of it that is done, where that is known.
        share: Option<f32>,
    },
    /// It trains.
    Running,
    /// It waits.
    Paused,
    /// It is over.
    Finished,
    /// It was stopped and saved.
    Stopped,
    /// It broke off.
    Failed {
        /// One sentence.
        message: String,
    },
}

impl Phase {
    /// Whether a run is on, so that no other can be started.
    pub fn is_on(&self) -> bool {
        matches!(self, Phase::Preparing { .. } | Phase::Running | Phase::Paused)
    }
}

/// The run as its events tell it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunView {
    /// How far it is.
    pub phase: Phase,
    /// Its first event.
    pub started: Option<RunStarted>,
    /// The stage that is trained, from 0.
    pub stage: usize,
    /// PyTorch's names of the layers that are new in this stage.
    pub new_layers: Vec<String>,
    /// Whether this stage grew out of another.
    pub grown: bool,
    /// The newest steps.
    pub steps: Option<StepsEvent>,
    /// The newest epoch.
    pub epoch: Option<EpochMetrics>,
    /// The newest count of dead channels.
    pub dead: Vec<DeadChannels>,
    /// What a step costs, and what the device does at most, once it was asked for.
    pub profile: Option<(Profile, Ceilings)>,
    /// Its end.
    pub summary: Option<Summary>,
    /// Its curves.
    pub curves: Curves,
    /// Its lasting events.
    pub log: Vec<Event>,
}

impl RunView {
    /// A run of which only the log is there.
    pub fn of_log(log: &[Event]) -> Self {
        let mut view = RunView::default();
        log.iter().for_each(|event| view.take(event));
        view
    }

    /// Takes an event in.
    pub fn take(&mut self, event: &Event) {
        self.follow(event);
        self.curves.take(event);
        if lasts(event) {
            self.log.push(event.clone());
        }
    }

    fn follow(&mut self, event: &Event) {
        match event {
            Event::Preparing { what, done, of } => {
                let share = of.map(|of| *done as f32 / of.max(1) as f32);
                self.phase = Phase::Preparing { what: what.clone(), share };
            }
            Event::RunStarted(started) => {
                *self =
                    RunView { started: Some(started.clone()), phase: Phase::Running, ..RunView::default() };
                self.stage = started.resumed.map_or(0, |at| at.stage);
            }
            Event::StageStarted(stage) => {
                self.stage = stage.index;
                self.dead.clone_from(&stage.dead_channels);
                self.new_layers.clear();
                self.grown = false;
                self.steps = None;
            }
            Event::Grown(grown) => {
                self.new_layers.clone_from(&grown.new_layers);
                self.grown = true;
            }
            Event::Steps(steps) => self.steps = Some(steps.clone()),
            Event::Epoch(epoch) => {
                self.dead.clone_from(&epoch.dead_channels);
                self.epoch = Some(epoch.clone());
            }
            Event::Profiled { profile, ceilings } => self.profile = Some((profile.clone(), *ceilings)),
            Event::Paused => self.phase = Phase::Paused,
            Event::Resumed => self.phase = Phase::Running,
            Event::Stopped => self.phase = Phase::Stopped,
            Event::Failed { message } => self.phase = Phase::Failed { message: message.clone() },
            Event::Finished(summary) => {
                self.phase = Phase::Finished;
                self.summary = Some(summary.clone());
            }
            _ => {}
        }
    }

    /// Puts what was measured before the run went on in front of what was measured since.
    pub fn join(&mut self, earlier: &[Event]) {
        let since: Vec<Event> = self.log.iter().filter(|event| !earlier.contains(event)).cloned().collect();
        let mut joined = RunView::default();
        let ends = |event: &Event| matches!(event, Event::RunStarted(_) | Event::Finished(_));
        earlier.iter().chain(since.iter().filter(|event| !ends(event))).for_each(|event| joined.take(event));
        joined.phase = self.phase.clone();
        joined.steps.clone_from(&self.steps);
        joined.started = self.started.clone().or(joined.started);
        *self = joined;
    }

    /// The stages as they are planned.
    pub fn stages(&self) -> &[PlannedStage] {
        self.started.as_ref().map_or(&[], |started| &started.stages)
    }

    /// How much of the run is done, 0 to 1.
    pub fn share_done(&self) -> f32 {
        if self.phase == Phase::Finished {
            return 1.0;
        }
        let all = |stages: &[PlannedStage]| stages.iter().map(|s| s.epochs * s.steps).sum::<usize>();
        let stages = self.stages();
        let before = all(&stages[..self.stage.min(stages.len())]);
        let now = match (&self.steps, stages.get(self.stage)) {
            (Some(steps), Some(stage)) if steps.stage == stage.stage => {
                (steps.epoch - 1) * steps.steps + steps.step
            }
            _ => 0,
        };
        (before + now) as f32 / all(stages).max(1) as f32
    }
}

/// Whether an event is one of those that `metrics.jsonl` keeps.
fn lasts(event: &Event) -> bool {
    matches!(
        event,
        Event::RunStarted(_)
            | Event::StageStarted(_)
            | Event::Grown(_)
            | Event::Epoch(_)
            | Event::SeedLine { .. }
            | Event::Warning { .. }
            | Event::LearningRateSet { .. }
            | Event::StageFinished(_)
            | Event::Finished(_)
    )
}
