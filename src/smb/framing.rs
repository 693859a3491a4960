//! One direction of a connection as SMB messages: Direct TCP (\[MS-SMB2\] 2.1) and the NetBIOS
//! session service (RFC 1002, 4.3).
//!
//! A frame is four bytes of type and length and then one SMB1 message, one compound of SMB2
//! messages, one encrypted message or one compressed message. [`Framer`] finds the frames in the
//! bytes of a stream, splits compounds, keeps in step over bytes that were not captured, and finds
//! its way back where it cannot.

mod frame;
mod head;
mod netbios;
mod search;

use self::frame::{Frame, Progress, split_at};
use self::head::{HEAD_BYTES, HEADER_BYTES, Head};
pub use self::netbios::NetBiosName;
use self::search::Candidate;
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
    /// All of it, where it lies in one place.
    pub whole: Option<&'a [u8]>,
    /// Its place in its compound, from 0.
    pub element: u32,
    /// Whether it is the last of its compound.
    pub is_last: bool,
    /// The packet that holds its first byte.
    pub packet_begin: PacketId,
    /// The last packet that holds some of it.
    pub packet: PacketId,
}

impl RawMessage<'_> {
    /// Whether it carries data of files or is encrypted, so that only its start is ever kept.
    pub fn carries_file_data(&self) -> bool {
        frame::is_bulk(self.kind, self.bytes)
    }
}

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

/// Where a [`Framer`] takes what it finds.
pub trait FrameSink {
    /// Takes what was found.
    fn event(&mut self, event: FrameEvent<'_>);

    /// Says how much is wanted of a message of which not all will be kept: `start` has its header,
    /// or all of it where it is shorter, and `len` is the number of its bytes on the wire.
    fn wants(&mut self, kind: MessageKind, start: &[u8], element: u32, len: u64) -> Wanted {
        let _ = (kind, start, element, len);
        Wanted::Start
    }

    /// Takes the next bytes of the message under way, its first ones included, where
    /// [`Wanted::AsTheyCome`] was said of it. Nothing after a byte that was not captured comes.
    fn bytes(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }
}

impl<F: FnMut(FrameEvent<'_>)> FrameSink for F {
    fn event(&mut self, event: FrameEvent<'_>) {
        self(event);
    }
}

/// How much is wanted of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What is kept of any such message.
    Start,
    /// All of it in one place.
    Whole,
    /// What is kept of any such message, and all bytes as they come.
    AsTheyCome,
}

/// Hands on the messages in `bytes`, which lay encrypted or compressed in `outer`: an SMB2 compound
/// one by one, each with all its bytes; of a message that carries data of files `bytes` is its start.
/// Returns false where no message starts there.
pub fn elements(bytes: &[u8], outer: &RawMessage<'_>, sink: &mut impl FrameSink) -> bool {
    let Some(kind) = head::kind_of(bytes) else { return false };
    Frame::within(outer, kind, bytes.len() as u64).split(bytes, usize::MAX, sink);
    true
}

/// Finds the messages in one direction of a connection.
#[derive(Debug)]
pub struct Framer {
    search: Search,
    netbios: bool,
    detection: Detection,
    state: State,
    /// Bytes that went by and are needed still: of a frame's head, of the element under way, of a
    /// session request, or of what may be a frame.
    held: Vec<u8>,
    /// The packet that the first of a message's bytes in `held` came from.
    packet_begin: PacketId,
    /// Whether it was said that the place where a message starts is not known.
    is_lost: bool,
    /// Bytes searched in vain.
    searched: usize,
    /// Bytes that are kept of a message.
    most: usize,
}

/// What the next byte is.
#[derive(Debug)]
enum State {
    /// Of a frame's head; `held` has what went by of it.
    Head,
    /// Of the message of a frame.
    Frame(Frame),
    /// Of the message of what looks like a frame among other bytes.
    Candidate(Candidate),
    /// Of the names of a session request.
    Request {
        /// Bytes of names.
        len: usize,
    },
    /// Of something with a known end that is not read.
    Skip {
        /// Bytes up to that end.
        left: u64,
    },
    /// Of anything; `held` has what may be the start of a frame.
    Search {
        /// Whether `held` starts where the data of a packet did.
        is_aligned: bool,
    },
    /// Of something that is not SMB.
    Done,
}

impl Framer {
    /// A framer for a stream; `netbios` where the port is that of the NetBIOS session service, 139.
    pub fn new(search: Search, netbios: bool) -> Framer {
        let state = match search {
            Search::FromStart | Search::Patient => State::Head,
            Search::Anywhere => State::Search { is_aligned: false },
        };
        Framer {
            search,
            netbios,
            detection: Detection::Undecided,
            state,
            held: Vec::new(),
            packet_begin: PacketId::default(),
            is_lost: false,
            searched: 0,
            most: 0,
        }
    }

