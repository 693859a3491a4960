//! What secrets proved about a session.

use yew::prelude::*;

use super::format;
use super::message_list::failure_id;
use crate::report::{
    Auth, FailedMessage, Mechanism, MessageCounts, MicState, SecretState, Session, Verification,
    words,
};

/// What a [`VerificationPanel`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct VerificationPanelProps {
    /// The session.
    pub(super) session: super::Shared<Session>,
    /// The names of the captures of the run, in order.
    pub(super) captures: Vec<String>,
    /// The user wants to give a secret for this session; `None` where none can be taken.
    pub(super) on_add: Option<Callback<()>>,
}

/// A number of messages: its name, and the count of a direction.
type Tally = (&'static str, fn(&MessageCounts) -> u64);

/// The numbers that stand wherever messages carry a signature.
const SIGNATURES: [Tally; 3] = [
    ("Verified", |counts| counts.verified),
    ("Wrong", |counts| counts.failed),
    ("Unchecked", |counts| counts.unchecked),
];

/// The numbers that stand wherever messages are encrypted.
const TRANSFORMS: [Tally; 3] = [
    ("Decrypted", |counts| counts.decrypted),
    ("Not authentic", |counts| counts.decrypt_failed),
    ("Not decrypted", |counts| counts.undecrypted),
];

/// With which secret the session was checked, how many signatures were right, and each that was not.
#[component]
pub(super) fn VerificationPanel(props: &VerificationPanelProps) -> Html {
    let session = &props.session;
    html! {
        <div class="verification-panel">
            { outcome(session) }
            { tallies(session) }
            if let Some(verification) = &session.verification {
                { failures(verification, &props.captures) }
            }
            if let Some(on_add) = &props.on_add {
                <p>
                    <button type="button" class="button" onclick={on_add.reform(|_| ())}>
                        { "Add a secret" }<span class="visually-hidden">{ " for this session" }</span>
                    </button>
                </p>
            }
        </div>
    }
}

/// The secret and what it proved, in sentences.
fn outcome(session: &Session) -> Html {
    let Session { auth, verification, .. } = session;
    match (auth.secret, verification) {
        (SecretState::Wrong, Some(verification)) => html! {
            <div class="notice notice--warning">
                <p><strong>{ wrong(auth, verification) }</strong></p>
                <p>{ what_to_check(auth, verification) }</p>
            </div>
        },
        (_, Some(verification)) => html! {
            <dl class="fact-list">
                { fact("Checked with", capitalized(&verification.secret)) }
                { fact("Key from", verification.way.clone()) }
                { for mic(auth.mic).map(|words| fact("NTLM integrity code (MIC)", words.to_owned())) }
                { for mic(auth.mech_list_mic).map(|words| fact("mechListMIC", words.to_owned())) }
            </dl>
        },
        (SecretState::NotApplicable, None) => html! {
            <p class="muted">{ "Nobody authenticated with a secret here, so there is no key to check anything with." }</p>
        },
        (_, None) => html! {
            <p class="muted">
                { "Nothing was checked: that takes a password or a key of this session. It stays in this page's memory." }
            </p>
        },
    }
}

fn fact(name: &'static str, value: String) -> Html {
    html! { <div class="fact-list__fact"><dt>{ name }</dt><dd>{ value }</dd></div> }
}

fn mic(state: MicState) -> Option<&'static str> {
    match state {
        MicState::Absent => None,
        MicState::Unchecked => Some("present, not checked"),
        MicState::Valid => Some("right"),
        MicState::Invalid => {
            Some("wrong: the negotiation was altered on the way, or the capture lacks a part of it")
        }
    }
}

/// That a secret is not the session's: "The password of LAB\alice did not make alice's response."
fn wrong(auth: &Auth, verification: &Verification) -> String {
    let secret = &verification.secret;
    match auth.user.as_deref().filter(|user| !user.is_empty()) {
        Some(user) if is_of_user(secret) && auth.mechanism != Some(Mechanism::Kerberos) => {
            format!("Wrong secret: this {secret} did not make {user}'s response.")
        }
        _ => {
            let way = verification.way.strip_prefix("it ").unwrap_or(&verification.way);
            format!("Wrong secret: this {secret} {way}.")
        }
    }
}

