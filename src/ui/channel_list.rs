//! The TCP connections that carried a session.

use yew::prelude::*;

use super::format;
use crate::report::{Channel, words};

/// What a [`ChannelList`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct ChannelListProps {
    /// The connections.
    pub(super) channels: Vec<Channel>,
}

/// Each connection with its policy, its algorithm and its counts.
#[component]
pub(super) fn ChannelList(props: &ChannelListProps) -> Html {
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Connections">
            <table class="data-table">
                <thead>
                    <tr>
                        <th scope="col">{ "Client" }</th>
                        <th scope="col">{ "Server" }</th>
                        <th scope="col">{ "Signing required by" }</th>
                        <th scope="col">{ "Algorithm" }</th>
                        <th scope="col" class="data-table__number">{ "Signed" }</th>
                        <th scope="col" class="data-table__number">{ "Unsigned" }</th>
                        <th scope="col" class="data-table__number">{ "First packet" }</th>
                    </tr>
                </thead>
                <tbody>{ for props.channels.iter().map(row) }</tbody>
            </table>
        </div>
    }
}

fn row(channel: &Channel) -> Html {
    let both = channel.messages.both();
    html! {
        <tr>
            <th scope="row" class="mono">
                { format::endpoint(&channel.client.address, channel.client.port) }
            </th>
            <td class="mono">{ format::endpoint(&channel.server.address, channel.server.port) }</td>
            <td>{ words::required_by(channel.policy) }</td>
            <td>{ channel.signing_algorithm.map_or("not known", words::signing_algorithm) }</td>
            <td class="data-table__number">{ format::count(both.signed) }</td>
            <td class="data-table__number">{ format::count(both.unsigned) }</td>
            <td class="data-table__number">{ channel.first_packet }</td>
        </tr>
    }
}
