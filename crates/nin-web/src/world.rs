//! The world of the screens in a browser: two workers, the database, downloads.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use nin_app::{Abilities, Errand, News, Report, World};
use nin_train::{Command, EngineWish, Event, Look, Snapshot};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::colleague::Colleague;
use crate::{Reply, Request, errands};

/// How often in a row a trainer may break off, without an epoch in between, until its run is given up.
const MOST_BREAKS: usize = 3;

/// The tab's storage keeps the run that is on under this name.
const RUN: &str = "nin-run";

/// [`World`] for `nin-app`.
pub struct WebWorld(Rc<Office>);

/// What the page keeps while it is open.
pub struct Office {
    screen: egui::Context,
    reports: RefCell<VecDeque<Report>>,
    trainer: RefCell<Option<Colleague>>,
    viewer: RefCell<Option<Colleague>>,
    /// The run that is on.
    run: RefCell<Option<OnRun>>,
    breaks: Cell<usize>,
    /// Digits that the user gave: name and the four files.
    given: RefCell<Vec<(String, Vec<Vec<u8>>)>>,
}

struct OnRun {
    /// None before it is kept.
    name: Option<String>,
    engine: EngineWish,
}

impl WebWorld {
    /// Starts the workers. `screen` is woken when something comes in.
    ///
    /// # Errors
    /// What the browser says if it has no workers.
    pub fn new(screen: egui::Context) -> Result<Self, JsValue> {
        let office = Rc::new(Office {
            screen,
            reports: RefCell::default(),
            trainer: RefCell::new(None),
            viewer: RefCell::new(None),
            run: RefCell::new(None),
            breaks: Cell::new(0),
            given: RefCell::default(),
        });
        office.start_trainer()?;
        office.start_viewer()?;
        Ok(WebWorld(office))
    }

    /// For what comes in from outside of the screens: dropped files.
    pub fn office(&self) -> Rc<Office> {
        self.0.clone()
    }
}

impl World for WebWorld {
    fn command(&mut self, command: Command) {
        if let Command::Start { engine, .. } | Command::GoOn { engine, .. } = &command {
            self.0.breaks.set(0);
            *self.0.run.borrow_mut() = Some(OnRun { name: None, engine: engine.clone() });
        }
        self.0.to_trainer(&Request::Command(command), &[]);
    }

    fn look(&mut self, look: Look) {
        self.0.to_viewer(&Request::Look(look), &[]);
    }

    fn errand(&mut self, errand: Errand) {
        spawn_local(errands::run(self.0.clone(), errand));
    }

    fn report(&mut self) -> Option<Report> {
        self.0.reports.borrow_mut().pop_front()
    }

    fn abilities(&self) -> Abilities {
        Abilities { folders: false }
    }
}

impl Office {
    /// Brings news to the screens.
    pub fn tell(&self, news: News) {
        self.report(Report::News(news));
    }

    /// From now on looks are about this network.
    pub fn show(&self, snapshot: Snapshot) {
        self.to_viewer(&Request::Show(snapshot.clone()), &[]);
        self.tell(News::Model(snapshot));
    }

    /// From now on looks are about these digits.
    pub fn look_at_digits(&self, data: String, hold_out: usize) {
        self.to_viewer(&Request::Digits { data, hold_out }, &[]);
    }

    /// The run that was on when this tab was last left.
    pub fn run_before_reload(&self) -> Option<String> {
        tab_storage()?.get_item(RUN).ok()?
    }

    /// Hands four IDX files to the workers, to be trained on under `name` if they are whole.
    pub fn give(&self, name: String, files: Vec<Vec<u8>>) {
        let request = Request::Given { name: name.clone() };
        self.to_trainer(&request, &files);
        self.to_viewer(&request, &files);
        let mut given = self.given.borrow_mut();
        given.retain(|(before, _)| *before != name);
        given.push((name, files));
    }

    fn report(&self, report: Report) {
        let mut reports = self.reports.borrow_mut();
        if is_snapshot(&report) {
            // A hidden tab takes nothing in for hours: of the networks that were trained meanwhile the newest is kept.
            reports.retain(|before| !is_snapshot(before));
        }
        reports.push_back(report);
        self.screen.request_repaint();
    }

