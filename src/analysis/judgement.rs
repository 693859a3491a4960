//! What a session's policy, counts and setup come to: the status, by the rules of the report.
//!
//! Everything here is a pure function of what was observed. Three facts are kept apart: what each
//! side requires (policy), what that should give (expected), and what the messages carry
//! (observed); only then comes the status.

use super::coverage;
use super::verification::Codes;
use crate::report::{
    Coverage, Dialect, Expected, Outcome, Policy, SigningAlgorithm, SigningStatus,
};
use crate::session::{
    Algorithm, Channel, Checks, Connection, Generation, Observer, Said, Secured, Session,
    SetupOutcome, SigningTally, Trial, sum,
};
use crate::smb::smb1::{Flags2, SecurityMode as Smb1SecurityMode};
use crate::smb::smb2::{self, CipherId, SessionFlags};

/// What is known of a session, judged.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub(super) policy: Policy,
    pub(super) expected: Expected,
    pub(super) status: SigningStatus,
    pub(super) outcome: Outcome,
    pub(super) dialect: Option<Dialect>,
    pub(super) signing_algorithm: Option<SigningAlgorithm>,
    /// `None` where no algorithm is known.
    pub(super) signing_algorithm_negotiated: Option<bool>,
    pub(super) encryption_cipher: Option<CipherId>,
    pub(super) guest: Option<bool>,
    pub(super) anonymous: Option<bool>,
    pub(super) tally: SigningTally,
    pub(super) checks: Checks,
    pub(super) coverage: Vec<Coverage>,
}

impl Judgement {
    /// Judges `session`; `anonymous` says whether its client gave no credentials, where known.
    pub(super) fn of(observer: &Observer, session: &Session, anonymous: Option<bool>) -> Judgement {
        let connection = session.channels.first().and_then(|c| observer.connection(c.connection));
        let tallies = session.tallies();
        let tally = sum(&tallies);
        let secured = observer.secured(session);
        let facts = Facts {
            observer,
            session,
            connection,
            tally,
            checks: secured.map(Secured::all_checks).unwrap_or_default(),
            secured,
            anonymous: is_anonymous(session, anonymous),
        };
        let policy = match session.channels.first() {
            Some(channel) => channel_policy(connection, session, channel),
            None => Policy::default(),
        };
        let expected = facts.expected(policy);
        let (signing_algorithm, signing_algorithm_negotiated) = match connection {
            Some(connection) => signing_algorithm(connection, session.generation),
            None => (None, None),
        };
        Judgement {
            policy,
            expected,
            status: facts.status(policy, expected),
            outcome: facts.outcome(),
            dialect: facts.dialect(),
            signing_algorithm,
            signing_algorithm_negotiated,
            encryption_cipher: connection.and_then(|connection| connection.cipher_id),
            guest: is_guest(session),
            anonymous: facts.anonymous,
            tally,
            checks: facts.checks,
            coverage: coverage::of(observer, session),
        }
    }
}

/// What the rules look at.
struct Facts<'a> {
    observer: &'a Observer,
    session: &'a Session,
    connection: Option<&'a Connection>,
    tally: SigningTally,
    checks: Checks,
    secured: Option<&'a Secured>,
    anonymous: Option<bool>,
}

