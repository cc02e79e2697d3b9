//! What users do.

use nin_train::{Checkpoint, Event};

use crate::layout;
use crate::program::Program;
use crate::screen::wait;

/// Three stages that train in a few seconds: 14×14 input, narrow layers.
pub const SHORT: &str = r#"
name = "short"
seed = 3
resolution = 14
head = "global"
batch = 100
initial = "kaiming"

[[stages]]
name = "v0"
epochs = 2
optimizer = { kind = "adam" }
schedule = { kind = "constant", learning_rate = 0.02 }
blocks = [
    { kernel = 3, channels = [8], pool = "max2" },
    { kernel = 3, channels = [10], pool = "max2" },
    { kernel = 3, channels = [10], relu = [false], pool = "max2" },
]

[[stages]]
name = "v1"
epochs = 1
growth = { start = "identity", carry = "weights+biases" }
optimizer = { kind = "adam" }
schedule = { kind = "constant", learning_rate = 0.01 }
blocks = [
    { kernel = 3, channels = [8, 8], pool = "max2" },
    { kernel = 3, channels = [10], pool = "max2" },
    { kernel = 3, channels = [10], relu = [false], pool = "max2" },
]

[[stages]]
name = "v2"
epochs = 2
growth = { start = "identity", carry = "weights+biases" }
optimizer = { kind = "adam" }
schedule = { kind = "constant", learning_rate = 0.01 }
blocks = [
    { kernel = 3, channels = [8, 8], pool = "max2" },
    { kernel = 3, channels = [10, 10], pool = "max2" },
    { kernel = 3, channels = [10], relu = [false], pool = "max2" },
]
"#;

pub const SPACE: u32 = 0x20;
pub const DELETE: u32 = 0xffff;
/// The key of the screen `Draw`.
pub const DRAW: u32 = b'5' as u32;
/// The key of the overview.
pub const OVERVIEW: u32 = b'1' as u32;

/// A stroke's colour.
const WHITE: [u8; 3] = [255; 3];
/// A seven, as shares of the canvas.
pub const SEVEN: [(f32, f32); 3] = [(0.28, 0.22), (0.72, 0.22), (0.42, 0.82)];

/// Opens, reads a drawing with the model that comes with nin, trains through three stages, reads a drawing with the
/// trained network, closes.
pub fn train_and_draw(engine: &str) {
    let mut program = Program::start(SHORT, engine);
    program.screen.photograph(program.window, &format!("{engine}-1-start"));
    program.screen.press(DRAW);
    draw(&mut program, SHORT);
    let prediction = program.prediction();
    program.screen.photograph(program.window, &format!("{engine}-2-drawing"));
    assert_eq!(prediction.digit, 7, "{prediction:?}");

    program.screen.press(OVERVIEW);
    program.screen.press(SPACE);
    let kind = program.event(|event| match event {
        Event::RunStarted(run) => Some(run.engine.kind.clone()),
        _ => None,
    });
    assert_eq!(kind, engine);
    let grown = program.event(|event| match event {
        Event::Grown(grown) if grown.stage == "v2" => Some(grown.clone()),
        _ => None,
    });
    // Growing by identity loses nothing.
    assert!((grown.test_accuracy_after - grown.test_accuracy_before).abs() < 1e-9, "{grown:?}");
    program.screen.photograph(program.window, &format!("{engine}-3-training"));
    let summary = program.event(|event| match event {
        Event::Finished(summary) => Some(summary.clone()),
        _ => None,
    });
    assert!(summary.test_accuracy > 80.0, "{summary:?}");

    program.screen.press(DRAW);
    program.screen.press(DELETE);
    let canvas = layout::canvas(SHORT, &program.events);
    let empty = wait("an empty canvas", || {
        let picture = program.screen.picture(program.window);
        let (x, y) = on(canvas, SEVEN[0]);
        (picture.get_pixel(x as u32, y as u32).0 != WHITE).then_some(picture)
    });
    draw(&mut program, SHORT);
    let prediction = program.prediction();
    let sum: f32 = prediction.probabilities.iter().sum();
    assert!((sum - 1.0).abs() < 1e-3, "{prediction:?}");
    program.screen.photograph(program.window, &format!("{engine}-4-trained"));
    let shown = program.screen.picture(program.window);
    let answer = |x: u32| x > canvas.right() as u32;
    let changed =
        empty.enumerate_pixels().filter(|(x, y, pixel)| answer(*x) && shown.get_pixel(*x, *y) != *pixel);
    assert!(changed.count() > 100, "the answer is not shown beside the canvas");

    let status = program.close();
    assert!(status.success(), "{status}");
}

/// Draws a seven where the canvas is.
pub fn draw(program: &mut Program, recipe: &str) {
    program.catch_up();
    let canvas = layout::canvas(recipe, &program.events);
    let between = |a: (f32, f32), b: (f32, f32), t: f32| (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1));
    let corners = SEVEN.map(|corner| on(canvas, corner));
    let legs = corners.windows(2);
    let places: Vec<(f32, f32)> =
        legs.flat_map(|leg| (0..=8).map(|step| between(leg[0], leg[1], step as f32 / 8.0))).collect();
    program.screen.stroke(&places);
}

/// A place of the screen by its shares of the canvas.
fn on(canvas: egui::Rect, (x, y): (f32, f32)) -> (f32, f32) {
    (canvas.left() + x * canvas.width(), canvas.top() + y * canvas.height())
}

/// Closes the window in the middle of a run, which is saved and can go on.
pub fn close_while_training() {
    let mut program = Program::start(&SHORT.replacen("epochs = 2", "epochs = 100000", 1), "cpu");
    program.screen.press(SPACE);
    program.event(|event| matches!(event, Event::Steps(_)).then_some(()));
    let status = program.close();
    assert!(status.success(), "{status}");
    let file = program.folder.path().join("runs/short-1/last.safetensors");
    let checkpoint = Checkpoint::from_bytes(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!((checkpoint.recipe.name.as_str(), checkpoint.position.stage), ("short", 0));
    assert!(checkpoint.position.epoch + checkpoint.position.step > 0, "{:?}", checkpoint.position);
}
