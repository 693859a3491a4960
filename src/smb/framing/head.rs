//! Where a frame starts, and whether to believe it.

use super::MessageKind;
use crate::smb::wire::{read_u16, read_u32};

/// Bytes of a frame before its message: type and length.
pub(super) const HEADER_BYTES: usize = 4;

/// Bytes of a frame up to the end of its message's protocol identifier.
pub(super) const HEAD_BYTES: usize = 8;

/// Bytes of a frame that say whether to believe it: up to the StructureSize of an SMB2 body.
pub(super) const JUDGED_BYTES: usize = HEADER_BYTES + 66;

/// The shortest messages, in bytes: a header and the least that can follow it.
const SHORTEST_SMB1: u32 = 35;
const SHORTEST_SMB2: u32 = 68;
const SHORTEST_COMPRESSION: u32 = 16;

/// Bytes of a transform header (\[MS-SMB2\] 2.2.41).
const TRANSFORM_HEADER: u32 = 52;

/// The highest Command that the specification names, SMB2 SERVER_TO_CLIENT_NOTIFICATION.
const LAST_COMMAND: u16 = 0x13;

/// The Flags that the specification names (\[MS-SMB2\] 2.2.1.2).
const KNOWN_FLAGS: u32 = 0x3000_007f;

/// The longest session request that is read, in bytes: two names with scopes.
const LONGEST_REQUEST: u32 = 512;

/// What starts at a place where a frame is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// More bytes are needed to tell.
    Incomplete,
    /// A frame with a message of `len` bytes.
    Message { kind: MessageKind, len: u32 },
    /// A session request with `len` bytes of names.
    Request { len: u32 },
    /// A message without bytes.
    Empty,
    /// Something else of the session service, with `len` bytes: nothing is read from it.
    Control { len: u32 },
    /// No frame.
    Refused,
}

/// What a message is whose protocol identifier starts with `first`.
pub(super) fn kind_by(first: u8) -> Option<MessageKind> {
    match first {
        0xff => Some(MessageKind::Smb1),
        0xfe => Some(MessageKind::Smb2),
        0xfd => Some(MessageKind::Transform),
        0xfc => Some(MessageKind::Compression),
        _ => None,
    }
}

/// What the message that `bytes` start with is, by its protocol identifier.
pub(super) fn kind_of(bytes: &[u8]) -> Option<MessageKind> {
    let (id, _) = bytes.split_first_chunk::<4>()?;
    kind_by(id[0]).filter(|_| id.ends_with(b"SMB"))
}

impl Head {
    /// What `bytes` start with, by type, length and protocol identifier.
    pub(super) fn of(bytes: &[u8], netbios: bool) -> Head {
        let (Some(kind), rest) = (bytes.first(), bytes.get(1..).unwrap_or_default()) else {
            return Head::Incomplete;
        };
        if !matches!(kind, 0x00 | 0x81..=0x85) {
            return Head::Refused;
        }
        let Some((&[high, middle, low], message)) = rest.split_first_chunk() else {
            return Head::Incomplete;
        };
        let len = u32::from_be_bytes([0, high, middle, low]);
        match kind {
            // RFC 1002, 4.3.1: 17 bits of length. Direct TCP has 24.
            0x00 if netbios && len > 0x1_ffff => Head::Refused,
            0x00 if len == 0 => Head::Empty,
            0x00 => Head::of_message(message, len),
            0x81 if (68..=LONGEST_REQUEST).contains(&len) => Head::Request { len },
            0x82 | 0x85 if len == 0 => Head::Control { len },
            0x83 if len == 1 => Head::Control { len },
            0x84 if len == 6 => Head::Control { len },
            _ => Head::Refused,
        }
    }

    fn of_message(message: &[u8], len: u32) -> Head {
        let kind = match message.first().map(|first| kind_by(*first)) {
            None => return Head::Incomplete,
            Some(None) => return Head::Refused,
            Some(Some(kind)) => kind,
        };
        let name = message.get(1..message.len().min(4)).unwrap_or_default();
        if !b"SMB".starts_with(name) || len < 4 {
            return Head::Refused;
        }
        if name.len() < 3 { Head::Incomplete } else { Head::Message { kind, len } }
    }
}

