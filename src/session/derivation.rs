//! From what a setup shows and what is known of secrets to the keys of a channel
//! (\[MS-SMB2\] 3.2.5.3.1, 3.2.5.3.3 and 3.3.5.5.3).

use super::handshake::{Handshake, Said};
use super::keys::{Algorithm, Candidate, Sealing, Secured, Signing, Trial};
use super::smb2::{Message, Place};
use super::{Arrival, Connection, Generation, KeptMessage, Observer, Session, SessionIndex};
use crate::auth::ntlmssp::response::ResponseKind;
use crate::crypto::SecretKey;
use crate::crypto::aead::Cipher;
use crate::crypto::kdf::{Derivation, PreauthHash, Purpose};
use crate::flow::Direction;
use crate::keyring::gss::GssKey;
use crate::keyring::kerberos::TicketTrial;
use crate::keyring::ntlm::{NtlmTrial, Response, exported_session_key};
use crate::keyring::{Keyring, Lock, Origin, SecretRef, Way};
use crate::secrets::Target;
use crate::smb::smb2::{CipherId, Dialect, Header};
use crate::smb::status::Status;

/// The state of the layer of messages that keys are derived from.
pub(super) struct Facts<'a> {
    connection: &'a Connection,
    session: &'a Session,
    /// The messages of the attempt, in order.
    messages: Vec<&'a KeptMessage>,
    /// The session came to the connection by binding.
    is_bound: bool,
}

impl Observer {
    /// Holds the secrets against the setup of the channel at `place`, as far as it was seen, and
    /// keeps the keys that follow. `last` is the SESSION_SETUP response that has just come and
    /// decides the attempt.
    pub(super) fn try_secrets(
        &mut self,
        arrival: &Arrival<'_>,
        place: Place,
        last: Option<&Message<'_>>,
    ) {
        if self.keys.keyring.is_empty() {
            return;
        }
        let Some(session) = self.sessions.get(place.session.0) else { return };
        let Some(connection) = self.connections.get(arrival.connection.0) else { return };
        let waiting =
            last.and_then(|response| connection.exchange.setup_asked(response.header.message_id.0));
        let tried_with = session.setup.n_messages * 2 + u64::from(last.is_some());
        let secured = self.keys.sessions.get(&place.session);
        let known = secured.and_then(|secured| secured.channels.get(place.channel));
        let has_keys = known.is_some_and(|channel| !channel.candidates.is_empty());
        let is_proven = known.is_some_and(|channel| channel.is_proven);
        let is_tried = secured.is_some_and(|secured| secured.tried_with == tried_with);
        // An authentication on a channel that has its key changes none (\[MS-SMB2\] 3.3.5.5.2).
        if is_proven || last.is_none() && (has_keys || is_tried) {
            return;
        }
        let is_bound = session.channels.get(place.channel).is_some_and(|channel| channel.is_bound);
        let messages = attempt(arrival, session, waiting);
        let facts = Facts { connection, session, messages, is_bound };
        let bytes = last.map(|response| response.raw.bytes);
        let mut found = facts.try_all(&self.keys.keyring, place.session, bytes);
        if last.is_some_and(|response| response.header.status() != Some(Status::STATUS_SUCCESS)) {
            // A server gives keys to nobody whom it refuses.
            found.candidates.clear();
        }
        let secured = self.keys.sessions.entry(place.session).or_default();
        secured.tried_with = tried_with;
        found.settle(secured, place.channel);
        if last.is_none() {
            let kept = session.setup.messages.iter();
            let finals = kept.filter(|message| message.connection == arrival.connection);
            for message in finals {
                if secured.check_kept(place.channel, message) {
                    self.message_lists.verified_late(place.session, message);
                }
            }
        }
    }
}

/// The messages of the attempt under way on the connection by which `arrival` came; `waiting` is a
/// request that has not joined the setup yet.
fn attempt<'a>(
    arrival: &Arrival<'_>,
    session: &'a Session,
    waiting: Option<&'a KeptMessage>,
) -> Vec<&'a KeptMessage> {
    let setup = &session.setup;
    let kept = setup.messages.iter();
    kept.filter(|message| {
        message.connection == arrival.connection && message.attempt == setup.attempt
    })
    .chain(waiting)
    .collect()
}

