//! One epoch: its steps in chunks, then its measuring.

use nin_data::epoch_plan;
use nin_net::{CLASSES, Engine, Evaluation, Step, StepMetrics};

use crate::dead::{dead_channels, dead_warning};
use crate::pace::{Work, seconds_left, speed};
use crate::run::{End, Run};
use crate::{CHECKPOINT, DeadChannels, EpochMetrics, Event, Host, RunError, StepsEvent};

/// Chunks that are queued at once: the device works on one while the other's metrics come back.
const CHUNKS_IN_FLIGHT: usize = 2;
/// Batches between two of the seed experiment's lines.
const SEED_LINE_EVERY: usize = 300;

impl<E: Engine, H: Host> Run<'_, E, H> {
    /// Trains the current epoch from the current step on, then measures.
    pub(crate) async fn epoch(&mut self) -> Result<(), End> {
        let index = self.at.stage;
        let number =
            self.recipe.stages[..index].iter().map(|stage| stage.epochs).sum::<usize>() + self.at.epoch;
        let augmentation = self.recipe.augmentation(index);
        let plan = epoch_plan(self.dataset.train.len(), self.recipe.seed, number as u64, augmentation);
        self.engine.begin_epoch(&plan)?;
        self.count_time();
        let steps = self.steps_per_epoch(index);
        while self.at.step < steps {
            self.obey().await?;
            self.save_in_time().await?;
            while self.queued.len() < CHUNKS_IN_FLIGHT && self.enqueue()? > 0 {}
            self.finish_chunk().await?;
            self.snapshot_if_due().await?;
        }
        self.measure().await
    }

    /// Queues the next chunk of the epoch; returns its steps, 0 if none are left or allowed.
    fn enqueue(&mut self) -> Result<usize, End> {
        let index = self.at.stage;
        let (images, batch) = (self.dataset.train.len(), self.recipe.batch(index));
        let (stage, steps) = (&self.recipe.stages[index], self.steps_per_epoch(index));
        let first = self.at.step + self.queued.iter().sum::<usize>();
        let allowed = self.allowance.unwrap_or(usize::MAX);
        let count = self.pace.chunk().min(steps.saturating_sub(first)).min(allowed);
        if count == 0 {
            return Ok(0);
        }
        let (before, total) = (self.at.epoch * steps, stage.epochs * steps);
        let step = |number: usize| Step {
            first: (number * batch) as u32,
            count: batch.min(images - number * batch) as u32,
            learning_rate: stage.schedule.learning_rate(before + number, total),
        };
        let chunk: Vec<Step> = (first..first + count).map(step).collect();
        self.engine.enqueue(&chunk)?;
        self.queued.push_back(count);
        self.allowance = self.allowance.map(|allowed| allowed - count);
        Ok(count)
    }

    /// Waits for the oldest chunk and takes its metrics in.
    pub(crate) async fn finish_chunk(&mut self) -> Result<(), End> {
        if self.queued.pop_front().is_none() {
            return Ok(());
        }
        let metrics = self.engine.finish().await?;
        let seconds = self.count_time();
        self.progress.epoch.training_seconds += seconds;
        for step in &metrics {
            self.count_step(step)?;
        }
        let images: u64 = metrics.iter().map(|step| u64::from(step.count)).sum();
        self.pace.note(metrics.len(), images, seconds);
        self.tell_steps(&metrics);
        Ok(())
    }

    /// Waits for all chunks: the run is between two steps.
    pub(crate) async fn finish_chunks(&mut self) -> Result<(), End> {
        while !self.queued.is_empty() {
            self.finish_chunk().await?;
        }
        Ok(())
    }

    fn count_step(&mut self, step: &StepMetrics) -> Result<(), End> {
        self.at.step += 1;
        if !step.loss.is_finite() {
            return Err(self.diverged("the loss is not a number").into());
        }
        if !step.gradient_norm.is_finite() {
            return Err(self.diverged("the gradient is not a number").into());
        }
        let sums = &mut self.progress.epoch;
        sums.images += u64::from(step.count);
        sums.hits += u64::from(step.hits);
        sums.loss += f64::from(step.loss) * f64::from(step.count);
        sums.step_loss += f64::from(step.loss);
        sums.gradient_norm += f64::from(step.gradient_norm);
        if self.recipe.seed_lines && self.at.step.is_multiple_of(SEED_LINE_EVERY) {
            let loss = sums.step_loss / (self.at.step - 1) as f64;
            self.record(Event::SeedLine { epoch: self.at.epoch + 1, batch: self.at.step, loss });
        }
        Ok(())
    }

    fn tell_steps(&mut self, metrics: &[StepMetrics]) {
        let Some(last) = metrics.last() else { return };
        let images: f64 = metrics.iter().map(|step| f64::from(step.count)).sum();
        let loss: f64 = metrics.iter().map(|step| f64::from(step.loss) * f64::from(step.count)).sum();
        let hits: f64 = metrics.iter().map(|step| f64::from(step.hits)).sum();
        let index = self.at.stage;
        let stage = &self.recipe.stages[index];
        let event = StepsEvent {
            stage: stage.name.clone(),
            epoch: self.at.epoch + 1,
            epochs: stage.epochs,
            step: self.at.step,
            steps: self.steps_per_epoch(index),
            loss: loss / images,
            accuracy: 100.0 * hits / images,
            learning_rate: self.learning_rate(),
            gradient_norm: last.gradient_norm,
            images_per_second: self.pace.images_per_second(),
            seconds_left: self.seconds_left(),
        };
        self.host.emit(Event::Steps(event));
    }

    /// Learning rate of the newest finished step.
    fn learning_rate(&self) -> f32 {
        let stage = &self.recipe.stages[self.at.stage];
        let steps = self.steps_per_epoch(self.at.stage);
        let step = (self.at.epoch * steps + self.at.step).saturating_sub(1);
        stage.schedule.learning_rate(step, stage.epochs * steps)
    }

    fn seconds_left(&self) -> f64 {
        let (train, test) = (self.dataset.train.len(), self.dataset.test.len());
        let now = self.at.stage;
        let left = (now..self.recipe.stages.len()).map(|index| {
            let stage = &self.recipe.stages[index];
            let (epochs, seen) = match index == now {
                true => (stage.epochs - self.at.epoch, self.progress.epoch.images as usize),
                false => (stage.epochs, 0),
            };
            let (train_images, test_images) = ((epochs * train).saturating_sub(seen), epochs * test);
            Work { macs: self.layouts[index].macs(), train_images, test_images }
        });
        seconds_left(left, self.layouts[now].macs(), self.pace.images_per_second())
    }

    /// Measures the network after an epoch's last step and closes the epoch.
    async fn measure(&mut self) -> Result<(), End> {
        let state = self.good_state().await?;
        let evaluation = self.evaluate().await?;
        let layout = &self.layouts[self.at.stage];
        let dead = dead_channels(layout, &state.parameters, self.dataset.train.as_set())?;
        let warning = dead_warning(layout, &dead);
        self.count_time();
        let metrics = self.epoch_metrics(evaluation, dead);
        self.at.epoch += 1;
        self.at.step = 0;
        self.progress.epoch = Default::default();
        self.record(Event::Epoch(metrics));
        self.warn_of(warning);
        self.remember(Some(state));
        self.snapshot().await?;
        self.checkpoint_if_due().await
    }

    fn epoch_metrics(&self, evaluation: Evaluation, dead_channels: Vec<DeadChannels>) -> EpochMetrics {
        let (stage, sums) = (&self.recipe.stages[self.at.stage], &self.progress.epoch);
        let images = sums.images.max(1) as f64;
        let class_accuracy = |label: usize| {
            let row = &evaluation.confusion[label * CLASSES..(label + 1) * CLASSES];
            let all = row.iter().sum::<u32>() + evaluation.outside[label];
            100.0 * f64::from(row[label]) / f64::from(all.max(1))
        };
        EpochMetrics {
            stage: stage.name.clone(),
            epoch: self.at.epoch + 1,
            epochs: stage.epochs,
            train_loss: sums.loss / images,
            train_accuracy: 100.0 * sums.hits as f64 / images,
            test_loss: evaluation.loss,
            test_accuracy: evaluation.accuracy(),
            class_accuracy: (0..CLASSES).map(class_accuracy).collect(),
            confusion: evaluation.confusion,
            outside: evaluation.outside,
            dead_channels,
            gradient_norm: sums.gradient_norm / self.at.step.max(1) as f64,
            learning_rate: self.learning_rate(),
            images_per_second: speed(sums.images, sums.training_seconds),
            seconds: sums.seconds,
        }
    }

    /// The error for numbers that are none, at the current step.
    pub(crate) fn diverged(&self, what: &str) -> RunError {
        RunError::Diverged {
            stage: self.recipe.stages[self.at.stage].name.clone(),
            epoch: self.at.epoch + 1,
            step: self.at.step,
            what: what.to_owned(),
            checkpoint: self.checkpointed.then(|| CHECKPOINT.to_owned()),
        }
    }
}