impl Facts<'_> {
    fn outcome(&self) -> Outcome {
        match self.session.setup.outcome {
            SetupOutcome::Succeeded => Outcome::Established,
            _ if self.session.generation == Generation::Smb1 && self.is_setup_unseen() => {
                Outcome::Unknown
            }
            _ if self.is_in_use() => Outcome::Established,
            SetupOutcome::Failed(_) => Outcome::Failed,
            SetupOutcome::NotSeen => Outcome::Unknown,
        }
    }

    fn is_setup_unseen(&self) -> bool {
        self.session.setup.n_messages == 0
    }

    /// Whether messages after the setup show that the session came to be. Where nothing of the
    /// server was captured, that the client goes on is all there is to see.
    fn is_in_use(&self) -> bool {
        let tallies = self.session.tallies();
        let is_one_sided = tallies.to_client.total() == 0;
        let has_failed = matches!(self.session.setup.outcome, SetupOutcome::Failed(_));
        let goes_on = tallies.to_server.eligible() > 0;
        self.session.has_traffic || (is_one_sided && goes_on && !has_failed)
    }

    fn dialect(&self) -> Option<Dialect> {
        match self.session.generation {
            Generation::Smb1 => Some(Dialect::Smb1),
            Generation::Smb2 => dialect(self.connection?.dialect?),
        }
    }

    fn is_unprotectable(&self) -> bool {
        is_guest(self.session) == Some(true) || self.anonymous == Some(true)
    }

    /// What the policies should give, after what overrides them.
    fn expected(&self, policy: Policy) -> Expected {
        let flags = session_flags(self.session).unwrap_or_default();
        let is_in_clear = self.tally.signed + self.tally.unsigned + self.tally.zero_signature > 0;
        let is_encrypted = self.tally.encrypted > 0 && !is_in_clear
            || flags.contains(SessionFlags::SMB2_SESSION_FLAG_ENCRYPT_DATA);
        if self.is_unprotectable() {
            return Expected::Unsigned;
        }
        if is_encrypted {
            return Expected::Encrypted;
        }
        let by_policy = match self.session.generation {
            Generation::Smb1 => self.smb1_expected(policy),
            Generation::Smb2 => smb2_expected(policy),
        };
        if by_policy == Expected::Signed && !self.can_be_signed() {
            Expected::Unknown
        } else {
            by_policy
        }
    }

    /// Whether the session can carry signatures, which a guest's cannot: known once the server's
    /// final answer was seen, or a signature was.
    fn can_be_signed(&self) -> bool {
        self.session.setup.final_response.is_some()
            || matches!(self.session.setup.outcome, SetupOutcome::Failed(_))
            || self.tally.signed > 0
    }

    /// What the settings of SMB1 should give, \[MS-SMB\] 3.3.5.3. A side that merely enables
    /// signing gets it where the other enables it too.
    fn smb1_expected(&self, policy: Policy) -> Expected {
        let server = self.connection.and_then(|connection| connection.smb1.security_mode);
        let client = self.session.setup.smb1_flags2.map(Flags2);
        let is_required = [policy.client_requires, policy.server_requires].contains(&Some(true));
        match (server, client) {
            _ if is_required => Expected::Signed,
            (Some(server), Some(client)) => {
                let enabled = Smb1SecurityMode::NEGOTIATE_SECURITY_SIGNATURES_ENABLED;
                let wanted = Flags2::SMB_FLAGS2_SMB_SECURITY_SIGNATURE;
                if server.contains(enabled) && client.contains(wanted) {
                    Expected::Signed
                } else {
                    Expected::Unsigned
                }
            }
            _ => Expected::Unknown,
        }
    }

    /// The status, by the first rule that fits.
    fn status(&self, policy: Policy, expected: Expected) -> SigningStatus {
        let SigningTally { encrypted, unreadable, signed, .. } = self.tally;
        let clear_unsigned = self.unsigned_that_count(policy, expected);
        if let Some(status) = self.without_session() {
            return status;
        }
        if self.secured.is_some_and(Secured::has_broken_code) {
            return SigningStatus::BadSignature;
        }
        if self.is_violated(policy, expected) {
            return SigningStatus::SigningViolated;
        }
        if encrypted > 0 {
            return if signed + clear_unsigned == 0 {
                self.encrypted_status()
            } else {
                SigningStatus::EncryptedPartly
            };
        }
        match (signed > 0, clear_unsigned > 0) {
            (true, true) => SigningStatus::Selective,
            (true, false) if unreadable > 0 => SigningStatus::Unknown,
            (true, false) => self.signed_status(),
            (false, true) => self.unsigned_status(),
            (false, false) if unreadable > 0 => SigningStatus::Unknown,
            (false, false) => SigningStatus::BaselineOnly,
        }
    }

    /// The status where everything is encrypted.
    fn encrypted_status(&self) -> SigningStatus {
        let codes = Codes::of(&self.tally, &self.checks);
        if codes.decrypted > 0 && codes.decrypt_failed + codes.undecrypted == 0 {
            SigningStatus::EncryptedVerified
        } else {
            SigningStatus::Encrypted
        }
    }

    /// The status where everything carries a signature, and no proven key finds one wrong.
    fn signed_status(&self) -> SigningStatus {
        let is_wrong = self.secured.is_some_and(|s| matches!(s.secret, Trial::Wrong(..)));
        let codes = Codes::of(&self.tally, &self.checks);
        match (codes.verified, codes.failed, codes.unchecked) {
            (_, 1.., _) => SigningStatus::KeyMismatch,
            (0, 0, _) if is_wrong => SigningStatus::KeyMismatch,
            (0, 0, _) => SigningStatus::SignedUnverified,
            (_, 0, 0) => SigningStatus::SignedVerified,
            (_, 0, _) => SigningStatus::SignedPartlyVerified,
        }
    }

    /// The status where no session came to be, or where that cannot be told.
    fn without_session(&self) -> Option<SigningStatus> {
        if self.session.setup.outcome == SetupOutcome::Succeeded || self.is_in_use() {
            return None;
        }
        if let SetupOutcome::Failed(_) = self.session.setup.outcome {
            return Some(SigningStatus::NoSession);
        }
        let tallies = self.session.tallies();
        let is_two_sided = tallies.to_server.total() > 0 && tallies.to_client.total() > 0;
        if self.tally.eligible() > 0 {
            None
        } else if is_two_sided && !coverage::has_gap_in_setup(self.observer, self.session) {
            Some(SigningStatus::NoSession)
        } else {
            Some(SigningStatus::Unknown)
        }
    }

    /// Messages without a signature that decide: where the session must sign, those that the other
    /// side refused say nothing beside others that it took.
    fn unsigned_that_count(&self, policy: Policy, expected: Expected) -> u64 {
        let unsigned = self.tally.unsigned + self.tally.zero_signature;
        let is_refused = self.must_sign(policy, expected) && self.session.accepted_unsigned == 0;
        let has_others = self.tally.signed + self.tally.encrypted > 0;
        if is_refused && has_others { 0 } else { unsigned }
    }

    fn is_violated(&self, policy: Policy, expected: Expected) -> bool {
        self.must_sign(policy, expected) && self.session.accepted_unsigned > 0
    }

    /// Whether a message without a signature breaks what was agreed: a side requires signing, the
    /// server's final answer is there to tell that the session is no guest's, and it is not one of
    /// the SMB1 sessions without extended security that servers leave unsigned all the same.
    fn must_sign(&self, policy: Policy, expected: Expected) -> bool {
        let is_required = [policy.client_requires, policy.server_requires].contains(&Some(true));
        is_required
            && expected == Expected::Signed
            && self.session.setup.final_response.is_some()
            && self.has_extended_security()
    }

    fn has_extended_security(&self) -> bool {
        let flags2 = self.session.setup.smb1_flags2.map(Flags2);
        self.session.generation == Generation::Smb2
            || flags2.is_some_and(|flags| flags.contains(Flags2::SMB_FLAGS2_EXTENDED_SECURITY))
    }

    /// Whether what SMB 2 and 3 always sign is signed, in a session whose setup was seen.
    fn is_setup_signed(&self) -> bool {
        self.session.generation == Generation::Smb2
            && self.tally.baseline_signed > 0
            && !self.is_setup_unseen()
    }

    fn unsigned_status(&self) -> SigningStatus {
        if is_guest(self.session) == Some(true) {
            SigningStatus::UnsignedGuest
        } else if self.anonymous == Some(true) {
            SigningStatus::UnsignedAnonymous
        } else if self.is_setup_signed() {
            SigningStatus::UnsignedSetupOnly
        } else {
            SigningStatus::Unsigned
        }
    }
}

