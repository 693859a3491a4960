//! Packet numbers, as Wireshark counts them.

use yew::prelude::*;

/// What a [`PacketList`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct PacketListProps {
    /// The packets.
    pub(super) packets: Vec<u64>,
    /// The name of the capture that each is in; none where there is only one capture.
    #[prop_or_default]
    pub(super) captures: Vec<String>,
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
                    if let Some(capture) = named(&props.captures, place) {
                        { " of " }{ capture }
                    }
                </>
            }) }
        </span>
    }
}

/// The capture to name after the packet at `place`: of packets of one capture, the last one's.
fn named(captures: &[String], place: usize) -> Option<&str> {
    let capture = captures.get(place)?;
    (captures.get(place.saturating_add(1)) != Some(capture)).then_some(capture.as_str())
}
