//! The worker that looks at networks, so that neither the page nor the training waits for it.

use async_channel::Receiver;
use nin_train::{Latest, Seen, Viewer};
use wasm_bindgen::prelude::*;

use crate::digits::Given;
use crate::event_loop::EventLoop;
use crate::post::{Letter, inbox, ready, send};
use crate::{Reply, Request};

struct Watcher {
    viewer: Viewer,
    given: Given,
    latest: Latest,
}

/// Looks for the page until the worker is ended. For `web/worker.js`.
///
/// # Errors
/// What the browser says if it lacks what a worker needs.
#[wasm_bindgen]
pub async fn start_viewer() -> Result<(), JsValue> {
    let letters = inbox();
    let event_loop = EventLoop::new()?;
    let viewer = Viewer::new().map_err(|error| JsValue::from(error.to_string()))?;
    let mut watcher = Watcher { viewer, given: Given::default(), latest: Latest::default() };
    ready().await;
    while let Some(letter) = watcher.next(&letters, &event_loop).await {
        if let Some((request, bytes)) = letter {
            if let Err(message) = watcher.hear(request, &bytes).await {
                send(&Reply::Seen(Seen::Failed { message }));
            }
        } else if let Some(look) = watcher.latest.pop() {
            watcher.viewer.answer(look).await.into_iter().for_each(|seen| send(&Reply::Seen(seen)));
        } else {
            watcher.viewer.piece().await.into_iter().for_each(|seen| send(&Reply::Seen(seen)));
        }
    }
    Ok(())
}

impl Watcher {
    /// The next letter; or nothing, while there is work to do. None when the page is gone.
    async fn next(&self, letters: &Receiver<Letter>, event_loop: &EventLoop) -> Option<Option<Letter>> {
        if !self.latest.is_empty() || self.viewer.is_busy() {
            event_loop.turn().await;
            return Some(letters.try_recv().ok());
        }
        letters.recv().await.ok().map(Some)
    }

    async fn hear(&mut self, request: Request, bytes: &[Vec<u8>]) -> Result<(), String> {
        match request {
            Request::Look(look) => self.latest.push(look),
            Request::Show(snapshot) => self.viewer.show(snapshot).await.map_err(|e| e.to_string())?,
            Request::Given { name } => {
                self.given.take(name.clone(), bytes).map_err(|e| e.to_string())?;
                send(&Reply::Taken { name });
            }
            Request::Digits { data, hold_out } => {
                let dataset = self.given.open(&data, &|_, _, _| {}).await.map_err(|e| e.to_string())?;
                let dataset = match hold_out {
                    0 => dataset,
                    count => dataset.hold_out(count).map_err(|e| e.to_string())?,
                };
                self.viewer.load_digits(&dataset).await.map_err(|e| e.to_string())?;
            }
            Request::Command(_) => {}
        }
        Ok(())
    }
}
