//! The keys of sessions that secrets gave, and what was found with them.
//!
//! They stand apart from the sessions, for most sessions have none and nothing of this may be shown.

use std::collections::HashMap;
use std::fmt;

use foldhash::fast::FixedState;

use super::smb1_signing::Smb1Signing;
use super::{ConnectionId, SessionIndex};
use crate::crypto::SecretKey;
use crate::crypto::aead::Cipher;
use crate::crypto::mac::{Code, SigningKey};
use crate::flow::{Direction, PerDirection};
use crate::keyring::{Keyring, Lock, Origin, SecretRef};
use crate::packet::PacketId;

/// The keys of a run.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) keyring: Keyring,
    pub(super) sessions: HashMap<SessionIndex, Secured, FixedState>,
    /// What signs the SMB1 messages of a connection.
    pub(super) smb1: HashMap<ConnectionId, Smb1Signing, FixedState>,
    /// Codes of messages that are under way, one for each direction of a connection.
    pub(super) under_way: HashMap<(ConnectionId, Direction), UnderWay, FixedState>,
    /// Long searches for the number of an SMB1 message that were made.
    pub(super) long_searches: u32,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys")
    }
}

/// The code of a message that is under way.
pub(super) struct UnderWay {
    pub(super) code: Code,
    /// What stands for the signature in the message's first bytes; `None` once they were taken.
    pub(super) mask: Option<Mask>,
}

/// What a code takes in the place of the signature.
#[derive(Clone, Copy)]
pub(super) enum Mask {
    /// Zeros, in SMB 2 and 3.
    Zeros,
    /// The message's number, in SMB1.
    Number(u32),
}

/// What secrets told about a session.
#[derive(Default)]
pub struct Secured {
    /// Whether one is right.
    pub secret: Trial,
    /// Whether the MIC of the NTLM messages is right; `None` where it was not checked.
    pub mic: Option<bool>,
    /// Whether the codes over SPNEGO's list of mechanisms are right; `None` where not all of those
    /// that there are were checked.
    pub mech_list_mic: Option<bool>,
    /// Signatures and transforms that were not right, as many as are kept.
    pub failures: Vec<Failure>,
    /// The session's channels, in its order; fewer where the last ones have no key.
    pub(super) channels: Vec<Secure>,
    /// How many setup messages there were when the secrets were tried last.
    pub(super) tried_with: u64,
}

/// What became of the secrets for a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trial {
    /// None is for it.
    #[default]
    None,
    /// One proved itself.
    Right(Origin),
    /// One that is for it by name does not open what it should.
    Wrong(SecretRef, Lock),
}

/// The keys of one channel.
#[derive(Default)]
pub(super) struct Secure {
    /// The keys it may have, the likeliest first; once one is proven no other is left.
    pub(super) candidates: Vec<Candidate>,
    /// A message proved the key.
    pub(super) is_proven: bool,
    pub(super) checks: PerDirection<Checks>,
}

/// A key that a channel may have.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) signing: Signing,
    /// The keys that encrypt, and the cipher.
    pub(super) sealing: Option<Sealing>,
    pub(super) origin: Origin,
    /// Whoever gave the secret said that it is this session's, or it proved itself before.
    pub(super) is_certain: bool,
}

/// A key that signs, ready for use.
#[derive(Clone)]
pub(super) struct Signing {
    pub(super) algorithm: Algorithm,
    pub(super) key: SecretKey,
    pub(super) ready: SigningKey,
}

/// How a message of SMB 2 and 3 is signed (\[MS-SMB2\] 3.1.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA256.
    HmacSha256,
    /// AES-128-CMAC.
    AesCmac,
    /// AES-128-GMAC.
    AesGmac,
    /// The MD5 of SMB1.
    Md5,
}

impl Algorithm {
    /// Those of SMB 2 and 3.
    pub(super) const SMB2: [Algorithm; 3] =
        [Algorithm::HmacSha256, Algorithm::AesCmac, Algorithm::AesGmac];
}

impl Signing {
    /// `key` for `algorithm`.
    pub(super) fn new(algorithm: Algorithm, key: SecretKey) -> Option<Signing> {
        let ready = match algorithm {
            Algorithm::HmacSha256 => SigningKey::hmac_sha256(&key)?,
            Algorithm::AesCmac => SigningKey::aes_cmac(&key),
            Algorithm::AesGmac => SigningKey::aes_gmac(&key),
            Algorithm::Md5 => SigningKey::Smb1(key.clone()),
        };
        Some(Signing { algorithm, key, ready })
    }

    /// The same key for another algorithm.
    pub(super) fn with(&self, algorithm: Algorithm) -> Option<Signing> {
        Signing::new(algorithm, self.key.clone())
    }
}

