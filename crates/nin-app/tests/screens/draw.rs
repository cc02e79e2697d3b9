use egui::{Key, Pos2, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use nin_app::{App, CANVAS};

use crate::world::{Small, settle};

/// Draws a line of places given as shares of the canvas.
fn stroke(screens: &mut Harness<'_, App>, places: &[[f32; 2]]) {
    let rect = screens.get_by_label(CANVAS).rect();
    let at = |[x, y]: [f32; 2]| -> Pos2 { rect.lerp_inside(egui::vec2(x, y)) };
    screens.hover_at(at(places[0]));
    screens.step();
    screens.drag_at(at(places[0]));
    screens.step();
    for &place in places {
        screens.event(egui::Event::PointerMoved(at(place)));
        screens.step();
    }
    screens.drop_at(at(places[places.len() - 1]));
    settle(screens);
}

fn draw_screen() -> Harness<'static, App> {
    let mut screens = Small::new(true).screens();
    screens.get_by_label("Draw").click();
    settle(&mut screens);
    screens
}

#[test]
fn a_drawn_one_is_recognised_undone_and_cleared() {
    let mut screens = draw_screen();
    screens.get_by_label("nothing drawn yet");
    stroke(&mut screens, &[[0.52, 0.15], [0.51, 0.4], [0.5, 0.6], [0.49, 0.85]]);
    screens.get_by_label_contains("prediction: 1,");
    screens.get_by_label("the drawing as 28 by 28 pixels");
    screens.get_by_label("class maps of the drawing for 0 to 9");
    screens.get_by_label("Undo").click();
    settle(&mut screens);
    screens.get_by_label("nothing drawn yet");
    stroke(&mut screens, &[[0.3, 0.2], [0.7, 0.2], [0.45, 0.85]]);
    screens.get_by_label_contains("prediction: 7,");
    screens.key_press(Key::Delete);
    settle(&mut screens);
    screens.get_by_label("nothing drawn yet");
}

#[test]
fn a_digit_can_be_drawn_by_keyboard() {
    let mut screens = draw_screen();
    screens.get_by_label(CANVAS).focus();
    settle(&mut screens);
    // Down the middle: pen down, twelve steps, pen up.
    screens.key_press(Key::Enter);
    screens.step();
    for _ in 0..12 {
        screens.key_press(Key::ArrowDown);
        screens.step();
    }
    screens.key_press(Key::Enter);
    settle(&mut screens);
    screens.get_by_label_contains("prediction: 1,");
}

#[test]
fn a_tap_is_a_dot_and_no_fault() {
    let mut screens = draw_screen();
    let center = screens.get_by_label(CANVAS).rect().center();
    screens.drag_at(center);
    screens.step();
    screens.drop_at(pos2(center.x, center.y));
    settle(&mut screens);
    assert!(screens.query_by_label("nothing drawn yet").is_none());
}
