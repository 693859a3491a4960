//! The Wireshark display filter that selects the frames with a session's messages.

use std::net::{IpAddr, SocketAddr};

use crate::flow::Direction;
use crate::session::{Connection, Generation, Observer, Session};

/// The filter of `session`; it holds for each capture of the run.
///
/// Ends and ports rather than Wireshark's stream number: the number depends on every other
/// connection of the file, and the ends do not.
pub(super) fn of(observer: &Observer, session: &Session) -> String {
    let connections: Vec<&Connection> = session
        .channels
        .iter()
        .filter_map(|channel| observer.connection(channel.connection))
        .collect();
    let mut ends: Vec<String> = connections.iter().map(|c| between(c.client, c.server)).collect();
    ends.dedup();
    let ends = match ends.as_slice() {
        [one] => one.clone(),
        many => format!("({})", many.join(" || ")),
    };
    match session.generation {
        Generation::Smb2 => format!("{ends} && smb2.sesid == 0x{:016x}", session.session_id),
        Generation::Smb1 => format!("{ends} && {}", smb1(session, connections.first().copied())),
    }
}

/// The frames of one user; the messages before the user had a number are named by their frames.
fn smb1(session: &Session, connection: Option<&Connection>) -> String {
    let user = format!("smb.uid == {}", session.session_id);
    let mut frames: Vec<u64> = session
        .setup
        .messages
        .iter()
        .filter(|message| message.direction == Direction::ToServer)
        .map(|message| message.at.packet.number)
        .collect();
    let takes_negotiate = connection
        .and_then(|c| c.smb1.negotiate_request.as_ref())
        .filter(|_| session.is_first_on_connection);
    frames.extend(takes_negotiate.map(|kept| kept.at.packet.number));
    let response = connection
        .and_then(|c| c.smb1.negotiate_response.as_ref())
        .filter(|_| session.is_first_on_connection);
    frames.extend(response.map(|kept| kept.at.packet.number));
    frames.sort_unstable();
    frames.dedup();
    if frames.is_empty() {
        return user;
    }
    let frames: Vec<String> = frames.iter().map(u64::to_string).collect();
    format!("({user} || frame.number in {{{}}})", frames.join(", "))
}

/// The packets between two ends, both ways.
fn between(client: SocketAddr, server: SocketAddr) -> String {
    let protocol = match client.ip() {
        IpAddr::V4(_) => "ip",
        IpAddr::V6(_) => "ipv6",
    };
    format!(
        "{protocol}.addr == {} && {protocol}.addr == {} && tcp.port == {} && tcp.port == {}",
        client.ip(),
        server.ip(),
        client.port(),
        server.port()
    )
}