/// The keys that encrypt a session's messages.
#[derive(Clone)]
pub(super) struct Sealing {
    pub(super) cipher: Cipher,
    pub(super) to_server: SecretKey,
    pub(super) to_client: SecretKey,
}

impl Sealing {
    pub(super) fn of(&self, direction: Direction) -> &SecretKey {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }
}

/// What was found in one direction of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Signatures that are right.
    pub verified: u64,
    /// Signatures that are not.
    pub failed: u64,
    /// Transforms that were decrypted.
    pub decrypted: u64,
    /// Messages that were in them.
    pub messages_inside: u64,
    /// Transforms that did not authenticate.
    pub decrypt_failed: u64,
}

impl Checks {
    /// Adds `other`, field by field.
    pub fn add(&mut self, other: &Checks) {
        self.verified += other.verified;
        self.failed += other.failed;
        self.decrypted += other.decrypted;
        self.messages_inside += other.messages_inside;
        self.decrypt_failed += other.decrypt_failed;
    }
}

/// A message whose code is not right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The packet that completes it.
    pub packet: PacketId,
    /// Who sent it.
    pub direction: Direction,
    /// Command, as on the wire; `None` of a transform.
    pub command: Option<u16>,
    /// MessageId; of SMB1 the multiplex identifier.
    pub message_id: Option<u64>,
    /// Bytes that the code covers, from the protocol identifier on.
    pub covered: u64,
    /// The code that the message carries, 16 bytes, of SMB1 the first 8.
    pub found: [u8; 16],
    /// The code that the key gives; `None` of a transform, of which it cannot be told.
    pub expected: Option<[u8; 16]>,
    /// With what it was checked; `None` of a transform.
    pub algorithm: Option<Algorithm>,
    /// Where the key comes from.
    pub origin: Origin,
    /// The key had proven itself on another message before or did later.
    pub is_key_proven: bool,
}

/// Failures that are kept of a session.
const MOST_FAILURES: usize = 256;

impl Secured {
    /// The channel at `place`, made where there is none.
    pub(super) fn channel_mut(&mut self, place: usize) -> Option<&mut Secure> {
        if self.channels.len() <= place {
            self.channels.resize_with(place + 1, Secure::default);
        }
        self.channels.get_mut(place)
    }

    /// What was found on the channel at `place`.
    pub fn checks(&self, place: usize) -> PerDirection<Checks> {
        self.channels.get(place).map_or_else(PerDirection::default, |channel| channel.checks)
    }

    /// What was found on all channels, by direction.
    pub fn checks_by_direction(&self) -> PerDirection<Checks> {
        let mut sum = PerDirection::<Checks>::default();
        for channel in &self.channels {
            sum.to_server.add(&channel.checks.to_server);
            sum.to_client.add(&channel.checks.to_client);
        }
        sum
    }

    /// What was found on all channels.
    pub fn all_checks(&self) -> Checks {
        let PerDirection { mut to_server, to_client } = self.checks_by_direction();
        to_server.add(&to_client);
        to_server
    }

    /// A channel whose key proved itself holds a code that is not right.
    pub fn has_broken_code(&self) -> bool {
        let has_failed = |checks: &Checks| checks.failed > 0 || checks.decrypt_failed > 0;
        self.channels.iter().any(|channel| {
            channel.is_proven
                && (has_failed(&channel.checks.to_server) || has_failed(&channel.checks.to_client))
        })
    }

    /// A signature on the channel at `place` is right, which proves its key.
    pub(super) fn count_verified(
        &mut self,
        place: usize,
        direction: Direction,
        origin: Option<Origin>,
    ) {
        self.prove(origin);
        if let Some(channel) = self.channel_mut(place) {
            channel.checks.of_mut(direction).verified += 1;
        }
    }

    /// A signature or a transform on the channel at `place` is not right.
    pub(super) fn count_failed(&mut self, place: usize, failure: Failure) {
        let is_transform = failure.algorithm.is_none();
        let direction = failure.direction;
        if self.failures.len() < MOST_FAILURES {
            self.failures.push(failure);
        }
        let Some(channel) = self.channel_mut(place) else { return };
        let checks = channel.checks.of_mut(direction);
        if is_transform {
            checks.decrypt_failed += 1;
        } else {
            checks.failed += 1;
        }
    }

    /// The key that `origin` speaks of proved itself.
    pub(super) fn prove(&mut self, origin: Option<Origin>) {
        if let Some(origin) = origin {
            self.secret = Trial::Right(origin);
        }
    }
}

impl Secure {
    /// The candidate at `place` is the key.
    pub(super) fn settle(&mut self, place: usize) {
        if !self.is_proven && place < self.candidates.len() {
            self.is_proven = true;
            self.candidates.swap(0, place);
            self.candidates.truncate(1);
        }
    }

    /// The only candidate that there is.
    pub(super) fn only(&self) -> Option<&Candidate> {
        match self.candidates.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}
