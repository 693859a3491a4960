//! Messages that lay encrypted or compressed in another (\[MS-SMB2\] 3.1.4.3 and 3.1.4.4).
//!
//! What is sent is signed, then compressed, then encrypted; it is taken apart in the other order,
//! and what comes out is taken as any other message.

use super::keys::{Candidate, Failure};
use super::message_list::{Code, Why};
use super::smb2::Place;
use super::tally::Bucket;
use super::{Arrival, At, Observer};
use crate::flow::Direction;
use crate::smb::compression::decompress;
use crate::smb::framing::{FrameEvent, MessageKind, elements};
use crate::smb::smb2::{SessionId, TransformHeader};

/// Bytes that a message has at most when it is not compressed: as much as a frame can say, and a
/// header.
const MOST_UNCOMPRESSED: usize = (16 << 20) + (64 << 10);

/// How much the compressed messages of a run held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expansion {
    /// Bytes before they were expanded.
    compressed: u64,
    /// Bytes that came out of them.
    expanded: u64,
}

/// Buffers for messages taken apart that are kept for the next.
const KEPT_BUFFERS: usize = 2;

/// Bytes of a buffer that is kept.
const KEPT_BYTES: usize = 1 << 20;

impl Observer {
    /// Takes a message inside a transform; where SessionId is cut off it is counted for the session
    /// that the connection last spoke of.
    pub(super) fn transform(&mut self, arrival: Arrival<'_>) {
        let named = TransformHeader::parse(arrival.message.bytes).map(|(header, _)| header);
        let session_id = named.as_ref().ok().map(|header| header.session_id);
        let mut plain = self.buffers.pop().unwrap_or_default();
        match self.decrypt(&arrival, session_id, &mut plain) {
            Code::Right => {
                let inner = Arrival { decrypted_in: session_id, ..arrival };
                elements(&plain, arrival.message, &mut |event: FrameEvent<'_>| {
                    self.inner(&inner, &event, true);
                });
            }
            code => {
                if let Some(session) = self.count_unread(&arrival, session_id, Bucket::Encrypted) {
                    self.message_lists.say(session, code);
                }
            }
        }
        self.give_back(plain);
    }

    /// Takes a compressed message; where it cannot be expanded, what its uncompressed start shows.
    pub(super) fn compressed(&mut self, arrival: Arrival<'_>) {
        let mut plain = self.buffers.pop().unwrap_or_default();
        let whole = arrival.message.whole;
        if whole.is_some_and(|whole| self.expand(whole, &mut plain)) {
            elements(&plain, arrival.message, &mut |event: FrameEvent<'_>| {
                self.inner(&arrival, &event, false);
            });
        } else {
            self.compressed_start(arrival);
        }
        self.give_back(plain);
    }

    /// Decompresses a message into `plain`, within what messages may expand to over the whole run;
    /// returns false where it does not.
    fn expand(&mut self, whole: &[u8], plain: &mut Vec<u8>) -> bool {
        let expansion = &mut self.expansion;
        expansion.compressed = expansion.compressed.saturating_add(whole.len() as u64);
        let most = expansion.compressed.saturating_mul(self.limits.expansion_ratio);
        let left = most.max(self.limits.expanded_bytes).saturating_sub(expansion.expanded);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        if left < MOST_UNCOMPRESSED {
            self.dropped.compressed_messages += 1;
            return false;
        }
        let is_done = decompress(whole, MOST_UNCOMPRESSED, plain).is_ok();
        expansion.expanded = expansion.expanded.saturating_add(plain.len() as u64);
        is_done
    }

    /// Takes a message that lay in another; what must not lie there is left out.
    fn inner(&mut self, outer: &Arrival<'_>, event: &FrameEvent<'_>, may_be_compressed: bool) {
        let FrameEvent::Message(message) = event else { return };
        let arrival = Arrival { message, ..*outer };
        match message.kind {
            MessageKind::Smb2 => self.smb2_message(arrival),
            MessageKind::Compression if may_be_compressed => self.compressed(arrival),
            MessageKind::Compression | MessageKind::Smb1 | MessageKind::Transform => {}
        }
    }

    /// Decrypts a transform into `plain`, and says what its authentication tag says.
    fn decrypt(
        &mut self,
        arrival: &Arrival<'_>,
        session_id: Option<SessionId>,
        plain: &mut Vec<u8>,
    ) -> Code {
        let message = arrival.message;
        if self.keys.keyring.is_empty() {
            return Code::Unchecked(Why::NoSecret);
        }
        let Some(whole) = message.whole else {
            return Code::Unchecked(if message.missing > 0 { Why::Cut } else { Why::NotHeld });
        };
        let opened = self.open_transform(arrival, session_id, whole, plain);
        opened.unwrap_or(Code::Unchecked(Why::NoKey))
    }

    /// The same for a transform that lies in one place; `None` where no key is for it.
    fn open_transform(
        &mut self,
        arrival: &Arrival<'_>,
        session_id: Option<SessionId>,
        whole: &[u8],
        plain: &mut Vec<u8>,
    ) -> Option<Code> {
        let session_id = session_id.filter(|session_id| *session_id != SessionId::NONE)?;
        let (header, sealed) = TransformHeader::parse(whole).ok()?;
        let connection = self.connections.get(arrival.connection.0)?;
        let direction = connection.direction_as_known(arrival.direction);
        let place = self.place_of(arrival, direction, session_id)?;
        self.try_secrets(arrival, place, None);
        let secured = self.keys.sessions.get_mut(&place.session)?;
        // Every channel's messages are encrypted with the keys of the session's first one.
        let first = secured.channel_mut(0)?;
        let is_proven = first.is_proven;
        let found = first
            .candidates
            .iter()
            .position(|candidate| open(candidate, direction, whole, &header, sealed, plain));
        let certain = first.candidates.iter().find(|key| key.is_certain && key.sealing.is_some());
        let certain = certain.map(|candidate| candidate.origin);
        let has_keys = first.candidates.iter().any(|key| key.sealing.is_some());
        match found {
            Some(which) => {
                let origin = first.candidates.get(which).map(|candidate| candidate.origin);
                first.settle(which);
                secured.prove(origin);
                if let Some(channel) = secured.channel_mut(place.channel) {
                    channel.checks.of_mut(direction).decrypted += 1;
                }
                Some(Code::Right)
            }
            None => {
                if let Some(origin) = certain {
                    let failure =
                        failure(arrival.at(), direction, &header, whole.len(), origin, is_proven);
                    secured.count_failed(place.channel, failure);
                    return Some(Code::Wrong);
                }
                has_keys.then_some(Code::Unchecked(Why::NotProven))
            }
        }
    }

    /// Notes that a message was inside a transform that was decrypted.
    pub(super) fn count_inside(&mut self, place: Place, direction: Direction) {
        let secured = self.keys.sessions.get_mut(&place.session);
        if let Some(channel) = secured.and_then(|secured| secured.channel_mut(place.channel)) {
            channel.checks.of_mut(direction).messages_inside += 1;
        }
        self.message_lists.say(place.session, Code::Right);
    }

    fn give_back(&mut self, mut buffer: Vec<u8>) {
        if self.buffers.len() < KEPT_BUFFERS && buffer.capacity() <= KEPT_BYTES {
            buffer.clear();
            self.buffers.push(buffer);
        }
    }
}