/// What to do about a wrong secret.
fn what_to_check(auth: &Auth, verification: &Verification) -> String {
    let account = words::account(auth).unwrap_or_else(|| "the account".to_owned());
    if is_of_user(&verification.secret) {
        let is_of_service = verification.way.contains("Kerberos ticket");
        let salt = if is_of_service {
            ", and its salt, where the account has another than the usual one"
        } else {
            ""
        };
        format!(
            "Check its spelling, upper and lower case, and that it was {account}'s when this was captured{salt}. This says nothing about the session's signatures."
        )
    } else {
        "Check that the key is complete, and that its version is the one of the time of the capture. This says nothing about the session's signatures.".to_owned()
    }
}

fn is_of_user(secret: &str) -> bool {
    secret.starts_with("password") || secret.starts_with("NT hash")
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// The numbers per direction, side by side.
fn tallies(session: &Session) -> Html {
    let both = session.messages.both();
    let are_there = |tallies: &[Tally]| tallies.iter().any(|(_, of)| of(&both) > 0);
    let groups = [SIGNATURES, TRANSFORMS];
    let shown: Vec<Tally> = groups.into_iter().filter(|it| are_there(it)).flatten().collect();
    if shown.is_empty() {
        return html! {};
    }
    let row = |name: &'static str, counts: &MessageCounts| {
        html! {
            <tr>
                <th scope="row">{ name }</th>
                { for shown.iter().map(|(_, of)| html! {
                    <td class="data-table__number">{ format::count(of(counts)) }</td>
                }) }
            </tr>
        }
    };
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Signatures checked per direction">
            <table class="data-table">
                <thead>
                    <tr>
                        <td></td>
                        { for shown.iter().map(|(name, _)| html! {
                            <th scope="col" class="data-table__number">{ *name }</th>
                        }) }
                    </tr>
                </thead>
                <tbody>
                    { row("From client", &session.messages.from_client) }
                    { row("From server", &session.messages.from_server) }
                </tbody>
            </table>
        </div>
    }
}

/// Every message that is not right, one under the other.
fn failures(verification: &Verification, captures: &[String]) -> Html {
    if verification.failures.is_empty() {
        return html! {};
    }
    html! {
        <>
            <h4>{ "Messages that are not right" }</h4>
            <ol class="verification-panel__failures">
                { for verification.failures.iter().map(|failed| failure(failed, captures)) }
            </ol>
            if verification.failures_left_out > 0 {
                <p class="muted">
                    { format!("{} further ones are counted and not listed.", format::count(verification.failures_left_out)) }
                </p>
            }
        </>
    }
}

fn failure(failed: &FailedMessage, captures: &[String]) -> Html {
    let place = match captures.get(failed.capture) {
        Some(name) if captures.len() > 1 => format!("Packet {} of {name}", failed.packet),
        _ => format!("Packet {}", failed.packet),
    };
    let id = failed.message_id.as_ref().map(|id| format!(", message {id}")).unwrap_or_default();
    let covered = format::counted(failed.covered_bytes, "byte", "bytes");
    let covered = match failed.algorithm {
        Some(algorithm) => format!("{covered}, with {}", words::signing_algorithm(algorithm)),
        None => covered,
    };
    html! {
        <li class="verification-panel__failure" tabindex="-1" id={id_of(failed)}>
            <p><strong>{ format!("{place}: {}{id}", failed.message) }</strong></p>
            <dl class="fact-list">
                { fact("Covered", covered) }
                { code("Found", &failed.found) }
                if let Some(expected) = &failed.expected {
                    { code("Expected", expected) }
                }
            </dl>
            <p>{ &failed.meaning }</p>
        </li>
    }
}

fn id_of(failed: &FailedMessage) -> String {
    failure_id(failed.capture, failed.packet, failed.message_id.as_deref())
}

fn code(name: &'static str, code: &str) -> Html {
    html! {
        <div class="fact-list__fact">
            <dt>{ name }</dt><dd class="mono verification-panel__code">{ code.to_owned() }</dd>
        </div>
    }
}
