//! Messages in a TCP stream: each after its length in four bytes, big-endian (RFC 4120 7.2.2).

use crate::auth::kerberos::kdc::KdcMessage;

/// Bytes of the longest message that is read; a ticket with a large PAC has some ten thousand.
const MOST_BYTES: usize = 128 * 1024;

/// Bytes of a message's length.
const LENGTH_BYTES: usize = 4;

/// One direction of a connection to the KDC.
#[derive(Debug, Default)]
pub struct MessageStream {
    /// The start of a message whose rest has not come.
    held: Vec<u8>,
    /// It holds something else, or bytes of it are missing: where the next message would start
    /// cannot be told.
    is_lost: bool,
}

impl MessageStream {
    /// Takes the next bytes and hands on the messages that they complete.
    pub fn data(&mut self, bytes: &[u8], mut on_message: impl FnMut(&[u8])) {
        if self.is_lost {
            return;
        }
        self.held.extend_from_slice(bytes);
        let mut rest = self.held.as_slice();
        let is_lost = loop {
            let Some((length, body)) = rest.split_first_chunk::<LENGTH_BYTES>() else {
                break false;
            };
            let len = u32::from_be_bytes(*length) as usize;
            let is_start = body.first().is_none_or(|first| KdcMessage::is_start(*first));
            if len == 0 || len > MOST_BYTES || !is_start {
                break true;
            }
            let Some((message, behind)) = body.split_at_checked(len) else { break false };
            on_message(message);
            rest = behind;
        };
        let taken = self.held.len() - rest.len();
        self.held.drain(..taken);
        if self.held.is_empty() {
            self.held = Vec::new();
        }
        if is_lost {
            self.lose();
        }
    }

    /// Bytes are missing, or there is no room for more: nothing more is read.
    pub fn lose(&mut self) {
        *self = MessageStream { held: Vec::new(), is_lost: true };
    }

    /// Whether nothing more is read.
    pub fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Bytes that wait for the rest of their message.
    pub fn held_bytes(&self) -> usize {
        self.held.capacity()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framed(message: &[u8]) -> Vec<u8> {
        let len = u32::try_from(message.len()).unwrap();
        [&len.to_be_bytes(), message].concat()
    }

    fn read(stream: &mut MessageStream, bytes: &[u8], piece: usize) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for piece in bytes.chunks(piece) {
            stream.data(piece, |message| found.push(message.to_vec()));
        }
        found
    }

    #[test]
    fn messages_are_found_however_they_are_cut() {
        let messages = [vec![0x6c; 700], vec![0x6d], vec![0x7e; 3_000]];
        let bytes: Vec<u8> = messages.iter().flat_map(|message| framed(message)).collect();
        for piece in [1, 3, 5, 1_400, bytes.len()] {
            let mut stream = MessageStream::default();
            assert_eq!(read(&mut stream, &bytes, piece), messages, "{piece}");
            assert!(stream.held.is_empty());
        }
    }

    #[test]
    fn what_is_no_message_is_not_kept() {
        for bytes in [&b"GET / HTTP/1.1"[..], &[0, 2, 0, 1, 0x6c, 0], &[0; 8]] {
            let mut stream = MessageStream::default();
            assert_eq!(read(&mut stream, bytes, 1).len(), 0);
            assert!(stream.is_lost() && stream.held_bytes() == 0);
            assert_eq!(read(&mut stream, &framed(&[0x6c]), 5).len(), 0);
        }
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300), piece in 1_usize..9) {
            let mut stream = MessageStream::default();
            read(&mut stream, &bytes, piece);
            prop_assert!(stream.held_bytes() <= MOST_BYTES);
        }
    }
}
