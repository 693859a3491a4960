//! What the keyboard does everywhere on the page.

use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::exceptions_panel;
use super::findings_view::VIEW;
use super::hosts_view::HOST_FILTER;
use super::place::{Place, View};
use super::report_panel;
use super::report_summary::SUMMARY;
use super::session_filters::FILTER;
use super::session_row::ACTIVE_ROW;
use super::state::{Action, AppState, OpenSession, Phase};
use super::window::use_window_event;
use crate::web::page;

/// The keys that work everywhere on the page.
#[hook]
pub(super) fn use_keys(state: &UseReducerHandle<AppState>) {
    let dispatcher = state.dispatcher();
    let closing = match state.view {
        View::Sessions => {
            (state.open_session != OpenSession::None).then_some(Action::SessionClosed)
        }
        View::Findings => state.findings.open.place().is_some().then_some(Action::FindingClosed),
        View::Hosts => state.hosts.open.place.map(|_| Action::HostClosed),
        View::Exceptions => state.exceptions.draft.as_ref().map(|_| Action::ExceptionDrafted(None)),
        View::Report => None,
    };
    let place = matches!(state.phase, Phase::Ready { .. }).then(|| state.place());
    let shows_dialog = state.secrets.dialog.is_some() || state.findings.shows_rules;
    let on_key = use_callback(
        (closing, place, state.shows_keys, shows_dialog),
        move |event: KeyboardEvent, (closing, place, shows_keys, shows_dialog)| {
            if *shows_dialog || event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let is_typing = event.target_dyn_into::<HtmlElement>().is_some_and(|target| {
                matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            });
            match event.key().as_str() {
                "/" if !is_typing && !shows_keys => {
                    event.prevent_default();
                    page::focus(match place.as_ref().map(|place| place.view) {
                        Some(View::Hosts) => HOST_FILTER,
                        _ => FILTER,
                    });
                }
                "?" if !is_typing => dispatcher.dispatch(Action::KeysToggled),
                "Escape" if !shows_keys && !is_typing => {
                    if let Some(closing) = closing {
                        dispatcher.dispatch(closing.clone());
                    }
                }
                key if !is_typing && !shows_keys => {
                    if let (Some(place), Some(view)) = (place, View::of_key(key)) {
                        dispatcher.dispatch(Action::Went(Place { view, ..place.clone() }));
                    }
                }
                _ => {}
            }
        },
    );
    use_window_event("keydown", on_key);
}

/// Moves the focus to a place that makes sense when what had it is gone: from a session that was
/// closed back to its row, else to the heading of the view.
#[hook]
pub(super) fn use_return_of_focus(state: &AppState) {
    let is_open = state.open_session != OpenSession::None;
    let was_open = use_mut_ref(|| false);
    use_effect_with((state.view, is_open), move |(view, is_open)| {
        let was_open = was_open.replace(*is_open);
        if *view == View::Sessions && was_open && !is_open {
            page::focus(ACTIVE_ROW);
        }
    });
    let is_ready = matches!(state.phase, Phase::Ready { .. });
    let open = (state.findings.open.place().is_some(), state.hosts.open.place.is_some());
    use_effect_with((state.view, open), move |(view, _)| {
        if is_ready {
            page::focus_if_lost(match view {
                View::Sessions => SUMMARY,
                View::Findings | View::Hosts => VIEW,
                View::Exceptions => exceptions_panel::HEADING,
                View::Report => report_panel::HEADING,
            });
        }
    });
}
