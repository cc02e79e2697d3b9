//! The start and the end of a stage.

use std::collections::BTreeMap;

use nin_net::{Engine, Evaluation, NetworkState, grow, save_tensors};

use crate::dead::{dead_channels, dead_note, dead_warning};
use crate::model::SPEC;
use crate::run::{End, Run};
use crate::{
    DeadChannels, EpochMetrics, Event, GrownEvent, Host, Position, StageStarted, StageSummary, Summary,
};

impl<E: Engine, H: Host> Run<'_, E, H> {
    /// Makes stage `index` out of `before`, the parameters of the stage before, and measures what it starts with.
    pub(crate) async fn begin_stage(&mut self, index: usize, before: &[f32]) -> Result<(), End> {
        self.at = Position { stage: index, epoch: 0, step: 0 };
        self.progress.epoch = Default::default();
        self.progress.stage_seconds = 0.0;
        self.skip_time();
        let layout = &self.layouts[index];
        let (parameters, new_layers) = match &self.recipe.stages[index].growth {
            Some(growth) => {
                let mut random = self.recipe.random(index);
                let grown = grow(&self.layouts[index - 1], before, layout, growth, &mut random)?;
                (grown.parameters, Some(grown.new_layers))
            }
            None => (self.recipe.initial_parameters(index, layout), None),
        };
        let state = NetworkState::new(parameters);
        self.load(index, &state).await?;
        let evaluation = self.evaluate().await?;
        let dead = dead_channels(&self.layouts[index], &state.parameters, self.dataset.train.as_set())?;
        self.tell_start(&evaluation, dead, new_layers);
        self.snapshot().await?;
        self.count_time();
        self.checkpoint().await
    }

    fn tell_start(
        &mut self,
        evaluation: &Evaluation,
        dead: Vec<DeadChannels>,
        new_layers: Option<Vec<usize>>,
    ) {
        let index = self.at.stage;
        let (stage, layout) = (&self.recipe.stages[index], &self.layouts[index]);
        let name = |layer: usize| format!("features.{}", layout.convolutions[layer].module);
        let grown = self.stage_summaries().pop().zip(new_layers).map(|(old, new_layers)| {
            Event::Grown(GrownEvent {
                stage: stage.name.clone(),
                from: old.stage,
                new_layers: new_layers.into_iter().map(name).collect(),
                test_accuracy_before: old.test_accuracy,
                test_accuracy_after: evaluation.accuracy(),
                test_loss_before: old.test_loss,
                test_loss_after: evaluation.loss,
            })
        });
        let started = Event::StageStarted(StageStarted {
            stage: stage.name.clone(),
            index,
            epochs: stage.epochs,
            parameters: layout.parameter_count,
            macs: layout.macs(),
            test_accuracy: evaluation.accuracy(),
            test_loss: evaluation.loss,
            dead_channels: dead.clone(),
        });
        self.record(started);
        if let Some(grown) = grown {
            self.record(grown);
        }
        let layout = &self.layouts[index];
        self.warn_of(dead_warning(layout, &dead).or_else(|| dead_note(layout, &dead)));
    }

    /// Warns of what was found out about the current stage, once.
    pub(crate) fn warn_of(&mut self, finding: Option<String>) {
        let Some(finding) = finding else { return };
        let stage = &self.recipe.stages[self.at.stage].name;
        let warning = Event::Warning { message: format!("stage {stage}: {finding}") };
        if !self.progress.log.contains(&warning) {
            self.record(warning);
        }
    }

    /// Saves and sums up the current stage; returns its parameters.
    pub(crate) async fn finish_stage(&mut self) -> Result<Vec<f32>, End> {
        let parameters = self.engine.state().await?.parameters;
        let index = self.at.stage;
        let name = self.recipe.stages[index].name.clone();
        self.count_time();
        let summary = self.sum_up();
        let metadata = BTreeMap::from([
            ("format".to_owned(), "pt".to_owned()),
            (SPEC.to_owned(), serde_json::to_string(&self.recipe.spec(index))?),
            ("stage".to_owned(), name.clone()),
            ("test_accuracy".to_owned(), summary.test_accuracy.to_string()),
        ]);
        let bytes = save_tensors(&self.layouts[index], &[("", &parameters)], &metadata)?;
        self.save_result(&format!("{name}.safetensors"), &bytes).await?;
        self.record(Event::StageFinished(summary));
        self.save_records().await?;
        Ok(parameters)
    }

    /// The current stage's summary, out of what was told since its start.
    fn sum_up(&self) -> StageSummary {
        let stage = &self.recipe.stages[self.at.stage];
        let told = || self.progress.log.iter().rev();
        let last: Option<&EpochMetrics> = told().find_map(|event| match event {
            Event::Epoch(metrics) if metrics.stage == stage.name => Some(metrics),
            _ => None,
        });
        let start = told().find_map(|event| match event {
            Event::StageStarted(start) if start.stage == stage.name => {
                Some((start.test_accuracy, start.test_loss))
            }
            _ => None,
        });
        let (accuracy_at_start, loss_at_start) = start.unwrap_or_default();
        StageSummary {
            stage: stage.name.clone(),
            parameters: self.layouts[self.at.stage].parameter_count,
            epochs: stage.epochs,
            test_accuracy_before_growth: told().find_map(|event| match event {
                Event::Grown(grown) if grown.stage == stage.name => Some(grown.test_accuracy_before),
                _ => None,
            }),
            test_accuracy_at_start: accuracy_at_start,
            test_accuracy: last.map_or(accuracy_at_start, |metrics| metrics.test_accuracy),
            loss: last.map(|metrics| metrics.train_loss),
            test_loss: last.map_or(loss_at_start, |metrics| metrics.test_loss),
            seconds: self.progress.stage_seconds,
        }
    }

    fn stage_summaries(&self) -> Vec<StageSummary> {
        let finished = |event: &Event| match event {
            Event::StageFinished(summary) => Some(summary.clone()),
            _ => None,
        };
        self.progress.log.iter().filter_map(finished).collect()
    }

    /// Writes down the run's end.
    pub(crate) async fn finish(&mut self) -> Result<Summary, End> {
        let stages = self.stage_summaries();
        let summary = Summary {
            test_accuracy: stages.last().map_or(0.0, |stage| stage.test_accuracy),
            test_loss: stages.last().map_or(0.0, |stage| stage.test_loss),
            seconds: stages.iter().map(|stage| stage.seconds).sum(),
            recipe: self.recipe.name.clone(),
            seed: self.recipe.seed,
            data: self.dataset.name.clone(),
            engine: self.engine.info(),
            stages,
        };
        self.save_result("summary.json", &serde_json::to_vec_pretty(&summary)?).await?;
        self.progress.log.push(Event::Finished(summary.clone()));
        self.save_records().await?;
        Ok(summary)
    }
}
