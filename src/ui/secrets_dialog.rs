//! The dialog in which secrets are given and forgotten.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

pub use super::secret_fields::Subject;
use super::secret_form::SecretForm;
use super::secrets_bar::{AgainProgress, held_list};
use super::state::{Again, SecretsView};
use crate::web::protocol::GivenSecret;

/// What a [`SecretsDialog`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SecretsDialogProps {
    /// What the page knows of the secrets.
    pub secrets: SecretsView,
    /// The session that the secret is for; `None` where it is for everything that was opened.
    pub subject: Option<Subject>,
    /// The files are being read again.
    pub again: Option<Again>,
    /// Bytes of all files together.
    pub size_bytes: f64,
    /// The user gave a secret.
    pub on_secret: Callback<GivenSecret>,
    /// The user wants what was given under a number forgotten.
    pub on_forget: Callback<u32>,
    /// The user wants all secrets forgotten.
    pub on_forget_all: Callback<()>,
    /// The user stops reading again.
    pub on_stop: Callback<()>,
    /// The user closed the dialog.
    pub on_close: Callback<()>,
}

/// A dialog with a form for a secret, and those that were given; Escape closes it, and the focus goes
/// back to where it was.
#[component]
pub fn SecretsDialog(props: &SecretsDialogProps) -> Html {
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
    let SecretsDialogProps { secrets, subject, again, .. } = props;
    html! {
        <dialog ref={dialog} class="secrets-dialog" aria-labelledby="secrets"
            onclose={props.on_close.reform(|_| ())}>
            <h2 id="secrets">{ "Add a secret" }</h2>
            <p>
                if let Some(subject) = subject {
                    { format!("For the {}; it is tried on every other session that it fits. ", subject.title) }
                }
                { "Secrets stay in this page's memory until the capture is closed. They are not stored, sent or written to reports." }
            </p>
            <SecretForm subject={subject.clone().unwrap_or_default()} n_taken={secrets.n_taken}
                on_secret={props.on_secret.clone()} />
            <div role="alert">
                if let Some(refusal) = &secrets.refusal {
                    <p class="notice notice--warning">{ refusal }</p>
                }
            </div>
            if let Some(note) = &secrets.note {
                <p class="notice notice--info">{ note }</p>
            }
            if let Some(again) = again {
                <AgainProgress again={again.clone()} size_bytes={props.size_bytes}
                    on_stop={props.on_stop.clone()} />
            }
            <section class="secrets-dialog__held" aria-labelledby="secrets-held">
                <h3 id="secrets-held">{ "Secrets given" }</h3>
                { held_list(&secrets.held, &props.on_forget) }
            </section>
            <div class="button-row">
                <button type="button" class="button" onclick={close}>{ "Done" }</button>
                if !secrets.held.is_empty() {
                    <button type="button" class="button button--quiet"
                        onclick={props.on_forget_all.reform(|_| ())}>
                        { "Forget all" }
                    </button>
                }
            </div>
        </dialog>
    }
}