/// What the secrets gave.
#[derive(Default)]
pub(super) struct Found {
    trial: Trial,
    mic: Option<bool>,
    mech_list_mic: Option<bool>,
    pub(super) candidates: Vec<Candidate>,
    /// The client gave no credentials.
    pub(super) is_anonymous: bool,
}

impl Found {
    /// Keeps what was found.
    pub(super) fn settle(&mut self, secured: &mut Secured, channel: usize) {
        if !matches!(secured.secret, Trial::Right(_)) && self.trial != Trial::None {
            secured.secret = self.trial;
        }
        secured.mic = self.mic.or(secured.mic);
        secured.mech_list_mic = self.mech_list_mic.or(secured.mech_list_mic);
        if let Some(channel) = secured.channel_mut(channel) {
            channel.candidates = std::mem::take(&mut self.candidates);
        }
    }
}

impl<'a> Facts<'a> {
    /// The facts of an SMB1 session and its connection.
    pub(super) fn of_smb1(
        observer: &'a Observer,
        arrival: &Arrival<'_>,
        session: SessionIndex,
    ) -> Option<Facts<'a>> {
        let session = observer.sessions.get(session.0)?;
        let connection = observer.connections.get(arrival.connection.0)?;
        let messages = attempt(arrival, session, None);
        Some(Facts { connection, session, messages, is_bound: false })
    }

    pub(super) fn try_all(
        &self,
        keyring: &Keyring,
        index: SessionIndex,
        last: Option<&[u8]>,
    ) -> Found {
        let generation = self.session.generation;
        let said = self
            .messages
            .iter()
            .map(|message| Said { direction: message.direction, bytes: &message.bytes });
        let last = last.map(|bytes| Said { direction: Direction::ToClient, bytes });
        let handshake = Handshake::of(generation, said.chain(last));
        let mut found = Found::default();
        let mut keys = Vec::new();
        keys.extend(try_ntlm(keyring, &handshake, &mut found));
        keys.extend(self.try_plain(keyring, &handshake, &mut found));
        if let Some(request) = &handshake.ap_req {
            match keyring.ticket(request, handshake.ap_rep.as_ref()) {
                TicketTrial::NoSecret => {}
                TicketTrial::Wrong(secret, lock) => found.trial = Trial::Wrong(secret, lock),
                TicketTrial::Right(of_ticket) => {
                    let of_session = of_ticket.of_session();
                    found.trial =
                        of_session.first().map_or(Trial::None, |key| Trial::Right(key.origin));
                    found.mech_list_mic = handshake.check_kerberos_mic(&of_ticket);
                    keys.extend(of_session);
                }
            }
        }
        for key in &keys {
            found.candidates.extend(self.candidates_of(&key.key, key.origin, true));
        }
        self.pinned(keyring, index, &mut found);
        found
    }

    /// Holds the secrets against the responses of a client of SMB1 without extended security. The
    /// key that signs is SessionBaseKey with the response after it (\[MS-CIFS\] 3.1.4.1).
    fn try_plain(
        &self,
        keyring: &Keyring,
        handshake: &Handshake<'_>,
        found: &mut Found,
    ) -> Option<GssKey> {
        let plain = handshake.plain.as_ref()?;
        let response = Response {
            user: &plain.user,
            domain: &plain.domain,
            server_challenge: self.connection.smb1.challenge()?,
            lm: plain.lm,
            nt: plain.nt,
            kind: ResponseKind::of(plain.lm.len(), plain.nt.len(), false)?,
        };
        match keyring.ntlm(&response) {
            NtlmTrial::NoSecret => None,
            NtlmTrial::Wrong(secret) => {
                found.trial = Trial::Wrong(secret, Lock::Response);
                None
            }
            NtlmTrial::Right { origin, session_base_key, .. } => {
                found.trial = Trial::Right(origin);
                let sent = if plain.nt.is_empty() { plain.lm } else { plain.nt };
                let key = SecretKey::new([session_base_key.as_bytes(), sent].concat());
                Some(GssKey { key, origin })
            }
        }
    }

    /// Keys that were given for the session.
    fn pinned(&self, keyring: &Keyring, index: SessionIndex, found: &mut Found) {
        let secrets = keyring.secrets();
        // The key that a session was made with is not that of a channel bound to it later.
        let session_keys = secrets.session_keys.iter().filter(|_| !self.is_bound);
        for (place, pinned) in session_keys.enumerate() {
            let origin = Origin { secret: SecretRef::SessionKey(place), way: Way::Given };
            if let Some(is_certain) = self.is_meant(&pinned.target, index) {
                let candidates = self.candidates_of(&pinned.key, origin, is_certain);
                found.candidates.extend(candidates);
            }
        }
        for (place, pinned) in secrets.signing_keys.iter().enumerate() {
            let origin = Origin { secret: SecretRef::SigningKey(place), way: Way::Given };
            if let Some(is_certain) = self.is_meant(&pinned.target, index) {
                let signing = self
                    .algorithms()
                    .into_iter()
                    .filter_map(|algorithm| Signing::new(algorithm, pinned.key.clone()));
                let candidates =
                    signing.map(|signing| Candidate { signing, sealing: None, origin, is_certain });
                found.candidates.extend(candidates);
            }
        }
    }

    /// Whether a key for `target` is tried on the session, and then whether it is said to be this
    /// session's. Some tools print SessionId with its bytes reversed; and the report's key of a
    /// session is not known for certain before the capture has ended.
    fn is_meant(&self, target: &Target, index: SessionIndex) -> Option<bool> {
        let id = self.session.session_id;
        let is_server = target.server.is_none_or(|server| server == self.connection.server);
        let is_exact = target.session_id.is_none_or(|wanted| wanted == id);
        let is_reversed = target.session_id.is_some_and(|wanted| wanted.swap_bytes() == id);
        let is_named = target.session.as_ref().map(|key| *key == format!("s{}", index.0 + 1));
        let says_which = target.session_id.is_some() || target.session.is_some();
        (is_server && (is_exact || is_reversed))
            .then_some(is_exact && says_which && is_named != Some(false))
    }

    /// The algorithms that messages of the connection may be signed with.
    fn algorithms(&self) -> Vec<Algorithm> {
        if self.session.generation == Generation::Smb1 {
            return vec![Algorithm::Md5];
        }
        match self.connection.signing_algorithm() {
            Some(algorithm) => vec![algorithm],
            None => Algorithm::SMB2.to_vec(),
        }
    }

    /// The keys of the channel where the session's key is `full`, of any length.
    fn candidates_of(&self, full: &SecretKey, origin: Origin, is_certain: bool) -> Vec<Candidate> {
        let candidate = |signing, sealing| Candidate { signing, sealing, origin, is_certain };
        if self.session.generation == Generation::Smb1 {
            // The key of SMB1 is not cut, and filled up to 16 bytes.
            let key = if full.as_bytes().len() < 16 { full.session_key() } else { full.clone() };
            let signing = Signing::new(Algorithm::Md5, key);
            return signing.map(|signing| candidate(signing, None)).into_iter().collect();
        }
        let key = full.session_key();
        let plain = || Signing::new(Algorithm::HmacSha256, key.clone()).map(|s| candidate(s, None));
        match self.connection.dialect {
            Some(Dialect::SMB_2_0_2 | Dialect::SMB_2_1) => plain().into_iter().collect(),
            Some(Dialect::SMB_3_1_1) => match self.preauth_hash() {
                Some(hash) => self.derived(full, Derivation::Smb311(&hash), origin, is_certain),
                None => Vec::new(),
            },
            Some(Dialect::SMB_3_0 | Dialect::SMB_3_0_2) => {
                self.derived(full, Derivation::Smb30, origin, is_certain)
            }
            // Without NEGOTIATE any dialect may be spoken that needs no more than the key.
            _ => {
                let of_smb30 = self.derived(full, Derivation::Smb30, origin, false);
                let guess = |candidate| Candidate { is_certain: false, ..candidate };
                plain().map(guess).into_iter().chain(of_smb30).collect()
            }
        }
    }

    fn derived(
        &self,
        full: &SecretKey,
        derivation: Derivation<'_>,
        origin: Origin,
        is_certain: bool,
    ) -> Vec<Candidate> {
        let signing_key = derivation.key(&full.session_key(), Purpose::Signing, 16);
        let algorithms = match derivation {
            Derivation::Smb30 => vec![Algorithm::AesCmac],
            Derivation::Smb311(_) => self.algorithms(),
        };
        let sealing = self.sealing(full, derivation);
        let signing = algorithms.into_iter().filter_map(|a| Signing::new(a, signing_key.clone()));
        signing
            .map(|signing| Candidate { signing, sealing: sealing.clone(), origin, is_certain })
            .collect()
    }

    /// The keys that encrypt: those of AES-256 are made of all of the session's key.
    fn sealing(&self, full: &SecretKey, derivation: Derivation<'_>) -> Option<Sealing> {
        let cipher = match (derivation, self.connection.cipher_id) {
            (Derivation::Smb30, _) => Cipher::Aes128Ccm,
            (_, Some(CipherId::AES_128_CCM)) => Cipher::Aes128Ccm,
            (_, Some(CipherId::AES_128_GCM)) => Cipher::Aes128Gcm,
            (_, Some(CipherId::AES_256_CCM)) => Cipher::Aes256Ccm,
            (_, Some(CipherId::AES_256_GCM)) => Cipher::Aes256Gcm,
            _ => return None,
        };
        // Encryption goes by the keys of the session's first channel.
        let cipher = Some(cipher).filter(|_| !self.is_bound)?;
        let len = cipher.key_len();
        let padded = || if full.as_bytes().len() < 16 { full.session_key() } else { full.clone() };
        let key = if len > 16 { padded() } else { full.session_key() };
        Some(Sealing {
            cipher,
            to_server: derivation.key(&key, Purpose::ClientToServer, len),
            to_client: derivation.key(&key, Purpose::ServerToClient, len),
        })
    }

    /// The hash over the negotiation and the attempt without its final response
    /// (\[MS-SMB2\] 3.2.5.2); `None` where not all of that was captured.
    fn preauth_hash(&self) -> Option<PreauthHash> {
        let asked = self.connection.negotiate_request.as_ref()?;
        let answered = self.connection.negotiate_response.as_ref()?;
        [asked, answered]
            .into_iter()
            .chain(self.messages.iter().copied().filter(|message| !is_final(message)))
            .try_fold(PreauthHash::START, |hash, message| {
                message.is_complete.then(|| hash.with(&message.bytes))
            })
    }
}

