//! Text tables.

use nin_train::format::{duration, grouped, percent};
use nin_train::{StageSummary, Summary};

/// Lines of a table: columns as wide as their widest cell; the first `left` of them to the left, the others to the right.
pub fn align<const COLUMNS: usize>(rows: &[[String; COLUMNS]], left: usize) -> Vec<String> {
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column < left {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// What a finished run came to, stage by stage.
pub fn of_summary(summary: &Summary) -> Vec<String> {
    let head =
        ["stage", "parameters", "epochs", "loss", "before growing", "just after", "at its end", "time"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(summary.stages.iter().map(stage_row));
    let Summary { recipe, seed, data, engine, seconds, .. } = summary;
    let engine = format!("{} ({})", engine.kind, engine.name);
    let mut lines = align(&rows, 1);
    lines.insert(
        0,
        format!(
            "{recipe}, seed {seed}, on {data} by {engine}, {} in all; test accuracy:",
            duration(*seconds)
        ),
    );
    lines
}

fn stage_row(stage: &StageSummary) -> [String; 8] {
    let none = || "–".to_owned();
    let before = stage.test_accuracy_before_growth;
    [
        stage.stage.clone(),
        grouped(stage.parameters),
        stage.epochs.to_string(),
        stage.loss.map_or_else(none, |loss| format!("{loss:.4}")),
        before.map_or_else(none, percent),
        // A stage that did not grow has only its random start to show here.
        before.map_or_else(none, |_| percent(stage.test_accuracy_at_start)),
        percent(stage.test_accuracy),
        duration(stage.seconds),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["a", "1,000"], ["longer", "–"]].map(|row| row.map(str::to_owned));
        assert_eq!(align(&rows, 1), ["a       1,000", "longer      –"]);
    }
}
