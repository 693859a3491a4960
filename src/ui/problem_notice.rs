//! What was wrong with the captures that were read.

use yew::prelude::*;

use super::format;
use crate::report::{Capture, Problem};

/// What a [`ProblemNotice`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ProblemNoticeProps {
    /// The captures.
    pub captures: Vec<Capture>,
}

/// Characters of problems that are shown without being asked for: more would push away the sessions.
const SHOWN: usize = 500;

/// Every problem with its place; nothing where there is none.
#[component]
pub fn ProblemNotice(props: &ProblemNoticeProps) -> Html {
    let problems: Vec<(&Capture, &Problem)> = props
        .captures
        .iter()
        .flat_map(|capture| capture.problems.iter().map(move |problem| (capture, problem)))
        .collect();
    if problems.is_empty() {
        return html! {};
    }
    let has_several = props.captures.len() > 1;
    let length: usize = problems.iter().map(|(_, problem)| problem.message.len()).sum();
    let count = format::counted(problems.len() as u64, "problem", "problems");
    html! {
        <details class="notice notice--warning" open={length <= SHOWN}>
            <summary class="notice__title">
                { format!("{count} in the capture; everything that could be read is shown") }
            </summary>
            <ul class="notice__list">
                { for problems.iter().map(|(capture, problem)| html! {
                    <li>
                        if has_several {
                            <strong>{ &capture.name }</strong>{ ": " }
                        }
                        { &problem.message }
                        <span class="notice__place">{ place(problem) }</span>
                    </li>
                }) }
            </ul>
        </details>
    }
}

/// Where a problem was met.
pub(super) fn place(problem: &Problem) -> String {
    let offset = problem.offset.map(|offset| format!("byte {}", format::count(offset)));
    let packet = problem.packet.map(|packet| format!("packet {}", format::count(packet)));
    let places: Vec<String> = [offset, packet].into_iter().flatten().collect();
    if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) }
}