/// Decrypts with a candidate's key into `plain`.
fn open(
    candidate: &Candidate,
    direction: Direction,
    whole: &[u8],
    header: &TransformHeader,
    sealed: &[u8],
    plain: &mut Vec<u8>,
) -> bool {
    let Some(sealing) = &candidate.sealing else { return false };
    let len = usize::try_from(header.original_message_size).unwrap_or(usize::MAX);
    let covered = whole.get(TransformHeader::ASSOCIATED_DATA_START..TransformHeader::LEN);
    let (Some(sealed), Some(covered)) = (sealed.get(..len), covered) else { return false };
    plain.clear();
    plain.extend_from_slice(sealed);
    let key = sealing.of(direction);
    sealing.cipher.decrypt(key, &header.nonce, covered, plain, &header.signature)
}

fn failure(
    at: At,
    direction: Direction,
    header: &TransformHeader,
    len: usize,
    origin: crate::keyring::Origin,
    is_key_proven: bool,
) -> Failure {
    Failure {
        packet: at.packet,
        direction,
        command: None,
        message_id: None,
        covered: (len as u64).saturating_sub(TransformHeader::ASSOCIATED_DATA_START as u64),
        found: header.signature,
        expected: None,
        algorithm: None,
        origin,
        is_key_proven,
    }
}
