//! Letting the worker hear what the page says between two pieces of work.

use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, Performance};

/// Milliseconds of work between two pauses.
const WORK: f64 = 40.0;

/// Waits until messages that came meanwhile are heard.
pub(super) async fn pause() {
    let promise = Promise::new(&mut |resolve, _| {
        let _unset = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 0);
    });
    let _resolved = JsFuture::from(promise).await;
}

/// The pauses of long work.
pub(super) struct Pauses {
    clock: Option<Performance>,
    next: f64,
}

impl Pauses {
    pub(super) fn new() -> Pauses {
        let mut pauses = Pauses { clock: scope().performance(), next: 0.0 };
        pauses.next = pauses.now() + WORK;
        pauses
    }

    /// Pauses if it is time to, and says whether it did.
    pub(super) async fn may_pause(&mut self) -> bool {
        if self.now() < self.next {
            return false;
        }
        pause().await;
        self.next = self.now() + WORK;
        true
    }

    /// Whether it is time to tell how far the work is, where that pauses by itself.
    pub(super) fn is_due(&mut self) -> bool {
        let now = self.now();
        let is_due = now >= self.next;
        if is_due {
            self.next = now + WORK;
        }
        is_due
    }

    fn now(&self) -> f64 {
        self.clock.as_ref().map_or(0.0, Performance::now)
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
