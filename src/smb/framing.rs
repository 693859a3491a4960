//! One direction of a connection as SMB messages: Direct TCP (\[MS-SMB2\] 2.1) and the NetBIOS
//! session service (RFC 1002, 4.3).
//!
//! A frame is four bytes of type and length and then one SMB1 message, one compound of SMB2
//! messages, one encrypted message or one compressed message. [`Framer`] finds the frames in the
//! bytes of a stream, splits compounds, keeps in step over bytes that were not captured, and finds
//! its way back where it cannot.

use crate::limits::Limits;
use crate::packet::PacketId;

/// How hard SMB is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The first byte of the stream is known: it starts a frame, or this is not SMB.
    FromStart,
    /// The capture began in the middle of the stream: frames are searched for, up to
    /// [`Limits::detection_bytes`].
    Anywhere,
    /// The port says SMB: frames are searched for without end.
    Patient,
}

/// Whether a stream carries SMB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detection {
    /// Not known yet.
    Undecided,
    /// A frame was found.
    Smb,
    /// None will be looked for any more.
    NotSmb,
}

/// What a frame holds, by the first four bytes of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// `FF 53 4D 42`: SMB1 (\[MS-CIFS\] 2.2.3.1).
    Smb1,
    /// `FE 53 4D 42`: SMB2 and SMB3 (\[MS-SMB2\] 2.2.1).
    Smb2,
    /// `FD 53 4D 42`: encrypted (\[MS-SMB2\] 2.2.41).
    Transform,
    /// `FC 53 4D 42`: compressed (\[MS-SMB2\] 2.2.42).
    Compression,
}

/// One message: a frame, or an element of an SMB2 compound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawMessage<'a> {
    /// What it is.
    pub kind: MessageKind,
    /// The message from its protocol identifier on: whole, or as much as is kept, and nothing after
    /// the first byte that was not captured.
    pub bytes: &'a [u8],
    /// Bytes of the message on the wire; of an element of a compound up to the next header, padding
    /// included.
    pub len: u64,
    /// How many of those were not captured.
    pub missing: u64,
    /// Its place in its compound, from 0.
    pub element: u32,
    /// Whether it is the last of its compound.
    pub is_last: bool,
    /// The packet that holds its first byte.
    pub packet_begin: PacketId,
    /// The last packet that holds some of it.
    pub packet: PacketId,
}

/// A NetBIOS name: 15 characters, padded with spaces, and a suffix that says the service
/// (RFC 1001, 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetBiosName(pub [u8; 16]);

/// What a [`Framer`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameEvent<'a> {
    /// A message, or as much of it as was captured.
    Message(RawMessage<'a>),
    /// A session request of the NetBIOS session service (RFC 1002, 4.3.2).
    NetBiosSessionRequest {
        /// Whom the client calls.
        called: NetBiosName,
        /// How the client calls itself.
        calling: NetBiosName,
    },
    /// The place where a message starts is not known: bytes that held one, or many, are missing.
    Lost,
    /// The place where a message starts is known again.
    Resumed,
}

/// Finds the messages in one direction of a connection.
#[derive(Debug)]
pub struct Framer {
    search: Search,
    netbios: bool,
    detection: Detection,
}

impl Framer {
    /// A framer for a stream; `netbios` where the port is that of the NetBIOS session service, 139.
    pub fn new(search: Search, netbios: bool) -> Framer {
        Framer { search, netbios, detection: Detection::Undecided }
    }

    /// Whether the stream carries SMB, as far as is known.
    pub fn detection(&self) -> Detection {
        self.detection
    }

    /// The other direction carries SMB, so this one is searched without end.
    pub fn trust(&mut self) {
        self.search = Search::Patient;
    }

    /// Bytes that are held for a message which is not complete.
    pub fn held_bytes(&self) -> usize {
        0
    }

    /// Takes the next bytes of the stream.
    pub fn data(
        &mut self,
        bytes: &[u8],
        packet: PacketId,
        limits: &Limits,
        on_event: &mut impl FnMut(FrameEvent<'_>),
    ) {
        let _ = (bytes, packet, limits, on_event, self.netbios);
    }

    /// Takes note of `len` bytes of the stream that were not captured.
    pub fn gap(&mut self, len: u64, on_event: &mut impl FnMut(FrameEvent<'_>)) {
        let _ = (len, on_event);
    }

    /// The stream is over; what is held of a message is handed on.
    pub fn end(&mut self, on_event: &mut impl FnMut(FrameEvent<'_>)) {
        let _ = on_event;
    }
}
