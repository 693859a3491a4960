//! What client and server said in NEGOTIATE, side by side.

use yew::prelude::*;

use super::auth_fields::field_table;
use crate::report::{Negotiate, NegotiateContext, NegotiateSide};

/// What [`NegotiateSides`] show.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct NegotiateSidesProps {
    /// Both sides.
    pub(super) negotiate: Negotiate,
}

/// The two NEGOTIATE messages as two columns; on a small screen one below the other.
#[component]
pub(super) fn NegotiateSides(props: &NegotiateSidesProps) -> Html {
    let Negotiate { client, server } = &props.negotiate;
    html! {
        <div class="negotiate-sides">
            { side("Client offers", client.as_ref(), "The client's request was not captured.") }
            { side("Server answers", server.as_ref(), "The server's response was not captured.") }
        </div>
    }
}

fn side(title: &'static str, side: Option<&NegotiateSide>, missing: &'static str) -> Html {
    let Some(side) = side else {
        return html! {
            <div class="negotiate-sides__side">
                <h4 class="negotiate-sides__title">{ title }</h4>
                <p class="muted">{ missing }</p>
            </div>
        };
    };
    html! {
        <div class="negotiate-sides__side">
            <h4 class="negotiate-sides__title">
                { title }
                <span class="packet-list">
                    { "packet " }<span class="packet-list__number">{ side.packet }</span>
                </span>
            </h4>
            <dl class="fact-list fact-list--narrow">
                <div class="fact-list__fact">
                    <dt>{ "SecurityMode" }</dt>
                    <dd>{ security_mode(side) }</dd>
                </div>
                { listed("Dialects", &side.dialects) }
                { listed("Capabilities", &side.capabilities) }
                if let Some(guid) = &side.guid {
                    <div class="fact-list__fact">
                        <dt>{ "Guid" }</dt><dd class="mono">{ guid }</dd>
                    </div>
                }
            </dl>
            { contexts(&side.contexts) }
            if !side.fields.is_empty() {
                <details class="disclosure">
                    <summary>{ format!("{} more fields", side.fields.len()) }</summary>
                    { field_table(title, &side.fields) }
                </details>
            }
        </div>
    }
}

fn security_mode(side: &NegotiateSide) -> Html {
    let Some(value) = &side.security_mode else {
        return html! { <span class="muted">{ "not there" }</span> };
    };
    html! {
        <>
            <span class="mono">{ value }</span>
            <ul class="plain-list">
                { for side.security_mode_names.iter().map(|name| html! { <li>{ name }</li> }) }
            </ul>
        </>
    }
}

fn listed(name: &'static str, values: &[String]) -> Html {
    html! {
        <div class="fact-list__fact">
            <dt>{ name }</dt>
            <dd>
                if values.is_empty() {
                    <span class="muted">{ "none" }</span>
                } else {
                    { values.join(", ") }
                }
            </dd>
        </div>
    }
}

fn contexts(contexts: &[NegotiateContext]) -> Html {
    if contexts.is_empty() {
        return html! { <p class="muted">{ "No negotiate contexts." }</p> };
    }
    html! {
        <>
            <h5 class="negotiate-sides__contexts-title">{ "Negotiate contexts" }</h5>
            <ul class="negotiate-sides__contexts">
                { for contexts.iter().map(|context| html! {
                    <li class="negotiate-sides__context">
                        <span class="negotiate-sides__name">
                            <span class="mono">{ &context.context_type }</span>{ " " }{ &context.name }
                        </span>
                        <ul class="plain-list">
                            { for context.values.iter().map(|value| html! { <li>{ value }</li> }) }
                        </ul>
                    </li>
                }) }
            </ul>
        </>
    }
}
