//! One session in full.

use yew::prelude::*;

use super::auth_fields::AuthFields;
use super::channel_list::ChannelList;
use super::copy_field::CopyField;
use super::evidence_list::EvidenceList;
use super::format;
use super::message_tallies::MessageTallies;
use super::name_list::NameList;
use super::negotiate_sides::NegotiateSides;
use super::shared::Shared;
use super::signing_badge::SigningBadge;
use super::verdict_chain::VerdictChain;
use super::verification_panel::VerificationPanel;
use crate::report::{Coverage, Endpoint, Session, words};

/// What a [`SessionDetail`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SessionDetailProps {
    /// The session.
    pub session: Shared<Session>,
    /// The names of the captures of the run, in order.
    pub captures: Vec<String>,
    /// The focus moves to the heading.
    pub takes_focus: bool,
    /// The session's messages one by one, or a way to have them listed.
    #[prop_or_default]
    pub message_list: Html,
    /// The findings that the session is of.
    #[prop_or_default]
    pub findings: Html,
    /// The user closes the session.
    pub on_close: Callback<()>,
    /// The user wants to give a secret for the session; `None` where none can be taken.
    #[prop_or_default]
    pub on_secret: Option<Callback<()>>,
}

/// The id of the heading, which the focus moves to.
const HEADING: &str = "session";

/// The verdict and the way to it, then everything that the capture shows of the session.
#[component]
pub fn SessionDetail(props: &SessionDetailProps) -> Html {
    let session = &props.session;
    use_effect_with((session.clone(), props.takes_focus), |(_, takes_focus)| {
        if *takes_focus {
            crate::web::page::focus(HEADING);
        }
    });
    html! {
        <article class="session-detail" aria-labelledby={HEADING}>
            { header(session, &props.on_close) }
            { section("why", "Why", html! {
                <>
                    <VerdictChain steps={session.verdict.why.clone()} captures={props.captures.clone()} />
                    if !session.verdict.would_change.is_empty() {
                        <p class="session-detail__change">
                            <strong>{ "What would change it: " }</strong>
                            { &session.verdict.would_change }
                        </p>
                    }
                </>
            }) }
            { section("findings", "Findings", props.findings.clone()) }
            { section("verification", "Verification", html! {
                <VerificationPanel session={session.clone()} captures={props.captures.clone()}
                    on_add={props.on_secret.clone()} />
            }) }
            { section("facts", "Policy and outcome", facts(session, &props.captures)) }
            { section("names", "Names", html! {
                <NameList names={session.names.clone()} captures={props.captures.clone()} />
            }) }
            { section("messages", "Messages", html! {
                <>
                    <MessageTallies messages={session.messages} />
                    { props.message_list.clone() }
                </>
            }) }
            { section("negotiate", "Negotiation", html! {
                <NegotiateSides negotiate={session.negotiate.clone()} />
            }) }
            { section("authentication", "Authentication", html! {
                <AuthFields auth={session.auth.clone()} />
            }) }
            { section("shares", "Shares", shares(&session.trees)) }
            if session.channels.len() > 1 {
                { section("connections", "Connections", html! {
                    <ChannelList channels={session.channels.clone()} />
                }) }
            }
            { section("coverage", "What the capture shows", html! {
                <>
                    { coverage(&session.coverage) }
                    if !session.same_as.is_empty() {
                        <p>{ words::same_as(&session.same_as) }</p>
                    }
                </>
            }) }
            if !session.evidence.is_empty() {
                { section("evidence", "Evidence", html! {
                    <EvidenceList evidence={session.evidence.clone()} captures={props.captures.clone()} />
                }) }
            }
            { section("wireshark", "In Wireshark", html! {
                <>
                    { filters(session, &props.captures) }
                </>
            }) }
        </article>
    }
}

fn header(session: &Session, on_close: &Callback<()>) -> Html {
    html! {
        <header class="session-detail__header">
            <div class="session-detail__bar">
                <SigningBadge status={session.status} />
                <button type="button" class="button button--quiet" onclick={on_close.reform(|_| ())}>
                    { "Close" }<span class="visually-hidden">{ " the session" }</span>
                </button>
            </div>
            <h2 id={HEADING} class="session-detail__verdict" tabindex="-1">
                { &session.verdict.phrase }
            </h2>
            <p class="session-detail__ends">
                { end(&session.client) }
                <span class="session-detail__arrow" aria-hidden="true">{ "→" }</span>
                <span class="visually-hidden">{ "to" }</span>
                { end(&session.server) }
            </p>
        </header>
    }
}

fn end(endpoint: &Endpoint) -> Html {
    html! {
        <span class="session-detail__end">
            <span class="mono">{ format::endpoint(&endpoint.address, endpoint.port) }</span>
            if let Some(name) = &endpoint.name {
                { " " }<span class="muted">{ name }</span>
            }
        </span>
    }
}

