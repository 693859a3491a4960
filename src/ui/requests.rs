//! The requests that the page makes, as the browser counts them.

use yew::prelude::*;

use crate::web::page::RequestWatch;

/// The requests that the page made since it was ready, the samples that the user opened, and what
/// to call when the user opens one.
#[hook]
pub(super) fn use_requests() -> (u32, u32, Callback<()>) {
    let requests = use_state_eq(|| 0u32);
    let samples = use_state_eq(|| 0u32);
    {
        let seen = use_mut_ref(|| 0u32);
        let requests = requests.setter();
        use_effect_with((), move |()| {
            let watch = RequestWatch::start(move |further| {
                *seen.borrow_mut() += further;
                requests.set(*seen.borrow());
            });
            move || drop(watch)
        });
    }
    let opened = use_mut_ref(|| 0u32);
    let on_opened = {
        let samples = samples.setter();
        use_callback((), move |(), ()| {
            *opened.borrow_mut() += 1;
            samples.set(*opened.borrow());
        })
    };
    (*requests, *samples, on_opened)
}
