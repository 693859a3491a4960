//! SMB that is in the captures and cannot be analysed.

use yew::prelude::*;

use super::format;
use crate::report::{Endpoint, NotAnalysable, words};

/// What a [`NotAnalysableList`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NotAnalysableListProps {
    /// The conversations, in order.
    pub conversations: Vec<NotAnalysable>,
    /// The names of the captures of the run, in order.
    pub captures: Vec<String>,
}

/// Conversations that are listed; the JSON report has all.
const LISTED: usize = 20;

/// Each conversation with its transport, its ends, and where it begins.
#[component]
pub fn NotAnalysableList(props: &NotAnalysableListProps) -> Html {
    let NotAnalysableListProps { conversations, captures } = props;
    let more = conversations.len().saturating_sub(LISTED);
    if conversations.is_empty() {
        return html! {};
    }
    html! {
        <section class="notice notice--info">
            <h2 class="notice__title">{ "SMB that cannot be analysed" }</h2>
            <ul>
                { for conversations.iter().take(LISTED).map(|it| conversation(it, captures)) }
            </ul>
            if more > 0 {
                <p>{ format!("{} more are in the JSON report.", format::count(more as u64)) }</p>
            }
        </section>
    }
}

fn conversation(found: &NotAnalysable, captures: &[String]) -> Html {
    let capture = captures.get(found.capture).filter(|_| captures.len() > 1);
    html! {
        <li>
            { words::transport(found.transport) }{ ": " }
            { end(&found.client, None) }{ " to " }{ end(&found.server, found.name.as_ref()) }
            { format!(", {} from packet {} on",
                format::counted(found.packets, "packet", "packets"), found.first_packet) }
            if let Some(capture) = capture {
                { format!(" of {capture}") }
            }
        </li>
    }
}

/// An address, its port where it has one, and its name.
fn end(end: &Endpoint, given: Option<&String>) -> Html {
    let address =
        if end.port == 0 { end.address.clone() } else { format::endpoint(&end.address, end.port) };
    html! {
        <>
            <span class="mono">{ address }</span>
            if let Some(name) = given.or(end.name.as_ref()) {
                { format!(" ({name})") }
            }
        </>
    }
}
