//! The canvas: strokes by mouse, pen, finger or keyboard.

use egui::{Color32, Event, EventFilter, Key, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2};
use nin_data::Stroke;

/// The canvas's name for screen readers and tests.
pub const CANVAS: &str = "drawing canvas";

/// How far one press of an arrow key moves the pen, as a share of the canvas.
const KEY_STEP: f32 = 1.0 / 24.0;

/// Strokes on a unit square.
#[derive(Default)]
pub struct Drawing {
    /// The strokes, oldest first; places and widths are shares of the canvas's side.
    pub strokes: Vec<Stroke>,
    /// Whether the newest stroke goes on.
    drawing: bool,
    /// The pen of the keyboard: where it is, and whether it is down.
    pen: Option<(Pos2, bool)>,
}

impl Drawing {
    /// Takes the newest stroke back.
    pub fn undo(&mut self) {
        self.strokes.pop();
        self.drawing = false;
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        *self = Drawing::default();
    }

    /// Draws the canvas and takes new strokes of `width`; whether they changed.
    pub fn ui(&mut self, ui: &mut Ui, side: f32, width: f32) -> bool {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::drag());
        let strokes = self.strokes.len();
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, CANVAS));
        let points = self.strokes.last().map_or(0, |stroke| stroke.points.len());
        self.by_pointer(ui, rect, &response, width);
        self.by_keyboard(ui, &response, width);
        self.paint(ui, rect, &response);
        (strokes, points) != (self.strokes.len(), self.strokes.last().map_or(0, |stroke| stroke.points.len()))
    }

    /// Every place where the pointer was since the last frame, so that quick strokes stay round.
    fn by_pointer(&mut self, ui: &Ui, rect: Rect, response: &Response, width: f32) {
        let share = |at: Pos2| [(at.x - rect.left()) / rect.width(), (at.y - rect.top()) / rect.height()];
        if response.is_pointer_button_down_on() && !self.drawing {
            response.request_focus();
            self.drawing = true;
            self.strokes.push(Stroke { points: Vec::new(), width });
            if let Some(at) = response.interact_pointer_pos() {
                self.extend(share(at));
            }
        }
        if self.drawing {
            let moved = |event: &Event| match event {
                Event::PointerMoved(at) => Some(share(*at)),
                _ => None,
            };
            let places: Vec<[f32; 2]> = ui.input(|input| input.events.iter().filter_map(moved).collect());
            places.into_iter().for_each(|place| self.extend(place));
            self.drawing = response.is_pointer_button_down_on();
        }
    }

    fn extend(&mut self, place: [f32; 2]) {
        let Some(stroke) = self.strokes.last_mut() else { return };
        let near = |last: &[f32; 2]| (last[0] - place[0]).hypot(last[1] - place[1]) < 0.002;
        if !stroke.points.last().is_some_and(near) {
            stroke.points.push(place);
        }
    }

    /// Arrow keys move a pen while the canvas has the focus; Enter puts it down and lifts it.
    fn by_keyboard(&mut self, ui: &Ui, response: &Response, width: f32) {
        if !response.has_focus() {
            return;
        }
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let (mut by, mut toggled) = (Vec2::ZERO, false);
        ui.input(|input| {
            let pressed = |key| input.num_presses(key) as f32;
            by.x = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
            by.y = pressed(Key::ArrowDown) - pressed(Key::ArrowUp);
            toggled = input.key_pressed(Key::Enter);
        });
        if by == Vec2::ZERO && !toggled {
            return;
        }
        let (at, down) = self.pen.unwrap_or((pos2(0.5, 0.25), false));
        let moved = (at + by * KEY_STEP).clamp(pos2(0.05, 0.05), pos2(0.95, 0.95));
        let down_now = down != toggled;
        if toggled && down_now {
            self.strokes.push(Stroke { points: vec![[at.x, at.y]], width });
        }
        if down && by != Vec2::ZERO {
            self.extend([moved.x, moved.y]);
        }
        self.pen = Some((moved, down_now));
    }

    fn paint(&self, ui: &Ui, rect: Rect, response: &Response) {
        let painter = ui.painter_at(rect);
        let visuals = ui.visuals();
        painter.rect_filled(rect, 4.0, Color32::from_gray(12));
        let edge = if response.has_focus() || response.hovered() {
            visuals.selection.stroke
        } else {
            visuals.window_stroke
        };
        painter.rect_stroke(rect, 4.0, (1.5, edge.color), egui::StrokeKind::Inside);
        let place = |[x, y]: [f32; 2]| rect.min + egui::vec2(x * rect.width(), y * rect.height());
        for stroke in &self.strokes {
            let width = stroke.width * rect.width();
            let points: Vec<Pos2> = stroke.points.iter().map(|&point| place(point)).collect();
            // Round joints and ends, which a polyline lacks.
            for &point in &points {
                painter.circle_filled(point, width / 2.0, Color32::WHITE);
            }
            painter.add(egui::Shape::line(points, (width, Color32::WHITE)));
        }
        if let Some((at, down)) = self.pen.filter(|_| response.has_focus()) {
            let color = if down { Color32::from_rgb(0xE6, 0x9F, 0x00) } else { Color32::GRAY };
            painter.circle_stroke(place([at.x, at.y]), 6.0, (2.0, color));
        }
    }
}
