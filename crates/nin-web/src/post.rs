//! Messages in and out of the worker.

use async_channel::{Receiver, unbounded};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::{Reply, Request, life};

/// A request and the bytes that came behind it.
pub type Letter = (Request, Vec<Vec<u8>>);

/// Listens for what the page sends, from now on.
pub fn inbox() -> Receiver<Letter> {
    let (put, letters) = unbounded();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| match open(&event) {
        Ok(letter) => {
            let _ = put.try_send(letter); // the worker is ending
        }
        Err(what) => {
            let message = format!(
                "a message was left unread ({what}): page and worker are of different versions; load the page anew"
            );
            send(&Reply::Event(nin_train::Event::Warning { message }));
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    letters
}

fn open(event: &MessageEvent) -> Result<Letter, String> {
    let parts: Array = event.data().dyn_into().map_err(|_| "not an array")?;
    let json = parts.get(0).as_string().ok_or("no JSON")?;
    let request = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let bytes = parts.iter().skip(1).map(|part| Uint8Array::new(&part).to_vec()).collect();
    Ok((request, bytes))
}

/// The first words to the page, from where also a panic is told in its own words: that this worker listens.
pub async fn ready() {
    std::panic::set_hook(Box::new(|panic| send(&Reply::Broken { message: panic.to_string() })));
    send(&Reply::Ready { lock: life::hold().await });
}

/// Sends to the page.
pub fn send(reply: &Reply) {
    // Replies are plain values, so that neither writing nor posting them can fail while there is a page.
    if let Ok(json) = serde_json::to_string(reply) {
        let _ = scope().post_message(&Array::of1(&json.into()));
    }
}

/// The worker's global object.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
