//! Text tables, and how numbers are written.

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

/// 5010 → `5,010`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 epoch`, `20 epochs`.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// 97.5 → `97.50 %`.
pub fn percent(value: f64) -> String {
    format!("{value:.2} %")
}

/// Seconds for people: `8.4 s`, `1 min 12 s`, `2 h 3 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped = [0, 10, 999, 1000, 43_088_640].map(grouped);
        assert_eq!(grouped, ["0", "10", "999", "1,000", "43,088,640"]);
    }

    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!(
            [0, 1, 2000].map(|number| counted(number, "epoch")),
            ["0 epochs", "1 epoch", "2,000 epochs"]
        );
    }

    #[test]
    fn durations_are_short() {
        let durations = [0.04, 8.44, 59.4, 59.6, 72.0, 7380.0].map(duration);
        assert_eq!(durations, ["0.0 s", "8.4 s", "59.4 s", "1 min 0 s", "1 min 12 s", "2 h 3 min"]);
    }

    #[test]
    fn columns_line_up() {
        let rows = [["a", "1,000"], ["longer", "–"]].map(|row| row.map(str::to_owned));
        assert_eq!(align(&rows, 1), ["a       1,000", "longer      –"]);
    }
}
