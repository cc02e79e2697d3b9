//! A worker, seen from the page.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::{Reply, Request, life};

/// The workers' script, seen from the page.
const SCRIPT: &str = "web/worker.js";

/// A worker that was started. It ends when this is dropped.
pub struct Colleague {
    worker: Worker,
    /// Messages for when it listens; none are held back any more once it does.
    waiting: Rc<RefCell<Option<Vec<Array>>>>,
    /// Gone when this is dropped: that the worker ends then is no news.
    _wanted: Rc<()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Colleague {
    /// Starts the worker that `name` says. `hear` takes its replies, `broken` why it broke off.
    ///
    /// # Errors
    /// What the browser says.
    pub fn new(
        name: &str,
        hear: impl Fn(Reply) + 'static,
        broken: impl Fn(String) + 'static,
    ) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        let worker = Worker::new_with_options(SCRIPT, &options)?;
        let waiting = Rc::new(RefCell::new(Some(Vec::new())));
        let (to_worker, held) = (worker.clone(), waiting.clone());
        let (wanted, broken) = (Rc::new(()), Rc::new(broken));
        let (still_wanted, breaks) = (Rc::downgrade(&wanted), broken.clone());
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let json = event.data().dyn_into::<Array>().ok().and_then(|parts| parts.get(0).as_string());
            match json.and_then(|json| serde_json::from_str(&json).ok()) {
                Some(Reply::Ready { lock }) => {
                    let held = held.borrow_mut().take();
                    held.into_iter().flatten().for_each(|message| post(&to_worker, &message));
                    let (still_wanted, breaks) = (still_wanted.clone(), breaks.clone());
                    let ended = move || {
                        if still_wanted.upgrade().is_some() {
                            breaks("the browser has ended its worker, perhaps for want of memory".to_owned());
                        }
                    };
                    lock.into_iter().for_each(|lock| life::when_ended(&lock, ended.clone()));
                }
                Some(Reply::Broken { message }) => breaks(message),
                Some(reply) => hear(reply),
                // Page and workers come from one build.
                None => {}
            }
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            broken(event.message());
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Colleague { worker, waiting, _wanted: wanted, _on_message: on_message, _on_error: on_error })
    }

    /// Sends a request with the bytes that belong to it.
    pub fn send(&self, request: &Request, bytes: &[Vec<u8>]) {
        let Ok(json) = serde_json::to_string(request) else { return };
        let message = Array::of1(&json.into());
        for part in bytes {
            message.push(&Uint8Array::from(part.as_slice()));
        }
        match self.waiting.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(message),
            None => post(&self.worker, &message),
        }
    }
}

impl Drop for Colleague {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// Bytes are handed over, not copied.
fn post(worker: &Worker, message: &Array) {
    let buffers: Array =
        message.iter().skip(1).map(|part| part.unchecked_into::<Uint8Array>().buffer()).collect();
    // Fails only for values that cannot be sent, which these are not.
    let _ = worker.post_message_with_transfer(message, &buffers);
}
