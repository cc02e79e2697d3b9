//! From logits to a digit.

use nin_net::CLASSES;

use crate::Prediction;

/// Softmax over all logits; the largest of the first ten (the first, if several are equal) is the digit.
pub fn predict(id: u64, logits: &[f32]) -> Prediction {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = powers.iter().sum();
    let probabilities: Vec<f32> = powers.iter().take(CLASSES).map(|power| power / sum).collect();
    let digit = (0..probabilities.len()).rev().max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    Prediction { id, digit: digit.unwrap_or(0), probabilities }
}
