//! `nin data`: which data sets there are, where they lie, and fetching them.

use anyhow::Result;
use nin_data::{Dataset, Fetchable, embedded, fetchable};
use nin_train::format::grouped;

use crate::arguments::DataCommand;
use crate::output::say;
use crate::progress::Progress;
use crate::table::align;

/// Does what the command line says.
pub fn run(command: &DataCommand) -> Result<()> {
    match command {
        DataCommand::List => list(),
        DataCommand::Fetch { name } => fetch(name),
    }
}

fn list() -> Result<()> {
    let head = ["name", "where", "to learn from", "to measure on"].map(str::to_owned);
    let data = embedded()?;
    let counts = [data.train.len(), data.test.len()];
    let mut rows = vec![head, row(&data.name, counts, "comes with nin".to_owned())];
    rows.extend(fetchable()?.iter().map(|set| row(set.name, set.images, place(set))));
    align(&rows, 2).iter().for_each(|line| say(line));
    Ok(())
}

fn row(name: &str, [train, test]: [usize; 2], place: String) -> [String; 4] {
    [name.to_owned(), place, grouped(train), grouped(test)]
}

/// Where a set is, or how to get it.
fn place(set: &Fetchable) -> String {
    let Fetchable { name, megabytes, bytes, .. } = set;
    match (set.complete, bytes) {
        (true, _) => format!("{}, {}", set.folder.display(), millions(*bytes)),
        (false, 0) => format!("not here: nin data fetch {name} downloads about {megabytes} MB"),
        (false, _) => {
            format!("{} of about {megabytes} MB: nin data fetch {name} goes on", millions(*bytes))
        }
    }
}

fn millions(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn fetch(name: &str) -> Result<()> {
    let mut progress = Progress::of_terminal();
    let data = nin_data::open(name, &mut |file, bytes, total| progress.download(file, bytes, total));
    progress.end();
    let Dataset { train, test, .. } = data?;
    say(&format!(
        "{name}: {} images to learn from, {} to measure on, {2}×{2} pixels; all sums are right",
        grouped(train.len()),
        grouped(test.len()),
        train.side
    ));
    if let Some(set) = fetchable()?.iter().find(|set| set.name == name) {
        say(&format!("kept in {}: nin --no-gui --data {name} trains on it", place(set)));
    }
    Ok(())
}
