//! Signatures of SMB 2 and 3, checked while the messages go by (\[MS-SMB2\] 3.1.5.1).
//!
//! A code covers the message as it was captured with the signature's bytes as zeros. Where a message
//! comes in parts its code is computed part by part, so that none is held for it.

use super::classify;
use super::keys::{Algorithm, Candidate, Failure, Mask, Secured, Signing, UnderWay};
use super::message_list::{Code as Said, Why};
use super::smb1_signing::update_numbered;
use super::smb2::{Message, Place};
use super::{Arrival, ConnectionId, KeptMessage, Observer, Session, SessionIndex};
use crate::crypto::is_equal;
use crate::crypto::mac::Code;
use crate::flow::Direction;
use crate::smb::framing::{MessageKind, Wanted};
use crate::smb::smb2::{Command, Header, SessionId, TransformHeader};
use crate::smb::status::Status;

/// Where the signature stands in a header (\[MS-SMB2\] 2.2.1.2).
const SIGNATURE_AT: usize = 48;

impl Observer {
    /// How much is wanted of a message of which only the start would be kept, given its header.
    pub fn wants(
        &mut self,
        connection: ConnectionId,
        of_flow: Direction,
        kind: MessageKind,
        start: &[u8],
        (element, len): (u32, u64),
    ) -> Wanted {
        let is_short = len <= self.limits.message_bytes as u64;
        if kind == MessageKind::Compression
            || is_short && self.is_of_pipe(connection, of_flow, kind, start, element)
        {
            return Wanted::Whole;
        }
        if self.keys.keyring.is_empty() {
            return Wanted::Start;
        }
        let wanted = match kind {
            MessageKind::Smb2 => self.begin_code(connection, of_flow, start, element),
            MessageKind::Transform => self.can_decrypt(connection, start).then_some(Wanted::Whole),
            MessageKind::Smb1 => self.begin_smb1_code(connection, of_flow, start),
            MessageKind::Compression => None,
        };
        wanted.unwrap_or(Wanted::Start)
    }

    /// Takes the next bytes of the message under way.
    pub fn bytes(&mut self, connection: ConnectionId, of_flow: Direction, bytes: &[u8]) {
        let Some(under_way) = self.keys.under_way.get_mut(&(connection, of_flow)) else { return };
        match under_way.mask.take() {
            None => under_way.code.update(bytes),
            Some(Mask::Zeros) => update_masked(&mut under_way.code, bytes),
            Some(Mask::Number(number)) => update_numbered(&mut under_way.code, number, bytes),
        }
    }

    /// Begins the code of a large message where its key is known.
    fn begin_code(
        &mut self,
        connection_id: ConnectionId,
        of_flow: Direction,
        start: &[u8],
        element: u32,
    ) -> Option<Wanted> {
        let (header, _) = Header::parse(start).ok()?;
        if !header.is_signed() || header.signature == [0; 16] {
            return None;
        }
        let session = self.session_named(connection_id, of_flow, &header, element)?;
        let channels = &self.sessions.get(session.0)?.channels;
        let place = channels.iter().position(|channel| channel.connection == connection_id)?;
        let secured = self.keys.sessions.get(&session)?;
        let candidate = secured.channels.get(place)?.only()?;
        let code = candidate.signing.ready.begin(&nonce(&header));
        let under_way = UnderWay { code, mask: Some(Mask::Zeros) };
        self.keys.under_way.insert((connection_id, of_flow), under_way);
        Some(Wanted::AsTheyCome)
    }

    /// The session that a header names, where it is known.
    pub(super) fn session_named(
        &self,
        connection: ConnectionId,
        of_flow: Direction,
        header: &Header,
        element: u32,
    ) -> Option<SessionIndex> {
        let connection = self.connections.get(connection.0)?;
        let direction = connection.direction_as_known(of_flow);
        let session_id = match header.session_id {
            SessionId::PREVIOUS if element > 0 => *connection.previous_session_id.of(direction),
            session_id => session_id,
        };
        let server = (connection.network, connection.server);
        match connection.recent.filter(|recent| recent.session_id == session_id) {
            Some(recent) => Some(recent.session),
            None => self.by_server.get(&(server, session_id)).copied(),
        }
    }

