//! The way from the threads to the screen.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use nin_app::{News, Report};
use nin_train::{Event, Seen};

use crate::output::say;

/// What wakes the screen up.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Tells the screen what happened; each thread has one.
#[derive(Clone)]
pub struct Reporter {
    pub reports: Sender<Report>,
    pub wake: Wake,
    /// Whether run events and predictions of drawings are also lines of JSON on the standard output.
    pub json: bool,
}

impl Reporter {
    /// Tells something; a screen that is gone is no error.
    pub fn tell(&self, report: Report) {
        if self.json {
            print(&report);
        }
        let _ = self.reports.send(report);
        (self.wake)();
    }

    /// Tells an event of a run.
    pub fn event(&self, event: Event) {
        self.tell(Report::Run(event));
    }

    /// Tells what an errand brought.
    pub fn news(&self, news: News) {
        self.tell(Report::News(news));
    }
}

/// Snapshots are left out: they are large, and for the screen alone.
fn print(report: &Report) {
    let line = match report {
        Report::Run(Event::Snapshot(_)) => return,
        Report::Run(event) => serde_json::to_string(event),
        Report::Seen(seen @ Seen::Prediction(_)) => serde_json::to_string(seen),
        Report::Seen(_) | Report::News(_) => return,
    };
    // Events hold numbers, texts and lists of them: they always have a JSON form.
    line.iter().for_each(|line| say(line));
}
