//! Measurements as lines for people.

use nin_net::{EngineInfo, KernelCost};
use nin_train::format::{grouped, percent};

use super::compare::{Comparison, Figure, Unit};
use super::report::Report;
use super::sweep::{Cell, Growth, Sweep};
use crate::table::align;

/// The stage, its speed, the device's ceilings and the kernels.
pub fn of_report(report: &Report) -> Vec<String> {
    let Report { recipe, stage, resolution: side, batch, profile, ceilings, roofline, .. } = report;
    let EngineInfo { kind, name: device } = &report.engine;
    let (fastest, slowest) = report
        .step_seconds_measured
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), &seconds| (least.min(seconds), most.max(seconds)));
    let mut lines = vec![
        format!(
            "{stage} of {recipe}: {} parameters, input {side}×{side}, batch {batch}, by {kind} ({device})",
            grouped(report.parameters),
        ),
        format!(
            "training: {} a step ({} – {}), {} images/s",
            Unit::Seconds.write(report.step_seconds),
            Unit::Seconds.write(fastest),
            Unit::Seconds.write(slowest),
            grouped(report.images_per_second as usize)
        ),
        format!(
            "before: network set up in {:.2} s, first step {:.2} s; buffers: {}",
            report.setup_seconds,
            report.first_step_seconds,
            Unit::Bytes.write(profile.device_memory_bytes as f64)
        ),
        format!(
            "ceilings of the device: {} (multiply-adds), {} (copies)",
            Unit::FlopPerSecond.write(ceilings.flop_per_second),
            Unit::BytesPerSecond.write(ceilings.bytes_per_second)
        ),
        format!(
            "step: {:.1} GFLOP/s of {:.1} possible ({})",
            1e-9 * roofline.flop_per_second,
            1e-9 * roofline.attainable_flop_per_second,
            percent(100.0 * roofline.share)
        ),
        String::new(),
        format!("kernels of a step, by {}:", profile.timer),
    ];
    lines.extend(align(&kernels(report), 1));
    lines
}

fn kernels(report: &Report) -> Vec<[String; 6]> {
    let (profile, ceilings) = (&report.profile, &report.ceilings);
    let all = profile.seconds();
    let row = |kernel: &KernelCost, roofline: f64| {
        let rate = |amount: f64| match amount > 0.0 && kernel.seconds > 0.0 {
            true => format!("{:.1}", 1e-9 * amount / kernel.seconds),
            false => "–".to_owned(),
        };
        [
            kernel.name.clone(),
            Unit::Seconds.write(kernel.seconds),
            percent(100.0 * kernel.seconds / all.max(f64::MIN_POSITIVE)),
            rate(kernel.flop),
            rate(kernel.bytes),
            if kernel.seconds > 0.0 { percent(100.0 * roofline) } else { "–".to_owned() },
        ]
    };
    let heads = ["kernel", "time", "share", "GFLOP/s", "GB/s", "of roofline"];
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(profile.kernels.iter().map(|kernel| row(kernel, ceilings.share(kernel))));
    let (name, flop, bytes) = ("all".to_owned(), profile.flop(), profile.bytes());
    rows.push(row(&KernelCost { name, seconds: all, flop, bytes }, ceilings.step_share(profile)));
    rows
}

/// What differs from the earlier measurement, then every figure of both.
pub fn of_comparison(comparison: &Comparison) -> Vec<String> {
    let mut lines = vec![String::new(), comparison.sentence.clone()];
    let mut rows = vec![["", "before", "now", "now / before"].map(str::to_owned)];
    rows.extend(comparison.figures.iter().map(|figure| {
        let Figure { name, unit, before, now, ratio } = figure;
        let write = |value: &Option<f64>| value.map_or_else(|| "–".to_owned(), |value| unit.write(value));
        let change = match (before, now, ratio) {
            (None, ..) => "new".to_owned(),
            (_, None, _) => "gone".to_owned(),
            (.., Some(ratio)) => format!("{ratio:.2}"),
            _ => "–".to_owned(),
        };
        [name.clone(), write(before), write(now), change]
    }));
    lines.extend(align(&rows, 1));
    lines
}

/// Every stage at every resolution, then how the last one's cost grows.
pub fn of_sweep(sweep: &Sweep) -> Vec<String> {
    let Sweep { recipe, engine, .. } = sweep;
    let mut lines = vec![format!("{recipe} by {} ({}): training steps", engine.kind, engine.name)];
    let head = ["stage", "input", "batch", "set up", "step", "images/s", "memory"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(sweep.stages.iter().map(cell));
    lines.extend(align(&rows, 1));
    lines.extend([String::new(), "growth of cost with pixels and with images:".to_owned()]);
    let head = ["stage", "input", "batch", "step", "µs per megapixel", "ratio to the least", "memory"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(sweep.growth.iter().map(|growth| {
        let Growth { microseconds_per_megapixel, ratio, .. } = growth;
        let [stage, input, batch, _, step, _, memory] = cell(&growth.cell);
        let rate = grouped(microseconds_per_megapixel.round() as usize);
        [stage, input, batch, step, rate, format!("{ratio:.2}"), memory]
    }));
    lines.extend(align(&rows, 1));
    lines.extend(sweep.skipped.iter().cloned());
    lines
}

fn cell(cell: &Cell) -> [String; 7] {
    [
        cell.stage.clone(),
        format!("{0}×{0}", cell.resolution),
        grouped(cell.batch),
        format!("{:.2} s", cell.setup_seconds),
        Unit::Seconds.write(cell.step_seconds),
        Unit::ImagesPerSecond.write(cell.images_per_second),
        Unit::Bytes.write(cell.memory_bytes as f64),
    ]
}