    /// Whether the stream carries SMB, as far as is known.
    pub fn detection(&self) -> Detection {
        self.detection
    }

    /// The other direction carries SMB, so this one is searched without end.
    pub fn trust(&mut self) {
        self.search = Search::Patient;
        if self.detection == Detection::NotSmb {
            self.detection = Detection::Undecided;
            self.state = State::Search { is_aligned: false };
        }
    }

    /// Bytes of memory held for a message that is not complete.
    pub fn held_bytes(&self) -> usize {
        self.held.capacity()
    }

    /// Takes the next bytes of the stream: the data of a packet, or as much of it as is new.
    pub fn data(
        &mut self,
        bytes: &[u8],
        packet: PacketId,
        limits: &Limits,
        sink: &mut impl FrameSink,
    ) {
        self.most = limits.message_bytes;
        self.take(bytes, packet, limits, sink);
    }

    /// Takes note of `len` bytes of the stream that were not captured.
    pub fn gap(&mut self, len: u64, sink: &mut impl FrameSink) {
        if len == 0 {
            return;
        }
        self.accept_cut_head(len, sink);
        match &mut self.state {
            State::Done => {}
            State::Frame(frame) => {
                let within = len.min(frame.left());
                match frame.skip(within, &mut self.held, sink) {
                    Progress::Waits => {}
                    Progress::Complete => self.next_head(),
                    Progress::LostStep(left) => self.lose_step(left, sink),
                }
                if len > within {
                    self.lose(sink);
                }
            }
            State::Candidate(candidate) if candidate.frame.left() >= len => {
                candidate.frame.skip_whole(len);
                if candidate.frame.left() == 0 {
                    self.settle(&[], sink);
                }
            }
            State::Skip { left } if *left > len => *left -= len,
            State::Skip { left } if *left == len => self.next_head(),
            State::Head | State::Candidate(_) | State::Skip { .. } => self.lose(sink),
            State::Request { .. } | State::Search { .. } => self.lose(sink),
        }
    }

    /// The stream is over; what is held of a message is handed on.
    pub fn end(&mut self, sink: &mut impl FrameSink) {
        self.accept_cut_head(0, sink);
        if let State::Frame(frame) = &mut self.state {
            frame.end(&mut self.held, sink);
        }
        self.next_head();
    }

