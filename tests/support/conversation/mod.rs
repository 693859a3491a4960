//! Conversations of SMB clients and servers, written as captures, so that a test reads as a dialogue:
//! who connects, who says what, and then what the report makes of it.
//!
//! What a message does not say is filled in when it is sent: the SessionId that was last named on its
//! connection, the next MessageId of the client, of an answer the MessageId of the latest request
//! with the same command. A message carries a signature only if it says so.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod capture;
pub(crate) mod carriers;
pub(crate) mod kerberos;
pub(crate) mod ntlm;
pub(crate) mod rpc;
pub(crate) mod smb1;
pub(crate) mod smb2;

use std::net::SocketAddr;

use countersign::analysis::{Analysis, Options, Results};
use countersign::report::{Report, Session};

use self::capture::{Ethernet, Packets, Segment};
use self::smb1::Smb1;
use self::smb2::Smb2;

/// The client of most conversations.
pub(crate) const CLIENT: &str = "10.0.0.7:49731";
/// The server of most conversations.
pub(crate) const SERVER: &str = "10.0.0.5:445";
/// The SessionId that most conversations speak in.
pub(crate) const SESSION: u64 = 0x0000_4000_0000_0009;

/// A connection of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connection(usize);

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// What one frame holds.
pub(crate) enum Frame {
    /// One SMB2 message, or a compound of several.
    Smb2(Vec<Smb2>),
    /// An SMB1 message.
    Smb1(Smb1),
    /// An encrypted message of the session; `None` for the connection's.
    Transform(Option<u64>),
    /// Bytes as they are, without the length before them.
    Bytes(Vec<u8>),
    /// What another protocol than SMB says.
    Other(Vec<u8>),
}

impl From<Smb2> for Frame {
    fn from(message: Smb2) -> Frame {
        Frame::Smb2(vec![message])
    }
}

impl<const N: usize> From<[Smb2; N]> for Frame {
    fn from(elements: [Smb2; N]) -> Frame {
        Frame::Smb2(elements.into())
    }
}

impl From<Smb1> for Frame {
    fn from(message: Smb1) -> Frame {
        Frame::Smb1(message)
    }
}

/// An encrypted message of the connection's session.
pub(crate) fn encrypted() -> Frame {
    Frame::Transform(None)
}

/// What one connection remembers to fill in what its messages leave open.
struct State {
    ends: [SocketAddr; 2],
    sequence: [u32; 2],
    session_id: u64,
    next_message_id: u64,
    asked: Vec<(u16, u64, [u8; 16])>,
    user: u16,
    mid: u16,
}

/// A conversation, and the packets it was captured in.
pub(crate) struct Conversation {
    packets: Packets,
    connections: Vec<State>,
    current: usize,
    signatures: u64,
    keep: Option<usize>,
    is_lost: bool,
    only: Option<Side>,
}

impl Conversation {
    /// A conversation that is captured as IP packets.
    pub(crate) fn new() -> Conversation {
        Conversation::captured(Packets::new(Ethernet::No))
    }

    /// A conversation that is captured as Ethernet frames.
    pub(crate) fn over_ethernet() -> Conversation {
        Conversation::captured(Packets::new(Ethernet::Yes))
    }

    fn captured(packets: Packets) -> Conversation {
        Conversation {
            packets,
            connections: Vec::new(),
            current: 0,
            signatures: 0,
            keep: None,
            is_lost: false,
            only: None,
        }
    }

    /// The client connects, and is listened to from the first packet on; what follows goes by this
    /// connection.
    pub(crate) fn connect(&mut self, client: &str, server: &str) -> Connection {
        let connection = self.join(client, server);
        for (side, flags) in [(Side::Client, capture::SYN), (Side::Server, capture::SYN_ACK)] {
            let segment = self.segment(side, flags, Vec::new());
            let sequence = &mut self.connections[connection.0].sequence[side as usize];
            *sequence = sequence.wrapping_add(1);
            self.packets.write(&segment, None);
        }
        connection
    }

    /// A connection that was there before the capture began; what follows goes by it.
    pub(crate) fn join(&mut self, client: &str, server: &str) -> Connection {
        let number = self.connections.len();
        self.connections.push(State {
            ends: [client.parse().unwrap(), server.parse().unwrap()],
            sequence: [1_000_000 + 10_000 * number as u32, 4_294_000_000],
            session_id: 0,
            next_message_id: 0,
            asked: Vec::new(),
            user: 0,
            mid: 0,
        });
        self.current = number;
        Connection(number)
    }

