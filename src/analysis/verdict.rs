//! The verdict of a session in words: the phrase, the way to it, and what would change it.

use crate::packet::{PacketId, SourceId};
use crate::report::{
    Coverage, Endpoint, Expected, Policy, Reason, SigningStatus, Verdict, Verification, words,
};
use crate::session::{Connection, Generation, Session, SetupOutcome};
use crate::smb::status::Status;

use super::judgement::Judgement;
use super::verification::Codes;

/// The verdict of `session`.
pub(super) fn of(
    connection: Option<&Connection>,
    session: &Session,
    judgement: &Judgement,
    verification: Option<&Verification>,
) -> Verdict {
    Verdict {
        phrase: phrase(session, judgement),
        why: vec![
            policy_reason(connection, session, judgement),
            expected_reason(session, judgement),
            observed_reason(session, judgement),
        ]
        .into_iter()
        .chain(verification.map(|known| verification_reason(session, judgement, known)))
        .chain([status_reason(judgement)])
        .chain(coverage_reason(judgement))
        .collect(),
        would_change: would_change(judgement).to_owned(),
    }
}

/// The status with its cause, short enough for a row of a table.
pub(super) fn phrase(session: &Session, judgement: &Judgement) -> String {
    let tally = &judgement.tally;
    let readable = tally.eligible() - tally.unreadable;
    match judgement.status {
        SigningStatus::SigningViolated => format!(
            "Signing violated: {} required it, yet {} accepted",
            who_requires(judgement.policy),
            messages(session.accepted_unsigned, "unsigned message was", "unsigned messages were"),
        ),
        SigningStatus::Unsigned | SigningStatus::UnsignedSetupOnly => {
            format!("Unsigned: {}", unsigned_cause(session, judgement))
        }
        SigningStatus::UnsignedGuest => "Unsigned: the server made the user a guest".to_owned(),
        SigningStatus::UnsignedAnonymous => "Unsigned: the client gave no credentials".to_owned(),
        SigningStatus::Selective => {
            format!("Partly signed: {} of {readable} messages", tally.signed)
        }
        SigningStatus::EncryptedPartly => {
            format!("Partly encrypted: {} of {readable} messages", tally.encrypted)
        }
        SigningStatus::Encrypted => format!(
            "Encrypted: all {} after the setup, not decrypted",
            messages(tally.encrypted, "message", "messages")
        ),
        SigningStatus::SignedUnverified => format!(
            "Signed: all {}, no signature verified",
            messages(tally.signed, "message", "messages")
        ),
        SigningStatus::SignedVerified => format!(
            "Signed and verified: {}",
            all(codes(judgement).verified, "signature", "signatures")
        ),
        SigningStatus::SignedPartlyVerified => {
            let codes = codes(judgement);
            format!(
                "Signed: {} of {} signatures verified, the others could not be checked",
                codes.verified,
                codes.verified + codes.unchecked
            )
        }
        SigningStatus::EncryptedVerified => format!(
            "Encrypted and verified: {} decrypted",
            all(judgement.tally.encrypted, "message", "messages")
        ),
        SigningStatus::BadSignature => {
            let codes = codes(judgement);
            let n_failed = codes.failed + codes.decrypt_failed;
            let n_right = codes.verified + codes.decrypted;
            let is_wrong = if n_failed == 1 { "is" } else { "are" };
            format!(
                "Bad signature: {} {is_wrong} not what was sent, {n_right} prove the key",
                messages(n_failed, "message", "messages")
            )
        }
        SigningStatus::KeyMismatch if codes(judgement).failed == 0 => {
            "Signed, unverified: the secret for this account is wrong".to_owned()
        }
        SigningStatus::KeyMismatch => format!(
            "Signed, unverified: the key fits none of {}",
            messages(codes(judgement).failed, "signature", "signatures")
        ),
        SigningStatus::BaselineOnly => "Undetermined: nothing follows the setup".to_owned(),
        SigningStatus::NoSession => no_session_cause(session),
        SigningStatus::Unknown => undetermined_cause(judgement),
    }
}

/// What became of the signatures and transforms.
fn codes(judgement: &Judgement) -> Codes {
    Codes::of(&judgement.tally, &judgement.checks)
}

/// "the only message", "all 7 messages".
fn all(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("the only {one}") } else { format!("all {count} {many}") }
}

fn messages(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn who_requires(policy: Policy) -> &'static str {
    match (policy.client_requires, policy.server_requires) {
        (Some(true), Some(true)) => "both sides",
        (Some(true), _) => "the client",
        _ => "the server",
    }
}

