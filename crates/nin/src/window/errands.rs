//! What the screen wants of the system: each errand has a thread of its own, because dialogs wait for the user.

use std::path::Path;
use std::sync::mpsc::Sender;
use std::thread;

use anyhow::{Context as _, Result, bail};
use nin_app::{Errand, ExportFormat, ModelSource, News};
use nin_train::{CHECKPOINT, Event, Model, Moment, Snapshot, list_runs};

use super::place::Place;
use super::reporter::Reporter;
use super::viewer::ToViewer;
use super::{devices, dialogs, files};
use crate::output::sentence;

/// Whoever runs them.
#[derive(Clone)]
pub struct Errands {
    pub place: Place,
    pub reporter: Reporter,
    pub viewer: Sender<ToViewer>,
}

impl Errands {
    /// Carries an errand out, some time later.
    pub fn run(&self, errand: Errand) {
        let errands = self.clone();
        thread::spawn(move || match errands.carry_out(errand) {
            Ok(None) => {}
            Ok(Some(news)) => errands.tell(news),
            Err(error) => errands.reporter.news(News::Failed { message: sentence(&error) }),
        });
    }

    fn tell(&self, news: News) {
        if let News::Model(snapshot) = &news {
            // A viewer that is gone shows nothing.
            let _ = self.viewer.send(ToViewer::Show(snapshot.clone()));
        }
        self.reporter.news(news);
    }

    /// Without news if the user chose nothing.
    fn carry_out(&self, errand: Errand) -> Result<Option<News>> {
        match errand {
            Errand::ListDevices => devices::list().map(Some),
            Errand::ListRuns => self.list_runs().map(Some),
            Errand::ReadLog { run } => self.read_log(run).map(Some),
            Errand::OpenModel { model } => self.open_model(&model),
            Errand::ChooseRecipe => {
                chosen(dialogs::choose_file("Recipe", "toml")?, |path| files::recipe(path, None))
            }
            Errand::ChooseData => chosen(dialogs::choose_folder("Folder of digits")?, files::data),
            Errand::Dropped { path, bytes } => files::take(Path::new(&path), bytes).map(Some),
            Errand::Export { run, stage, format } => {
                let (name, bytes) = self.export(&run, &stage, format)?;
                save(&name, &bytes)
            }
            Errand::SaveFile { name, bytes } => save(&name, &bytes),
            Errand::ShowFolder { run } => {
                let folder = self.place.run(&run)?;
                opener::open(&folder).with_context(|| format!("{} cannot be shown", folder.display()))?;
                Ok(None)
            }
        }
    }

    fn list_runs(&self) -> Result<News> {
        let folder = self.place.runs()?;
        Ok(News::Runs { place: folder.display().to_string(), runs: list_runs(folder) })
    }

    fn read_log(&self, run: String) -> Result<News> {
        let file = self.place.run(&run)?.join("metrics.jsonl");
        let text = files::read(&file)?;
        let mut log: Vec<Event> = Vec::new();
        for (index, line) in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            let event = serde_json::from_slice(line)
                .with_context(|| format!("{}: line {} is no event of a run", file.display(), index + 1))?;
            log.push(event);
        }
        Ok(News::RunLog { run, log })
    }

    fn open_model(&self, model: &ModelSource) -> Result<Option<News>> {
        match model {
            ModelSource::Shipped => {
                Ok(Some(News::Model(Snapshot { moment: Moment::default(), model: Model::shipped()? })))
            }
            ModelSource::Run { run } => {
                let file = self.place.run(run)?.join(CHECKPOINT);
                let model = Model::from_bytes(run, &files::read(&file)?)
                    .with_context(|| format!("the network {} cannot be used", file.display()))?;
                Ok(Some(News::Model(Snapshot { moment: Moment::default(), model })))
            }
            ModelSource::Choose => {
                chosen(dialogs::choose_file("Network", "safetensors")?, |path| files::model(path, None))
            }
        }
    }

    /// A proposed name, and what goes into the file.
    fn export(&self, run: &str, stage: &str, format: ExportFormat) -> Result<(String, Vec<u8>)> {
        let file = self.place.run(run)?.join(format!("{stage}.safetensors"));
        if !file.is_file() {
            bail!("{run} has no {stage}.safetensors yet: a stage is written when it is over");
        }
        match format {
            ExportFormat::Safetensors => Ok((format!("{run}-{stage}.safetensors"), files::read(&file)?)),
            ExportFormat::Onnx => {
                let model = Model::from_bytes(stage, &files::read(&file)?)
                    .with_context(|| format!("the network {} cannot be used", file.display()))?;
                Ok((format!("{run}-{stage}.onnx"), model.to_onnx(false)?))
            }
        }
    }
}

fn chosen(path: Option<impl AsRef<Path>>, take: impl FnOnce(&Path) -> Result<News>) -> Result<Option<News>> {
    path.map(|path| take(path.as_ref())).transpose()
}

fn save(name: &str, bytes: &[u8]) -> Result<Option<News>> {
    chosen(dialogs::choose_place(name)?, |path| files::write(path, bytes))
}
