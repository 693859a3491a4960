//! The bytes of the handshake, which CRYPTO frames carry in any order (RFC 9000, 19.6).

use super::initial::varint;

/// Frame types that a client's Initial packets have (RFC 9000, 12.4).
mod frame_type {
    pub(super) const PADDING: u64 = 0x00;
    pub(super) const PING: u64 = 0x01;
    pub(super) const ACK: u64 = 0x02;
    pub(super) const ACK_ECN: u64 = 0x03;
    pub(super) const CRYPTO: u64 = 0x06;
}

/// Pieces that may lie apart at once.
const PIECES: usize = 64;

/// The start of the handshake, as far as it is there.
#[derive(Debug)]
pub(super) struct CryptoStream {
    limit: usize,
    bytes: Vec<u8>,
    /// What of `bytes` was received: ranges that neither touch nor overlap, in order.
    pieces: Vec<(usize, usize)>,
}

impl CryptoStream {
    /// A stream of which the first `limit` bytes are kept.
    pub(super) fn new(limit: usize) -> CryptoStream {
        CryptoStream { limit, bytes: Vec::new(), pieces: Vec::new() }
    }

    /// The bytes from the first to the first that is missing.
    pub(super) fn start(&self) -> &[u8] {
        match self.pieces.first() {
            Some((0, end)) => self.bytes.get(..*end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Takes the CRYPTO frames of a packet, up to a frame that no first packet has.
    pub(super) fn take_frames(&mut self, mut frames: &[u8]) {
        while let Some(rest) = self.take_frame(frames) {
            frames = rest;
        }
    }

    /// Takes the first frame, and returns what follows it.
    fn take_frame<'a>(&mut self, frames: &'a [u8]) -> Option<&'a [u8]> {
        let (frame_type, rest) = varint(frames)?;
        match frame_type {
            frame_type::PADDING | frame_type::PING => Some(rest),
            frame_type::ACK | frame_type::ACK_ECN => after_ack(frame_type, rest),
            frame_type::CRYPTO => {
                let (offset, rest) = varint(rest)?;
                let (len, rest) = varint(rest)?;
                let (data, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
                self.insert(usize::try_from(offset).ok()?, data);
                Some(rest)
            }
            _ => None,
        }
    }

    /// Keeps what of `data` lies within the limit. Bytes that were first stay.
    fn insert(&mut self, offset: usize, data: &[u8]) {
        let end = offset.saturating_add(data.len()).min(self.limit);
        let Some(data) = end.checked_sub(offset).and_then(|len| data.get(..len)) else { return };
        if data.is_empty() || self.pieces.len() >= PIECES {
            return;
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        let known = self.pieces.clone();
        for (place, byte) in (offset..end).zip(data) {
            let is_known = known.iter().any(|(from, to)| (*from..*to).contains(&place));
            if let (false, Some(kept)) = (is_known, self.bytes.get_mut(place)) {
                *kept = *byte;
            }
        }
        let (mut from, mut to) = (offset, end);
        self.pieces.retain(|(start, end)| {
            let touches = *start <= to && from <= *end;
            if touches {
                (from, to) = (from.min(*start), to.max(*end));
            }
            !touches
        });
        let place = self.pieces.partition_point(|(start, _)| *start < from);
        self.pieces.insert(place, (from, to));
    }
}

/// What follows an ACK frame (RFC 9000, 19.3).
fn after_ack(frame_type: u64, frame: &[u8]) -> Option<&[u8]> {
    let (_largest, rest) = varint(frame)?;
    let (_delay, rest) = varint(rest)?;
    let (ranges, rest) = varint(rest)?;
    let (_first, mut rest) = varint(rest)?;
    let counts = if frame_type == frame_type::ACK_ECN { 3 } else { 0 };
    // Each range takes two bytes at least, so a count that is too large ends with the frame.
    for _ in 0..ranges.saturating_mul(2).saturating_add(counts) {
        (_, rest) = varint(rest)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::CryptoStream;

    #[test]
    fn frames_around_the_handshake_are_passed_over() {
        let mut stream = CryptoStream::new(100);
        let ack = [0x02, 5, 0, 1, 2, 0, 1];
        let ecn = [0x03, 5, 0, 0, 2, 7, 7, 7];
        let frames = [&[0, 0, 1][..], &ack, &ecn, &[0x06, 0, 2, b'h', b'i'], &[0x1C, 0x06]];
        stream.take_frames(&frames.concat());
        assert_eq!(stream.start(), b"hi");
    }

    #[test]
    fn what_lies_beyond_the_limit_is_not_kept() {
        let mut stream = CryptoStream::new(3);
        stream.insert(2, b"cde");
        stream.insert(usize::MAX, b"x");
        stream.insert(0, b"ab");
        assert_eq!(stream.start(), b"abc");
    }

    proptest! {
        #[test]
        fn pieces_in_any_order_give_the_whole(
            pieces in prop::collection::vec((0_usize..60, 1_usize..20), 0..40),
        ) {
            let whole: Vec<u8> = (0..80).collect();
            let mut stream = CryptoStream::new(80);
            let mut known = [false; 80];
            for (offset, len) in pieces {
                stream.insert(offset, &whole[offset..offset + len]);
                known[offset..offset + len].fill(true);
            }
            let len = known.iter().take_while(|known| **known).count();
            prop_assert_eq!(stream.start(), &whole[..len]);
        }

        #[test]
        fn no_frames_do_harm(frames in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut stream = CryptoStream::new(50);
            stream.take_frames(&frames);
            prop_assert!(stream.start().len() <= 50);
        }
    }
}
