//! What several rules about exceptions look up in the same way.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::exceptions::{Applied, Entry, Party};
use crate::findings::draft::Draft;
use crate::findings::facts::Facts;
use crate::packet::PacketId;
use crate::report::{Confidence, Side};
use crate::session::Connection;

/// Hosts shown of one exception.
const HOSTS: usize = 8;

/// A message in which a host that an exception is for says what it requires.
pub(super) struct Shown {
    address: IpAddr,
    packet: PacketId,
    side: Side,
    pub(super) requires: bool,
}

/// Such messages of the hosts that each exception is for, by the place of the exception.
pub(super) fn shown(facts: &Facts<'_>, applied: &Applied) -> BTreeMap<usize, Vec<Shown>> {
    let mut shown: BTreeMap<usize, Vec<Shown>> = BTreeMap::new();
    for connection in facts.connections.iter() {
        for said in [by_server(connection), by_client(connection)].into_iter().flatten() {
            let party = Party { address: said.address, side: said.side };
            for (place, _) in applied.of(party) {
                let known = shown.entry(place).or_default();
                let is_new = known
                    .iter()
                    .all(|it| (it.address, it.requires) != (said.address, said.requires));
                if is_new && known.len() < HOSTS {
                    known.push(Shown { ..said });
                }
            }
        }
    }
    shown
}

fn by_server(connection: &Connection) -> Option<Shown> {
    let address = connection.server.ip();
    let side = Side::Server;
    if let Some(said) = connection.server_security_mode {
        let requires = said.security_mode.is_signing_required();
        return Some(Shown { address, packet: said.packet, side, requires });
    }
    let requires = connection.smb1.security_mode?.is_signing_required();
    let packet = connection.smb1.negotiate_response.as_ref()?.at.packet;
    Some(Shown { address, packet, side, requires })
}

fn by_client(connection: &Connection) -> Option<Shown> {
    let said = connection.client_security_mode?;
    let (address, packet) = (connection.client.ip(), said.packet);
    let requires = said.security_mode.is_signing_required();
    Some(Shown { address, packet, side: Side::Client, requires })
}

/// A finding about an exception, with the messages that show what its hosts require; what stands in
/// the file alone has no packet for a proof.
pub(super) fn draft(title: String, shown: &[Shown]) -> Draft {
    let confidence = if shown.is_empty() { Confidence::Strong } else { Confidence::Certain };
    let mut draft = Draft::new(confidence, title, Vec::new());
    for it in shown {
        let (field, value) = match (it.side, it.requires) {
            (Side::Server, true) => ("NEGOTIATE response SecurityMode", "required"),
            (Side::Server, false) => ("NEGOTIATE response SecurityMode", "not required"),
            (Side::Client, true) => ("NEGOTIATE request SecurityMode", "required"),
            (Side::Client, false) => ("NEGOTIATE request SecurityMode", "not required"),
        };
        let verb = if it.requires { "requires" } else { "does not require" };
        draft.push_evidence(it.packet, field, value, format!("{} {verb} signing.", it.address));
    }
    draft
}

/// An exception as it is called in a finding.
pub(super) fn name(place: usize, entry: &Entry) -> String {
    let side = match entry.exception.side {
        Side::Server => "as a server",
        Side::Client => "as a client",
    };
    format!("Exception {} ({} {side})", place + 1, entry.network)
}
