//! Why a verdict is what it is.

use yew::prelude::*;

use super::packet_list::PacketList;
use crate::report::Reason;

/// What a [`VerdictChain`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct VerdictChainProps {
    /// The steps, in order.
    pub(super) steps: Vec<Reason>,
    /// The names of the captures of the run.
    pub(super) captures: Vec<String>,
}

/// The way from the packets to the verdict, step by step.
#[component]
pub(super) fn VerdictChain(props: &VerdictChainProps) -> Html {
    html! {
        <ol class="verdict-chain">
            { for props.steps.iter().map(|reason| step(reason, &props.captures)) }
        </ol>
    }
}

fn step(reason: &Reason, captures: &[String]) -> Html {
    let several = captures.len() > 1;
    let names: Vec<String> = reason
        .captures
        .iter()
        .filter(|_| several)
        .map(|capture| captures.get(*capture).cloned().unwrap_or_default())
        .collect();
    html! {
        <li class="verdict-chain__step">
            <p class="verdict-chain__text">{ &reason.text }</p>
            <p class="verdict-chain__source">
                <PacketList packets={reason.packets.clone()} captures={names} />
                if let Some(section) = &reason.section {
                    <cite class="verdict-chain__section">{ section }</cite>
                }
            </p>
        </li>
    }
}