    /// What follows goes by `connection`.
    pub(crate) fn on(&mut self, connection: Connection) -> &mut Conversation {
        self.current = connection.0;
        self
    }

    /// What follows on the connection carries this SessionId.
    pub(crate) fn session(&mut self, session_id: u64) -> &mut Conversation {
        self.connections[self.current].session_id = session_id;
        self
    }

    /// What follows on the connection is of this SMB1 user.
    pub(crate) fn user(&mut self, uid: u16) -> &mut Conversation {
        self.connections[self.current].user = uid;
        self
    }

    /// From here on only one side is captured.
    pub(crate) fn hear_only(&mut self, side: Side) -> &mut Conversation {
        self.only = Some(side);
        self
    }

    /// From here on both sides are captured.
    pub(crate) fn hear_both(&mut self) -> &mut Conversation {
        self.only = None;
        self
    }

    /// The client sends.
    pub(crate) fn client(&mut self, frame: impl Into<Frame>) -> &mut Conversation {
        self.send(Side::Client, frame.into())
    }

    /// The server sends.
    pub(crate) fn server(&mut self, frame: impl Into<Frame>) -> &mut Conversation {
        self.send(Side::Server, frame.into())
    }

    /// The client asks, and the server answers with the same command, both in one way.
    pub(crate) fn both(&mut self, message: Smb2) -> &mut Conversation {
        self.client(message.clone()).server(message)
    }

    /// Somebody sends a UDP datagram.
    pub(crate) fn datagram(&mut self, from: &str, to: &str, payload: &[u8]) -> &mut Conversation {
        self.packets.write_udp(from.parse().unwrap(), to.parse().unwrap(), payload);
        self
    }

    /// The next frame is sent and not captured.
    pub(crate) fn lose(&mut self) -> &mut Conversation {
        self.is_lost = true;
        self
    }

    /// Of the next frame, this many bytes after its length are captured.
    pub(crate) fn cut(&mut self, keep: usize) -> &mut Conversation {
        self.keep = Some(keep);
        self
    }

    /// The last packet is captured before the one that it came after.
    pub(crate) fn swap(&mut self) -> &mut Conversation {
        self.swap_at(self.packet())
    }

    /// The packet with this number is captured before the one that it came after.
    pub(crate) fn swap_at(&mut self, number: u64) -> &mut Conversation {
        self.packets.swap(number);
        self
    }

    /// The packet with this number is captured twice.
    pub(crate) fn repeat(&mut self, number: u64) -> &mut Conversation {
        self.packets.repeat(number);
        self
    }

    /// Only the packets up to this number are captured.
    pub(crate) fn stop_after(&mut self, number: u64) -> &mut Conversation {
        self.packets.stop_after(number);
        self
    }

    /// What follows comes so many seconds later.
    pub(crate) fn wait(&mut self, seconds: u32) -> &mut Conversation {
        self.packets.wait(seconds);
        self
    }

    /// The number of the last packet.
    pub(crate) fn packet(&self) -> u64 {
        self.packets.count()
    }

    /// The capture file.
    pub(crate) fn capture(&self) -> Vec<u8> {
        self.packets.file(|_| true)
    }

    /// What Countersign reports of it.
    pub(crate) fn report(&self) -> Report {
        report(&[self.capture()])
    }

    /// What Countersign finds in it.
    pub(crate) fn results(&self) -> Results {
        results(&[self.capture()])
    }

    /// What Countersign reports of it where what the client sends and what the servers send were
    /// captured apart.
    pub(crate) fn report_of_two_captures(&self) -> Report {
        let is_client = |sender: SocketAddr| {
            self.connections.iter().any(|state| state.ends[Side::Client as usize] == sender)
        };
        report(&[self.packets.file(is_client), self.packets.file(|sender| !is_client(sender))])
    }

    /// Its only session.
    pub(crate) fn only_session(&self) -> Session {
        let mut sessions = self.report().sessions;
        assert_eq!(sessions.len(), 1, "{:#?}", sessions);
        sessions.remove(0)
    }

