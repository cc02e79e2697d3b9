//! The real program on a screen, and what it says on its standard output.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

use nin_train::{Event, Prediction, Seen};
use tempfile::TempDir;
use x11rb::protocol::xproto::Window;

use crate::screen::{PATIENCE, Screen, wait};

/// Longer than a busy machine takes from one prediction of a drawing to the next.
const QUIET: std::time::Duration = std::time::Duration::from_secs(3);

/// The program with its window, at home in a folder of its own.
pub struct Program {
    pub screen: Screen,
    pub window: Window,
    pub folder: TempDir,
    /// What the run on the screen told so far.
    pub events: Vec<Event>,
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    /// Starts it with a recipe that is written into its folder.
    pub fn start(recipe: &str, engine: &str) -> Self {
        let screen = Screen::open();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("recipe.toml"), recipe).unwrap();
        let mut child = command(folder.path(), &screen.display)
            .args(["--json", "--recipe", "recipe.toml", "--engine", engine])
            .spawn()
            .expect("the program starts");
        let (lines_in, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| lines_in.send(line)));
        let window = screen.window(&mut child);
        Program { screen, window, folder, events: Vec::new(), child, lines }
    }

    /// Waits for the event of the run that is looked for; a run that fails is none.
    pub fn event<T>(&mut self, mut looked_for: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let line = self.line();
            let Ok(event) = serde_json::from_str::<Event>(&line) else { continue };
            let found = looked_for(&event);
            if let (None, Event::Failed { message }) = (&found, &event) {
                panic!("{message}");
            }
            self.events.push(event);
            if let Some(found) = found {
                return found;
            }
        }
    }

    /// Takes in what was told so far; predictions of earlier drawings are forgotten.
    pub fn catch_up(&mut self) {
        let events = self.lines.try_iter().filter_map(|line| serde_json::from_str(&line).ok());
        self.events.extend(events);
    }

    /// Waits until the newest drawing's digit is told: nothing more comes for a while.
    pub fn prediction(&mut self) -> Prediction {
        let mut newest = None;
        loop {
            let line = match &newest {
                None => self.line(),
                Some(_) => match self.lines.recv_timeout(QUIET) {
                    Ok(line) => line,
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => panic!("the program ended"),
                },
            };
            if let Ok(Seen::Prediction(prediction)) = serde_json::from_str(&line) {
                newest = Some(prediction);
            }
        }
        newest.unwrap()
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the program says something")
    }

    /// Closes the window, and waits for the program's end.
    pub fn close(&mut self) -> ExitStatus {
        self.screen.close(self.window);
        wait("the program's end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, display: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nin"));
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    for name in ["CARGO_MANIFEST_DIR", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DBUS_SESSION_BUS_ADDRESS"] {
        command.env_remove(name);
    }
    for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        command.env(name, folder);
    }
    command.env("DISPLAY", display).env("LIBGL_ALWAYS_SOFTWARE", "1").env("WINIT_X11_SCALE_FACTOR", "1");
    command
}
