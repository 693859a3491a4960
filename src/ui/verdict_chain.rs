//! Why a verdict is what it is.

use yew::prelude::*;

use super::packet_list::PacketList;
use crate::report::Reason;

/// What a [`VerdictChain`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct VerdictChainProps {
    /// The steps, in order.
    pub(super) steps: Vec<Reason>,
}

/// The way from the packets to the verdict, step by step.
#[component]
pub(super) fn VerdictChain(props: &VerdictChainProps) -> Html {
    html! {
        <ol class="verdict-chain">
            { for props.steps.iter().map(step) }
        </ol>
    }
}

fn step(reason: &Reason) -> Html {
    html! {
        <li class="verdict-chain__step">
            <p class="verdict-chain__text">{ &reason.text }</p>
            <p class="verdict-chain__source">
                <PacketList packets={reason.packets.clone()} />
                if let Some(section) = &reason.section {
                    <cite class="verdict-chain__section">{ section }</cite>
                }
            </p>
        </li>
    }
}
