//! Servers that are programs made for passing on or collecting authentications.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::negotiation;
use crate::auth::ntlmssp::challenge::ChallengeMessage;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};
use crate::session::Connection;
use crate::smb::smb2::{Dialect, NegotiateResponse};

pub(super) const RULE: Rule = Rule {
    codes: &["R11"],
    name: "scripted-server",
    severity: Severity::Medium,
    summary: "A server answers as the impacket programs do, which relay tools are made of",
    ordinary_causes: &[ON_PURPOSE],
    remedies: &[remediation::RESPOND, remediation::SIGN],
    references: references::RELAY,
    covered_by: &[],
    judge,
};

const ON_PURPOSE: &str =
    "An impacket server that somebody runs on purpose, as for a test or a copy";

/// What of a server's messages only such programs send.
struct Mark {
    packet: PacketId,
    field: &'static str,
    value: String,
    meaning: &'static str,
}

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut by_server: BTreeMap<SocketAddr, (Vec<usize>, Vec<Mark>)> = BTreeMap::new();
    for connection in facts.connections.iter() {
        if let Some(mark) = mark_of_connection(connection) {
            by_server.entry(connection.server).or_default().1.push(mark);
        }
    }
    for (place, session) in facts.sessions.iter().enumerate() {
        if let Some(known) = by_server.get_mut(&session.connection.server) {
            known.0.push(place);
        }
    }
    for (exchange, ntlm) in facts.ntlm() {
        let challenge = ntlm.challenge.as_ref().filter(|(_, it)| has_no_version(it));
        if let (Some((at, _)), Some(known)) = (challenge, by_server.get_mut(&exchange.server)) {
            known.1.push(Mark {
                packet: at.packet,
                field: "NTLM CHALLENGE Version",
                value: "ff".repeat(8),
                meaning: "No Windows and no Samba has this version.",
            });
        }
    }
    found.extend(
        by_server
            .into_iter()
            .map(|(server, (sessions, marks))| draft(facts, server, sessions, marks)),
    );
}

fn draft(facts: &Facts<'_>, server: SocketAddr, sessions: Vec<usize>, marks: Vec<Mark>) -> Draft {
    let title = format!("{} answers as a server made of impacket does", facts.host(server.ip()));
    let mut draft = Draft::new(Confidence::Strong, title, sessions);
    for mark in marks.into_iter().take(4) {
        draft.push_evidence(mark.packet, mark.field, mark.value, mark.meaning);
    }
    draft.unless(ON_PURPOSE)
}

fn mark_of_connection(connection: &Connection) -> Option<Mark> {
    let (kept, response) = negotiation::response(connection)?;
    let guid = response.server_guid;
    if guid.0 == [b'A'; 16] {
        return Some(Mark {
            packet: kept.at.packet,
            field: "NEGOTIATE response ServerGuid",
            value: guid.to_string(),
            meaning: "Sixteen times the letter A, as impacket's server sends.",
        });
    }
    let is_lettered = guid.0.iter().all(u8::is_ascii_alphabetic);
    is_downgraded(connection, &response).then_some(()).filter(|()| is_lettered)?;
    Some(Mark {
        packet: kept.at.packet,
        field: "NEGOTIATE response ServerGuid, DialectRevision",
        value: format!("{guid}, {}", response.dialect_revision),
        meaning: "An identifier of sixteen letters, the oldest dialect of SMB2 to a client that offers 3.x, no signing required, and sizes of 65536 bytes.",
    })
}

/// Whether a client of 3.x gets the oldest dialect with the sizes and the policy of such programs.
fn is_downgraded(connection: &Connection, response: &NegotiateResponse<'_>) -> bool {
    let offers_3 = negotiation::offered(connection).into_iter().any(Dialect::is_smb3);
    let sizes = [response.max_transact_size, response.max_read_size, response.max_write_size];
    let offers_wildcard = connection.smb1.negotiate_request.is_some();
    (offers_3 || offers_wildcard)
        && response.dialect_revision == Dialect::SMB_2_0_2
        && !response.security_mode.is_signing_required()
        && sizes == [65_536; 3]
}

/// Whether Version is eight bytes of 0xff.
fn has_no_version(challenge: &ChallengeMessage<'_>) -> bool {
    challenge.bytes.get(48..56) == Some(&[0xff; 8])
}
