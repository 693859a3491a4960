//! A dialog over the page.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// What a [`Modal`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct ModalProps {
    /// The class of the dialog.
    pub(super) class: &'static str,
    /// The id of its heading.
    pub(super) id: &'static str,
    /// Its heading.
    pub(super) title: AttrValue,
    /// What is in it.
    pub(super) children: Html,
    /// The user closed it.
    pub(super) on_close: Callback<()>,
}

/// A dialog with a button that closes it; Escape closes it too, and the focus goes back to where it
/// was.
#[component]
pub(super) fn Modal(props: &ModalProps) -> Html {
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
        <dialog ref={dialog} class={props.class} aria-labelledby={props.id}
            onclose={props.on_close.reform(|_| ())}>
            <h2 id={props.id}>{ &props.title }</h2>
            { props.children.clone() }
            <button type="button" class="button" onclick={close}>{ "Close" }</button>
        </dialog>
    }
}
