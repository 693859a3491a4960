//! The findings that a session is of.

use yew::prelude::*;

use super::finding_list;
use super::place::Place;
use super::severity_badge::SeverityBadge;
use super::shared::Shared;
use crate::report::FindingLine;

/// What [`SessionFindings`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SessionFindingsProps {
    /// The findings; `None` while they are not known.
    pub lines: Option<Shared<Vec<FindingLine>>>,
    /// Where the user is.
    pub place: Place,
}

/// Each finding as a link that opens it.
#[component]
pub fn SessionFindings(props: &SessionFindingsProps) -> Html {
    let Some(lines) = &props.lines else {
        return html! { <p class="muted">{ "The rules are at work." }</p> };
    };
    if lines.is_empty() {
        return html! {
            <p class="muted">{ "No rule found anything about this session." }</p>
        };
    }
    html! {
        <ul class="plain-list">
            { for lines.iter().map(|line| html! {
                <li class="session-findings__line">
                    <SeverityBadge severity={line.severity} />
                    { finding_list::link(line, &props.place) }
                </li>
            }) }
        </ul>
    }
}
