//! What the capture files say about themselves.

use yew::prelude::*;

use super::format;
use crate::report::{Capture, Comment, Interface};

/// What [`AboutFiles`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AboutFilesProps {
    /// The captures.
    pub captures: Vec<Capture>,
}

/// Files that are told of; the JSON report tells of all.
const FILES: usize = 25;

/// Interfaces and comments of a file that are shown.
const ITEMS: usize = 40;

/// Where, with what and when each file was captured, and what somebody wrote into it; closed until
/// somebody asks.
#[component]
pub fn AboutFiles(props: &AboutFilesProps) -> Html {
    let captures = &props.captures;
    let title = match captures.len() {
        0 => return html! {},
        1 => "About this file".to_owned(),
        count => format!("About these {} files", format::count(count as u64)),
    };
    let more = captures.len().saturating_sub(FILES);
    html! {
        <details class="disclosure about-files">
            <summary>{ &title }</summary>
            // It scrolls where it is long, so that the sessions stay in reach.
            <div class="about-files__list" tabindex="0" role="region" aria-label={title.clone()}>
                { for captures.iter().take(FILES).map(about) }
            </div>
            if more > 0 {
                <p class="muted">
                    { format!("The JSON report tells of the other {} as well.", format::count(more as u64)) }
                </p>
            }
        </details>
    }
}

fn about(capture: &Capture) -> Html {
    html! {
        <section class="about-files__file">
            <h2 class="about-files__name">{ &capture.name }</h2>
            <dl class="fact-list">
                { for facts(capture).into_iter().map(|(name, value)| html! {
                    <div class="fact-list__fact"><dt>{ name }</dt><dd>{ value }</dd></div>
                }) }
            </dl>
            if capture.interfaces.iter().any(says_something) || capture.interfaces.len() > 1 {
                { interfaces(&capture.interfaces) }
            }
            { comments(&capture.comments) }
        </section>
    }
}

/// What is known of the file as a whole.
fn facts(capture: &Capture) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Format", capture.format.clone().unwrap_or_else(|| "not a capture".to_owned())),
        ("Packets", format::count(capture.packets)),
        ("Size", format::bytes(capture.size_bytes as f64)),
        (
            "Link types",
            match capture.link_types.as_slice() {
                [] => "none".to_owned(),
                types => types.join(", "),
            },
        ),
    ];
    match (&capture.first_time, &capture.last_time) {
        (Some(first), Some(last)) => {
            facts.push(("First packet", format::moment(first)));
            facts.push(("Last packet", format::moment(last)));
        }
        _ if capture.packets > 0 => facts.push(("Times", "not in the file".to_owned())),
        _ => {}
    }
    let said = [
        ("Written by", &capture.application),
        ("Captured on", &capture.os),
        ("Hardware", &capture.hardware),
    ];
    facts.extend(said.into_iter().filter_map(|(name, said)| Some((name, said.clone()?))));
    for block in &capture.secrets_blocks {
        let bytes = format::counted(block.bytes, "byte", "bytes");
        facts.push(("Secrets, not read", format!("{}, {bytes}", block.kind)));
    }
    facts
}

/// Whether an interface is described by more than what its packets are.
fn says_something(interface: &Interface) -> bool {
    let Interface {
        name, description, filter, received, dropped_by_interface, dropped_by_os, ..
    } = interface;
    let texts = [name, description, filter];
    let counts = [received, dropped_by_interface, dropped_by_os];
    texts.iter().any(|text| text.is_some()) || counts.iter().any(|count| count.is_some())
}

fn interfaces(interfaces: &[Interface]) -> Html {
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Interfaces">
            <table class="data-table">
                <thead>
                    <tr>
                        <th scope="col">{ "Interface" }</th>
                        <th scope="col">{ "Link type" }</th>
                        <th scope="col">{ "Capture filter" }</th>
                        <th scope="col" class="data-table__number">{ "Packets" }</th>
                        <th scope="col" class="data-table__number">{ "Dropped" }</th>
                    </tr>
                </thead>
                <tbody>{ for interfaces.iter().take(ITEMS).map(interface) }</tbody>
            </table>
            { more(interfaces.len()) }
        </div>
    }
}

fn interface(interface: &Interface) -> Html {
    let name = interface.name.as_deref().or(interface.description.as_deref());
    let aside = interface.description.as_deref().filter(|_| interface.name.is_some());
    let dropped = match (interface.dropped_by_interface, interface.dropped_by_os) {
        (None, None) => "not said".to_owned(),
        (one, other) => format::count(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
    };
    html! {
        <tr>
            <th scope="row">
                { name.unwrap_or("without a name") }
                if let Some(aside) = aside {
                    <span class="data-table__aside">{ aside }</span>
                }
            </th>
            <td>{ &interface.link_type }</td>
            <td class="mono">{ interface.filter.as_deref().unwrap_or("none said") }</td>
            <td class="data-table__number">{ format::count(interface.packets) }</td>
            <td class="data-table__number">{ dropped }</td>
        </tr>
    }
}

fn comments(comments: &[Comment]) -> Html {
    if comments.is_empty() {
        return html! {};
    }
    html! {
        <>
            <h3 class="about-files__title">{ "Comments" }</h3>
            <ul class="about-files__comments">
                { for comments.iter().take(ITEMS).map(|comment| html! {
                    <li>
                        if let Some(packet) = comment.packet {
                            <span class="muted">{ format!("Packet {}: ", format::count(packet)) }</span>
                        }
                        { &comment.text }
                    </li>
                }) }
            </ul>
            { more(comments.len()) }
        </>
    }
}

/// How many items of `count` are not shown.
fn more(count: usize) -> Html {
    match count.saturating_sub(ITEMS) {
        0 => html! {},
        more => html! {
            <p class="muted">{ format!("{} more in the JSON report.", format::count(more as u64)) }</p>
        },
    }
}