/// What each side requires on one of the session's connections.
pub(super) fn channel_policy(
    connection: Option<&Connection>,
    session: &Session,
    channel: &Channel,
) -> Policy {
    let by_setup = channel.is_setup_seen.then_some(channel.client_requires);
    match session.generation {
        Generation::Smb1 => Policy {
            client_requires: by_setup,
            server_requires: connection
                .and_then(|connection| connection.smb1.security_mode)
                .map(|mode| mode.is_signing_required()),
        },
        Generation::Smb2 => {
            let requires = |said: Said| said.security_mode.is_signing_required();
            let by_negotiate = connection.and_then(|c| c.client_security_mode).map(requires);
            Policy {
                client_requires: either(by_negotiate, by_setup),
                server_requires: connection.and_then(|c| c.server_security_mode).map(requires),
            }
        }
    }
}

/// The report's name of a dialect; `None` for one that it does not know.
pub(super) fn dialect(dialect: smb2::Dialect) -> Option<Dialect> {
    match dialect {
        smb2::Dialect::SMB_2_0_2 => Some(Dialect::Smb202),
        smb2::Dialect::SMB_2_1 => Some(Dialect::Smb210),
        smb2::Dialect::SMB_3_0 => Some(Dialect::Smb300),
        smb2::Dialect::SMB_3_0_2 => Some(Dialect::Smb302),
        smb2::Dialect::SMB_3_1_1 => Some(Dialect::Smb311),
        _ => None,
    }
}

