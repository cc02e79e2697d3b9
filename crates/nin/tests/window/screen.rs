//! A screen that nobody sees: Xvfb, and a client that moves its pointer, presses its keys and photographs it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, RgbImage};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ClientMessageEvent, ConnectionExt as _, EventMask,
    ImageFormat, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// What does not happen within this time does not happen.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Width and height of screen and window.
pub const SIZE: (u16, u16) = (1280, 800);

/// An X server of its own.
pub struct Screen {
    server: Child,
    pub display: String,
    client: RustConnection,
    root: Window,
}

impl Screen {
    /// Whether there can be one.
    pub fn exists() -> bool {
        Command::new("Xvfb").arg("-help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    }

    pub fn open() -> Self {
        let size = format!("{}x{}x24", SIZE.0, SIZE.1);
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        let stdout = server.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut number).expect("Xvfb says which display it is");
        let display = format!(":{}", number.trim());
        let (client, screen) = x11rb::connect(Some(&display)).expect("Xvfb takes clients");
        let root = client.setup().roots[screen].root;
        Screen { server, display, client, root }
    }

    /// Waits for the window of a program that runs, and gives it the keyboard as a window manager would.
    pub fn window(&self, program: &mut Child) -> Window {
        let window = wait("a window", || {
            assert!(program.try_wait().unwrap().is_none(), "the program ended");
            self.find(self.root)
        });
        self.client.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap();
        self.client.flush().unwrap();
        // An empty window has one colour, or a few where it is drawn for the first time.
        wait("something in the window", || {
            let mut colors: Vec<[u8; 3]> = self.picture(window).pixels().map(|pixel| pixel.0).collect();
            colors.sort_unstable();
            colors.dedup();
            (colors.len() > 20).then_some(())
        });
        window
    }

    fn find(&self, within: Window) -> Option<Window> {
        let children = self.client.query_tree(within).ok()?.reply().ok()?.children;
        children.into_iter().find_map(|window| {
            let name = self.client.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64);
            let name = name.ok()?.reply().ok()?.value;
            let shown = self.client.get_window_attributes(window).ok()?.reply().ok()?.map_state;
            if name == b"nin" && shown == MapState::VIEWABLE { Some(window) } else { self.find(window) }
        })
    }

    /// Asks the program to close its window, as its frame's button does.
    pub fn close(&self, window: Window) {
        let atom =
            |name: &str| self.client.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let data = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), data);
        self.client.send_event(false, window, EventMask::NO_EVENT, event).unwrap();
        self.client.flush().unwrap();
    }

    /// Presses the key that gives a character, or a special key by its keysym.
    pub fn press(&self, keysym: u32) {
        let setup = self.client.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let map = self.client.get_keyboard_mapping(first, last - first + 1).unwrap().reply().unwrap();
        let keys = map.keysyms.chunks(map.keysyms_per_keycode.into());
        let key = keys.zip(first..).find(|(keysyms, _)| keysyms.first() == Some(&keysym));
        let (_, code) = key.expect("the keyboard has this key");
        self.input(KEY_PRESS_EVENT, code, (0, 0));
        self.input(KEY_RELEASE_EVENT, code, (0, 0));
    }

    /// Draws a stroke through places of the screen, pen down at the first, up at the last.
    pub fn stroke(&self, places: &[(f32, f32)]) {
        let at = |&(x, y): &(f32, f32)| (x as i16, y as i16);
        self.input(MOTION_NOTIFY_EVENT, 0, at(&places[0]));
        self.input(BUTTON_PRESS_EVENT, 1, at(&places[0]));
        for place in places {
            self.input(MOTION_NOTIFY_EVENT, 0, at(place));
        }
        self.input(BUTTON_RELEASE_EVENT, 1, at(&places[places.len() - 1]));
        // Out of the way, so that nothing on another screen says what it is under the pointer.
        self.input(MOTION_NOTIFY_EVENT, 0, (1, 1));
    }

    fn input(&self, kind: u8, detail: u8, at: (i16, i16)) {
        self.client.xtest_fake_input(kind, detail, 0, self.root, at.0, at.1, 0).unwrap();
        self.client.flush().unwrap();
        // Hands are slower than wires: each of these is a frame of its own, as in real use.
        sleep(Duration::from_millis(30));
    }

    /// What the window shows.
    pub fn picture(&self, window: Window) -> RgbImage {
        let (width, height) = SIZE;
        let request = self.client.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, !0);
        let bytes = request.unwrap().reply().expect("the whole window is on the screen").data;
        let pixels = bytes.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        RgbImage::from_raw(width.into(), height.into(), pixels).expect("four bytes a pixel")
    }

    /// Keeps what the window shows.
    pub fn photograph(&self, window: Window, name: &str) -> PathBuf {
        let folder = std::env::var_os("NIN_SCREENSHOTS")
            .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots"), PathBuf::from);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        let picture = self.picture(window);
        // Which filter packs best depends on the picture.
        let filters = [FilterType::NoFilter, FilterType::Sub, FilterType::Adaptive];
        let png = filters.map(|filter| packed(&picture, filter)).into_iter().min_by_key(Vec::len).unwrap();
        fs::write(&path, png).unwrap();
        path
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn packed(picture: &RgbImage, filter: FilterType) -> Vec<u8> {
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, filter)
        .write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .unwrap();
    png
}

/// Looks again and again until something is there.
pub fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Some(found) => return found,
            None if start.elapsed() > PATIENCE => panic!("{what} did not come"),
            None => sleep(Duration::from_millis(50)),
        }
    }
}
