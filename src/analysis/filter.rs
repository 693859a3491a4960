//! The Wireshark display filter that selects the frames with a session's messages.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use crate::flow::Direction;
use crate::session::{Connection, Generation, Observer, Session};

/// Ports whose connections Wireshark reads as SMB without being told.
const KNOWN_PORTS: [u16; 2] = [445, 139];

/// Most frames and ranges of frames in a filter: Wireshark takes more, a person does not.
const MOST_RANGES: usize = 1_000;

/// The filter of `session`.
///
/// The ends of its connections and its SessionId where these select just its messages, for then the
/// filter holds for each capture of the run; else the frames of the capture that it begins in. Ends
/// and ports rather than Wireshark's stream number: that one depends on every other connection of
/// the file. `is_alike` where another session has the same ends and SessionId in another network.
pub(super) fn of(observer: &Observer, session: &Session, is_alike: bool) -> String {
    let connections: Vec<&Connection> = session
        .channels
        .iter()
        .filter_map(|channel| observer.connection(channel.connection))
        .collect();
    let is_known = !is_alike && is_known_by_id(session, &connections);
    let frames = if is_known { None } else { frames(session) };
    frames.unwrap_or_else(|| by_id(session, &connections))
}

/// Whether Wireshark shows every message of the session, and no other one under its SessionId.
fn is_known_by_id(session: &Session, connections: &[&Connection]) -> bool {
    let is_shown = |connection: &Connection| {
        let ports = [connection.client.port(), connection.server.port()];
        ports.iter().any(|port| KNOWN_PORTS.contains(port)) && !connection.is_in_disorder
    };
    session.generation == Generation::Smb2
        && !session.has_namesake
        && connections.iter().all(|connection| is_shown(connection))
}

/// The frames by their numbers, where they were few enough to list.
fn frames(session: &Session) -> Option<String> {
    let ranges = session.packets.ranges()?;
    if ranges.is_empty() || ranges.len() > MOST_RANGES {
        return None;
    }
    let listed: Vec<String> = ranges.iter().map(listed).collect();
    Some(format!("frame.number in {{{}}}", listed.join(", ")))
}

fn listed(range: &RangeInclusive<u64>) -> String {
    let (start, end) = (range.start(), range.end());
    if start == end { start.to_string() } else { format!("{start}..{end}") }
}

/// The messages by their connections and SessionId, or what SMB1 has for one.
fn by_id(session: &Session, connections: &[&Connection]) -> String {
    let mut ends: Vec<String> = connections.iter().map(|c| between(c.client, c.server)).collect();
    ends.dedup();
    let ends = match ends.as_slice() {
        [one] => one.clone(),
        many => format!("({})", many.join(" || ")),
    };
    match session.generation {
        Generation::Smb2 => format!("{ends} && smb2.sesid == 0x{:016x}", session.session_id),
        Generation::Smb1 => format!("{ends} && {}", user(session)),
    }
}

/// The messages of one user; those before the user had a number are named by their frames.
fn user(session: &Session) -> String {
    let setup = session.setup.messages.iter();
    let requests = setup.filter(|message| message.direction == Direction::ToServer);
    let frames: Vec<String> =
        requests.map(|request| request.at.packet.number.to_string()).collect();
    let user = format!("smb.uid == {}", session.session_id);
    if frames.is_empty() {
        return user;
    }
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
