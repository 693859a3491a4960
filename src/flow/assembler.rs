//! Pieces of a stream that came too early, until what is before them arrives.

use std::collections::BTreeMap;

use crate::packet::PacketId;
use crate::time::Timestamp;

/// What a held piece takes beside its bytes, in bytes: its entry in the tree and its allocation.
const PIECE_OVERHEAD: usize = 128;

/// Where a piece of a stream came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// The packet that held it.
    pub(super) packet: PacketId,
    /// When that packet was captured.
    pub(super) timestamp: Timestamp,
    /// Segments of the run up to it.
    pub(super) tick: u64,
    /// Segments of its connection up to it.
    pub(super) count: u64,
}

/// A piece of a stream: the bytes that were captured of `len`, from the first on.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// Bytes on the wire; more than `bytes` holds where the packet was cut.
    pub(super) len: u64,
    pub(super) origin: Origin,
}

/// The pieces held of a stream, by position; no two of them overlap.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    pieces: BTreeMap<u64, Piece>,
    held: usize,
}

impl Assembler {
    /// Whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Bytes of memory that the pieces take, roughly.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// The position of the first piece, and where it came from.
    pub(super) fn first(&self) -> Option<(u64, Origin)> {
        self.pieces.first_key_value().map(|(start, piece)| (*start, piece.origin))
    }

    /// Takes out the first piece.
    pub(super) fn take_first(&mut self) -> Option<(u64, Piece)> {
        let (start, piece) = self.pieces.pop_first()?;
        self.held = self.held.saturating_sub(piece.bytes.len() + PIECE_OVERHEAD);
        Some((start, piece))
    }

    /// Holds what is new of the `len` bytes from `start` on, of which `bytes` were captured.
    /// Returns whether a byte differs from the one already held for its place.
    pub(super) fn insert(&mut self, start: u64, bytes: &[u8], len: u64, origin: Origin) -> bool {
        let end = start.saturating_add(len);
        let mut conflicting = false;
        let mut position = start;
        // The last piece that starts at or before the new bytes may reach into them; those that
        // start within them follow it. Every step passes one held piece.
        while position < end {
            let Some((held_start, held_end, differs)) = self.overlap(position, start, end, bytes)
            else {
                break;
            };
            conflicting |= differs;
            self.hold(position, held_start, start, bytes, origin);
            position = held_end;
        }
        self.hold(position, end, start, bytes, origin);
        conflicting
    }

    /// The first held piece with a place in `position..end`: its bounds, and whether it differs
    /// there from `bytes`, which stand from `start` on.
    fn overlap(
        &self,
        position: u64,
        start: u64,
        end: u64,
        bytes: &[u8],
    ) -> Option<(u64, u64, bool)> {
        let reaches = |(held_start, piece): &(&u64, &Piece)| **held_start + piece.len > position;
        let before = self.pieces.range(..=position).next_back().filter(reaches);
        let (held_start, piece) = before.or_else(|| self.pieces.range(position..end).next())?;
        let (held_start, held_end) = (*held_start, *held_start + piece.len);
        let (from, to) = (held_start.max(position), held_end.min(end));
        let (new, _) = part(bytes, start, from, to);
        let (held, _) = part(&piece.bytes, held_start, from, to);
        let differs = new.iter().zip(held).any(|(a, b)| a != b);
        Some((held_start, held_end, differs))
    }

    fn hold(&mut self, from: u64, to: u64, start: u64, bytes: &[u8], origin: Origin) {
        if from >= to {
            return;
        }
        let (bytes, len) = part(bytes, start, from, to);
        self.held += bytes.len() + PIECE_OVERHEAD;
        self.pieces.insert(from, Piece { bytes: bytes.to_vec(), len, origin });
    }
}

/// What was captured of the positions `from..to` of a segment whose bytes stand from `start` on,
/// and how many positions that is.
pub(super) fn part(bytes: &[u8], start: u64, from: u64, to: u64) -> (&[u8], u64) {
    let offset = |position: u64| {
        usize::try_from(position.saturating_sub(start)).unwrap_or(usize::MAX).min(bytes.len())
    };
    let bytes = bytes.get(offset(from)..offset(to)).unwrap_or_default();
    (bytes, to.saturating_sub(from))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};

    use super::{Assembler, Origin, part};
    use crate::packet::{PacketId, SourceId};
    use crate::time::Timestamp;

    const ORIGIN: Origin = Origin {
        packet: PacketId { source: SourceId(0), number: 1 },
        timestamp: Timestamp(0),
        tick: 0,
        count: 0,
    };

    #[test]
    fn a_part_of_a_cut_segment_has_its_length_and_fewer_bytes() {
        assert_eq!(part(b"abcd", 10, 12, 20), (b"cd".as_slice(), 8));
        assert_eq!(part(b"abcd", 10, 15, 20), (b"".as_slice(), 5));
        assert_eq!(part(b"abcd", 10, 10, 12), (b"ab".as_slice(), 2));
    }

    #[test]
    fn the_first_bytes_of_a_place_win_and_a_difference_is_told() {
        let mut assembler = Assembler::default();
        assert!(!assembler.insert(4, b"EFGH", 4, ORIGIN));
        assert!(!assembler.insert(2, b"cdEF", 4, ORIGIN));
        assert!(assembler.insert(3, b"dxFGHi", 6, ORIGIN));
        assert_eq!(drain(&mut assembler), [(2, "cd".into()), (4, "EFGH".into()), (8, "i".into())]);
        assert_eq!(assembler.held(), 0);
    }

    fn drain(assembler: &mut Assembler) -> Vec<(u64, String)> {
        let mut pieces = Vec::new();
        while let Some((start, piece)) = assembler.take_first() {
            pieces.push((start, String::from_utf8(piece.bytes).unwrap()));
        }
        pieces
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The model: one cell for each position, filled by whoever comes first.
        #[test]
        fn holds_what_a_row_of_cells_holds(
            segments in prop::collection::vec((0_u64..64, 1_u64..24, 0_u64..24, any::<u8>()), 0..40)
        ) {
            let mut assembler = Assembler::default();
            let mut cells: [Option<Option<u8>>; 96] = [None; 96];
            for (start, len, captured, seed) in segments {
                let bytes: Vec<u8> =
                    (0..len.min(captured)).map(|i| seed.wrapping_mul(i as u8 + 1)).collect();
                let mut differs = false;
                for i in 0..len {
                    let cell = &mut cells[(start + i) as usize];
                    let byte = bytes.get(i as usize).copied();
                    match *cell {
                        None => *cell = Some(byte),
                        Some(held) => {
                            differs |= matches!((held, byte), (Some(a), Some(b)) if a != b);
                        }
                    }
                }
                prop_assert_eq!(assembler.insert(start, &bytes, len, ORIGIN), differs);
            }
            let mut found: [Option<Option<u8>>; 96] = [None; 96];
            while let Some((start, piece)) = assembler.take_first() {
                for i in 0..piece.len {
                    let cell = &mut found[(start + i) as usize];
                    prop_assert_eq!(*cell, None);
                    *cell = Some(piece.bytes.get(i as usize).copied());
                }
            }
            prop_assert_eq!(found, cells);
            prop_assert_eq!(assembler.held(), 0);
        }
    }
}
