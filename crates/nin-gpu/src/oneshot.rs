//! One value handed from a callback to a future: how device callbacks are awaited, natively and in a browser.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

enum Slot<T> {
    Empty(Option<Waker>),
    Full(Option<T>),
}

pub(crate) struct Sender<T>(Arc<Mutex<Slot<T>>>);
pub(crate) struct Receiver<T>(Arc<Mutex<Slot<T>>>);

pub(crate) fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Arc::new(Mutex::new(Slot::Empty(None)));
    (Sender(slot.clone()), Receiver(slot))
}

impl<T> Sender<T> {
    pub(crate) fn send(self, value: T) {
        let before = std::mem::replace(&mut *lock(&self.0), Slot::Full(Some(value)));
        if let Slot::Empty(Some(waker)) = before {
            waker.wake();
        }
    }
}

/// A sender that goes away without a value (its device was dropped) ends the wait with `None`.
impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut slot = lock(&self.0);
        if let Slot::Empty(waker) = &mut *slot {
            let waker = waker.take();
            *slot = Slot::Full(None);
            drop(slot);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl<T> Receiver<T> {
    pub(crate) async fn receive(self) -> Option<T> {
        poll_fn(|context| match &mut *lock(&self.0) {
            Slot::Full(value) => Poll::Ready(value.take()),
            Slot::Empty(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}

fn lock<T>(slot: &Mutex<Slot<T>>) -> std::sync::MutexGuard<'_, Slot<T>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