    fn to_trainer(&self, request: &Request, bytes: &[Vec<u8>]) {
        if let Some(trainer) = &*self.trainer.borrow() {
            trainer.send(request, bytes);
        }
    }

    fn to_viewer(&self, request: &Request, bytes: &[Vec<u8>]) {
        if let Some(viewer) = &*self.viewer.borrow() {
            viewer.send(request, bytes);
        }
    }

    fn start_trainer(self: &Rc<Self>) -> Result<(), JsValue> {
        let trainer =
            Colleague::new("trainer", hearing(self, Office::hear), hearing(self, Office::trainer_broke))?;
        for (name, files) in self.given.borrow().iter() {
            trainer.send(&Request::Given { name: name.clone() }, files);
        }
        *self.trainer.borrow_mut() = Some(trainer);
        Ok(())
    }

    fn start_viewer(self: &Rc<Self>) -> Result<(), JsValue> {
        let broke = |office: &Rc<Office>, why: String| {
            office.tell(News::Failed {
                message: format!("what looks at networks broke off ({why}): load the page anew"),
            });
        };
        *self.viewer.borrow_mut() =
            Some(Colleague::new("viewer", hearing(self, Office::hear), hearing(self, broke))?);
        Ok(())
    }

    fn hear(self: &Rc<Self>, reply: Reply) {
        match reply {
            Reply::Ready { .. } | Reply::Broken { .. } => {} // the colleague has dealt with them
            Reply::Seen(seen) => self.report(Report::Seen(seen)),
            Reply::Taken { name } => {
                self.look_at_digits(name.clone(), 0);
                self.tell(News::Data { name });
            }
            Reply::RunKept { run, data, hold_out } => {
                self.look_at_digits(data, hold_out);
                note_run(Some(&run));
                if let Some(on) = &mut *self.run.borrow_mut() {
                    on.name = Some(run.clone());
                }
                self.tell(News::RunKept { run });
            }
            Reply::Event(event) => self.hear_run(event),
        }
    }

    fn hear_run(&self, event: Event) {
        match &event {
            Event::Snapshot(snapshot) => self.to_viewer(&Request::Show(snapshot.clone()), &[]),
            Event::Epoch(_) => self.breaks.set(0),
            Event::Finished(_) | Event::Stopped | Event::Failed { .. } => {
                *self.run.borrow_mut() = None;
                note_run(None);
            }
            _ => {}
        }
        self.report(Report::Run(event));
    }

    /// A worker that broke off is replaced; its run goes on from its last checkpoint.
    fn trainer_broke(self: &Rc<Self>, why: String) {
        self.breaks.set(self.breaks.get() + 1);
        let on = self.run.borrow_mut().take();
        let started = self.start_trainer().is_ok();
        let Some(OnRun { name, engine }) = on else { return };
        match name {
            Some(run) if started && self.breaks.get() < MOST_BREAKS => {
                let message = format!("training broke off ({why}); it goes on from the last checkpoint");
                self.hear_run(Event::Warning { message });
                *self.run.borrow_mut() = Some(OnRun { name: Some(run.clone()), engine: engine.clone() });
                self.to_trainer(&Request::Command(Command::GoOn { run, engine }), &[]);
            }
            _ => {
                let message =
                    format!("training broke off ({why}): resume it from Runs, or load the page anew");
                self.hear_run(Event::Failed { message });
            }
        }
    }
}

fn is_snapshot(report: &Report) -> bool {
    matches!(report, Report::Run(Event::Snapshot(_)))
}

fn tab_storage() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// Remembers across a reload of this tab which run is on. A browser that keeps nothing forgets it.
fn note_run(run: Option<&str>) {
    if let Some(storage) = tab_storage() {
        let _ = match run {
            Some(run) => storage.set_item(RUN, run),
            None => storage.remove_item(RUN),
        };
    }
}

/// A method of an office that may be gone.
fn hearing<T: 'static>(
    office: &Rc<Office>,
    method: impl Fn(&Rc<Office>, T) + 'static,
) -> impl Fn(T) + 'static {
    let office: Weak<Office> = Rc::downgrade(office);
    move |what| {
        if let Some(office) = office.upgrade() {
            method(&office, what);
        }
    }
}
