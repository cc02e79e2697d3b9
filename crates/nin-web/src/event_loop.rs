//! Lets the browser's event loop run: a worker that only computes would never hear a message.

use async_channel::{Receiver, unbounded};
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessagePort};

/// A turn of the event loop, as often as wanted. A message to oneself comes back at once; timers are held back by browsers.
pub struct EventLoop {
    to_myself: MessagePort,
    turns: Receiver<()>,
}

impl EventLoop {
    /// Sets the channel up.
    ///
    /// # Errors
    /// What the browser says if it has no message channels.
    pub fn new() -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        let (turn, turns) = unbounded();
        let on_message = Closure::<dyn FnMut()>::new(move || {
            let _ = turn.try_send(()); // whoever waited is gone: nobody to tell
        });
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        Ok(EventLoop { to_myself: channel.port2(), turns })
    }

    /// Comes back after everything that was waiting to be heard.
    pub async fn turn(&self) {
        if self.to_myself.post_message(&JsValue::NULL).is_ok() {
            let _ = self.turns.recv().await;
        }
    }
}
