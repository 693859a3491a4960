//! The keys that the page knows.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// What [`KeysHelp`] does.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct KeysHelpProps {
    /// The user closed the list.
    pub on_close: Callback<()>,
}

/// The keys and what they do.
const KEYS: [(&str, &str); 7] = [
    ("/", "go to the filter"),
    ("↑ ↓", "go from session to session"),
    ("Page Up, Page Down", "go a page of sessions up or down"),
    ("Home, End", "go to the first or the last session"),
    ("Enter", "open the session, or press the button"),
    ("Escape", "close what is open"),
    ("?", "show or close this list"),
];

/// A dialog with the keys; Escape closes it, and the focus goes back to where it was.
#[component]
pub fn KeysHelp(props: &KeysHelpProps) -> Html {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                let _shown_already = dialog.show_modal();
            }
        });
    }
    let close = {
        let dialog = dialog.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                dialog.close();
            }
        })
    };
    html! {
        <dialog ref={dialog} class="keys-help" aria-labelledby="keys"
            onclose={props.on_close.reform(|_| ())}>
            <h2 id="keys">{ "Keys" }</h2>
            <dl class="keys-help__list">
                { for KEYS.iter().map(|(key, meaning)| html! {
                    <div><dt><kbd>{ *key }</kbd></dt><dd>{ *meaning }</dd></div>
                }) }
            </dl>
            <button type="button" class="button" onclick={close}>{ "Close" }</button>
        </dialog>
    }
}