fn section(id: &'static str, title: &'static str, content: Html) -> Html {
    let id = format!("session-{id}");
    html! {
        <section class="session-detail__section" aria-labelledby={id.clone()}>
            <h3 {id}>{ title }</h3>
            { content }
        </section>
    }
}

fn facts(session: &Session, captures: &[String]) -> Html {
    let dialect = session.dialect.map_or("not seen", words::dialect);
    let protocol = words::protocol(session.protocol);
    let algorithm = match (session.signing_algorithm, session.signing_algorithm_negotiated) {
        (Some(algorithm), Some(true)) => {
            format!("{}, negotiated", words::signing_algorithm(algorithm))
        }
        (Some(algorithm), _) => {
            format!("{}, the dialect's default", words::signing_algorithm(algorithm))
        }
        (None, _) => "not known".to_owned(),
    };
    let facts = [
        ("Client", format!("signing {}", words::requires(session.policy.client_requires))),
        ("Server", format!("signing {}", words::requires(session.policy.server_requires))),
        ("Expected", words::expected(session.expected).to_owned()),
        ("Observed", words::status_label(session.status).to_lowercase()),
        ("Session", words::outcome(session.outcome).to_owned()),
        ("Dialect", format!("{protocol}, dialect {dialect}")),
        ("Signing algorithm", algorithm),
        ("Cipher", session.encryption_cipher.clone().unwrap_or_else(|| "none".to_owned())),
        ("SessionId", session.session_id.clone().unwrap_or_else(|| "none in SMB1".to_owned())),
        ("Packets", packets(session, captures)),
        ("First packet at", moment(session.first_time.as_deref())),
        ("Last packet at", moment(session.last_time.as_deref())),
    ];
    html! {
        <dl class="fact-list">
            { for facts.into_iter().map(|(name, value)| html! {
                <div class="fact-list__fact"><dt>{ name }</dt><dd>{ value }</dd></div>
            }) }
        </dl>
    }
}

/// The first and last packet, with the captures that they are in where there are several.
fn packets(session: &Session, captures: &[String]) -> String {
    let (first, last) = (session.first_packet, session.last_packet);
    match (captures.get(session.capture), session.wireshark_filters.len()) {
        (Some(name), 0 | 1) if captures.len() > 1 => format!("{first} to {last} of {name}"),
        (Some(name), count) if captures.len() > 1 => {
            format!("from packet {first} of {name} on, in {count} captures")
        }
        _ => format!("{first} to {last}"),
    }
}

/// The display filters: one where it serves all captures, else one for each.
fn filters(session: &Session, captures: &[String]) -> Html {
    const SHOWN: usize = 12;
    let filters = &session.wireshark_filters;
    let is_one = filters.iter().all(|it| it.filter == session.wireshark_filter);
    if is_one {
        let which = match filters.len() {
            0 | 1 => "This display filter selects the session's packets.".to_owned(),
            count => format!(
                "This display filter selects the session's packets in each of its {count} captures."
            ),
        };
        return html! {
            <>
                <p class="muted">{ which }</p>
                <CopyField label="Wireshark filter" text={session.wireshark_filter.clone()} />
            </>
        };
    }
    let name = |place: usize| captures.get(place).cloned().unwrap_or_default();
    html! {
        <>
            <p class="muted">
                { "The session's packets are in several captures; each display filter selects those of one." }
            </p>
            { for filters.iter().take(SHOWN).map(|it| html! {
                <CopyField label={format!("Wireshark filter for {}", name(it.capture))}
                    text={it.filter.clone()} />
            }) }
            if filters.len() > SHOWN {
                <p class="muted">{ format!("{} more in the JSON report.", filters.len() - SHOWN) }</p>
            }
        </>
    }
}

/// A time, or that the capture has none.
fn moment(time: Option<&str>) -> String {
    time.map_or_else(|| "not known: the capture has no times".to_owned(), format::moment)
}

fn shares(trees: &[String]) -> Html {
    if trees.is_empty() {
        return html! { <p class="muted">{ "The capture shows no connection to a share." }</p> };
    }
    html! {
        <ul class="plain-list mono">{ for trees.iter().map(|tree| html! { <li>{ tree }</li> }) }</ul>
    }
}

fn coverage(coverage: &[Coverage]) -> Html {
    if matches!(coverage, [] | [Coverage::Complete]) {
        return html! { <p>{ "The whole session, from its negotiation on; nothing is missing." }</p> };
    }
    html! {
        <ul class="coverage-list">
            { for coverage.iter().map(|it| html! { <li>{ words::coverage(*it) }</li> }) }
        </ul>
    }
}