fn unsigned_cause(session: &Session, judgement: &Judgement) -> String {
    let policy = judgement.policy;
    match judgement.expected {
        Expected::Signed if session.accepted_unsigned == 0 => {
            format!("{} required signing, and nothing unsigned was accepted", who_requires(policy))
        }
        Expected::Signed => format!("although {} required signing", who_requires(policy)),
        _ if (policy.client_requires, policy.server_requires) == (Some(false), Some(false)) => {
            "neither side requires signing".to_owned()
        }
        _ if session.setup.n_messages == 0 => "cause not captured".to_owned(),
        _ if policy.server_requires == Some(false) => {
            "the server does not require signing".to_owned()
        }
        _ => "what each side requires was not captured".to_owned(),
    }
}

fn no_session_cause(session: &Session) -> String {
    match session.setup.outcome {
        SetupOutcome::Failed(status) => {
            format!("No session: refused with {}", Status(status))
        }
        SetupOutcome::NotSeen | SetupOutcome::Succeeded => {
            "No session: the setup was never finished".to_owned()
        }
    }
}

fn undetermined_cause(judgement: &Judgement) -> String {
    let tally = &judgement.tally;
    if tally.unreadable > 0 {
        format!(
            "Undetermined: {} of {} message headers were cut",
            tally.unreadable,
            tally.eligible()
        )
    } else {
        "Undetermined: the capture does not show enough".to_owned()
    }
}

fn policy_reason(
    connection: Option<&Connection>,
    session: &Session,
    judgement: &Judgement,
) -> Reason {
    let say = |side: &str, requires: Option<bool>| match requires {
        Some(true) => format!("{side} requires signing"),
        Some(false) => format!("{side} does not require signing"),
        None => format!("what {side} requires was not captured"),
    };
    let policy = judgement.policy;
    let text = format!(
        "{}; {}.",
        capitalized(&say("the client", policy.client_requires)),
        say("the server", policy.server_requires)
    );
    let said = connection.map(|c| [c.client_security_mode, c.server_security_mode]);
    let smb1 = connection.and_then(|c| c.smb1.negotiate_response.as_ref());
    let (section, mut packets): (_, Vec<PacketId>) = match session.generation {
        Generation::Smb1 => {
            ("[MS-SMB] 2.2.4.5.2.1", smb1.into_iter().map(|kept| kept.at.packet).collect())
        }
        Generation::Smb2 => (
            "[MS-SMB2] 2.2.3, 2.2.4",
            said.into_iter().flatten().flatten().map(|said| said.packet).collect(),
        ),
    };
    packets.extend(session.setup.client_requires_packet);
    reason(text, Some(section), packets)
}

fn expected_reason(session: &Session, judgement: &Judgement) -> Reason {
    let text = match judgement.expected {
        Expected::Signed => "So every message after the setup should carry a signature.",
        Expected::SetupOnly => {
            "So only what is always signed is: the end of the setup, TREE_CONNECT in 3.1.1 and the check of the negotiation."
        }
        Expected::Unsigned if judgement.guest == Some(true) => {
            "The server made the user a guest, and a guest's session has no key to sign with."
        }
        Expected::Unsigned if judgement.anonymous == Some(true) => {
            "The client gave no credentials, and such a session has no key to sign with."
        }
        Expected::Unsigned => "The settings of the two sides give a session without signatures.",
        Expected::Encrypted => {
            "The session is encrypted, which takes the place of the signature on each message."
        }
        Expected::Unknown => {
            "So it is not known what should be signed: a part of the negotiation or of the setup was not captured."
        }
    };
    let section = match (session.generation, judgement.expected) {
        (Generation::Smb1, _) => "[MS-SMB] 3.3.5.3",
        (Generation::Smb2, Expected::Encrypted) => "[MS-SMB2] 3.1.4.3",
        (Generation::Smb2, _) => "[MS-SMB2] 3.2.5.3.1, 3.3.5.5.3",
    };
    let packet = session.setup.final_response.map(|response| response.at.packet);
    reason(text.to_owned(), Some(section), packet)
}

