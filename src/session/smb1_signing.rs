//! Signatures of SMB1 (\[MS-CIFS\] 3.1.4.1, \[MS-SMB\] 3.2.5.1 and 3.3.5.3).
//!
//! Key and numbers belong to the connection: both come with the first user that is neither a guest
//! nor anonymous, and later users go on with them. The server's final answer to that user has the
//! number 1; every request takes the next number, and its responses the one after.

use std::collections::VecDeque;

use super::derivation::Facts;
use super::keys::{Algorithm, Candidate, Failure, Mask, UnderWay};
use super::message_list::{Code as Said, Why};
use super::session::Sighting;
use super::smb1::{Message, ONLY_CHANNEL};
use super::{Arrival, ConnectionId, Observer, SessionIndex};
use crate::crypto::is_equal;
use crate::crypto::mac::Code;
use crate::flow::Direction;
use crate::smb::framing::Wanted;
use crate::smb::smb1::{Command, Header};

/// Where the signature stands in a header (\[MS-CIFS\] 2.2.3.1), and its bytes.
const SIGNATURE_AT: usize = 14;
const SIGNATURE_LEN: usize = 8;

/// Requests whose number is remembered for their responses.
const MOST_ASKED: usize = 256;

/// How far from the expected number another one is looked for, where messages may have been lost.
const NEAR: u32 = 64;

/// How far it is looked for where nothing is known of it.
const FAR: u32 = 65_535;

/// Long searches for a number that one connection may cause.
const LONG_SEARCHES: u32 = 2;

/// Long searches that a run may cause.
const LONG_SEARCHES_OF_RUN: u32 = 64;

/// What signs the messages of a connection.
#[derive(Default)]
pub(super) struct Smb1Signing {
    /// The keys it may have.
    candidates: Vec<Candidate>,
    is_proven: bool,
    /// The number of the next request; `None` where it is not known.
    next: Option<u32>,
    /// Requests and their numbers.
    asked: VecDeque<(u64, u32)>,
    long_searches: u32,
}

impl Smb1Signing {
    /// Takes the number of a message: of a request the next one, of a response the one after its
    /// request's.
    fn number(&mut self, message: &Message<'_>) -> Option<u32> {
        let id = message.exchange_id();
        match message.direction {
            Direction::ToServer => {
                let number = self.next?;
                let is_answered = message.header.command != Command::SMB_COM_NT_CANCEL;
                self.next = Some(number.wrapping_add(if is_answered { 2 } else { 1 }));
                self.remember(id, number);
                Some(number)
            }
            Direction::ToClient => self.number_asked(id).map(|number| number.wrapping_add(1)),
        }
    }

    fn remember(&mut self, id: u64, number: u32) {
        if self.asked.len() >= MOST_ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back((id, number));
    }

    fn number_asked(&self, id: u64) -> Option<u32> {
        self.asked.iter().rev().find(|(asked, _)| *asked == id).map(|(_, number)| *number)
    }

    /// A message was found to have another number than was thought.
    fn correct(&mut self, message: &Message<'_>, number: u32) {
        let id = message.exchange_id();
        match message.direction {
            Direction::ToServer => {
                self.asked.retain(|(asked, _)| *asked != id);
                self.remember(id, number);
                let is_answered = message.header.command != Command::SMB_COM_NT_CANCEL;
                self.next = Some(number.wrapping_add(if is_answered { 2 } else { 1 }));
            }
            Direction::ToClient => {
                let after = number.wrapping_add(1);
                self.next = self.next.filter(|next| *next > after).or(Some(after));
            }
        }
    }

    /// Numbers that a message may have, the likeliest first.
    fn guesses(&mut self, expected: Option<u32>, made: &mut u32) -> Vec<u32> {
        let around = expected.or(self.next).map(|number| {
            let near =
                (0..NEAR).flat_map(move |off| [number.wrapping_add(off), number.wrapping_sub(off)]);
            near.filter(|guess| *guess <= FAR.saturating_mul(64)).collect::<Vec<_>>()
        });
        match around {
            Some(around) if expected.is_some() && self.is_proven => around,
            around => {
                let mut guesses = around.unwrap_or_default();
                if self.long_searches < LONG_SEARCHES && *made < LONG_SEARCHES_OF_RUN {
                    self.long_searches += 1;
                    *made += 1;
                    guesses.extend(0..=FAR);
                }
                guesses
            }
        }
    }
}

