//! A run's measurements as curves over epochs, counted over the whole run.

use nin_train::Event;

/// `[epoch, value]`.
pub type Point = [f64; 2];

/// A stage's place on the epoch axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The stage's name.
    pub stage: String,
    /// Epochs of the stages before.
    pub start: f64,
    /// Its own epochs.
    pub epochs: f64,
    /// Whether it grew out of the stage before.
    pub grown: bool,
}

/// Everything that is drawn of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// The stages, as far as they were started.
    pub stages: Vec<Span>,
    /// Loss of the steps.
    pub step_loss: Series,
    /// Accuracy of the steps, in percent.
    pub step_accuracy: Series,
    /// Mean loss of each epoch's steps.
    pub train_loss: Vec<Point>,
    /// Mean accuracy of each epoch's steps.
    pub train_accuracy: Vec<Point>,
    /// Loss on the test images.
    pub test_loss: Vec<Point>,
    /// Accuracy on the test images.
    pub test_accuracy: Vec<Point>,
}

impl Curves {
    /// The curves of a run's lasting events.
    pub fn of_log(log: &[Event]) -> Self {
        let mut curves = Curves::default();
        log.iter().for_each(|event| curves.take(event));
        curves
    }

    /// Adds what an event measured.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::StageStarted(begun) => {
                let start = self.stages.last().map_or(0.0, |span| span.start + span.epochs);
                let (stage, epochs) = (begun.stage.clone(), begun.epochs as f64);
                self.stages.push(Span { stage, start, epochs, grown: false });
                self.test_loss.push([start, begun.test_loss]);
                self.test_accuracy.push([start, begun.test_accuracy]);
            }
            Event::Grown(_) => self.stages.iter_mut().last().into_iter().for_each(|span| span.grown = true),
            Event::Steps(steps) => {
                let epoch = (steps.epoch - 1) as f64 + steps.step as f64 / steps.steps.max(1) as f64;
                let x = self.start() + epoch;
                self.step_loss.push([x, steps.loss]);
                self.step_accuracy.push([x, steps.accuracy]);
            }
            Event::Epoch(metrics) => {
                let x = self.start() + metrics.epoch as f64;
                self.train_loss.push([x, metrics.train_loss]);
                self.train_accuracy.push([x, metrics.train_accuracy]);
                self.test_loss.push([x, metrics.test_loss]);
                self.test_accuracy.push([x, metrics.test_accuracy]);
            }
            _ => {}
        }
    }

    fn start(&self) -> f64 {
        self.stages.last().map_or(0.0, |span| span.start)
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.test_loss.is_empty() && self.step_loss.points.is_empty()
    }

    /// The epochs' measurements as a table: one line an epoch, commas between.
    pub fn csv(log: &[Event]) -> String {
        let mut text =
            "stage,epoch,train_loss,train_accuracy,test_loss,test_accuracy,learning_rate,gradient_norm,\
                        images_per_second,seconds\n"
                .to_owned();
        for event in log {
            let Event::Epoch(m) = event else { continue };
            text.push_str(&format!(
                "{},{},{},{},{},{},{},{},{},{}\n",
                m.stage,
                m.epoch,
                m.train_loss,
                m.train_accuracy,
                m.test_loss,
                m.test_accuracy,
                m.learning_rate,
                m.gradient_norm,
                m.images_per_second,
                m.seconds
            ));
        }
        text
    }
}

/// A long curve that keeps its shape but not every point.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What is drawn.
    pub points: Vec<Point>,
    /// Measurements that make one point.
    per_point: usize,
    /// Sum of the measurements that make no whole point yet, and their number.
    open: (Point, usize),
}

impl Default for Series {
    fn default() -> Self {
        Series { points: Vec::new(), per_point: 1, open: ([0.0; 2], 0) }
    }
}

impl Series {
    /// More points than this are too many for any screen: then two become one.
    const MOST: usize = 4000;

    fn push(&mut self, [x, y]: Point) {
        let ([sum_x, sum_y], count) = self.open;
        self.open = ([sum_x + x, sum_y + y], count + 1);
        if self.open.1 < self.per_point {
            return;
        }
        let ([sum_x, sum_y], count) = std::mem::take(&mut self.open);
        self.points.push([sum_x / count as f64, sum_y / count as f64]);
        if self.points.len() >= Self::MOST {
            let mean = |pair: &[Point]| [0, 1].map(|axis| (pair[0][axis] + pair[1][axis]) / 2.0);
            self.points = self.points.chunks_exact(2).map(mean).collect();
            self.per_point *= 2;
        }
    }

    /// The curve with `weight` (0 to below 1) of the past in each point, free of the pull towards its start
    /// (as Adam corrects its moments).
    pub fn smoothed(&self, weight: f64) -> Vec<Point> {
        let (mut sum, mut share) = (0.0, 0.0);
        let smooth = |&[x, y]: &Point| {
            sum = weight * sum + (1.0 - weight) * y;
            share = weight * share + (1.0 - weight);
            [x, sum / share]
        };
        self.points.iter().map(smooth).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_series_keeps_its_range_in_few_points() {
        let mut series = Series::default();
        for index in 0..100_000 {
            series.push([f64::from(index), f64::from(index) * 2.0]);
        }
        assert!(series.points.len() < Series::MOST);
        assert!(series.points.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        assert!(series.points.iter().all(|[x, y]| (y - 2.0 * x).abs() < 1e-6));
        assert!(series.points.last().unwrap()[0] > 99_000.0);
    }

    #[test]
    fn smoothing_starts_at_the_first_value_and_keeps_a_constant() {
        let mut series = Series::default();
        (0..10).for_each(|index| series.push([f64::from(index), 3.0]));
        assert!(series.smoothed(0.95).iter().all(|[_, y]| (y - 3.0).abs() < 1e-12));
        assert_eq!(series.smoothed(0.0), series.points);
    }
}
