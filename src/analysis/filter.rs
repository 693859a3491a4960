//! The Wireshark display filter that selects the frames with a session's messages.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use crate::flow::Direction;
use crate::packet::SourceId;
use crate::report::WiresharkFilter;
use crate::session::{Connection, Generation, Observer, PacketList, Session};

/// Ports whose connections Wireshark reads as SMB without being told.
const KNOWN_PORTS: [u16; 2] = [445, 139];

/// Most frames and ranges of frames in a filter: Wireshark takes more, a person does not.
const MOST_RANGES: usize = 1_000;

/// The filters of `session`: one for each capture that it is in, that with its first packet first.
///
/// The ends of its connections and its SessionId where these select just its messages, for then the
/// filter holds for each capture of the run; else the frames of that capture. Ends and ports rather
/// than Wireshark's stream number: that one depends on every other connection of the file.
/// `is_alike` where another session has the same ends and SessionId in another network.
pub(super) fn of(observer: &Observer, session: &Session, is_alike: bool) -> Vec<WiresharkFilter> {
    let connections: Vec<&Connection> = session
        .channels
        .iter()
        .filter_map(|channel| observer.connection(channel.connection))
        .collect();
    let is_known_by_id = !is_alike && is_known_by_id(session, &connections);
    let mut filters: Vec<WiresharkFilter> = session
        .packets
        .iter()
        .map(|(source, list)| {
            let frames = if is_known_by_id { None } else { frames(list) };
            let filter = frames.unwrap_or_else(|| by_id(session, &connections, source));
            WiresharkFilter { capture: source.0, filter }
        })
        .collect();
    let first = session.first.packet.source;
    if !filters.iter().any(|filter| filter.capture == first.0) {
        let filter = by_id(session, &connections, first);
        filters.insert(0, WiresharkFilter { capture: first.0, filter });
    }
    filters.sort_by_key(|filter| (filter.capture != first.0, filter.capture));
    filters
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
fn frames(list: &PacketList) -> Option<String> {
    let ranges = list.ranges()?;
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
fn by_id(session: &Session, connections: &[&Connection], source: SourceId) -> String {
    let mut ends: Vec<String> = connections.iter().map(|c| between(c.client, c.server)).collect();
    ends.dedup();
    let ends = match ends.as_slice() {
        [one] => one.clone(),
        many => format!("({})", many.join(" || ")),
    };
    match session.generation {
        Generation::Smb2 => format!("{ends} && smb2.sesid == 0x{:016x}", session.session_id),
        Generation::Smb1 => format!("{ends} && {}", user(session, source)),
    }
}

/// The messages of one user; those before the user had a number are named by their frames in the
/// capture.
fn user(session: &Session, source: SourceId) -> String {
    let setup = session.setup.messages.iter();
    let requests = setup.filter(|message| {
        message.direction == Direction::ToServer && message.at.packet.source == source
    });
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
