//! A run's curves as one SVG: loss above, accuracy below, over epochs, stage by stage.

use crate::Event;
use crate::svg::{Anchor, Svg};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 540.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 840.0;
/// Top and bottom of the two panels.
const PANELS: [(f64, f64); 2] = [(50.0, 250.0), (290.0, 490.0)];
/// Least share of wrong answers that is told apart, in percent.
const LEAST_ERROR: f64 = 0.1;

/// Okabe and Ito's colours, told apart by colour-blind eyes as well; blue is lighter on dark ground.
const STYLE: &str = "
  .ground { fill: #ffffff } .ink { fill: #222222 } .faint { fill: #555555 } .title { fill: #222222; font-size: 15px }
  .grid { stroke: #dddddd } .frame { stroke: #888888; fill: none } .shade { fill: #f2f2f2 }
  .growth { stroke: #009E73; stroke-dasharray: 2 3; stroke-width: 1.5 }
  .test { stroke: #D55E00; fill: none; stroke-width: 2 } .dot { fill: #D55E00 }
  .train { stroke: #0072B2; fill: none; stroke-width: 1.5; stroke-dasharray: 5 4 } .train-dot { fill: #0072B2 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #14171a } .ink { fill: #eeeeee } .faint { fill: #aaaaaa } .title { fill: #eeeeee }
    .grid { stroke: #333a40 } .frame { stroke: #777777 } .shade { fill: #1d2227 }
    .train { stroke: #56B4E9 } .train-dot { fill: #56B4E9 }
  }";

/// One stage's measurements, at epochs counted over the whole run.
struct Track<'a> {
    stage: &'a str,
    start: usize,
    epochs: usize,
    grown: bool,
    /// `[loss, accuracy]` on the test images: at the start, then after each epoch.
    test: Vec<[f64; 2]>,
    /// The same over the training images, from the first epoch on.
    train: Vec<[f64; 2]>,
}

/// Draws the curves of a run's events. Accuracy is drawn by the logarithm of the errors, so that both a fall to
/// chance and the step from 99 to 99.2 % can be seen.
pub fn curves_svg(title: &str, log: &[Event]) -> String {
    let tracks = tracks(log);
    let epochs = tracks.last().map_or(0, |track| track.start + track.epochs).max(1);
    let x = |epoch: usize| LEFT + (RIGHT - LEFT) * epoch as f64 / epochs as f64;
    let losses = tracks.iter().flat_map(|t| t.test.iter().chain(&t.train)).map(|point| point[0]);
    let axes = [loss_axis(losses), accuracy_axis()];
    let mut svg = Svg::new(WIDTH, HEIGHT, title, STYLE);
    svg.text("title", [LEFT, 22.0], Anchor::Start, &title);
    draw_stages(&mut svg, &tracks, &x);
    for (value, axis) in axes.iter().enumerate() {
        draw_axis(&mut svg, axis, PANELS[value]);
        draw_epochs(&mut svg, PANELS[value].1, epochs, &x);
        for track in &tracks {
            draw_track(&mut svg, track, value, axis, &x);
        }
    }
    svg.text("faint", [(LEFT + RIGHT) / 2.0, HEIGHT - 12.0], Anchor::Middle, &"epoch, counted over the run");
    draw_legend(&mut svg);
    svg.finish()
}

fn tracks(log: &[Event]) -> Vec<Track<'_>> {
    let mut tracks: Vec<Track<'_>> = Vec::new();
    for event in log {
        match (event, tracks.last_mut()) {
            (Event::StageStarted(begun), before) => {
                let start = before.map_or(0, |track| track.start + track.epochs);
                let test = vec![[begun.test_loss, begun.test_accuracy]];
                let (stage, epochs) = (begun.stage.as_str(), begun.epochs);
                tracks.push(Track { stage, start, epochs, grown: false, test, train: Vec::new() });
            }
            (Event::Grown(_), Some(track)) => track.grown = true,
            (Event::Epoch(metrics), Some(track)) => {
                track.test.push([metrics.test_loss, metrics.test_accuracy]);
                track.train.push([metrics.train_loss, metrics.train_accuracy]);
            }
            _ => {}
        }
    }
    tracks
}

/// A vertical axis.
struct Axis {
    name: &'static str,
    /// What is drawn of a value.
    drawn: fn(f64) -> f64,
    /// What is drawn at the bottom and at the top.
    range: [f64; 2],
    /// Values with a line and a number.
    ticks: Vec<f64>,
}

impl Axis {
    /// Height of a value in a panel; what is out of range goes to the edge.
    fn y(&self, (top, bottom): (f64, f64), value: f64) -> f64 {
        let [low, high] = self.range;
        bottom - (bottom - top) * (((self.drawn)(value) - low) / (high - low)).clamp(0.0, 1.0)
    }
}

/// Logarithmic, from a round number below the least loss to one above the largest, 0.0001 to 50,000 at most.
fn loss_axis(losses: impl Iterator<Item = f64>) -> Axis {
    let (least, most) = losses.fold((1.0f64, 1.0f64), |(low, high), loss| (low.min(loss), high.max(loss)));
    let round: Vec<f64> = (-4..=4).flat_map(|power| [1, 2, 5].map(|digit| decimal(digit, power))).collect();
    let low = round.partition_point(|&tick| tick <= least).saturating_sub(1).min(round.len() - 2);
    let high = round.partition_point(|&tick| tick < most).clamp(low + 1, round.len() - 1);
    let ticks = round[low..=high].to_vec();
    let range = [round[low].log10(), round[high].log10()];
    Axis { name: "loss (mean cross-entropy, nats)", drawn: f64::log10, range, ticks }
}

/// `digit · 10^power`, as close as can be, so that it is written short.
fn decimal(digit: u32, power: i32) -> f64 {
    let scale = 10f64.powi(power.abs());
    if power < 0 { f64::from(digit) / scale } else { f64::from(digit) * scale }
}

fn accuracy_axis() -> Axis {
    let drawn = |accuracy: f64| -(100.0 - accuracy).max(LEAST_ERROR).log10();
    let ticks = vec![0.0, 50.0, 80.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.8, 99.9];
    Axis { name: "accuracy (%, errors on a log scale)", drawn, range: [drawn(0.0), drawn(100.0)], ticks }
}

fn draw_stages(svg: &mut Svg, tracks: &[Track<'_>], x: &impl Fn(usize) -> f64) {
    for (index, track) in tracks.iter().enumerate() {
        let (left, right) = (x(track.start), x(track.start + track.epochs));
        for (top, bottom) in PANELS {
            if index % 2 == 1 {
                svg.rectangle("shade", [left, top], [right - left, bottom - top]);
            }
            if track.grown {
                svg.path("growth", &[[left, top], [left, bottom]]);
            }
        }
        if track.epochs > 0 {
            svg.text("ink", [(left + right) / 2.0, PANELS[0].0 - 6.0], Anchor::Middle, &track.stage);
        }
    }
}

fn draw_axis(svg: &mut Svg, axis: &Axis, panel: (f64, f64)) {
    for &tick in &axis.ticks {
        let y = axis.y(panel, tick);
        svg.path("grid", &[[LEFT, y], [RIGHT, y]]);
        svg.text("ink", [LEFT - 6.0, y + 4.0], Anchor::End, &tick);
    }
    let (top, bottom) = panel;
    svg.path("frame", &[[LEFT, top], [LEFT, bottom], [RIGHT, bottom]]);
    svg.upright_text("faint", [18.0, (top + bottom) / 2.0], axis.name);
}

fn draw_epochs(svg: &mut Svg, bottom: f64, epochs: usize, x: &impl Fn(usize) -> f64) {
    for tick in (0..=epochs).step_by(round_step(epochs)) {
        svg.path("frame", &[[x(tick), bottom], [x(tick), bottom + 4.0]]);
        svg.text("ink", [x(tick), bottom + 17.0], Anchor::Middle, &tick);
    }
}

/// The least of 1, 2, 5, 10, … that cuts `epochs` into ten parts or fewer.
fn round_step(epochs: usize) -> usize {
    let mut steps = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10usize.pow(power)));
    steps.find(|step| epochs <= 10 * step).unwrap_or(epochs)
}

fn draw_track(svg: &mut Svg, track: &Track<'_>, value: usize, axis: &Axis, x: &impl Fn(usize) -> f64) {
    let points = |first: usize, values: &[[f64; 2]]| -> Vec<[f64; 2]> {
        let point = |(index, v): (usize, &[f64; 2])| {
            [x(track.start + first + index), axis.y(PANELS[value], v[value])]
        };
        values.iter().enumerate().map(point).collect()
    };
    let train = points(1, &track.train);
    match train.as_slice() {
        [single] => svg.dot("train-dot", *single),
        points => svg.path("train", points),
    }
    let test = points(0, &track.test);
    svg.path("test", &test);
    for end in test.first().into_iter().chain(test.last()) {
        svg.dot("dot", *end);
    }
}

fn draw_legend(svg: &mut Svg) {
    for (class, x, name) in
        [("test", 520.0, "test images"), ("train", 630.0, "training images"), ("growth", 765.0, "growing")]
    {
        svg.path(class, &[[x, 18.0], [x + 24.0, 18.0]]);
        svg.text("ink", [x + 30.0, 22.0], Anchor::Start, &name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_axis_holds_its_losses_between_round_ticks() {
        for losses in [vec![], vec![2.3, 0.04], vec![3.7, 3.6], vec![1e-9, 1e9], vec![1.0]] {
            let axis = loss_axis(losses.iter().copied());
            assert!(axis.range[0] < axis.range[1] && axis.ticks.len() >= 2, "{losses:?} {:?}", axis.ticks);
            for &loss in losses.iter().filter(|loss| (1e-4..5e4).contains(*loss)) {
                assert!(axis.ticks[0] <= loss && loss <= axis.ticks[axis.ticks.len() - 1], "{losses:?}");
            }
        }
        assert_eq!(loss_axis([2.3, 0.04].into_iter()).ticks, [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]);
    }

    #[test]
    fn an_empty_log_is_drawn_as_empty_axes() {
        let svg = curves_svg("a < b", &[]);
        assert!(svg.contains("a &lt; b") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn epochs_are_ticked_in_ten_parts_or_fewer() {
        assert_eq!([1, 10, 11, 21, 80, 300].map(round_step), [1, 1, 2, 5, 10, 50]);
    }
}