fn observed_reason(session: &Session, judgement: &Judgement) -> Reason {
    let tally = &judgement.tally;
    let counts = [
        (tally.signed, "with a signature"),
        (tally.unsigned, "without a signature"),
        (tally.zero_signature, "marked as signed with zeros for a signature"),
        (tally.encrypted, "inside a transform"),
        (tally.unreadable, "with a header that was cut"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", messages(count, "message", "messages")))
        .collect();
    let baseline = tally.baseline_signed;
    let text = if told.is_empty() {
        "The capture shows no message after the setup.".to_owned()
    } else {
        format!("After the setup the capture shows {}.", told.join(", "))
    };
    let text = match baseline {
        0 => text,
        1 => format!("{text} One message of the setup is signed, and does not count."),
        _ => format!("{text} {baseline} messages of the setup are signed, and do not count."),
    };
    let sightings = &session.sightings;
    let packets = [
        sightings.signed,
        sightings.unsigned,
        sightings.zero_signature,
        sightings.encrypted,
        sightings.unreadable,
    ];
    let packets = packets.into_iter().flatten().map(|sighting| sighting.packet);
    let section = match session.generation {
        Generation::Smb1 => "[MS-CIFS] 2.2.3.1, 3.1.4.1",
        Generation::Smb2 => "[MS-SMB2] 2.2.1, 3.1.4.1",
    };
    reason(text, Some(section), packets)
}

/// What the secret that was given for the session showed.
fn verification_reason(session: &Session, judgement: &Judgement, known: &Verification) -> Reason {
    let codes = codes(judgement);
    let mut text = format!("With the {}: {}.", known.secret, known.way);
    let signatures = [
        (codes.verified, "verified"),
        (codes.failed, "not right"),
        (
            codes.unchecked,
            "not checked, for not all of the message was captured or its key is not known",
        ),
    ];
    let transforms = [
        (codes.decrypted, "decrypted"),
        (codes.decrypt_failed, "not authentic"),
        (codes.undecrypted, "not decrypted"),
    ];
    for (counts, one, many) in [
        (signatures, "signature", "signatures"),
        (transforms, "encrypted message", "encrypted messages"),
    ] {
        let told: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", messages(count, one, many)))
            .collect();
        if !told.is_empty() {
            text.push_str(&format!(" {}.", capitalized(&told.join(", "))));
        }
    }
    let failed = known
        .failures
        .iter()
        .map(|failure| PacketId { source: SourceId(failure.capture), number: failure.packet });
    let section = match session.generation {
        Generation::Smb1 => "[MS-CIFS] 3.1.4.1, 3.1.5.1",
        Generation::Smb2 => "[MS-SMB2] 3.1.4.2, 3.1.5.1",
    };
    reason(text, Some(section), failed.take(8))
}

fn status_reason(judgement: &Judgement) -> Reason {
    reason(words::status_help(judgement.status).to_owned(), None, [])
}

fn coverage_reason(judgement: &Judgement) -> Option<Reason> {
    let missing: Vec<&str> = judgement
        .coverage
        .iter()
        .filter(|coverage| **coverage != Coverage::Complete)
        .map(|coverage| words::coverage(*coverage))
        .collect();
    (!missing.is_empty()).then(|| {
        let missing = missing.join("; ");
        reason(format!("The capture is not complete for this session: {missing}."), None, [])
    })
}

/// That the conversation was recorded elsewhere too, between these ends and from these packets on;
/// `None` where it was not.
pub(super) fn views_reason(
    ends: Vec<(Endpoint, Endpoint)>,
    packets: Vec<PacketId>,
) -> Option<Reason> {
    let also: Vec<String> =
        ends.iter().map(|(client, server)| words::between(client, server)).collect();
    (!also.is_empty()).then(|| {
        let text = format!(
            "The same conversation was also recorded as {}, byte for byte: before or behind a NAT, a load balancer or a forwarder, or in another network. It is told once for each.",
            also.join(" and as ")
        );
        reason(text, None, packets)
    })
}

/// A step that rests on a section of a specification and on packets.
fn reason(
    text: String,
    section: Option<&str>,
    packets: impl IntoIterator<Item = PacketId>,
) -> Reason {
    let (captures, packets) =
        packets.into_iter().map(|packet| (packet.source.0, packet.number)).unzip();
    Reason { text, section: section.map(str::to_owned), packets, captures }
}

fn would_change(judgement: &Judgement) -> &'static str {
    match judgement.status {
        SigningStatus::SignedUnverified => {
            "Verifying the signatures would: it needs the account's password or key, and would show whether each signature is right."
        }
        SigningStatus::Encrypted => {
            "Decrypting the session would: it needs the account's password or key, and would show whether each message is authentic."
        }
        SigningStatus::KeyMismatch => {
            "The right secret would: check the account, the domain and the password, and whether the password was another one when the capture was made."
        }
        SigningStatus::BadSignature => {
            "Nothing in this capture: the key is proven and the message does not fit it. A capture from the other side would show whether it was changed on the way or left its sender so."
        }
        SigningStatus::SignedVerified | SigningStatus::EncryptedVerified => {
            "Nothing: the key is proven, and every message fits it."
        }
        SigningStatus::EncryptedPartly => {
            "The part in the clear decides: were it encrypted or signed too, the session would be protected."
        }
        SigningStatus::Unsigned | SigningStatus::UnsignedSetupOnly | SigningStatus::Selective => {
            "Requiring signing on either side would: the server's setting protects everyone who connects to it, the client's protects it everywhere."
        }
        SigningStatus::UnsignedGuest | SigningStatus::UnsignedAnonymous => {
            "Credentials that the server knows would: only a session with a key of its own can be signed."
        }
        SigningStatus::SigningViolated => {
            "Nothing in this capture: an unsigned message was accepted where signing was required. A capture from the other side would show whether it was changed on the way."
        }
        SigningStatus::BaselineOnly | SigningStatus::NoSession => {
            "A capture in which the session goes on after its setup would."
        }
        _ => "A more complete capture would.",
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}
