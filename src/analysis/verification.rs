//! What secrets proved about a session, in words.

use super::{evidence, judgement};
use crate::auth::ntlmssp::response::ResponseKind;
use crate::keyring::{KeySource, Lock, Origin, Way};
use crate::report::{FailedMessage, MicState, SecretState, Verification};
use crate::session::{
    Algorithm, Checks, Failure, Generation, Observer, Secured, Session, Sighting, SigningTally,
    Trial,
};

/// With what `session` was checked; `None` where no secret is for it.
pub(super) fn of(observer: &Observer, session: &Session) -> Option<Verification> {
    let secured = observer.secured(session)?;
    let (secret, way) = match secured.secret {
        Trial::None => return None,
        Trial::Wrong(secret, lock) => (secret, wrong_way(lock).to_owned()),
        Trial::Right(origin) => (origin.secret, way(origin)),
    };
    let checks = secured.all_checks();
    let n_failed = checks.failed + checks.decrypt_failed;
    let failures: Vec<FailedMessage> = secured
        .failures
        .iter()
        .map(|failure| failed(session.generation, secured, failure))
        .collect();
    Some(Verification {
        secret: observer.description(secret),
        way,
        failures_left_out: n_failed.saturating_sub(failures.len() as u64),
        failures,
    })
}

/// What a secret that was given proved.
pub(super) fn secret_state(secured: Option<&Secured>) -> SecretState {
    match secured.map(|secured| secured.secret) {
        None | Some(Trial::None) => SecretState::None,
        Some(Trial::Right(_)) => SecretState::Right,
        Some(Trial::Wrong(..)) => SecretState::Wrong,
    }
}

/// The state of a code that is there, once it was checked.
pub(super) fn mic_state(there: MicState, is_right: Option<bool>) -> MicState {
    match (there, is_right) {
        (MicState::Absent, _) | (_, None) => there,
        (_, Some(true)) => MicState::Valid,
        (_, Some(false)) => MicState::Invalid,
    }
}

/// Signatures and transforms by what became of them.
pub(super) struct Codes {
    pub(super) verified: u64,
    pub(super) failed: u64,
    pub(super) unchecked: u64,
    pub(super) decrypted: u64,
    pub(super) decrypt_failed: u64,
    pub(super) undecrypted: u64,
}

impl Codes {
    /// Those of messages that were counted as `tally` says, and checked as `checks` says.
    pub(super) fn of(tally: &SigningTally, checks: &Checks) -> Codes {
        // A transform that was not decrypted counts as one message, another as those in it.
        let closed = tally.encrypted.saturating_sub(checks.messages_inside);
        Codes {
            verified: checks.verified,
            failed: checks.failed,
            unchecked: tally.signatures.saturating_sub(checks.verified + checks.failed),
            decrypted: checks.decrypted,
            decrypt_failed: checks.decrypt_failed,
            undecrypted: closed.saturating_sub(checks.decrypt_failed),
        }
    }
}

/// What a wrong secret does not do.
fn wrong_way(lock: Lock) -> &'static str {
    match lock {
        Lock::Response => "it did not make the client's response",
        Lock::Ticket => "it does not open the Kerberos ticket",
        Lock::KdcAnswer => "it does not open what the KDC answered to the client",
    }
}

/// How a key follows from a secret.
fn way(origin: Origin) -> String {
    match origin.way {
        Way::Given => "given as it is",
        Way::Ntlm(ResponseKind::Lm) => "it made the LM response",
        Way::Ntlm(ResponseKind::NtlmV1) => "it made the NTLMv1 response",
        Way::Ntlm(ResponseKind::NtlmV1Ess) => {
            "it made the NTLMv1 response with extended session security"
        }
        Way::Ntlm(ResponseKind::NtlmV2) => "it made the NTLMv2 response",
        Way::Kerberos(KeySource::ApRepSubkey) => {
            "it opens the Kerberos ticket; the key is the AP-REP's subkey"
        }
        Way::Kerberos(KeySource::AuthenticatorSubkey) => {
            "it opens the Kerberos ticket; the key is the authenticator's subkey"
        }
        Way::Kerberos(KeySource::TicketSessionKey) => {
            "it opens the Kerberos ticket; the key is the ticket's session key"
        }
    }
    .to_owned()
}

fn failed(generation: Generation, secured: &Secured, failure: &Failure) -> FailedMessage {
    let sighting =
        Sighting { packet: failure.packet, direction: failure.direction, command: failure.command };
    let is_transform = failure.algorithm.is_none();
    let len = if failure.algorithm == Some(Algorithm::Md5) { 8 } else { 16 };
    let hexadecimal = |code: &[u8; 16]| -> String {
        code.iter().take(len).map(|byte| format!("{byte:02x}")).collect()
    };
    FailedMessage {
        capture: failure.packet.source.0,
        packet: failure.packet.number,
        message: match is_transform {
            true => "encrypted message".to_owned(),
            false => evidence::message_name(generation, &sighting),
        },
        message_id: failure.message_id.map(|id| id.to_string()),
        covered_bytes: failure.covered,
        found: hexadecimal(&failure.found),
        expected: failure.expected.as_ref().map(hexadecimal),
        algorithm: failure.algorithm.map(judgement::report_algorithm),
        meaning: meaning(secured, failure, is_transform).to_owned(),
    }
}

/// What a wrong code says: with a key that other messages prove, that the message is not what its
/// sender signed.
fn meaning(secured: &Secured, failure: &Failure, is_transform: bool) -> &'static str {
    let is_proven = failure.is_key_proven || secured.has_broken_code();
    match (is_proven, is_transform) {
        (true, true) => {
            "The authentication tag is wrong although other messages prove the key: what was captured is not what was sent."
        }
        (true, false) => {
            "The signature is wrong although other messages prove the key: what was captured is not what was signed."
        }
        (false, _) => {
            "No message proves the key, so this may be the secret, the setup as it was captured, or the message."
        }
    }
}
