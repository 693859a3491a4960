//! The TCP header (RFC 9293 3.1).
//!
//! It is read here and not by etherparse, because a capture with a short snap length cuts it among
//! its options, and the fields before them are still wanted.

use std::fmt;

/// The flags of a TCP header, from CWR (`0x80`) to FIN (`0x01`).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// The sender has no more data.
    pub const FIN: TcpFlags = TcpFlags(0x01);
    /// The first sequence number is told.
    pub const SYN: TcpFlags = TcpFlags(0x02);
    /// The connection is aborted.
    pub const RST: TcpFlags = TcpFlags(0x04);
    /// Hand the data on at once.
    pub const PSH: TcpFlags = TcpFlags(0x08);
    /// The acknowledgment number holds.
    pub const ACK: TcpFlags = TcpFlags(0x10);
    /// The urgent pointer holds.
    pub const URG: TcpFlags = TcpFlags(0x20);

    /// Whether every flag of `flags` is set.
    pub const fn contains(self, flags: TcpFlags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether FIN is set.
    pub const fn fin(self) -> bool {
        self.contains(TcpFlags::FIN)
    }

    /// Whether SYN is set.
    pub const fn syn(self) -> bool {
        self.contains(TcpFlags::SYN)
    }

    /// Whether RST is set.
    pub const fn rst(self) -> bool {
        self.contains(TcpFlags::RST)
    }

    /// Whether ACK is set.
    pub const fn ack(self) -> bool {
        self.contains(TcpFlags::ACK)
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
        let set = NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1);
        formatter.debug_set().entries(set.map(|(_, name)| name)).finish()
    }
}

/// What a segment's header says, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// `[0..2]` Source Port.
    pub(super) source_port: u16,
    /// `[2..4]` Destination Port.
    pub(super) destination_port: u16,
    /// `[4..8]` Sequence Number.
    pub(super) seq: u32,
    /// `[8..12]` Acknowledgment Number.
    pub(super) ack: u32,
    /// `[13]` Control bits.
    pub(super) flags: TcpFlags,
    /// The bytes after the options that were captured.
    pub(super) payload: &'a [u8],
    /// Bytes after the options.
    pub(super) payload_len: u32,
}

/// Bytes of a header without options.
const HEADER_LEN_MIN: usize = 20;

/// Reads the segment of `segment_len` bytes of which `segment` was captured.
#[inline]
pub(super) fn parse(segment: &[u8], segment_len: u32) -> Option<Header<'_>> {
    let &[s0, s1, d0, d1, n0, n1, n2, n3, a0, a1, a2, a3, offset, flags, _, _, _, _, _, _] =
        segment.first_chunk::<HEADER_LEN_MIN>()?;
    let header_len = usize::from(offset >> 4) * 4;
    if header_len < HEADER_LEN_MIN {
        return None;
    }
    Some(Header {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        seq: u32::from_be_bytes([n0, n1, n2, n3]),
        ack: u32::from_be_bytes([a0, a1, a2, a3]),
        flags: TcpFlags(flags),
        payload: segment.get(header_len..).unwrap_or(&[]),
        payload_len: segment_len.checked_sub(header_len as u32)?,
    })
}

#[cfg(test)]
mod tests {
    use super::{TcpFlags, parse};

    /// A header with four bytes of options, and two bytes of payload.
    const SEGMENT: [u8; 26] = [
        0xC2, 0x43, 0x01, 0xBD, 1, 2, 3, 4, 5, 6, 7, 8, 0x60, 0x18, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
        b'h', b'i',
    ];

    #[test]
    fn every_field_is_read() {
        let header = parse(&SEGMENT, 26).unwrap();
        assert_eq!((header.source_port, header.destination_port), (49731, 445));
        assert_eq!((header.seq, header.ack), (0x0102_0304, 0x0506_0708));
        assert_eq!(header.flags, TcpFlags(TcpFlags::PSH.0 | TcpFlags::ACK.0));
        assert!(header.flags.ack() && !header.flags.syn());
        assert_eq!((header.payload, header.payload_len), (&b"hi"[..], 2));
    }

    #[test]
    fn a_cut_segment_keeps_its_length_and_a_cut_header_is_refused() {
        for captured in 0..=SEGMENT.len() {
            let header = parse(&SEGMENT[..captured], 1400);
            match header {
                Some(header) => {
                    assert!(captured >= 20);
                    assert_eq!(header.payload_len, 1376);
                    assert_eq!(header.payload.len(), captured.saturating_sub(24));
                }
                None => assert!(captured < 20),
            }
        }
    }

    #[test]
    fn lengths_that_contradict_each_other_are_refused() {
        assert_eq!(parse(&SEGMENT, 23), None);
        let mut short = SEGMENT;
        short[12] = 0x40;
        assert_eq!(parse(&short, 26), None);
    }

    #[test]
    fn flags_are_shown_by_name() {
        assert_eq!(format!("{:?}", TcpFlags(0x12)), "{\"SYN\", \"ACK\"}");
    }
}
