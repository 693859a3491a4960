//! What is odd about how hosts sign: answers that differ, sessions that are signed in part, and
//! parties of which some sessions are signed and others are not.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::flow::Direction;
use crate::packet::PacketId;
use crate::report::{Evidence, Remark, RemarkKind, Side, SigningStatus, Tone};
use crate::session::{Generation, Sighting};

use super::side::{Answer, Requires};
use super::{Seen, evidence};
use crate::analysis::evidence::message_name;
use crate::analysis::results::key;

/// Sessions and counterparts named in one remark.
const NAMED: usize = 8;

/// What is gathered for the remarks on one side of a host.
#[derive(Default)]
pub(super) struct Signing {
    /// Sessions that were signed or encrypted, and such that could have been and were not.
    protected: Sessions,
    unprotected: Sessions,
    /// Sessions in which this side sent messages of both kinds.
    partly: Sessions,
}

#[derive(Default)]
struct Sessions {
    n: u64,
    keys: Vec<String>,
    evidence: Vec<Evidence>,
    first_with: Option<IpAddr>,
}

impl Sessions {
    fn add(&mut self, seen: &Seen<'_>, with: IpAddr, sightings: [Option<Sighting>; 2]) {
        self.n += 1;
        if self.keys.len() < NAMED {
            self.keys.push(key(seen.place));
        }
        if self.first_with.is_none() {
            self.first_with = Some(with);
            let generation = seen.session.generation;
            let found = sightings.into_iter().flatten();
            self.evidence = found.map(|sighting| sighted(generation, &sighting, seen)).collect();
        }
    }
}

impl Signing {
    /// Takes a session of the host.
    pub(super) fn add(&mut self, seen: &Seen<'_>, side: Side) {
        let with = match side {
            Side::Server => seen.connection.client.ip(),
            Side::Client => seen.connection.server.ip(),
        };
        let sightings = seen.session.sightings;
        let protected = sightings.signed.or(sightings.encrypted);
        match seen.judgement.status {
            SigningStatus::Unsigned | SigningStatus::UnsignedSetupOnly => {
                self.unprotected.add(seen, with, [sightings.unsigned, None]);
            }
            SigningStatus::Selective | SigningStatus::EncryptedPartly if mixes(seen, side) => {
                self.partly.add(seen, with, [protected, sightings.unsigned]);
            }
            status if matches!(Tone::of(status), Tone::Signed | Tone::Encrypted) => {
                self.protected.add(seen, with, [protected, None]);
            }
            _ => {}
        }
    }

    /// The remarks.
    pub(super) fn told(self, side: Side) -> Vec<Remark> {
        let Signing { protected, unprotected, partly } = self;
        let (as_side, partly_kind, some_kind) = match side {
            Side::Server => {
                ("as a server", RemarkKind::SignsPartlyAsServer, RemarkKind::SomeSessionsAsServer)
            }
            Side::Client => {
                ("as a client", RemarkKind::SignsPartlyAsClient, RemarkKind::SomeSessionsAsClient)
            }
        };
        let mut remarks = Vec::new();
        if partly.n > 0 {
            let text = format!(
                "In {} of its sessions {as_side} it sends some messages signed or encrypted and others not.",
                partly.n
            );
            let Sessions { keys, evidence, .. } = partly;
            remarks.push(Remark { kind: partly_kind, text, session_keys: keys, evidence });
        }
        if let (Some(one), Some(other)) = (protected.first_with, unprotected.first_with) {
            let text = format!(
                "{} of its sessions {as_side} are signed or encrypted, the first with {one}, and {} are not, the first with {other}.",
                protected.n, unprotected.n
            );
            let session_keys = [protected.keys, unprotected.keys].concat();
            let evidence = [protected.evidence, unprotected.evidence].concat();
            remarks.push(Remark { kind: some_kind, text, session_keys, evidence });
        }
        remarks
    }
}

/// Whether a side sent messages of both kinds in a session.
fn mixes(seen: &Seen<'_>, side: Side) -> bool {
    let tallies = seen.session.tallies();
    let tally = match side {
        Side::Server => tallies.to_client,
        Side::Client => tallies.to_server,
    };
    tally.signed + tally.encrypted > 0 && tally.unsigned > 0
}

fn sighted(generation: Generation, sighting: &Sighting, seen: &Seen<'_>) -> Evidence {
    let is_unsigned = seen.session.sightings.unsigned.as_ref() == Some(sighting);
    let is_encrypted = seen.session.sightings.encrypted.as_ref() == Some(sighting);
    let value = match () {
        () if is_unsigned => "unsigned",
        () if is_encrypted => "encrypted",
        () => "signed",
    };
    let sender = match sighting.direction {
        Direction::ToServer => "client",
        Direction::ToClient => "server",
    };
    let field = message_name(generation, sighting);
    let meaning = format!("The first {value} message of the session, from the {sender}.");
    evidence(sighting.packet, &field, value.to_owned(), meaning)
}

/// The remark on a server that answers NEGOTIATE differently.
pub(super) fn answers(requires: &Requires) -> Option<Remark> {
    let (yes, no) = (requires.yes.as_ref()?, requires.no.as_ref()?);
    let is_same_client = yes.to.keys().any(|client| no.to.contains_key(client));
    let counts = format!("{} and {}", times(yes, "that it does"), times(no, "that it does not"));
    let (kind, text) = match (is_same_client, requires.changes) {
        (true, 1) => (
            RemarkKind::ChangedItsMind,
            format!(
                "Asked whether it requires signing it says {counts}: it changed its answer once, and one client was given both."
            ),
        ),
        (true, _) => (
            RemarkKind::AnswersDifferently,
            format!(
                "Asked whether it requires signing it says {counts}, also to one and the same client: several machines may answer at this address, or somebody on the way changes the answers."
            ),
        ),
        (false, _) => (
            RemarkKind::AnswersDifferently,
            format!(
                "Asked whether it requires signing it says {counts}: that it does to {}, that it does not to {}.",
                named(&yes.to),
                named(&no.to)
            ),
        ),
    };
    let evidence = requires.evidence();
    Some(Remark { kind, text, session_keys: Vec::new(), evidence })
}

/// The remark on a client that requires signing of some servers only.
pub(super) fn asks(requires: &Requires) -> Option<Remark> {
    let (yes, no) = (requires.yes.as_ref()?, requires.no.as_ref()?);
    let is_same_server = yes.to.keys().any(|server| no.to.contains_key(server));
    let text = if is_same_server {
        format!(
            "As a client it says {} and {}, also to one and the same server.",
            times(yes, "that it requires signing"),
            times(no, "that it does not")
        )
    } else {
        format!(
            "As a client it requires signing of {} and not of {}, as Windows does of the paths that it hardens.",
            named(&yes.to),
            named(&no.to)
        )
    };
    let evidence = requires.evidence();
    Some(Remark { kind: RemarkKind::AsksDifferently, text, session_keys: Vec::new(), evidence })
}

fn times(answer: &Answer, what: &str) -> String {
    match answer.times {
        1 => format!("once {what}"),
        n => format!("{n} times {what}"),
    }
}

fn named(to: &BTreeMap<IpAddr, PacketId>) -> String {
    let told = to.iter().take(NAMED);
    let told: Vec<String> =
        told.map(|(address, packet)| format!("{address} (packet {})", packet.number)).collect();
    let more = to.len().saturating_sub(NAMED);
    if more > 0 { format!("{} and others", told.join(", ")) } else { told.join(", ") }
}
