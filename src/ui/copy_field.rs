//! A text to be copied.

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::web::download;

/// What a [`CopyField`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct CopyFieldProps {
    /// What the text is.
    pub(super) label: AttrValue,
    /// The text.
    pub(super) text: AttrValue,
}

/// How the last attempt to copy went.
#[derive(Clone, Copy, PartialEq)]
enum Copied {
    NotTried,
    Done,
    Selected,
}

/// A text with a button that puts it on the clipboard; where that is not allowed, it is selected.
#[component]
pub(super) fn CopyField(props: &CopyFieldProps) -> Html {
    let copied = use_state_eq(|| Copied::NotTried);
    let input = use_node_ref();
    {
        let copied = copied.clone();
        use_effect_with(props.text.clone(), move |_| copied.set(Copied::NotTried));
    }
    let onclick = {
        let (copied, input, text) = (copied.clone(), input.clone(), props.text.clone());
        Callback::from(move |_: MouseEvent| {
            let (copied, input, text) = (copied.clone(), input.clone(), text.clone());
            spawn_local(async move {
                if download::copy(&text).await {
                    copied.set(Copied::Done);
                } else if let Some(input) = input.cast::<HtmlInputElement>() {
                    input.select();
                    copied.set(Copied::Selected);
                }
            });
        })
    };
    let outcome = match *copied {
        Copied::NotTried => "",
        Copied::Done => "Copied.",
        Copied::Selected => "Selected; press Ctrl+C to copy.",
    };
    html! {
        <div class="copy-field">
            <input ref={input} class="copy-field__text" type="text" readonly=true
                aria-label={props.label.clone()} value={props.text.clone()} />
            <button type="button" class="button" {onclick}>
                { "Copy" }<span class="visually-hidden">{ format!(" the {}", props.label) }</span>
            </button>
            <span class="copy-field__outcome" role="status">{ outcome }</span>
        </div>
    }
}