    fn send(&mut self, side: Side, frame: Frame) -> &mut Conversation {
        let message = match frame {
            Frame::Smb2(elements) => self.compound(side, elements),
            Frame::Smb1(message) => self.smb1(side, message),
            Frame::Transform(session_id) => {
                smb2::transform(session_id.unwrap_or(self.connections[self.current].session_id))
            }
            Frame::Bytes(bytes) => bytes,
            Frame::Other(bytes) => return self.send_as_it_is(side, bytes, 0),
        };
        let len = u32::try_from(message.len()).unwrap().to_be_bytes();
        self.send_as_it_is(side, [&len, message.as_slice()].concat(), len.len())
    }

    /// Sends bytes, of which `head` are always captured.
    fn send_as_it_is(&mut self, side: Side, payload: Vec<u8>, head: usize) -> &mut Conversation {
        let segment = self.segment(side, capture::PUSH_ACK, payload);
        let keep = self.keep.take().map(|keep| keep + head);
        let is_heard = self.only.is_none_or(|only| only == side);
        if !std::mem::take(&mut self.is_lost) && is_heard {
            self.packets.write(&segment, keep);
        }
        let sequence = &mut self.connections[self.current].sequence[side as usize];
        *sequence = sequence.wrapping_add(segment.payload.len() as u32);
        self
    }

    fn segment(&self, side: Side, flags: u8, payload: Vec<u8>) -> Segment {
        let State { ends, sequence, .. } = &self.connections[self.current];
        let (own, other) = (side as usize, 1 - side as usize);
        Segment {
            source: ends[own],
            destination: ends[other],
            sequence: sequence[own],
            acknowledgment: if flags == capture::SYN { 0 } else { sequence[other] },
            flags,
            payload,
        }
    }

    /// The elements of a compound, each but the last padded to a multiple of eight bytes.
    fn compound(&mut self, side: Side, elements: Vec<Smb2>) -> Vec<u8> {
        let last = elements.len() - 1;
        let mut bytes = Vec::new();
        for (place, element) in elements.into_iter().enumerate() {
            let mut element = self.fill(side, element);
            if place < last {
                element.pad();
            }
            bytes.extend(element.bytes());
        }
        bytes
    }

    fn fill(&mut self, side: Side, mut message: Smb2) -> Smb2 {
        message.is_response = side == Side::Server;
        self.signatures += 1;
        let fresh = [self.signatures.to_le_bytes(), [0xa5; 8]].concat().try_into().unwrap();
        let state = &mut self.connections[self.current];
        let session_id = *message.session_id.get_or_insert(state.session_id);
        let latest = state.asked.iter().rev().find(|(command, ..)| *command == message.command);
        let (message_id, repeated) = match (side, latest) {
            (Side::Server, Some((_, message_id, signature))) => (*message_id, *signature),
            (Side::Server, None) => (state.next_message_id.saturating_sub(1), [0; 16]),
            (Side::Client, _) => (state.next_message_id, [0; 16]),
        };
        let message_id = *message.message_id.get_or_insert(message_id);
        message.sign(fresh, repeated);
        if side == Side::Client {
            state.asked.push((message.command, message_id, message.signature));
            state.next_message_id = state.next_message_id.max(message_id.saturating_add(1));
        } else if message.command == smb2::SESSION_SETUP && state.session_id == 0 {
            state.session_id = session_id;
        }
        message
    }

    fn smb1(&mut self, side: Side, mut message: Smb1) -> Vec<u8> {
        message.is_response = side == Side::Server;
        self.signatures += 1;
        let fresh = (self.signatures | 0xa5 << 56).to_le_bytes();
        let state = &mut self.connections[self.current];
        if side == Side::Client {
            state.mid += 1;
        }
        let (user, mid) = (state.user, state.mid);
        message.uid.get_or_insert(user);
        message.mid.get_or_insert(mid);
        message.bytes(fresh)
    }
}

/// What Countersign reports of several captures in one run.
pub(crate) fn report(captures: &[Vec<u8>]) -> Report {
    results(captures).report()
}

/// What Countersign finds in several captures in one run.
pub(crate) fn results(captures: &[Vec<u8>]) -> Results {
    let mut analysis = Analysis::new(Options::DEFAULT);
    for number in 0..captures.len() {
        analysis.add_source(format!("conversation-{number}.pcap"));
    }
    let mut taken = vec![false; captures.len()];
    while let Some(source) = analysis.wants() {
        if std::mem::replace(&mut taken[source.0], true) {
            analysis.end(source);
        } else {
            analysis.push(source, &captures[source.0]);
        }
    }
    analysis.finish().unwrap()
}