/// Whether a message is the response that ends an authentication.
fn is_final(message: &KeptMessage) -> bool {
    let status = Header::parse(&message.bytes).ok().and_then(|(header, _)| header.status());
    status.is_some_and(|status| status != Status::STATUS_MORE_PROCESSING_REQUIRED)
}

/// Holds the secrets against the NTLM messages of a handshake.
fn try_ntlm(keyring: &Keyring, handshake: &Handshake<'_>, found: &mut Found) -> Option<GssKey> {
    let message = handshake.authenticate.as_ref()?;
    let challenge = handshake.challenge.as_ref()?;
    if message.is_anonymous() {
        found.is_anonymous = true;
        return None;
    }
    let (user, domain) = (message.user_name_text()?, message.domain_name_text()?);
    let response = Response {
        user: &user,
        domain: &domain,
        server_challenge: challenge.server_challenge,
        lm: message.lm_challenge_response.bytes.unwrap_or_default(),
        nt: message.nt_challenge_response.bytes?,
        kind: message.response_kind()?,
    };
    match keyring.ntlm(&response) {
        NtlmTrial::NoSecret => None,
        NtlmTrial::Wrong(secret) => {
            found.trial = Trial::Wrong(secret, Lock::Response);
            None
        }
        NtlmTrial::Right { origin, session_base_key, lm_hash } => {
            found.trial = Trial::Right(origin);
            let (server_challenge, lm_hash) = (response.server_challenge, lm_hash.as_ref());
            let key = exported_session_key(message, server_challenge, &session_base_key, lm_hash)?;
            found.mic = handshake.check_mic(&key);
            found.mech_list_mic = handshake.check_mech_list_mic(&key);
            Some(GssKey { key, origin })
        }
    }
}