    /// Whether there is a key that may decrypt the transform with this start.
    fn can_decrypt(&self, connection: ConnectionId, start: &[u8]) -> bool {
        let Ok((header, _)) = TransformHeader::parse(start) else { return false };
        let Some(connection) = self.connections.get(connection.0) else { return false };
        let server = (connection.network, connection.server);
        let recent = connection.recent.filter(|recent| recent.session_id == header.session_id);
        let session = recent
            .map(|recent| recent.session)
            .or_else(|| self.by_server.get(&(server, header.session_id)).copied());
        // The first transform of a session may be what its keys are tried on.
        session.is_some()
    }

    /// Checks the signature of a message that carries one of its own, and says what it says.
    pub(super) fn check_signature(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        place: Place,
    ) -> Said {
        let code = self.keys.under_way.remove(&(arrival.connection, arrival.direction));
        if self.keys.keyring.is_empty() {
            return Said::Unchecked(Why::NoSecret);
        }
        self.try_secrets(arrival, place, None);
        let no_key = Said::Unchecked(Why::NoKey);
        let Some(session) = self.sessions.get(place.session.0) else { return no_key };
        let Some(secured) = self.keys.sessions.get_mut(&place.session) else { return no_key };
        let is_of_setup = is_setup_of_master(message);
        let mut tried = Tried { arrival, message, code, is_of_setup };
        let (mut wrong, mut why) = (None, Why::NoKey);
        for signer in signers(is_of_setup, place.channel) {
            let Some(channel) = secured.channels.get_mut(signer) else { continue };
            match tried.against(&channel.candidates) {
                Err(Why::NoKey) => {}
                Err(because) => why = because,
                Ok(Outcome::Right(which)) => {
                    let origin = channel.candidates.get(which).map(|candidate| candidate.origin);
                    channel.settle(which);
                    secured.count_verified(place.channel, message.direction, origin);
                    return Said::Right;
                }
                Ok(Outcome::Wrong(expected, which)) => {
                    let is_proven = channel.is_proven;
                    let found = channel.candidates.get(which);
                    let certain = found.filter(|key| is_proven || key.is_certain);
                    let failed = certain.map(|key| failure(message, key, expected, is_proven));
                    wrong = wrong.or(failed);
                    why = Why::NotProven;
                }
            }
        }
        match wrong {
            None => Said::Unchecked(why),
            Some(_) if is_excused(message, session) => Said::Unchecked(Why::Excused),
            Some(failure) => {
                secured.count_failed(place.channel, failure);
                Said::Wrong
            }
        }
    }
}

impl Secured {
    /// Checks the final response of a setup that was captured before the request it answers, and so
    /// before its key was known; returns whether it is right.
    pub(super) fn check_kept(&mut self, place: usize, kept: &KeptMessage) -> bool {
        let Ok((header, _)) = Header::parse(&kept.bytes) else { return false };
        let is_signed = header.is_signed() && header.signature != [0; 16];
        if header.status() != Some(Status::STATUS_SUCCESS) || !is_signed || !kept.is_complete {
            return false;
        }
        let nonce = nonce(&header);
        let Some(channel) = self.channels.get_mut(place) else { return false };
        let is_right = |key: &Candidate| {
            is_equal(&code_of(&key.signing, &nonce, &kept.bytes), &header.signature)
        };
        let Some(which) = channel.candidates.iter().position(is_right) else { return false };
        let origin = channel.candidates.get(which).map(|candidate| candidate.origin);
        channel.settle(which);
        self.count_verified(place, kept.direction, origin);
        true
    }
}

/// The channels whose keys may have signed a message, the likelier first. Setup messages other than
/// the final response are signed with the key of the session's first channel (\[MS-SMB2\] 3.2.4.1.1,
/// 3.2.5.1.3), and those that follow a binding with that of the channel it made.
fn signers(is_of_setup: bool, own: usize) -> impl Iterator<Item = usize> {
    let first = (is_of_setup && own != 0).then_some(0);
    first.into_iter().chain([own])
}

/// Whether a message is one of those setup messages that the session's own key signs.
fn is_setup_of_master(message: &Message<'_>) -> bool {
    message.header.command == Command::SMB2_SESSION_SETUP
        && message.header.status() != Some(Status::STATUS_SUCCESS)
}

