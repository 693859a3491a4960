//! The secrets that were given, in short, and how far reading with them is.

use yew::prelude::*;

use super::format;
use super::state::{Again, SecretsView};
use crate::web::protocol::{HeldSecret, SecretUse};

/// What a [`SecretsBar`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SecretsBarProps {
    /// What the page knows of the secrets.
    pub secrets: SecretsView,
    /// The files are being read again.
    pub again: Option<Again>,
    /// Bytes of all files together.
    pub size_bytes: f64,
    /// The user wants to give a secret.
    pub on_open: Callback<()>,
    /// The user stops reading again.
    pub on_stop: Callback<()>,
}

/// A button to give a secret, what those given were good for, and the progress of reading again.
#[component]
pub fn SecretsBar(props: &SecretsBarProps) -> Html {
    let SecretsBarProps { secrets, again, .. } = props;
    let said = secrets.refusal.as_ref().filter(|_| secrets.dialog.is_none());
    html! {
        <div class="secrets-bar">
            <button type="button" class="button" onclick={props.on_open.reform(|_| ())}>
                { if secrets.held.is_empty() { "Add a secret" } else { "Secrets" } }
            </button>
            <p class="secrets-bar__said" role="status">
                { if again.is_some() { "Reading again".to_owned() } else { summary(&secrets.held) } }
            </p>
            if let Some(refusal) = said {
                <p class="notice notice--warning" role="alert">{ refusal }</p>
            }
            if let Some(again) = again {
                <AgainProgress again={again.clone()} size_bytes={props.size_bytes}
                    on_stop={props.on_stop.clone()} />
            }
        </div>
    }
}

/// What the secrets were good for, the first few of them.
fn summary(held: &[HeldSecret]) -> String {
    const SHOWN: usize = 3;
    let secrets: Vec<&SecretUse> = held.iter().flat_map(|it| &it.secrets).collect();
    if secrets.is_empty() {
        return "With a password or a key, signatures are verified and messages decrypted."
            .to_owned();
    }
    let mut parts: Vec<String> =
        secrets.iter().take(SHOWN).map(|it| format!("{}: {}", it.description, used(it))).collect();
    if secrets.len() > SHOWN {
        parts.push(format!("{} more", secrets.len() - SHOWN));
    }
    parts.join(" · ")
}

/// What a secret was good for: "right for 3 sessions, wrong for 1".
fn used(secret: &SecretUse) -> String {
    let Some(sessions) = secret.sessions else { return "not tried yet".to_owned() };
    let right = format::counted(sessions.right, "session", "sessions");
    let wrong = format::counted(sessions.wrong, "session", "sessions");
    match (sessions.right, sessions.wrong) {
        (0, 0) => "not used: no session needed it".to_owned(),
        (_, 0) => format!("right for {right}"),
        (0, _) => format!("wrong for {wrong}"),
        (_, others) => format!("right for {right}, wrong for {}", format::count(others)),
    }
}

/// What was given, by description, each with a way to have it forgotten.
pub(super) fn held_list(held: &[HeldSecret], on_forget: &Callback<u32>) -> Html {
    if held.is_empty() {
        return html! { <p class="muted">{ "None yet." }</p> };
    }
    html! {
        <ul class="held-secrets">
            { for held.iter().map(|it| html! {
                <li class="held-secrets__given" key={it.id}>
                    { described(it) }
                    <button type="button" class="button button--quiet"
                        onclick={let id = it.id; on_forget.reform(move |_| id)}>
                        { "Forget" }
                        <span class="visually-hidden">{ format!(" {}", title(it)) }</span>
                    </button>
                </li>
            }) }
        </ul>
    }
}

/// What was given at a time, for those who hear it.
fn title(held: &HeldSecret) -> String {
    let first = held.secrets.first().map(|it| it.description.clone());
    held.file.clone().or(first).unwrap_or_default()
}

fn described(held: &HeldSecret) -> Html {
    const SHOWN: usize = 20;
    let lines = held.secrets.iter().take(SHOWN).map(|it| {
        html! {
            <li>{ format!("{}: {}", it.description, used(it)) }</li>
        }
    });
    html! {
        <div>
            if let Some(file) = &held.file {
                <p class="mono held-secrets__file">{ file }</p>
            }
            <ul class="plain-list">{ for lines }</ul>
            if held.secrets.len() > SHOWN {
                <p class="muted">{ format!("{} more", held.secrets.len() - SHOWN) }</p>
            }
        </div>
    }
}

/// What an [`AgainProgress`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct AgainProgressProps {
    /// How far it is.
    pub(super) again: Again,
    /// Bytes of all files together.
    pub(super) size_bytes: f64,
    /// The user stops it.
    pub(super) on_stop: Callback<()>,
}

/// How far reading again is, and a way to stop it.
#[component]
pub(super) fn AgainProgress(props: &AgainProgressProps) -> Html {
    let read = props.again.bytes_read;
    let share = if props.size_bytes > 0.0 { (read / props.size_bytes).min(1.0) } else { 0.0 };
    let why = if props.again.is_stoppable {
        "Reading again with the secrets"
    } else {
        "Reading again without what was forgotten"
    };
    html! {
        <div class="again-progress">
            <p>{ format!("{why}: {} of {}", format::bytes(read), format::bytes(props.size_bytes)) }</p>
            <progress class="reading-progress__bar" max="1000" aria-label={why}
                value={format!("{:.0}", share * 1000.0)}></progress>
            if props.again.is_stoppable {
                <button type="button" class="button" onclick={props.on_stop.reform(|_| ())}>
                    { "Cancel" }
                </button>
            }
        </div>
    }
}
