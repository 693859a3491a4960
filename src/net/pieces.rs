//! The pieces of a datagram that have come, in the order in which they came.
//!
//! A fragment costs what it holds, wherever it stands: a hostile one at the far end of a datagram
//! must not make room for all that is before it.

use std::collections::BTreeMap;

/// Bytes of memory that a piece takes beside its contents.
const PIECE_BYTES: usize = 48;

/// Pieces of a datagram that do not overlap: of each place the bytes that came first.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// What came, one piece after the other.
    bytes: Vec<u8>,
    /// By where each starts in the datagram.
    pieces: BTreeMap<u32, Piece>,
    /// The first byte of the datagram that has not come.
    first_missing: u32,
}

/// A piece.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it ends in the datagram.
    end: u32,
    /// Where its bytes start in those that came.
    at: usize,
    /// How many bytes of it were captured.
    captured: usize,
}

impl Pieces {
    /// Bytes of memory that are held.
    pub(super) fn held(&self) -> usize {
        self.bytes.len().saturating_add(self.pieces.len().saturating_mul(PIECE_BYTES))
    }

    /// Takes what of `start..end` has not come yet; `payload` is what was captured of it.
    pub(super) fn insert(&mut self, start: u32, end: u32, payload: &[u8]) {
        let mut from = start;
        if let Some((_, before)) = self.pieces.range(..=start).next_back() {
            from = from.max(before.end);
        }
        while from < end {
            let next =
                self.pieces.range(from..end).next().map(|(start, piece)| (*start, piece.end));
            let (until, after) = next.unwrap_or((end, end));
            if from < until {
                self.take(from, until, payload.get((from - start) as usize..).unwrap_or(&[]));
            }
            from = after;
        }
        if start <= self.first_missing {
            self.first_missing = self.first_missing.max(end);
            let mut before = self.pieces.range(..=self.first_missing);
            while let Some((_, piece)) = before.next_back()
                && piece.end > self.first_missing
            {
                self.first_missing = piece.end;
                before = self.pieces.range(..=self.first_missing);
            }
        }
    }

    /// Takes `from..until`, of which nothing has come.
    fn take(&mut self, from: u32, until: u32, payload: &[u8]) {
        let len = (until - from) as usize;
        let captured = payload.get(..len).unwrap_or(payload);
        let at = self.bytes.len();
        self.bytes.extend_from_slice(captured);
        let piece = Piece { end: until, at, captured: captured.len() };
        // Fragments mostly come in order: those are one piece.
        match self.pieces.range_mut(..from).next_back() {
            Some((start, before))
                if before.end == from
                    && before.at.saturating_add(before.captured) == at
                    && before.captured == (before.end - start) as usize =>
            {
                before.end = until;
                before.captured = before.captured.saturating_add(captured.len());
            }
            _ => {
                self.pieces.insert(from, piece);
            }
        }
    }

    /// Whether everything up to `len` has come.
    pub(super) fn is_whole(&self, len: u32) -> bool {
        self.first_missing >= len
    }

    /// The datagram's first `len` bytes, zeros where something was not captured.
    pub(super) fn into_bytes(self, len: usize) -> Vec<u8> {
        let mut whole = vec![0; len];
        for (start, piece) in &self.pieces {
            let start = (*start as usize).min(len);
            let captured = piece.captured.min(len - start);
            let source = self.bytes.get(piece.at..piece.at + captured);
            if let (Some(source), Some(target)) = (source, whole.get_mut(start..start + captured)) {
                target.copy_from_slice(source);
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};

    use super::Pieces;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A cell for every byte of a datagram: the first that comes stays.
        #[test]
        fn pieces_are_what_cells_would_hold(
            inserts in prop::collection::vec((0_u32..60, 1_u32..20, 0_u32..20, any::<u8>()), 0..20),
            len in 1_u32..80,
        ) {
            let mut pieces = Pieces::default();
            let mut cells: [Option<u8>; 80] = [None; 80];
            for (start, wire, kept, byte) in inserts {
                let payload = vec![byte; kept.min(wire) as usize];
                pieces.insert(start, start + wire, &payload);
                for place in start..start + wire {
                    let captured = payload.get((place - start) as usize).copied();
                    cells[place as usize].get_or_insert(captured.unwrap_or(0));
                }
            }
            let is_whole = cells[..len as usize].iter().all(Option::is_some);
            prop_assert_eq!(pieces.is_whole(len), is_whole);
            let expected: Vec<u8> =
                cells[..len as usize].iter().map(|cell| cell.unwrap_or(0)).collect();
            prop_assert_eq!(pieces.into_bytes(len as usize), expected);
        }
    }

    #[test]
    fn pieces_in_order_are_one() {
        let mut pieces = Pieces::default();
        for place in 0..100 {
            pieces.insert(8 * place, 8 * place + 8, &[7; 8]);
        }
        assert_eq!((pieces.pieces.len(), pieces.is_whole(800)), (1, true));
    }
}
