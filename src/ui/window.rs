//! Events of the window.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

use crate::web::page;

/// Calls `callback` for every event `name` of the window.
#[hook]
pub(super) fn use_window_event<E>(name: &'static str, callback: Callback<E>)
where
    E: JsCast + 'static,
{
    use_effect_with(callback, move |callback| {
        let callback = callback.clone();
        let listener = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            callback.emit(event.unchecked_into::<E>());
        });
        let window = page::window().ok();
        if let Some(window) = &window {
            let function = listener.as_ref().unchecked_ref();
            let _deaf = window.add_event_listener_with_callback(name, function);
        }
        move || {
            if let Some(window) = window {
                let function = listener.as_ref().unchecked_ref();
                let _deaf = window.remove_event_listener_with_callback(name, function);
            }
        }
    });
}
