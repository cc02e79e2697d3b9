//! The world around the screens on a desktop: a thread that trains, one that looks, and one for each errand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use anyhow::Result;
use nin_app::{Abilities, Errand, ModelSource, Report, World};
use nin_train::{Command, Look};

use super::errands::Errands;
use super::place::Place;
use super::reporter::{Reporter, Wake};
use super::trainer::Trainer;
use super::viewer::{Looking, ToViewer};

/// See [`World`]. A run that is on when it is dropped is saved first.
pub struct Desktop {
    commands: Sender<Command>,
    viewer: Sender<ToViewer>,
    errands: Errands,
    reports: Receiver<Report>,
    trainer: Option<JoinHandle<()>>,
    training: Arc<AtomicBool>,
}

impl Desktop {
    /// Starts the threads; drawings can be recognised at once, by the model that comes with the program.
    pub fn new(place: Place, wake: Wake, json: bool) -> Result<Self> {
        let (reports_in, reports) = channel();
        let (commands, commands_out) = channel();
        let (viewer, told) = channel();
        let reporter = Reporter { reports: reports_in, wake, json };
        let looking = Looking::new(reporter.clone())?;
        thread::Builder::new().name("viewer".to_owned()).spawn(move || looking.run(&told))?;
        let training = Arc::new(AtomicBool::new(false));
        let trainer = Trainer {
            commands: commands_out,
            reporter: reporter.clone(),
            viewer: viewer.clone(),
            place: place.clone(),
            training: training.clone(),
        };
        let trainer = thread::Builder::new().name("trainer".to_owned()).spawn(|| trainer.run())?;
        let errands = Errands { place, reporter, viewer: viewer.clone() };
        // Whoever waits for the viewer is gone only if this world is.
        let _ = viewer.send(ToViewer::Digits(nin_data::embedded()?));
        errands.run(Errand::OpenModel { model: ModelSource::Shipped });
        Ok(Desktop { commands, viewer, errands, reports, trainer: Some(trainer), training })
    }
}

// A thread that is gone has told why; there is nobody else to tell.
impl World for Desktop {
    fn command(&mut self, command: Command) {
        let _ = self.commands.send(command);
    }

    fn look(&mut self, look: Look) {
        let _ = self.viewer.send(ToViewer::Look(look));
    }

    fn errand(&mut self, errand: Errand) {
        self.errands.run(errand);
    }

    fn report(&mut self) -> Option<Report> {
        self.reports.try_recv().ok()
    }

    fn abilities(&self) -> Abilities {
        Abilities { folders: true }
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        if !self.training.load(Ordering::Acquire) {
            return;
        }
        let _ = self.commands.send(Command::Stop);
        // The thread ends when nobody can ask for another run.
        self.commands = channel().0;
        if let Some(trainer) = self.trainer.take() {
            let _ = trainer.join();
        }
    }
}
