//! What the rules found, as a list to choose from.

use yew::prelude::*;

use super::format;
use super::place::{Place, View};
use super::severity_badge::SeverityBadge;
use super::shared::Shared;
use crate::report::{FindingGroup, FindingLine, FindingList, Severity, words};
use crate::web::page;

/// What a [`FindingGroups`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FindingGroupsProps {
    /// The findings.
    pub list: Shared<FindingList>,
    /// Where the user is.
    pub place: Place,
    /// The user wants further findings of a group: its place, and that of the first.
    pub on_more: Callback<(usize, usize)>,
}

/// The class of the links that arrow keys go through.
const LINK: &str = "finding-line__link";

/// Findings by severity and rule, each a link that opens it.
#[component]
pub fn FindingGroups(props: &FindingGroupsProps) -> Html {
    let list = use_node_ref();
    let onkeydown = {
        let list = list.clone();
        Callback::from(move |event: KeyboardEvent| {
            let steps = match event.key().as_str() {
                "ArrowDown" => 1,
                "ArrowUp" => -1,
                _ => return,
            };
            if page::focus_neighbour(&list.get(), LINK, steps) {
                event.prevent_default();
            }
        })
    };
    let severities = props.list.by_severity();
    html! {
        <div ref={list} class="finding-list" {onkeydown}>
            { for severities.into_iter().map(|(severity, total)| of_severity(props, severity, total)) }
        </div>
    }
}

fn of_severity(props: &FindingGroupsProps, severity: Severity, total: u64) -> Html {
    let id = format!("severity-{}", words::severity_label(severity).to_lowercase());
    let groups = props.list.groups.iter().enumerate().filter(|(_, it)| it.severity == severity);
    html! {
        <section class="finding-list__severity" aria-labelledby={id.clone()}>
            <h2 {id} class="finding-list__heading">
                <SeverityBadge {severity} />
                <span class="finding-list__help">
                    { format!("{}, {}", format::counted(total, "finding", "findings"), words::severity_help(severity)) }
                </span>
            </h2>
            { for groups.map(|(place, group)| of_rule(props, place, group)) }
        </section>
    }
}

fn of_rule(props: &FindingGroupsProps, place: usize, group: &FindingGroup) -> Html {
    let shown = group.lines.len();
    let more = group.total.saturating_sub(shown as u64);
    html! {
        <section class="finding-group">
            <h3 class="finding-group__summary">{ &group.summary }</h3>
            <ul class="plain-list">
                { for group.lines.iter().map(|line| html! {
                    <li class="finding-line">{ link(line, &props.place) }</li>
                }) }
            </ul>
            if more > 0 {
                <p>
                    <button type="button" class="link-button"
                        onclick={props.on_more.reform(move |_| (place, shown))}>
                        { format!("More of these, of {} in all", format::count(group.total)) }
                    </button>
                </p>
            }
        </section>
    }
}

/// A finding as a link that opens it.
pub(super) fn link(line: &FindingLine, place: &Place) -> Html {
    let is_open = place.view == View::Findings && place.finding == Some(line.place);
    let href = Place { view: View::Findings, finding: Some(line.place), ..place.clone() }.href();
    html! {
        <a class={LINK} {href} aria-current={is_open.then_some("true")}>
            <span class="finding-line__title">{ words::printable(&line.title) }</span>
            <span class="finding-line__facts">
                if line.is_accepted { { "accepted, " } }
                { words::confidence(line.confidence) }
                if line.sessions > 0 {
                    { ", " }{ format::counted(line.sessions, "session", "sessions") }
                }
            </span>
        </a>
    }
}