impl Observer {
    /// The final answer to a user's setup has come: where it is the connection's first that can be
    /// signed, the connection has its key from it.
    pub(super) fn begin_smb1_signing(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        session: SessionIndex,
        is_success: bool,
    ) {
        if self.keys.keyring.is_empty() {
            return;
        }
        let Some(facts) = Facts::of_smb1(self, arrival, session) else { return };
        let mut found = facts.try_all(&self.keys.keyring, session, Some(message.bytes));
        let is_usable = is_success && !found.is_anonymous && message.is_guest() != Some(true);
        let candidates = std::mem::take(&mut found.candidates);
        found.settle(self.keys.sessions.entry(session).or_default(), ONLY_CHANNEL);
        if is_usable && !self.keys.smb1.contains_key(&arrival.connection) {
            let mut signing = Smb1Signing { candidates, next: Some(2), ..Smb1Signing::default() };
            signing.remember(message.exchange_id(), 0);
            self.keys.smb1.insert(arrival.connection, signing);
        }
    }

    /// Checks the signature of a message, and keeps count of the numbers.
    pub(super) fn check_smb1_signature(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        session: SessionIndex,
    ) {
        let code = self.keys.under_way.remove(&(arrival.connection, arrival.direction));
        if self.keys.keyring.is_empty() {
            return;
        }
        if message.is_unsolicited() {
            // Its number is no request's, and nobody signs it.
            if message.is_signed {
                self.message_lists.say(session, Said::Unchecked(Why::Excused));
            }
            return;
        }
        if message.is_signed {
            self.try_smb1_secrets(arrival, session);
        }
        let said = self.smb1_code(arrival, message, session, code);
        if message.is_signed {
            self.message_lists.say(session, said);
        }
    }

    /// Counts the number of a message, and says what its signature says, if it has one.
    fn smb1_code(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        session: SessionIndex,
        code: Option<UnderWay>,
    ) -> Said {
        let no_key = Said::Unchecked(Why::NoKey);
        let Some(signing) = self.keys.smb1.get_mut(&arrival.connection) else { return no_key };
        let number = signing.number(message);
        if !message.is_signed || signing.candidates.is_empty() {
            return no_key;
        }
        let raw = arrival.message;
        let found = message.header.security_signature.0;
        let (was_proven, mut right, mut expected) = (signing.is_proven, None, None);
        if let Some(whole) = raw.whole.filter(|_| raw.missing == 0) {
            if let Some(number) = number {
                expected = signing.candidates.first().map(|key| code_of(key, number, whole));
                right = position(&signing.candidates, number, whole, &found).map(|at| (at, number));
            }
            if right.is_none() {
                let guesses = signing.guesses(number, &mut self.keys.long_searches);
                right = guesses.into_iter().find_map(|guess| {
                    position(&signing.candidates, guess, whole, &found).map(|at| (at, guess))
                });
            }
        } else if let Some(code) = code.filter(|_| raw.missing == 0) {
            let own = first_half(&code.code.finish());
            expected = Some(own);
            right = number.filter(|_| is_equal(&own, &found)).map(|number| (0, number));
        } else {
            return Said::Unchecked(if raw.missing > 0 { Why::Cut } else { Why::NotHeld });
        }
        let secured = self.keys.sessions.entry(session).or_default();
        match right {
            Some((at, right_number)) => {
                let origin = signing.candidates.get(at).map(|key| key.origin);
                secured.count_verified(ONLY_CHANNEL, message.direction, origin);
                if let Some(channel) = secured.channel_mut(ONLY_CHANNEL) {
                    channel.is_proven = true;
                }
                if !signing.is_proven {
                    signing.candidates.swap(0, at);
                    signing.candidates.truncate(1);
                    signing.is_proven = true;
                }
                if number != Some(right_number) {
                    signing.correct(message, right_number);
                }
                Said::Right
            }
            None => {
                let certain = signing.candidates.iter().find(|key| key.is_certain || was_proven);
                let (Some(key), Some(expected)) = (certain, expected) else {
                    return Said::Unchecked(Why::NotProven);
                };
                let failure =
                    failure(message.sighting(), message, raw.len, expected, key.origin, was_proven);
                secured.count_failed(ONLY_CHANNEL, failure);
                Said::Wrong
            }
        }
    }

