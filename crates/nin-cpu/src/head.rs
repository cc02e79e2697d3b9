//! The head of a group: pooled means as logits, softmax cross-entropy, and their gradients.

use nin_net::{Head, Layout};

use crate::lanes::LANES;
use crate::map::Map;

/// How the last map becomes logits.
#[derive(Debug)]
pub struct HeadShape {
    /// Windows per side: 1 (global) or 2 (quadrants).
    pub windows: usize,
    /// Side of a window in pixels.
    window: usize,
    channels: usize,
    /// Logits per image.
    pub logits: usize,
}

impl HeadShape {
    /// The head of a network.
    pub fn new(layout: &Layout) -> Self {
        let windows = match layout.spec.head {
            Head::Global => 1,
            Head::Quadrant => 2,
        };
        let channels = layout.logits / (windows * windows);
        HeadShape { windows, window: layout.head_window, channels, logits: layout.logits }
    }

    /// `logits[lane · logits + channel · windows² + wy · windows + wx]` = mean of the window.
    pub fn forward(&self, map: &Map, logits: &mut [f32]) {
        let share = 1.0 / (self.window * self.window) as f32;
        for (channel, window, wy, wx) in self.outputs() {
            let mut sums = [0.0f32; LANES];
            for y in wy * self.window..(wy + 1) * self.window {
                let pixels = map.row(y).as_chunks::<LANES>().0.iter().skip(channel).step_by(self.channels);
                for cell in pixels.skip(wx * self.window).take(self.window) {
                    for (sum, value) in sums.iter_mut().zip(cell) {
                        *sum += value;
                    }
                }
            }
            for (lane, sum) in sums.iter().enumerate() {
                logits[lane * self.logits + window] = sum * share;
            }
        }
    }

    /// Spreads the logits' gradient evenly over their windows.
    pub fn backward(&self, gradient: &[f32], map: &mut Map) {
        let share = 1.0 / (self.window * self.window) as f32;
        for (channel, window, wy, wx) in self.outputs() {
            let mut deltas = [0.0f32; LANES];
            for (lane, delta) in deltas.iter_mut().enumerate() {
                *delta = gradient[lane * self.logits + window] * share;
            }
            for y in wy * self.window..(wy + 1) * self.window {
                let cells = map.row_mut(y).as_chunks_mut::<LANES>().0.iter_mut();
                let pixels = cells.skip(channel).step_by(self.channels);
                for cell in pixels.skip(wx * self.window).take(self.window) {
                    *cell = deltas;
                }
            }
        }
    }

    /// Channel, index of the logit within an image, window's row and column.
    fn outputs(&self) -> impl Iterator<Item = (usize, usize, usize, usize)> + use<> {
        let windows = self.windows;
        (0..self.logits).map(move |logit| {
            let (channel, place) = (logit / (windows * windows), logit % (windows * windows));
            (channel, logit, place / windows, place % windows)
        })
    }
}

/// Cross-entropy `log Σ exp(logits) − logits[label]` of one image (the largest logit subtracted first); writes its
/// gradient `scale · (softmax − one-hot)`.
pub fn cross_entropy(logits: &[f32], label: usize, scale: f32, gradient: &mut [f32]) -> f32 {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let mut sum = 0.0;
    for (gradient, logit) in gradient.iter_mut().zip(logits) {
        *gradient = (logit - largest).exp();
        sum += *gradient;
    }
    for (index, gradient) in gradient.iter_mut().enumerate() {
        *gradient = scale * (*gradient / sum - if index == label { 1.0 } else { 0.0 });
    }
    sum.ln() + largest - logits[label]
}

/// Index of the largest logit; the first, if several are equal.
pub fn prediction(logits: &[f32]) -> usize {
    let mut best = 0;
    for (index, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = index;
        }
    }
    best
}
