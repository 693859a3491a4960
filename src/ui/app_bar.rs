//! The bar above every view.

use yew::prelude::*;

use super::file_picker::FilePicker;
use crate::web::folders::OpenedFile;

/// What the [`AppBar`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct AppBarProps {
    /// A capture was read.
    pub(super) is_ready: bool,
    /// The user opened files.
    pub(super) on_files: Callback<Vec<OpenedFile>>,
    /// The user closes the capture.
    pub(super) on_close: Callback<()>,
    /// The user wants to see the keys.
    pub(super) on_keys: Callback<()>,
}

/// The name, and what can be done with a capture that was read.
#[component]
pub(super) fn AppBar(props: &AppBarProps) -> Html {
    html! {
        <header class="app-bar">
            <p class="app-bar__brand">
                <svg class="app-bar__mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                    <path d="M3 13.5 8 18.5 15 8" /><path d="m10.5 16 2.5 2.5L21 6.5" />
                </svg>
                { "Countersign" }
            </p>
            <div class="app-bar__actions">
                if props.is_ready {
                    <button type="button" class="button button--quiet"
                        onclick={props.on_close.reform(|_| ())}>
                        { "Close" }<span class="app-bar__more">{ " capture" }</span>
                    </button>
                    <FilePicker label="Open capture" on_files={props.on_files.clone()} />
                }
                <button type="button" class="button button--quiet app-bar__keys"
                    onclick={props.on_keys.reform(|_| ())}>
                    { "Keys" }<kbd aria-hidden="true">{ "?" }</kbd>
                </button>
            </div>
        </header>
    }
}
