//! What all panels share: the run, the newest network, what was seen of it, and what is to be asked for.

use nin_net::Layout;
use nin_train::{
    Classification, Command, Event, Inspection, LayerGradient, Moment, Prediction, RunEntry, Seen, SeenDigit,
    Snapshot,
};

use crate::asking::{Asking, NetworkCount, Wanted};
use crate::curves::Curves;
use crate::notices::{Notices, Weight};
use crate::run_view::RunView;
use crate::settings::Settings;
use crate::world::{Abilities, Device, Errand, News, Report, World};

/// The newest network.
pub struct Shown {
    /// When it was, and what it is.
    pub snapshot: Snapshot,
    /// What follows from its spec.
    pub layout: Layout,
    /// Whether the run on the screen told it.
    pub of_run: bool,
}

/// What was seen of the newest networks.
#[derive(Default)]
pub struct SeenSoFar {
    /// The drawing's digit.
    pub prediction: Option<Prediction>,
    /// The chosen picture, layer by layer.
    pub inspection: Option<Inspection>,
    /// The test digits in sight.
    pub digits: Vec<SeenDigit>,
    /// All test digits.
    pub classification: Option<Classification>,
    /// Images that the gradients are of.
    pub gradient_images: usize,
    /// How much each layer would learn.
    pub gradients: Vec<LayerGradient>,
}

/// What is listed of the world.
#[derive(Default)]
pub struct Listed {
    /// What can compute; none before the list came in.
    pub devices: Option<Vec<Device>>,
    /// What `auto` takes, and why.
    pub automatic: String,
    /// Kept runs; none before the list came in.
    pub runs: Option<Vec<RunEntry>>,
    /// Where they are kept.
    pub place: String,
}

/// A run laid over for comparison.
pub struct Compared {
    /// Its name.
    pub run: String,
    /// Its curves.
    pub curves: Curves,
}

/// What all panels share.
pub struct Session {
    /// What the user chose.
    pub settings: Settings,
    /// What the world can do.
    pub abilities: Abilities,
    /// The run on the screen.
    pub run: RunView,
    /// The name that it is kept under.
    pub run_name: Option<String>,
    /// The newest network.
    pub shown: Option<Shown>,
    /// What was seen of it.
    pub seen: SeenSoFar,
    /// What is listed.
    pub listed: Listed,
    /// Runs laid over.
    pub compared: Vec<Compared>,
    /// Messages.
    pub notices: Notices,
    /// What the panels in sight want to know.
    pub wanted: Wanted,
    /// The picture that is looked at layer by layer: a test digit or a drawing.
    pub subject: Option<Vec<u8>>,
    world: Box<dyn World>,
    asking: Asking,
    networks: NetworkCount,
}

impl Session {
    /// A session in a world, with nothing in it yet.
    pub fn new(world: Box<dyn World>, settings: Settings) -> Self {
        Session {
            settings,
            abilities: world.abilities(),
            run: RunView::default(),
            run_name: None,
            shown: None,
            seen: SeenSoFar::default(),
            listed: Listed::default(),
            compared: Vec::new(),
            notices: Notices::default(),
            wanted: Wanted::default(),
            subject: None,
            world,
            asking: Asking::default(),
            networks: NetworkCount::default(),
        }
    }

    /// Tells the run something.
    pub fn command(&mut self, command: Command) {
        self.world.command(command);
    }

    /// Asks the world for something.
    pub fn errand(&mut self, errand: Errand) {
        self.world.errand(errand);
    }

    /// Takes in what was reported since the last frame.
    pub fn listen(&mut self) {
        while let Some(report) = self.world.report() {
            match report {
                Report::Run(event) => self.take_event(event),
                Report::Seen(seen) => self.take_seen(seen),
                Report::News(news) => self.take_news(news),
            }
        }
    }

    /// Asks for what the panels of the last frame wanted, and lets those of the next say it anew.
    pub fn ask(&mut self) {
        let wanted = std::mem::take(&mut self.wanted);
        for look in self.asking.looks(&wanted, self.networks) {
            self.world.look(look);
        }
    }

