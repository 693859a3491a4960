//! What the keyboard does everywhere on the page.

use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::session_filters::FILTER;
use super::session_row::ACTIVE_ROW;
use super::state::{Action, AppState, OpenSession};
use super::window::use_window_event;
use crate::web::page;

/// The keys that work everywhere on the page.
#[hook]
pub(super) fn use_keys(state: &UseReducerHandle<AppState>) {
    let dispatcher = state.dispatcher();
    let is_open = state.open_session != OpenSession::None;
    let on_key = use_callback(
        (is_open, state.shows_keys, state.secrets.dialog.is_some()),
        move |event: KeyboardEvent, (is_open, shows_keys, shows_secrets)| {
            if *shows_secrets || event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let is_typing = event.target_dyn_into::<HtmlElement>().is_some_and(|target| {
                matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            });
            match event.key().as_str() {
                "/" if !is_typing && !shows_keys => {
                    event.prevent_default();
                    page::focus(FILTER);
                }
                "?" if !is_typing => dispatcher.dispatch(Action::KeysToggled),
                "Escape" if *is_open && !shows_keys && !is_typing => {
                    dispatcher.dispatch(Action::SessionClosed)
                }
                _ => {}
            }
        },
    );
    use_window_event("keydown", on_key);
}

/// Moves the focus back to the row of the session that was closed.
#[hook]
pub(super) fn use_return_of_focus(is_open: bool) {
    let was_open = use_mut_ref(|| false);
    use_effect_with(is_open, move |is_open| {
        if was_open.replace(*is_open) && !is_open {
            page::focus(ACTIVE_ROW);
        }
    });
}
