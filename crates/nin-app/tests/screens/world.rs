//! A world without threads: runs are trained at once, looks answered at once, errands remembered.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use egui::{Ui, vec2};
use egui_kittest::Harness;
use nin_app::{Abilities, App, Errand, News, Report, Settings, World};
use nin_cpu::CpuEngine;
use nin_data::{Dataset, embedded};
use nin_train::{Command, Event, Host, Look, Model, Moment, Recipe, SaveError, Snapshot, Viewer, train};
use pollster::block_on;

/// Two stages at 14×14, one epoch each.
pub const SMALL: &str = r#"
name = "small"
seed = 5
resolution = 14
head = "global"
batch = 20
initial = "kaiming"

[[stages]]
name = "v0"
epochs = 1
optimizer = { kind = "adam" }
schedule = { kind = "constant", learning_rate = 0.01 }
blocks = [
    { kernel = 3, channels = [4, 6], pool = "max2" },
    { kernel = 3, channels = [8, 10], relu = [true, false], pool = "max2" },
]

[[stages]]
name = "v1"
epochs = 1
growth = { start = "identity", carry = "weights+biases", new = [[1, 3]] }
optimizer = { kind = "adam" }
schedule = { kind = "constant", learning_rate = 0.01 }
blocks = [
    { kernel = 3, channels = [4, 6, 6], pool = "max2" },
    { kernel = 3, channels = [8, 10], relu = [true, false], pool = "max2" },
]
"#;

/// What the screens sent, and what comes back.
pub struct State {
    pub commands: Vec<Command>,
    pub errands: Vec<Errand>,
    pub reports: VecDeque<Report>,
    viewer: Viewer,
}

/// Shared between a test and its screens.
#[derive(Clone)]
pub struct Small(pub Rc<RefCell<State>>);

pub fn digits() -> Dataset {
    let all = embedded().unwrap();
    Dataset { train: all.train.first(150), test: all.test.first(60), ..all }
}

impl Small {
    /// A world over a few digits; `shipped`: the trained network is there from the start.
    pub fn new(shipped: bool) -> Self {
        let mut viewer = Viewer::new().unwrap();
        block_on(viewer.load_digits(&digits())).unwrap();
        let mut reports = VecDeque::new();
        if shipped {
            let model = Model::shipped().unwrap();
            let snapshot = Snapshot { moment: Moment::default(), model };
            block_on(viewer.show(snapshot.clone())).unwrap();
            reports.push_back(Report::News(News::Model(snapshot)));
        }
        let state = State { commands: Vec::new(), errands: Vec::new(), reports, viewer };
        Small(Rc::new(RefCell::new(state)))
    }

    pub fn tell(&self, report: Report) {
        self.0.borrow_mut().reports.push_back(report);
    }

    pub fn errands(&self) -> Vec<Errand> {
        self.0.borrow().errands.clone()
    }

    pub fn commands(&self) -> Vec<Command> {
        self.0.borrow().commands.clone()
    }

    /// The screens over this world, 1280×800 if nothing else is said.
    pub fn screens(&self) -> Harness<'static, App> {
        self.screens_of(1280.0, 800.0)
    }

    pub fn screens_of(&self, width: f32, height: f32) -> Harness<'static, App> {
        let settings = Settings::new(Recipe::from_toml(SMALL).unwrap());
        let app = App::new(Box::new(self.clone()), settings);
        let frame = |ui: &mut Ui, app: &mut App| {
            app.logic(&ui.ctx().clone());
            app.ui(ui);
        };
        let mut harness = Harness::builder().with_size(vec2(width, height)).build_ui_state(frame, app);
        settle(&mut harness);
        harness
    }
}

/// Enough frames for what was asked to be answered and drawn.
pub fn settle(harness: &mut Harness<'_, App>) {
    harness.run_steps(8);
}

impl World for Small {
    fn command(&mut self, command: Command) {
        let state = &mut *self.0.borrow_mut();
        state.commands.push(command.clone());
        if let Command::Start { recipe, .. } = command {
            let mut host = Recorder { events: Vec::new(), watched: false };
            block_on(train(&mut CpuEngine::new(Some(1)).unwrap(), &mut host, digits(), &recipe)).unwrap();
            for event in host.events {
                if let Event::Snapshot(snapshot) = &event {
                    block_on(state.viewer.show(snapshot.clone())).unwrap();
                }
                state.reports.push_back(Report::Run(event));
            }
        }
    }

    fn look(&mut self, look: Look) {
        let state = &mut *self.0.borrow_mut();
        let mut seen = block_on(state.viewer.answer(look));
        while state.viewer.is_busy() {
            seen = block_on(state.viewer.piece());
        }
        state.reports.extend(seen.map(Report::Seen));
    }

    fn errand(&mut self, errand: Errand) {
        self.0.borrow_mut().errands.push(errand);
    }

    fn report(&mut self) -> Option<Report> {
        self.0.borrow_mut().reports.pop_front()
    }

    fn abilities(&self) -> Abilities {
        Abilities { folders: true }
    }
}

/// Keeps a run's events, and watches it.
struct Recorder {
    events: Vec<Event>,
    watched: bool,
}

impl Host for Recorder {
    fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    async fn try_command(&mut self) -> Option<Command> {
        let first = !std::mem::replace(&mut self.watched, true);
        first.then_some(Command::Watch { seconds: Some(1e6) })
    }

    async fn wait_command(&mut self) -> Command {
        Command::Stop
    }

    async fn save(&mut self, _: &str, _: &[u8]) -> Result<(), SaveError> {
        Ok(())
    }
}
