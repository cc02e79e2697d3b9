//! Where egui and the mirror meet, in every frame.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use egui::accesskit::{Action, ActionRequest, NodeId, TreeId};
use egui::{Context, Event, FullOutput, Plugin, RawInput};
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlCanvasElement};

use super::line::lines;
use super::mirror::Mirror;

/// Seconds between two changes of the mirror: more often nobody listens, and each makes the browser work.
const PAUSE: f64 = 0.3;
/// What is asked for when an element gets the focus.
const FOCUS: [Action; 2] = [Action::Focus, Action::ScrollIntoView];

/// Mirrors what egui draws, and asks egui for what is done to the mirror.
pub struct Reader {
    mirror: Mirror,
    asked: Arc<Mutex<Vec<Event>>>,
    /// When the mirror was last changed, in the context's time.
    shown: f64,
    focus: NodeId,
}

impl Reader {
    /// Begins to mirror what `context` draws on `canvas`.
    ///
    /// # Errors
    /// What the browser says if there is no document around the canvas.
    pub fn start(context: &Context, canvas: &HtmlCanvasElement) -> Result<(), JsValue> {
        let mirror = Mirror::new(canvas)?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        on(&mirror, "click", &[Action::Click], &asked, context, None)?;
        on(&mirror, "focusin", &FOCUS, &asked, context, Some(canvas.clone()))?;
        context.enable_accesskit();
        let (shown, focus) = (f64::NEG_INFINITY, NodeId(0));
        context.add_plugin(Reader { mirror, asked, shown, focus });
        Ok(())
    }
}

impl Plugin for Reader {
    fn debug_name(&self) -> &'static str {
        "reader"
    }

    fn input_hook(&mut self, _context: &Context, input: &mut RawInput) {
        if let Ok(mut asked) = self.asked.lock() {
            input.events.append(&mut asked);
        }
    }

    fn output_hook(&mut self, context: &Context, output: &mut FullOutput) {
        let Some(update) = output.platform_output.accesskit_update.take() else { return };
        let now = context.input(|input| input.time);
        let pause = self.shown + PAUSE - now;
        if pause > 0.0 && update.focus == self.focus {
            // Asked for in every such frame, for egui draws a little before it is asked to.
            return context.request_repaint_after(Duration::from_secs_f64(pause));
        }
        (self.shown, self.focus) = (now, update.focus);
        let shown = self.mirror.show(lines(&update), f64::from(context.zoom_factor()));
        if let Err(error) = shown.and_then(|()| self.mirror.focus(update.focus.0)) {
            web_sys::console::warn_2(&"what is on the screen cannot be mirrored:".into(), &error);
        }
    }
}

/// Asks egui for `actions` when `event` happens to an element; then `keyboard`, if any, has the keyboard again.
fn on(
    mirror: &Mirror,
    event: &str,
    actions: &'static [Action],
    asked: &Arc<Mutex<Vec<Event>>>,
    context: &Context,
    keyboard: Option<HtmlCanvasElement>,
) -> Result<(), JsValue> {
    let (asked, context) = (asked.clone(), context.clone());
    let listener = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(node) = element.as_ref().and_then(Mirror::node) else { return };
        let request = |&action: &Action| {
            let (target_tree, target_node, data) = (TreeId::ROOT, NodeId(node), None);
            Event::AccessKitActionRequest(ActionRequest { action, target_tree, target_node, data })
        };
        if let Ok(mut asked) = asked.lock() {
            asked.extend(actions.iter().map(request));
        }
        if let Some(keyboard) = &keyboard {
            let _ = keyboard.focus(); // an element of this page that can have it
        }
        context.request_repaint();
    });
    mirror.root.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref())?;
    listener.forget();
    Ok(())
}