    /// Tries the secrets for a connection of which the setup was not captured.
    fn try_smb1_secrets(&mut self, arrival: &Arrival<'_>, session: SessionIndex) {
        if self.keys.smb1.contains_key(&arrival.connection) {
            return;
        }
        let Some(facts) = Facts::of_smb1(self, arrival, session) else { return };
        let candidates = facts.try_all(&self.keys.keyring, session, None).candidates;
        let signing = Smb1Signing { candidates, ..Smb1Signing::default() };
        self.keys.smb1.insert(arrival.connection, signing);
    }

    /// Begins the code of a large message where its key and its number are known.
    pub(super) fn begin_smb1_code(
        &mut self,
        connection: ConnectionId,
        of_flow: Direction,
        start: &[u8],
    ) -> Option<Wanted> {
        let (header, _) = Header::parse(start).ok()?;
        if !header.security_signature.is_signature() {
            return None;
        }
        let signing = self.keys.smb1.get(&connection)?;
        let [key] = signing.candidates.as_slice() else { return None };
        let id = u64::from(header.pid()) << 16 | u64::from(header.mid);
        let number = if header.is_response() {
            signing.number_asked(id)?.wrapping_add(1)
        } else {
            signing.next?
        };
        let under_way =
            UnderWay { code: key.signing.ready.begin(&[0; 12]), mask: Some(Mask::Number(number)) };
        self.keys.under_way.insert((connection, of_flow), under_way);
        Some(Wanted::AsTheyCome)
    }
}

/// The candidate whose code for `number` is the signature.
fn position(candidates: &[Candidate], number: u32, whole: &[u8], found: &[u8; 8]) -> Option<usize> {
    candidates.iter().position(|key| is_equal(&code_of(key, number, whole), found))
}

/// The code of a message that lies in one place.
fn code_of(key: &Candidate, number: u32, whole: &[u8]) -> [u8; SIGNATURE_LEN] {
    let mut code = key.signing.ready.begin(&[0; 12]);
    update_numbered(&mut code, number, whole);
    first_half(&code.finish())
}

/// Takes the first bytes of a message, with its number in the place of its signature.
pub(super) fn update_numbered(code: &mut Code, number: u32, bytes: &[u8]) {
    let (before, rest) = bytes.split_at(SIGNATURE_AT.min(bytes.len()));
    code.update(before);
    code.update(&number.to_le_bytes());
    code.update(&[0; 4]);
    code.update(rest.get(SIGNATURE_LEN..).unwrap_or_default());
}

fn first_half(code: &[u8; 16]) -> [u8; SIGNATURE_LEN] {
    code.first_chunk().copied().unwrap_or_default()
}

/// A code of eight bytes where one of sixteen is kept.
fn padded(code: [u8; SIGNATURE_LEN]) -> [u8; 16] {
    let mut padded = [0; 16];
    padded.iter_mut().zip(code).for_each(|(to, from)| *to = from);
    padded
}

fn failure(
    sighting: Sighting,
    message: &Message<'_>,
    len: u64,
    expected: [u8; SIGNATURE_LEN],
    origin: crate::keyring::Origin,
    is_key_proven: bool,
) -> Failure {
    Failure {
        packet: sighting.packet,
        direction: sighting.direction,
        command: sighting.command,
        message_id: Some(u64::from(message.header.mid)),
        covered: len,
        found: padded(message.header.security_signature.0),
        expected: Some(padded(expected)),
        algorithm: Some(Algorithm::Md5),
        origin,
        is_key_proven,
    }
}