    fn take_event(&mut self, event: Event) {
        match &event {
            Event::Snapshot(snapshot) => return self.show(snapshot.clone(), true),
            Event::Warning { message } => self.notices.add(Weight::Warning, message),
            Event::Failed { message } => self.notices.add(Weight::Error, message),
            Event::RunStarted(started) => {
                self.seen = SeenSoFar::default();
                let resumed = self.run_name.clone().filter(|_| started.resumed.is_some());
                resumed.into_iter().for_each(|run| self.errand(Errand::ReadLog { run }));
            }
            Event::Finished(_) | Event::Stopped => self.errand(Errand::ListRuns),
            _ => {}
        }
        self.run.take(&event);
    }

    fn show(&mut self, snapshot: Snapshot, of_run: bool) {
        match Layout::new(&snapshot.model.spec) {
            Ok(layout) => {
                self.networks.any += 1;
                self.networks.whole += u64::from(snapshot.moment.step == 0);
                self.shown = Some(Shown { snapshot, layout, of_run });
            }
            Err(error) => self.notices.add(Weight::Error, error.to_string()),
        }
    }

    fn take_seen(&mut self, seen: Seen) {
        match seen {
            Seen::Prediction(prediction) => self.seen.prediction = Some(prediction),
            Seen::Inspection(inspection) => self.seen.inspection = Some(inspection),
            Seen::Digits { digits } => self.seen.digits = digits,
            Seen::Classification(classification) => self.seen.classification = Some(classification),
            Seen::LayerGradients { images, layers } => {
                (self.seen.gradient_images, self.seen.gradients) = (images, layers);
            }
            Seen::Failed { message } => self.notices.add(Weight::Warning, message),
        }
    }

    fn take_news(&mut self, news: News) {
        match news {
            News::Devices { devices, automatic } => {
                (self.listed.devices, self.listed.automatic) = (Some(devices), automatic);
            }
            News::Runs { place, runs } => (self.listed.place, self.listed.runs) = (place, Some(runs)),
            News::RunLog { run, log } => self.take_log(run, &log),
            News::RunKept { run } => self.run_name = Some(run),
            News::Model(snapshot) => self.show(snapshot, false),
            News::Recipe(recipe) => {
                self.notices
                    .add(Weight::Note, format!("the recipe `{}` is ready to be started", recipe.name));
                self.settings.recipe = *recipe;
            }
            News::Data { name } => self.settings.recipe.data = name,
            News::Saved { place } => self.notices.add(Weight::Note, format!("saved {place}")),
            News::Failed { message } => self.notices.add(Weight::Error, message),
        }
    }

    /// The log of the run on the screen goes before what it told since; that of another is laid over or shown.
    fn take_log(&mut self, run: String, log: &[Event]) {
        if self.run_name.as_ref() == Some(&run) {
            return self.run.join(log);
        }
        match self.compared.iter_mut().find(|compared| compared.run == run) {
            Some(compared) => compared.curves = Curves::of_log(log),
            None if self.run.phase.is_on() => {}
            None => {
                self.run = RunView::of_log(log);
                self.run_name = Some(run);
            }
        }
    }

    /// The current stage's highest learning rate; none while no run is on.
    pub fn learning_rate(&self) -> Option<f32> {
        if !self.run.phase.is_on() {
            return None;
        }
        let stage = self.run.stages().get(self.run.stage)?;
        let set = self.run.log.iter().rev().take_while(|event| !matches!(event, Event::StageStarted(_)));
        let mut set = set.filter_map(|event| match event {
            Event::LearningRateSet { learning_rate } => Some(*learning_rate),
            _ => None,
        });
        set.next().or(Some(stage.learning_rate))
    }

    /// When the newest network was, for people.
    pub fn moment(&self) -> String {
        match &self.shown {
            Some(Shown { snapshot, of_run: true, .. }) => {
                let Moment { stage, epoch, step } = &snapshot.moment;
                match step {
                    0 => format!("{stage}, after epoch {epoch}"),
                    _ => format!("{stage}, epoch {}, after step {step}", epoch + 1),
                }
            }
            Some(Shown { snapshot, .. }) => snapshot.model.name.clone(),
            None => "no network yet".to_owned(),
        }
    }
}
