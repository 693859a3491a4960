//! The names of a session's two ends, and where each comes from.

use yew::prelude::*;

use crate::report::{HostName, SessionNames, words};

/// What a [`NameList`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct NameListProps {
    /// The names.
    pub(super) names: SessionNames,
    /// The names of the captures, where there are several.
    pub(super) captures: Vec<String>,
}

/// Of each end its names, the most reliable first, with source and packet.
#[component]
pub(super) fn NameList(props: &NameListProps) -> Html {
    let ends = [("Client", &props.names.client), ("Server", &props.names.server)];
    html! {
        <dl class="name-list">
            { for ends.into_iter().map(|(end, names)| html! {
                <div>
                    <dt>{ end }</dt>
                    if names.is_empty() {
                        <dd class="muted">{ "The capture gives it no name." }</dd>
                    }
                    { for names.iter().map(|name| statement(name, &props.captures)) }
                </div>
            }) }
        </dl>
    }
}

fn statement(name: &HostName, captures: &[String]) -> Html {
    let capture = captures.get(name.capture).filter(|_| captures.len() > 1);
    html! {
        <dd>
            <span class="mono">{ &name.name }</span>
            { " — " }
            <span class="muted">
                { words::name_origin(name) }
                if let Some(capture) = capture {
                    { format!(" of {capture}") }
                }
            </span>
        </dd>
    }
}
