//! The SHA-256 of each capture, computed while its bytes are pushed.

use sha2::{Digest, Sha256};

use crate::packet::SourceId;

/// The SHA-256 of one file, computed from its bytes in order.
#[derive(Clone, Debug, Default)]
pub struct FileHash(Sha256);

impl FileHash {
    /// Takes the next bytes.
    pub fn push(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all of them in hexadecimal.
    pub fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The hashes of a run's captures; none are made where nobody asked for them.
#[derive(Debug)]
pub(super) struct Hashes {
    is_wanted: bool,
    /// By the places of the captures; `None` once a capture will not be hashed to its end.
    of_sources: Vec<Option<FileHash>>,
}

impl Hashes {
    pub(super) fn new(is_wanted: bool) -> Hashes {
        Hashes { is_wanted, of_sources: Vec::new() }
    }

    pub(super) fn add_source(&mut self) {
        self.of_sources.push(self.is_wanted.then(FileHash::default));
    }

    pub(super) fn push(&mut self, source: SourceId, piece: &[u8]) {
        if let Some(Some(hash)) = self.of_sources.get_mut(source.0) {
            hash.push(piece);
        }
    }

    /// Not all of a capture will be pushed, so that it has no hash.
    pub(super) fn give_up(&mut self, source: SourceId) {
        if let Some(hash) = self.of_sources.get_mut(source.0) {
            *hash = None;
        }
    }

    /// The hash of a capture in hexadecimal.
    pub(super) fn of(&self, source: SourceId) -> Option<String> {
        Some(self.of_sources.get(source.0)?.clone()?.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::Hashes;
    use crate::packet::SourceId;

    /// FIPS 180-4: the examples "abc" and the empty message.
    #[test]
    fn hashes_are_of_all_pieces_of_each_capture() {
        let mut hashes = Hashes::new(true);
        (0..3).for_each(|_| hashes.add_source());
        for (source, piece) in [(0, "a"), (2, "x"), (0, "bc")] {
            hashes.push(SourceId(source), piece.as_bytes());
        }
        hashes.give_up(SourceId(2));
        let found = [0, 1, 2].map(|source| hashes.of(SourceId(source)));
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(found, [Some(abc.to_owned()), Some(nothing.to_owned()), None]);
    }

    #[test]
    fn nothing_is_hashed_that_nobody_wants() {
        let mut hashes = Hashes::new(false);
        hashes.add_source();
        hashes.push(SourceId(0), b"abc");
        assert_eq!(hashes.of(SourceId(0)), None);
    }
}
