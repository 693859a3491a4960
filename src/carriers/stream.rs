//! One direction of a connection as messages: whole where they lie in a packet, else gathered.

/// What became of the start of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A message is not complete: so many bytes are needed, where that is known.
    Wait(Option<usize>),
    /// A message, or all of one that matters, had so many bytes; more than are there pass by.
    Took(u64),
    /// It cannot be told what these bytes are.
    Lost,
}

/// The bytes of one direction that are under way.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The start of a message.
    held: Vec<u8>,
    /// Bytes that it needs, where that is known.
    wanted: Option<usize>,
    /// Bytes that pass by.
    passing: u64,
    is_lost: bool,
}

impl Stream {
    /// Takes the data of a packet. `step` takes a message from the start of some bytes, of which it
    /// has seen so many before; at most `most` are held for it. Nothing is taken where the place of a
    /// message is not known.
    pub(super) fn data(
        &mut self,
        bytes: &[u8],
        most: usize,
        mut step: impl FnMut(&[u8], usize) -> Step,
    ) {
        if self.is_lost {
            return;
        }
        let mut rest = self.pass(bytes);
        while !rest.is_empty() {
            let before = self.held.len();
            let (taken, after) = self.next(rest, most);
            let found = match before {
                0 => step(taken, 0),
                _ => {
                    self.held.extend_from_slice(taken);
                    step(&self.held, before)
                }
            };
            let there = before.saturating_add(taken.len());
            match found {
                Step::Took(len) if len > before as u64 => {
                    self.passing = len - before as u64;
                    self.held = Vec::new();
                    rest = self.pass(rest);
                }
                Step::Wait(wanted) if there < most && wanted.is_none_or(|it| it <= most) => {
                    if before == 0 {
                        self.held.extend_from_slice(taken);
                    }
                    self.wanted = wanted.filter(|wanted| *wanted > there);
                    rest = after;
                }
                Step::Took(_) | Step::Wait(_) | Step::Lost => return self.lose(),
            }
        }
    }

    /// The bytes that join those that are held, and those after them.
    fn next<'a>(&self, bytes: &'a [u8], most: usize) -> (&'a [u8], &'a [u8]) {
        let held = self.held.len();
        let len = match (held, self.wanted) {
            (0, _) => bytes.len(),
            (_, Some(wanted)) => wanted.saturating_sub(held),
            (_, None) => most.saturating_sub(held),
        };
        bytes.split_at_checked(len.max(1)).unwrap_or((bytes, &[]))
    }

    /// Lets bytes pass by, and returns what is behind them.
    fn pass<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let len = usize::try_from(self.passing).unwrap_or(usize::MAX).min(bytes.len());
        self.passing -= len as u64;
        bytes.get(len..).unwrap_or_default()
    }

    /// So many bytes are missing.
    pub(super) fn gap(&mut self, len: u64) {
        match self.passing.checked_sub(len) {
            Some(left) if self.passing > 0 => self.passing = left,
            _ => self.lose(),
        }
    }

    /// The place of the next message is not known.
    pub(super) fn lose(&mut self) {
        *self = Stream { is_lost: true, ..Stream::default() };
    }

    /// Whether the place of the next message is not known.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// The next packet starts with a message.
    pub(super) fn resume(&mut self) {
        self.is_lost = false;
    }

    /// Bytes of memory held.
    pub(super) fn held_bytes(&self) -> usize {
        self.held.capacity()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Messages of a length in one byte and so many bytes, of which zeros pass by.
    fn messages(stream: &mut Stream, bytes: &[u8], piece: usize, found: &mut Vec<Vec<u8>>) {
        for piece in bytes.chunks(piece) {
            if stream.is_lost() && piece.first() == Some(&3) {
                stream.resume();
            }
            stream.data(piece, 300, |bytes, _| {
                let len = 1 + usize::from(bytes[0]);
                match bytes.get(1..len) {
                    _ if len == 1 => Step::Took(5),
                    Some(message) => {
                        found.push(message.to_vec());
                        Step::Took(len as u64)
                    }
                    None => Step::Wait(Some(len)),
                }
            });
        }
    }

    #[test]
    fn messages_are_found_however_they_are_cut() {
        let bytes = [&[3, 1, 2, 3][..], &[0, 9, 9, 9, 9], &[255], &[7; 255], &[1, 5]].concat();
        for piece in [1, 2, 3, 7, 300] {
            let (mut stream, mut found) = (Stream::default(), Vec::new());
            messages(&mut stream, &bytes, piece, &mut found);
            assert_eq!(found, [vec![1, 2, 3], vec![7; 255], vec![5]], "{piece}");
            assert_eq!(stream.held_bytes(), 0);
        }
    }

    #[test]
    fn after_a_gap_the_next_message_is_at_the_start_of_a_packet() {
        let (mut stream, mut found) = (Stream::default(), Vec::new());
        messages(&mut stream, &[9, 1, 1], 9, &mut found);
        stream.gap(50);
        messages(&mut stream, &[2, 2, 2], 9, &mut found);
        messages(&mut stream, &[3, 4, 4, 4], 9, &mut found);
        assert_eq!(found, [vec![4, 4, 4]]);
        // Among bytes that pass by, nothing is lost.
        messages(&mut stream, &[0, 9], 9, &mut found);
        stream.gap(3);
        messages(&mut stream, &[1, 8], 9, &mut found);
        assert_eq!(found, [vec![4, 4, 4], vec![8]]);
    }

    proptest! {
        #[test]
        fn what_is_held_is_bounded(
            bytes in proptest::collection::vec(any::<u8>(), 0..900),
            piece in 1_usize..400,
        ) {
            let (mut stream, mut found) = (Stream::default(), Vec::new());
            messages(&mut stream, &bytes, piece, &mut found);
            prop_assert!(stream.held_bytes() <= 2 * 300);
        }
    }
}
