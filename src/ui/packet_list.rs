//! Packet numbers, as Wireshark counts them.

use yew::prelude::*;

/// What a [`PacketList`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct PacketListProps {
    /// The packets.
    pub(super) packets: Vec<u64>,
}

/// Packet numbers with the word before them.
#[component]
pub(super) fn PacketList(props: &PacketListProps) -> Html {
    if props.packets.is_empty() {
        return html! {};
    }
    let word = if props.packets.len() == 1 { "packet" } else { "packets" };
    html! {
        <span class="packet-list">
            { format!("{word} ") }
            { for props.packets.iter().enumerate().map(|(place, packet)| html! {
                <>
                    if place > 0 { { ", " } }
                    <span class="packet-list__number">{ packet }</span>
                </>
            }) }
        </span>
    }
}
