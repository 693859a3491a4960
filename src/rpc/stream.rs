//! Protocol data units in one direction of an association, however its bytes are cut: into writes to
//! a pipe, or into TCP segments.

use super::header::Header;
use super::pdu::Pdu;

/// Bytes that are kept of a protocol data unit that does not come in one piece; of a longer one its
/// start is read.
const MOST_BYTES: usize = 16 * 1024;

/// Finds the protocol data units in one direction.
#[derive(Debug, Default)]
pub struct PduStream {
    /// The start of the unit under way, where there is one.
    held: Vec<u8>,
    /// How many of its bytes went by.
    gone: usize,
    /// It holds something else, or bytes of it are missing: where the next unit would start cannot
    /// be told.
    is_lost: bool,
}

impl PduStream {
    /// Takes the next bytes, and hands on each unit that they complete, of a long one its start.
    pub fn data(&mut self, bytes: &[u8], mut on_pdu: impl FnMut(&Pdu<'_>)) {
        let mut rest = bytes;
        while !rest.is_empty() && !self.is_lost {
            rest = if self.gone == 0 {
                self.begin(rest, &mut on_pdu)
            } else {
                self.go_on(rest, &mut on_pdu)
            };
        }
    }

    /// Bytes are missing, or there is no room for more: what is there of a unit is handed on, and
    /// nothing more is read.
    pub fn lose(&mut self, mut on_pdu: impl FnMut(&Pdu<'_>)) {
        let held = std::mem::take(&mut self.held);
        self.give_up();
        if let Ok(pdu) = Pdu::parse(&held) {
            on_pdu(&pdu);
        }
    }

    fn give_up(&mut self) {
        *self = PduStream { is_lost: true, ..PduStream::default() };
    }

    /// A unit starts with the next byte, whatever was before.
    pub fn restart(&mut self) {
        *self = PduStream::default();
    }

    /// Whether nothing more is read.
    pub fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Bytes of memory that wait for the rest of their unit.
    pub fn held_bytes(&self) -> usize {
        self.held.capacity()
    }

    /// Takes the unit that `bytes` start with, where all of it is there, and returns what follows.
    fn begin<'a>(&mut self, bytes: &'a [u8], on_pdu: &mut impl FnMut(&Pdu<'_>)) -> &'a [u8] {
        if bytes.len() < Header::LEN {
            self.hold(bytes);
            return &[];
        }
        let Ok(pdu) = Pdu::parse(bytes) else {
            self.give_up();
            return &[];
        };
        if pdu.is_whole() {
            on_pdu(&pdu);
            return bytes.get(pdu.bytes().len()..).unwrap_or_default();
        }
        self.hold(bytes);
        &[]
    }

    /// Takes the next bytes of the unit under way, and returns what follows it.
    fn go_on<'a>(&mut self, bytes: &'a [u8], on_pdu: &mut impl FnMut(&Pdu<'_>)) -> &'a [u8] {
        let mut rest = bytes;
        if let Some(missing) = Header::LEN.checked_sub(self.gone).filter(|missing| *missing > 0) {
            let (taken, after) = rest.split_at(missing.min(rest.len()));
            self.hold(taken);
            rest = after;
            if self.gone < Header::LEN {
                return &[];
            }
        }
        let Ok(header) = Header::parse(&self.held) else {
            self.give_up();
            return &[];
        };
        let missing = usize::from(header.frag_length).saturating_sub(self.gone);
        let (taken, after) = rest.split_at(missing.min(rest.len()));
        self.hold(taken);
        if self.gone == usize::from(header.frag_length) {
            let held = std::mem::take(&mut self.held);
            self.gone = 0;
            if let Ok(pdu) = Pdu::parse(&held) {
                on_pdu(&pdu);
            }
        }
        after
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = MOST_BYTES.saturating_sub(self.held.len());
        self.held.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.gone += bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, PduStream};
    use crate::rpc::testing::{BIND, BIND_ACK, REQUEST, RESPONSE};
    use crate::smb::testing::hex;

    fn read(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, PduStream) {
        let (mut stream, mut found) = (PduStream::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            stream.data(piece, |pdu| found.push(pdu.bytes().to_vec()));
        }
        (found, stream)
    }

    #[test]
    fn units_are_found_however_the_bytes_are_cut() {
        let units = [BIND, BIND_ACK, REQUEST, RESPONSE].map(hex);
        let bytes = units.concat();
        for piece in 1..=bytes.len() {
            let (found, stream) = read(&bytes, piece);
            assert_eq!(found, units, "pieces of {piece} bytes");
            assert!(!stream.is_lost() && stream.held_bytes() == 0);
        }
        let (found, _) = read(&bytes[..bytes.len() - 1], 7);
        assert_eq!(found, units[..3]);
    }

    #[test]
    fn of_a_long_unit_in_pieces_the_start_is_read() {
        let mut long = hex(REQUEST);
        long.resize(60_000, 7);
        long[8..10].copy_from_slice(&60_000_u16.to_le_bytes());
        let bytes = [long, hex(RESPONSE)].concat();
        assert_eq!(read(&bytes, bytes.len()).0[0].len(), 60_000);
        let (found, stream) = read(&bytes, 1_460);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [MOST_BYTES, 28]);
        assert_eq!(stream.held_bytes(), 0);
    }

    #[test]
    fn of_a_unit_that_is_cut_the_start_is_read() {
        let (_, mut stream) = read(&hex(REQUEST)[..29], 7);
        let mut found = Vec::new();
        stream.lose(|pdu| found.push((pdu.bytes().len(), pdu.is_whole())));
        assert_eq!(found, [(29, false)]);
        assert!(stream.is_lost() && stream.held_bytes() == 0);
    }

    #[test]
    fn what_is_no_unit_ends_the_stream_until_it_begins_anew() {
        for piece in [3, 100] {
            let (found, mut stream) =
                read(&[hex(REQUEST), vec![9; 40], hex(REQUEST)].concat(), piece);
            assert_eq!(found, [hex(REQUEST)]);
            assert!(stream.is_lost());
            stream.restart();
            let mut n = 0;
            stream.data(&hex(REQUEST), |_| n += 1);
            assert_eq!(n, 1);
        }
    }
}
