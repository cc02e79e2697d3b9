//! Whether a worker still lives. A browser that ends one, for want of memory for instance, raises no event; but it gives the
//! locks that the worker held to whoever waits for them. So the worker holds one, and the page waits for it.

use async_channel::bounded;
use js_sys::{Function, Math, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The browser's locks, which `web-sys` has only behind a flag of the compiler.
    type Locks;
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = locks)]
    static LOCKS: Option<Locks>;
    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, granted: &Function) -> Promise;
}

fn request(name: &str, granted: &Function) -> Option<Promise> {
    LOCKS.with(|locks| locks.as_ref().map(|locks| locks.request(name, granted)))
}

/// Takes a lock that this worker holds as long as it lives, and gives back its name; none where the browser has no locks, as on
/// a page that came neither encrypted nor from this machine.
pub async fn hold() -> Option<String> {
    let name = format!("nin-worker-{}", Math::random());
    let (answer, answered) = bounded(2);
    let refuse = answer.clone();
    let granted = Closure::once_into_js(move |_lock: JsValue| {
        let _ = answer.try_send(true); // whoever waited is gone: nobody to tell
        // Held until this is settled, which is never.
        Promise::new(&mut |_, _| {})
    });
    let refused = Closure::once(move |_why: JsValue| {
        let _ = refuse.try_send(false);
    });
    let _settled = request(&name, granted.unchecked_ref())?.catch(&refused);
    let held = answered.recv().await.unwrap_or(false);
    refused.forget();
    held.then_some(name)
}

/// Calls `ended` when whoever held this lock is no more.
pub fn when_ended(name: &str, ended: impl FnOnce() + 'static) {
    let granted = Closure::once_into_js(move |_lock: JsValue| ended());
    // Without locks there was none to be held.
    let _settled = request(name, granted.unchecked_ref());
}