    fn take(&mut self, bytes: &[u8], packet: PacketId, limits: &Limits, sink: &mut impl FrameSink) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let is_aligned = rest.len() == bytes.len();
            rest = match &mut self.state {
                State::Head if self.held.is_empty() => self.head(rest, packet, sink),
                State::Head => self.head_in_parts(rest, packet, sink),
                State::Frame(frame) => {
                    let (progress, rest) =
                        frame.gather(rest, packet, &mut self.held, self.most, sink);
                    if progress == Progress::Complete {
                        self.next_head();
                    }
                    rest
                }
                State::Candidate(candidate) => {
                    let rest =
                        candidate.frame.gather_whole(rest, packet, &mut self.held, self.most);
                    if candidate.frame.left() == 0 {
                        self.settle(rest, sink);
                    }
                    rest
                }
                State::Request { len } => {
                    let len = *len;
                    self.request(len, rest, sink)
                }
                State::Skip { left } => {
                    let (skipped, rest) = split_at(rest, *left);
                    *left -= skipped.len() as u64;
                    if *left == 0 {
                        self.next_head();
                    }
                    rest
                }
                State::Search { .. } => self.look(rest, is_aligned, packet, limits, sink),
                State::Done => return,
            };
        }
    }

    /// Takes the head of a frame, and all of the frame where it is there.
    fn head<'a>(
        &mut self,
        bytes: &'a [u8],
        packet: PacketId,
        sink: &mut impl FrameSink,
    ) -> &'a [u8] {
        let head = Head::of(bytes, self.netbios);
        match head {
            Head::Incomplete => {
                self.hold_head(bytes, packet);
                &[]
            }
            Head::Message { kind, len } => {
                self.find(sink);
                let (_, message) = split_at(bytes, HEADER_BYTES as u64);
                let (whole, rest) = split_at(message, len.into());
                if whole.len() as u64 == u64::from(len) {
                    frame::split(kind, whole, packet, self.most, sink);
                    return rest;
                }
                self.state = State::Frame(Frame::new(kind, len.into(), packet));
                message
            }
            _ if self.other_head(head, sink) => split_at(bytes, HEADER_BYTES as u64).1,
            _ => bytes,
        }
    }

    /// Takes the next bytes of a frame's head of which some are held.
    fn head_in_parts<'a>(
        &mut self,
        bytes: &'a [u8],
        packet: PacketId,
        sink: &mut impl FrameSink,
    ) -> &'a [u8] {
        // A head without a message ends before a protocol identifier would.
        let wanted = if self.held.len() < HEADER_BYTES { HEADER_BYTES } else { HEAD_BYTES };
        let (taken, rest) = split_at(bytes, (wanted - self.held.len()) as u64);
        self.hold_head(taken, packet);
        let head = Head::of(&self.held, self.netbios);
        match head {
            Head::Incomplete => {}
            Head::Message { kind, len } => {
                self.find(sink);
                self.begin(kind, len, packet, sink);
            }
            _ if self.other_head(head, sink) => self.held.clear(),
            // What is held is searched with the rest.
            _ => {}
        }
        rest
    }

    fn hold_head(&mut self, bytes: &[u8], packet: PacketId) {
        if self.held.len() <= HEADER_BYTES {
            self.packet_begin = packet;
        }
        self.held.extend_from_slice(bytes);
    }

    /// Begins a frame of which `held` has the head and perhaps more.
    fn begin(&mut self, kind: MessageKind, len: u32, packet: PacketId, sink: &mut impl FrameSink) {
        let mut frame = Frame::new(kind, len.into(), self.packet_begin);
        let head = std::mem::take(&mut self.held);
        let message = head.get(HEADER_BYTES..).unwrap_or_default();
        let (progress, _) = frame.gather(message, packet, &mut self.held, self.most, sink);
        self.state = State::Frame(frame);
        if progress == Progress::Complete {
            self.next_head();
        }
    }

    /// Takes a head that is not one of a message. Returns whether it is one at all.
    fn other_head(&mut self, head: Head, sink: &mut impl FrameSink) -> bool {
        match head {
            Head::Control { len } if len > 0 => self.state = State::Skip { left: len.into() },
            Head::Control { .. } => {}
            Head::Request { len } => self.state = State::Request { len: len as usize },
            // Among messages it is one without bytes; elsewhere zeros are anything.
            Head::Empty if self.detection == Detection::Smb && !self.is_lost => {}
            _ if self.search == Search::FromStart && self.detection == Detection::Undecided => {
                self.give_up();
                return false;
            }
            _ => {
                self.say_lost(sink);
                self.state = State::Search { is_aligned: false };
                return false;
            }
        }
        true
    }

    /// Takes bytes of a session request with `len` bytes of names.
    fn request<'a>(&mut self, len: usize, bytes: &'a [u8], sink: &mut impl FrameSink) -> &'a [u8] {
        let (taken, rest) = split_at(bytes, (len - self.held.len()) as u64);
        self.held.extend_from_slice(taken);
        if self.held.len() == len {
            let names = NetBiosName::parse(&self.held)
                .and_then(|(called, rest)| Some((called, NetBiosName::parse(rest)?.0)));
            if let Some((called, calling)) = names {
                sink.event(FrameEvent::NetBiosSessionRequest { called, calling });
            }
            self.next_head();
        }
        rest
    }

    /// A frame was found.
    fn find(&mut self, sink: &mut impl FrameSink) {
        self.detection = Detection::Smb;
        if std::mem::take(&mut self.is_lost) {
            sink.event(FrameEvent::Resumed);
        }
    }

    fn next_head(&mut self) {
        self.state = State::Head;
        self.held.clear();
        if self.held.capacity() > RETAINED_BYTES {
            self.held = Vec::new();
        }
    }

    /// Elements of a frame are lost, but not its end, `left` bytes from here.
    fn lose_step(&mut self, left: u64, sink: &mut impl FrameSink) {
        self.say_lost(sink);
        self.next_head();
        if left > 0 {
            self.state = State::Skip { left };
        }
    }

    /// A frame would start in bytes that are missing.
    fn lose(&mut self, sink: &mut impl FrameSink) {
        self.say_lost(sink);
        self.next_head();
        self.state = State::Search { is_aligned: false };
        if self.search == Search::FromStart {
            self.search = Search::Anywhere;
        }
    }

    fn say_lost(&mut self, sink: &mut impl FrameSink) {
        if self.detection == Detection::Smb && !self.is_lost {
            self.is_lost = true;
            sink.event(FrameEvent::Lost);
        }
    }

    fn give_up(&mut self) {
        self.detection = Detection::NotSmb;
        self.state = State::Done;
        self.held = Vec::new();
    }
}

/// Bytes of memory that stay reserved for the next message.
const RETAINED_BYTES: usize = 4096;

#[cfg(test)]
mod tests;
