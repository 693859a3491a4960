//! The keys that the page knows.

use yew::prelude::*;

use super::modal::Modal;
use super::place::View;

/// What [`KeysHelp`] does.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct KeysHelpProps {
    /// The user closed the list.
    pub on_close: Callback<()>,
}

/// The keys and what they do, behind those of the views.
const KEYS: [(&str, &str); 7] = [
    ("/", "go to the filter"),
    ("↑ ↓", "go from line to line"),
    ("Page Up, Page Down", "go a page of sessions up or down"),
    ("Home, End", "go to the first or the last session"),
    ("Enter", "open what has the focus, or press the button"),
    ("Escape", "close what is open"),
    ("?", "show or close this list"),
];

/// A dialog with the keys.
#[component]
pub fn KeysHelp(props: &KeysHelpProps) -> Html {
    let views = View::ALL.into_iter().enumerate();
    let views = views.map(|(place, view)| ((place + 1).to_string(), view.label().to_owned()));
    let others = KEYS.iter().map(|(key, meaning)| ((*key).to_owned(), (*meaning).to_owned()));
    html! {
        <Modal class="keys-help" id="keys" title="Keys" on_close={props.on_close.clone()}>
            <dl class="keys-help__list">
                { for views.chain(others).map(|(key, meaning)| html! {
                    <div><dt><kbd>{ key }</kbd></dt><dd>{ meaning }</dd></div>
                }) }
            </dl>
        </Modal>
    }
}
