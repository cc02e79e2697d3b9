//! The pictures in the README: `modern` in the middle of its last stage, screen by screen.

use nin_train::Event;

use crate::program::Program;
use crate::scenarios::{SPACE, draw};

const MODERN: &str = include_str!("../../../../assets/recipes/modern.toml");
/// Pictures and the keys of their screens; what is drawn on the first is seen on the others.
const SCREENS: [(&str, u8); 4] = [("draw", b'5'), ("overview", b'1'), ("network", b'3'), ("digits", b'4')];
/// No picture is larger, in bytes.
const LARGEST: u64 = 200_000;

/// Takes them all; the program is paused for it, so that every screen shows the same moment.
pub fn take() {
    let mut program = Program::start(MODERN, "cpu");
    program.screen.press(SPACE);
    program.event(|event| match event {
        Event::Epoch(epoch) if epoch.stage == "v2" && epoch.epoch == 20 => Some(()),
        _ => None,
    });
    program.screen.press(SPACE);
    program.event(|event| matches!(event, Event::Paused).then_some(()));
    for (name, key) in SCREENS {
        program.screen.press(key.into());
        if name == "draw" {
            draw(&mut program, MODERN);
        }
        std::thread::sleep(std::time::Duration::from_secs(5));
        let path = program.screen.photograph(program.window, name);
        let length = std::fs::metadata(&path).unwrap().len();
        assert!(length <= LARGEST, "{} has {length} bytes", path.display());
    }
    assert!(program.close().success());
}
