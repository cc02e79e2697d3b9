//! What was measured, as JSON and as tables.

use nin_net::{CLASSES, EngineInfo, Evaluation};
use serde_json::{Value, json};

use super::Measured;
use nin_train::format::{counted, percent};

use crate::sheet::Answer;
use crate::table::align;

impl Measured {
    /// `[label][predicted]`.
    fn confusion(&self) -> Vec<&[u32]> {
        self.evaluation.confusion.chunks_exact(CLASSES).collect()
    }

    fn images_of(&self, label: usize) -> u32 {
        self.confusion()[label].iter().sum::<u32>() + self.evaluation.outside[label]
    }

    /// Part of a class's images that are recognised, in percent.
    fn recall(&self, class: usize) -> f64 {
        share(self.confusion()[class][class], self.images_of(class))
    }

    /// Part of what is taken for a class that is one, in percent.
    fn precision(&self, class: usize) -> f64 {
        let taken = self.confusion().iter().map(|row| row[class]).sum();
        share(self.confusion()[class][class], taken)
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let classes = (0..CLASSES).map(|class| {
            json!({
                "digit": class,
                "images": self.images_of(class),
                "hits": self.confusion()[class][class],
                "recall": self.recall(class),
                "precision": self.precision(class),
            })
        });
        json!({
            "checkpoint": self.file,
            "data": self.data,
            "engine": self.engine,
            "images": self.evaluation.count,
            "hits": self.evaluation.hits(),
            "loss": self.evaluation.loss,
            "accuracy": self.evaluation.accuracy(),
            "classes": classes.collect::<Vec<_>>(),
            "confusion": self.confusion(),
            "outside": self.evaluation.outside,
            "worst": self.worst.iter().map(Answer::json).collect::<Vec<_>>(),
        })
    }

    /// As tables.
    pub fn lines(&self) -> Vec<String> {
        let Evaluation { count, loss, .. } = self.evaluation;
        let wrong = (count - self.evaluation.hits()) as usize;
        let EngineInfo { kind, name } = &self.engine;
        let mut lines = vec![
            format!("{} on {} by {kind} ({name})", self.file, self.data),
            format!(
                "accuracy {}, loss {loss:.4}: {wrong} of {} wrong",
                percent(self.evaluation.accuracy()),
                counted(count as usize, "test image")
            ),
            String::new(),
        ];
        lines.extend(align(&self.class_rows(), 1));
        lines.extend([String::new(), "labels (rows) and what they were taken for (columns):".to_owned()]);
        lines.extend(align(&self.confusion_rows(), 1));
        let outside: u32 = self.evaluation.outside.iter().sum();
        if outside > 0 {
            lines.push(format!("taken for none of the ten digits: {outside}"));
        }
        lines
    }

    fn class_rows(&self) -> Vec<[String; 5]> {
        let mut rows = vec![["digit", "images", "right", "recall", "precision"].map(str::to_owned)];
        rows.extend((0..CLASSES).map(|class| {
            [
                class.to_string(),
                self.images_of(class).to_string(),
                self.confusion()[class][class].to_string(),
                percent(self.recall(class)),
                percent(self.precision(class)),
            ]
        }));
        rows
    }

    fn confusion_rows(&self) -> Vec<[String; CLASSES + 1]> {
        let row = |name: String, cell: &dyn Fn(usize) -> String| {
            std::array::from_fn(|column| match column {
                0 => name.clone(),
                _ => cell(column - 1),
            })
        };
        let mut rows = vec![row(String::new(), &|class| class.to_string())];
        rows.extend(self.confusion().iter().enumerate().map(|(label, counts)| {
            row(label.to_string(), &|class| match counts[class] {
                0 => "·".to_owned(),
                count => count.to_string(),
            })
        }));
        rows
    }
}

fn share(part: u32, of: u32) -> f64 {
    100.0 * f64::from(part) / f64::from(of.max(1))
}
