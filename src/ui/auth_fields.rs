//! Who authenticated, and how.

use yew::prelude::*;

use crate::report::{Auth, Field, MicState, words};

/// What [`AuthFields`] show.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct AuthFieldsProps {
    /// The authentication.
    pub(super) auth: Auth,
}

/// The authentication in short, then every field that could be read.
#[component]
pub(super) fn AuthFields(props: &AuthFieldsProps) -> Html {
    let auth = &props.auth;
    let short: Vec<(&str, String)> = [
        ("Mechanism", auth.mechanism.map(|it| words::mechanism(it).to_owned())),
        ("NTLM response", auth.ntlm_version.map(|it| words::ntlm_version(it).to_owned())),
        ("Account", words::account(auth)),
        ("Workstation", auth.workstation.clone()),
        ("Service", auth.service.clone()),
        ("Realm", auth.realm.clone()),
        ("Guest", auth.guest.map(yes_or_no)),
        ("Anonymous", auth.anonymous.map(yes_or_no)),
        ("NTLM integrity code", mic(auth.mic)),
        ("mechListMIC", mic(auth.mech_list_mic)),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|value| (name, value)))
    .collect();
    if short.is_empty() && auth.fields.is_empty() {
        return html! {
            <p class="muted">{ "The capture does not show how the client authenticated." }</p>
        };
    }
    html! {
        <>
            <dl class="fact-list">
                { for short.into_iter().map(|(name, value)| html! {
                    <div class="fact-list__fact"><dt>{ name }</dt><dd>{ value }</dd></div>
                }) }
            </dl>
            if !auth.fields.is_empty() {
                <details class="disclosure">
                    <summary>{ format!("All {} fields as read", auth.fields.len()) }</summary>
                    { field_table("Authentication fields", &auth.fields) }
                </details>
            }
        </>
    }
}

/// Fields with their values and packets, as a table called `label`.
pub(super) fn field_table(label: &'static str, fields: &[Field]) -> Html {
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label={label}>
            <table class="data-table">
                <thead>
                    <tr>
                        <th scope="col">{ "Field" }</th>
                        <th scope="col">{ "Value" }</th>
                        <th scope="col" class="data-table__number">{ "Packet" }</th>
                    </tr>
                </thead>
                <tbody>
                    { for fields.iter().map(|field| html! {
                        <tr>
                            <th scope="row">{ &field.name }</th>
                            <td class="mono data-table__value">{ &field.value }</td>
                            <td class="data-table__number">
                                { field.packet.map(|packet| packet.to_string()).unwrap_or_default() }
                            </td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn yes_or_no(answer: bool) -> String {
    if answer { "yes" } else { "no" }.to_owned()
}

fn mic(state: MicState) -> Option<String> {
    let words = match state {
        MicState::Absent => return None,
        MicState::Unchecked => "present, not checked",
        MicState::Valid => "present and right",
        MicState::Invalid => "present and wrong",
    };
    Some(words.to_owned())
}