/// Where a frame was found among other bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A frame to believe starts here, with a message of this kind and length.
    At(usize, MessageKind, u32),
    /// A frame may start here; more bytes are needed to tell.
    Perhaps(usize),
    /// No frame starts here.
    Nowhere,
}

/// Finds the first frame to believe in `bytes`.
pub(super) fn find(bytes: &[u8], netbios: bool) -> Found {
    let mut from = 5;
    while let Some(step) = bytes.get(from..).and_then(|rest| rest.iter().position(|b| *b == b'S')) {
        let at = from + step - 5;
        let candidate = bytes.get(at..).unwrap_or_default();
        from += step + 1;
        // The last few places are looked at below, with what is there of them.
        if candidate.len() < HEAD_BYTES {
            break;
        }
        match judge(candidate, netbios) {
            Verdict::Believed(kind, len) => return Found::At(at, kind, len),
            Verdict::Open => return Found::Perhaps(at),
            Verdict::Refused => {}
        }
    }
    let tail = bytes.len().saturating_sub(HEAD_BYTES - 1);
    let may_start = |at: &usize| {
        let rest = bytes.get(*at..).unwrap_or_default();
        rest.first() == Some(&0) && Head::of(rest, netbios) == Head::Incomplete
    };
    (tail..bytes.len()).find(may_start).map_or(Found::Nowhere, Found::Perhaps)
}

/// Whether `bytes` start with a frame to believe.
fn judge(bytes: &[u8], netbios: bool) -> Verdict {
    let (kind, len) = match Head::of(bytes, netbios) {
        Head::Incomplete => return Verdict::Open,
        Head::Message { kind, len } => (kind, len),
        _ => return Verdict::Refused,
    };
    let message = bytes.get(HEADER_BYTES..).unwrap_or_default();
    let is_believed = match kind {
        MessageKind::Smb1 => judge_smb1(message, len),
        MessageKind::Smb2 => judge_smb2(message, len),
        MessageKind::Transform => judge_transform(message, len),
        MessageKind::Compression => judge_compression(message, len),
    };
    match is_believed {
        Some(true) => Verdict::Believed(kind, len),
        Some(false) => Verdict::Refused,
        None => Verdict::Open,
    }
}

/// What to make of a place where a frame may start.
enum Verdict {
    /// A frame starts there, with a message of this kind and length.
    Believed(MessageKind, u32),
    /// More bytes are needed to tell.
    Open,
    /// None does.
    Refused,
}

fn judge_smb1(message: &[u8], len: u32) -> Option<bool> {
    if len < SHORTEST_SMB1 {
        return Some(false);
    }
    // WordCount, and ByteCount after the words.
    let words = u32::from(*message.get(32)?);
    Some(SHORTEST_SMB1 + 2 * words <= len)
}

fn judge_smb2(message: &[u8], len: u32) -> Option<bool> {
    if len < SHORTEST_SMB2 || read_u16(message, 4).is_some_and(|size| size != 64) {
        return Some(false);
    }
    if read_u16(message, 12)? > LAST_COMMAND || read_u32(message, 16)? & !KNOWN_FLAGS != 0 {
        return Some(false);
    }
    let next = read_u32(message, 20)?;
    if next != 0 && (next < 64 || next > len || (next % 8 != 0 && next != len)) {
        return Some(false);
    }
    // The StructureSize of every body is between 4 and 89.
    let body = read_u16(message, 64)?;
    Some((2..=89).contains(&body))
}

fn judge_transform(message: &[u8], len: u32) -> Option<bool> {
    let original = read_u32(message, 36)?;
    let flags = read_u16(message, 42)?;
    Some(flags == 1 && original.checked_add(TRANSFORM_HEADER) == Some(len))
}

fn judge_compression(message: &[u8], len: u32) -> Option<bool> {
    let original = read_u32(message, 4)?;
    let (algorithm, flags) = (read_u16(message, 8)?, read_u16(message, 10)?);
    Some(len >= SHORTEST_COMPRESSION && original > 0 && algorithm <= 5 && flags <= 1)
}