/// The signing algorithm of a connection, and whether a context named it; without one it is the
/// dialect's default, \[MS-SMB2\] 3.1.4.1.
pub(super) fn signing_algorithm(
    connection: &Connection,
    generation: Generation,
) -> (Option<SigningAlgorithm>, Option<bool>) {
    if generation == Generation::Smb1 {
        return (Some(SigningAlgorithm::Md5), Some(false));
    }
    let Some(algorithm) = connection.signing_algorithm() else { return (None, None) };
    (Some(report_algorithm(algorithm)), Some(connection.signing_algorithm_id.is_some()))
}

/// The report's name of an algorithm.
pub(super) fn report_algorithm(algorithm: Algorithm) -> SigningAlgorithm {
    match algorithm {
        Algorithm::HmacSha256 => SigningAlgorithm::HmacSha256,
        Algorithm::AesCmac => SigningAlgorithm::Aes128Cmac,
        Algorithm::AesGmac => SigningAlgorithm::Aes128Gmac,
        Algorithm::Md5 => SigningAlgorithm::Md5,
    }
}

/// Whether the server made the session a guest's; `None` where its final answer was not seen.
pub(super) fn is_guest(session: &Session) -> Option<bool> {
    session_flags(session).map(|flags| flags.contains(SessionFlags::SMB2_SESSION_FLAG_IS_GUEST))
}

fn session_flags(session: &Session) -> Option<SessionFlags> {
    session.setup.final_response?.session_flags
}

/// A server may mark an anonymous session, and need not: what the client sent tells otherwise.
fn is_anonymous(session: &Session, by_credentials: Option<bool>) -> Option<bool> {
    let flags = session_flags(session).unwrap_or_default();
    if flags.contains(SessionFlags::SMB2_SESSION_FLAG_IS_NULL) {
        Some(true)
    } else {
        by_credentials
    }
}

fn smb2_expected(policy: Policy) -> Expected {
    match (policy.client_requires, policy.server_requires) {
        (Some(true), _) | (_, Some(true)) => Expected::Signed,
        (Some(false), Some(false)) => Expected::SetupOnly,
        _ => Expected::Unknown,
    }
}

fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a || b),
        (known, None) | (None, known) => known,
    }
}
