//! How much a finding matters, in a word with a shape that says the same before any colour does.

use yew::prelude::*;

use super::signing_badge;
use crate::report::{Severity, Tone, words};

/// What a [`SeverityBadge`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct SeverityBadgeProps {
    /// The severity.
    pub(super) severity: Severity,
}

/// A severity as a shape and a word.
#[component]
pub(super) fn SeverityBadge(props: &SeverityBadgeProps) -> Html {
    let severity = props.severity;
    html! {
        <span class={classes!("severity-badge", signing_badge::class(tone(severity)))}>
            { shape(severity) }
            { words::severity_label(severity) }
        </span>
    }
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::High => Tone::Broken,
        Severity::Medium => Tone::Unsigned,
        Severity::Low => Tone::Mixed,
        Severity::Info => Tone::Undetermined,
    }
}

/// Bars, the more the graver.
fn shape(severity: Severity) -> Html {
    let filled = match severity {
        Severity::High => 4,
        Severity::Medium => 3,
        Severity::Low => 2,
        Severity::Info => 1,
    };
    html! {
        <svg class="severity-badge__bars" viewBox="0 0 16 12" aria-hidden="true" focusable="false">
            { for (0..4).map(|place| {
                let height = 3 * (place + 1);
                let class = if place < filled { "shape__fill" } else { "severity-badge__rest" };
                html! {
                    <rect {class} x={(4 * place).to_string()} y={(12 - height).to_string()} width="3"
                        height={height.to_string()} rx="0.5" />
                }
            }) }
        </svg>
    }
}
