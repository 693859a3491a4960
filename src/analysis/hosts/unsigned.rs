//! The clients of a server whose sessions were neither signed nor encrypted, and why: what there is
//! to look at before signing is required.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::report::{Evidence, Mechanism, Outcome, SigningStatus, UnsignedCause, UnsignedClient};
use crate::session::{Generation, Session};
use crate::smb::smb1::Flags2;

use super::{Seen, evidence};
use crate::analysis::evidence::message_name;
use crate::analysis::results::key;

/// Clients listed of one server.
const CLIENTS: usize = 256;

/// Sessions named of one client.
const SESSIONS: usize = 8;

/// Such clients of one server.
#[derive(Default)]
pub(super) struct UnsignedClients {
    by_client: BTreeMap<(UnsignedCause, IpAddr), Sessions>,
}

struct Sessions {
    sessions: u64,
    keys: Vec<String>,
    evidence: Vec<Evidence>,
}

impl UnsignedClients {
    /// Takes a session, if it is one.
    pub(super) fn add(&mut self, seen: &Seen<'_>) {
        let Some(cause) = cause(seen) else { return };
        let sessions =
            self.by_client.entry((cause, seen.connection.client.ip())).or_insert_with(|| {
                Sessions { sessions: 0, keys: Vec::new(), evidence: shown(seen, cause) }
            });
        sessions.sessions += 1;
        if sessions.keys.len() < SESSIONS {
            sessions.keys.push(key(seen.place));
        }
    }

    /// The clients, those that cannot sign first, and how many more there are.
    pub(super) fn told(self) -> (Vec<UnsignedClient>, u64) {
        let more = self.by_client.len().saturating_sub(CLIENTS) as u64;
        let told =
            self.by_client.into_iter().take(CLIENTS).map(|((cause, client), it)| UnsignedClient {
                client: client.to_string(),
                cause,
                effect: cause.effect(),
                sessions: it.sessions,
                session_keys: it.keys,
                evidence: it.evidence,
            });
        (told.collect(), more)
    }
}

/// Why a session was neither signed nor encrypted; `None` where it was, or never came to be.
fn cause(seen: &Seen<'_>) -> Option<UnsignedCause> {
    let Seen { judgement, auth, session, .. } = seen;
    let is_unsigned = matches!(
        judgement.status,
        SigningStatus::Unsigned
            | SigningStatus::UnsignedSetupOnly
            | SigningStatus::UnsignedGuest
            | SigningStatus::UnsignedAnonymous
    );
    if !is_unsigned || judgement.outcome == Outcome::Failed {
        return None;
    }
    Some(match session.generation {
        _ if auth.mechanism == Some(Mechanism::Plaintext) => UnsignedCause::PlaintextPassword,
        _ if judgement.anonymous == Some(true) => UnsignedCause::Anonymous,
        _ if judgement.guest == Some(true) => UnsignedCause::Guest,
        _ if session.setup.n_messages == 0 => UnsignedCause::SetupNotSeen,
        Generation::Smb2 => UnsignedCause::NotRequired,
        Generation::Smb1 => of_smb1(session, auth.mechanism),
    })
}

fn of_smb1(session: &Session, mechanism: Option<Mechanism>) -> UnsignedCause {
    let flags = Flags2(session.setup.smb1_flags2.unwrap_or_default());
    let offers = flags.contains(Flags2::SMB_FLAGS2_SMB_SECURITY_SIGNATURE)
        || flags.contains(Flags2::SMB_FLAGS2_SMB_SECURITY_SIGNATURE_REQUIRED);
    match mechanism {
        Some(Mechanism::Ntlm) => UnsignedCause::Smb1WithoutExtendedSecurity,
        _ if offers => UnsignedCause::Smb1NotRequired,
        _ => UnsignedCause::Smb1NotOffered,
    }
}

/// The setup message that shows the cause, and the first message without a signature.
fn shown(seen: &Seen<'_>, cause: UnsignedCause) -> Vec<Evidence> {
    let Seen { session, connection, .. } = seen;
    let mut shown = Vec::new();
    let setup = &session.setup;
    let request = setup.client_requires_packet;
    let response = setup.final_response.map(|response| response.at.packet);
    let plain = connection.smb1.negotiate_response.as_ref().map(|kept| kept.at.packet);
    let of_cause = match cause {
        UnsignedCause::PlaintextPassword => {
            plain.or(request).map(|packet| (packet, "SecurityMode", "passwords in the clear"))
        }
        UnsignedCause::Guest => response.map(|packet| (packet, "SESSION_SETUP response", "guest")),
        UnsignedCause::Anonymous => {
            request.map(|packet| (packet, "SESSION_SETUP request", "no credentials"))
        }
        UnsignedCause::Smb1WithoutExtendedSecurity => {
            request.map(|packet| (packet, "SESSION_SETUP_ANDX request", "no extended security"))
        }
        UnsignedCause::Smb1NotOffered => {
            request.map(|packet| (packet, "SESSION_SETUP_ANDX Flags2", "signing is not offered"))
        }
        UnsignedCause::Smb1NotRequired => {
            request.map(|packet| (packet, "SESSION_SETUP_ANDX Flags2", "signing is offered"))
        }
        UnsignedCause::NotRequired => {
            request.map(|packet| (packet, "SESSION_SETUP request SecurityMode", "not required"))
        }
        UnsignedCause::SetupNotSeen => None,
    };
    if let Some((packet, field, value)) = of_cause {
        shown.push(evidence(packet, field, value.to_owned(), meaning(cause).to_owned()));
    }
    if let Some(sighting) = session.sightings.unsigned {
        let field = message_name(session.generation, &sighting);
        let meaning = "The first message without a signature.".to_owned();
        shown.push(evidence(sighting.packet, &field, "unsigned".to_owned(), meaning));
    }
    shown
}

fn meaning(cause: UnsignedCause) -> &'static str {
    match cause {
        UnsignedCause::PlaintextPassword => "A password in the clear gives no key to sign with.",
        UnsignedCause::Guest => "A guest's session has no key to sign with.",
        UnsignedCause::Anonymous => "A session without credentials has no key to sign with.",
        UnsignedCause::Smb1WithoutExtendedSecurity => {
            "Servers that require signing are seen to leave such sessions unsigned."
        }
        UnsignedCause::Smb1NotOffered => {
            "The client does not ask for signing; whether it could is not seen."
        }
        UnsignedCause::Smb1NotRequired => "The client signs where it is asked to.",
        UnsignedCause::NotRequired => "Every client of SMB 2 and 3 signs where it is asked to.",
        UnsignedCause::SetupNotSeen => "The setup was not captured.",
    }
}
