//! One finding in full.

use yew::prelude::*;

use super::copy_field::CopyField;
use super::evidence_list::EvidenceList;
use super::format;
use super::place::{Place, View};
use super::severity_badge::SeverityBadge;
use super::shared::Shared;
use super::signing_badge::SigningBadge;
use crate::report::{Finding, FindingView, Only, RowQuery, Rule, SessionRow, words};

/// What a [`FindingDetail`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FindingDetailProps {
    /// The finding.
    pub view: Shared<FindingView>,
    /// The names of the captures of the run, in order.
    pub captures: Vec<String>,
    /// Where the user is.
    pub place: Place,
    /// The focus moves to the heading.
    pub takes_focus: bool,
    /// The user closes the finding.
    pub on_close: Callback<()>,
}

/// The id of the heading, which the focus moves to.
const HEADING: &str = "finding";

/// What was found, the packets that show it, what else it may be, and what to do.
#[component]
pub fn FindingDetail(props: &FindingDetailProps) -> Html {
    let FindingDetailProps { view, captures, place, takes_focus, on_close } = props;
    let finding = &view.finding;
    use_effect_with((view.clone(), *takes_focus), |(_, takes_focus)| {
        if *takes_focus {
            crate::web::page::focus(HEADING);
        }
    });
    html! {
        <article class="session-detail finding-detail" aria-labelledby={HEADING}>
            { header(finding, view.rule.as_ref(), on_close) }
            { section("evidence", "Evidence", evidence(finding, captures)) }
            { section("alternatives", "What else would look the same", alternatives(finding)) }
            { section("remedies", "What to do", html! { <ul class="text-list">
                { for finding.remediation.iter().map(|it| html! { <li>{ it }</li> }) }
            </ul> }) }
            if !view.rows.is_empty() {
                { section("sessions", "Sessions", sessions(view, place)) }
            }
            { section("references", "References", references(finding, view.rule.as_ref())) }
        </article>
    }
}

fn header(finding: &Finding, rule: Option<&Rule>, on_close: &Callback<()>) -> Html {
    html! {
        <header class="session-detail__header">
            <div class="session-detail__bar">
                <p class="finding-detail__grade">
                    <SeverityBadge severity={finding.severity} />
                    <span title={words::confidence_help(finding.confidence)}>
                        { words::confidence(finding.confidence) }
                    </span>
                </p>
                <button type="button" class="button button--quiet" onclick={on_close.reform(|_| ())}>
                    { "Close" }<span class="visually-hidden">{ " the finding" }</span>
                </button>
            </div>
            <h2 id={HEADING} class="session-detail__verdict" tabindex="-1">
                { words::printable(&finding.title) }
            </h2>
            if let Some(rule) = rule {
                <p class="muted">{ format!("{}. ", rule.summary) }{ words::confidence_help(finding.confidence) }</p>
            }
            if let Some(accepted) = &finding.exception {
                <p class="notice notice--info">{ words::accepted(accepted) }</p>
            }
        </header>
    }
}

fn section(id: &'static str, title: &'static str, content: Html) -> Html {
    let id = format!("finding-{id}");
    html! {
        <section class="session-detail__section" aria-labelledby={id.clone()}>
            <h3 {id}>{ title }</h3>
            { content }
        </section>
    }
}

fn evidence(finding: &Finding, captures: &[String]) -> Html {
    if finding.evidence.is_empty() {
        return html! { <p class="muted">{ "It rests on the sessions as a whole, not on single packets." }</p> };
    }
    let filters = finding.wireshark_filters();
    let label = |capture: usize| match captures.get(capture).filter(|_| captures.len() > 1) {
        Some(name) => format!("Wireshark filter for {name}"),
        None => "Wireshark filter".to_owned(),
    };
    html! {
        <>
            <EvidenceList evidence={finding.evidence.clone()} captures={captures.to_vec()} />
            <p class="muted">{ "In Wireshark these packets are selected by:" }</p>
            { for filters.into_iter().map(|it| html! {
                <>
                    if captures.len() > 1 {
                        <p class="mono">{ captures.get(it.capture).cloned().unwrap_or_default() }</p>
                    }
                    <CopyField label={label(it.capture)} text={it.filter} />
                </>
            }) }
        </>
    }
}

fn alternatives(finding: &Finding) -> Html {
    if finding.alternatives.is_empty() {
        return html! { <p class="muted">{ "Nothing ordinary that is known." }</p> };
    }
    html! {
        <ul class="text-list">
            { for finding.alternatives.iter().map(|it| html! { <li>{ words::printable(it) }</li> }) }
        </ul>
    }
}

fn sessions(view: &FindingView, place: &Place) -> Html {
    let total = view.sessions();
    let all = Place {
        view: View::Sessions,
        query: RowQuery { only: Some(Only::Finding(view.place)), ..RowQuery::default() },
        session: None,
        ..place.clone()
    };
    html! {
        <>
            <ul class="plain-list">
                { for view.rows.iter().map(|row| html! { <li>{ session_link(row, place) }</li> }) }
            </ul>
            if total > 1 {
                <p>
                    <a href={all.href()}>
                        { format!("Show {} in the table", format::counted(total, "session", "sessions")) }
                    </a>
                </p>
            }
        </>
    }
}

/// A session as a link that opens it.
pub(super) fn session_link(row: &SessionRow, place: &Place) -> Html {
    let there = Place {
        view: View::Sessions,
        query: RowQuery::default(),
        session: Some(row.key.clone()),
        ..place.clone()
    };
    html! {
        <a class="session-link" href={there.href()}>
            <span class="mono">{ words::between(&row.client, &row.server) }</span>
            if let Some(account) = &row.account {
                { " " }<span class="muted">{ words::printable(account) }</span>
            }
            { " " }
            <SigningBadge status={row.status} />
        </a>
    }
}

fn references(finding: &Finding, rule: Option<&Rule>) -> Html {
    let codes = rule.map(|rule| rule.codes.join(", ")).unwrap_or_default();
    html! {
        <dl class="fact-list">
            <div class="fact-list__fact">
                <dt>{ "Rule" }</dt>
                <dd>
                    <code>{ &finding.rule }</code>
                    if !codes.is_empty() { { format!(" ({codes})") } }
                </dd>
            </div>
            { for finding.references.iter().map(|(framework, names)| html! {
                <div class="fact-list__fact">
                    <dt>{ words::framework(framework) }</dt><dd>{ names.join(", ") }</dd>
                </div>
            }) }
        </dl>
    }
}