/// A signature held against keys.
struct Tried<'a> {
    arrival: &'a Arrival<'a>,
    message: &'a Message<'a>,
    /// The code of a message that came in parts, computed with the only candidate's key.
    code: Option<UnderWay>,
    /// The algorithm may be that of another connection.
    is_of_setup: bool,
}

/// How a signature fared.
enum Outcome {
    /// It is that of the candidate at this place.
    Right(usize),
    /// It is no candidate's; the one at this place gives this code.
    Wrong([u8; 16], usize),
}

impl Tried<'_> {
    /// Tries the candidates, or says why it cannot.
    fn against(&mut self, candidates: &[Candidate]) -> Result<Outcome, Why> {
        let raw = self.arrival.message;
        if candidates.is_empty() {
            return Err(Why::NoKey);
        }
        if raw.missing > 0 {
            return Err(Why::Cut);
        }
        let signature = self.message.header.signature;
        let Some(whole) = raw.whole else {
            let expected = self.code.take().ok_or(Why::NotHeld)?.code.finish();
            let is_right = is_equal(&expected, &signature);
            return Ok(if is_right { Outcome::Right(0) } else { Outcome::Wrong(expected, 0) });
        };
        let nonce = nonce(&self.message.header);
        let mut first = None;
        for (place, candidate) in candidates.iter().enumerate() {
            let expected = code_of(&candidate.signing, &nonce, whole);
            if is_equal(&expected, &signature)
                || self.is_of_setup && has_other_algorithm(candidate, &nonce, whole, &signature)
            {
                return Ok(Outcome::Right(place));
            }
            first.get_or_insert((expected, place));
        }
        first.map(|(expected, place)| Outcome::Wrong(expected, place)).ok_or(Why::NoKey)
    }
}

/// Whether the candidate's key gives the signature by another algorithm than its own: a message that
/// binds a session to a connection may be signed as either connection agreed.
fn has_other_algorithm(
    candidate: &Candidate,
    nonce: &[u8; 12],
    whole: &[u8],
    signature: &[u8; 16],
) -> bool {
    let others = Algorithm::SMB2.into_iter().filter(|other| *other != candidate.signing.algorithm);
    others
        .filter_map(|other| candidate.signing.with(other))
        .any(|signing| is_equal(&code_of(&signing, nonce, whole), signature))
}

/// The code of a message that lies in one place.
fn code_of(signing: &Signing, nonce: &[u8; 12], whole: &[u8]) -> [u8; 16] {
    let mut code = signing.ready.begin(nonce);
    update_masked(&mut code, whole);
    code.finish()
}

/// Takes the first bytes of a message, with zeros in the place of its signature.
fn update_masked(code: &mut Code, bytes: &[u8]) {
    let (before, rest) = bytes.split_at(SIGNATURE_AT.min(bytes.len()));
    code.update(before);
    code.update(&[0; 16]);
    code.update(rest.get(16..).unwrap_or_default());
}

/// The nonce of AES-128-GMAC: MessageId, then who sent it and whether it is a CANCEL
/// (\[MS-SMB2\] 3.1.4.1).
fn nonce(header: &Header) -> [u8; 12] {
    let is_cancel = header.command == Command::SMB2_CANCEL;
    let role = u32::from(header.is_response()) | u32::from(is_cancel) << 1;
    let mut nonce = [0; 12];
    let bytes = header.message_id.0.to_le_bytes().into_iter().chain(role.to_le_bytes());
    nonce.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    nonce
}

/// Whether a signature that is not right has an ordinary cause: the server answers that it has lost
/// what it would sign with, or the session is over.
fn is_excused(message: &Message<'_>, session: &Session) -> bool {
    classify::is_lost_key_error(&message.header) || session.is_over(message.at)
}

fn failure(
    message: &Message<'_>,
    candidate: &Candidate,
    expected: [u8; 16],
    is_key_proven: bool,
) -> Failure {
    Failure {
        packet: message.at.packet,
        direction: message.direction,
        command: Some(message.header.command.0),
        message_id: Some(message.header.message_id.0),
        covered: message.raw.len,
        found: message.header.signature,
        expected: Some(expected),
        algorithm: Some(candidate.signing.algorithm),
        origin: candidate.origin,
        is_key_proven,
    }
}
