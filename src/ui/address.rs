//! The page's address: what stands behind its `#` is where the user is.

use yew::prelude::*;

use super::place::Place;
use super::state::{Action, AppState};
use super::window::use_window_event;
use crate::web::page;

/// The place that the address names.
pub(super) fn place() -> Place {
    Place::parse(&page::fragment())
}

/// Keeps the address and the state together: a link or the browser's buttons change the state, and
/// what the user does changes the address.
#[hook]
pub(super) fn use_address(state: &UseReducerHandle<AppState>) {
    let dispatcher = state.dispatcher();
    let on_change =
        use_callback((), move |_: Event, ()| dispatcher.dispatch(Action::Went(place())));
    use_window_event("popstate", on_change);
    let before = use_mut_ref(Place::default);
    let takes_focus = state.takes_focus;
    use_effect_with(state.place(), move |now| {
        let before = before.replace(now.clone());
        if place() != *now {
            page::set_fragment(&now.fragment(), takes_focus && is_step(&before, now));
        }
    });
}

/// Whether going back is to lead to `before`: typing a filter or sorting is no step of its own.
fn is_step(before: &Place, now: &Place) -> bool {
    (before.view, &before.session, before.finding, before.host)
        != (now.view, &now.session, now.finding, now.host)
}
