//! QUIC (RFC 9000, RFC 9369) as far as the client's first flight: its Initial packets are encrypted
//! with keys that anybody can derive (RFC 9001, 5.2), and hold the TLS ClientHello.
//!
//! A connection of which the first packets were not captured stays unknown.

mod client_hello;
mod crypto_stream;
mod initial;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use foldhash::fast::FixedState;

pub(super) use self::client_hello::ClientHello;

use self::client_hello::Reading;
use self::crypto_stream::CryptoStream;
use self::initial::{Keys, LongHeader};
use crate::limits::Limits;
use crate::net::udp::UdpDatagram;

/// Bytes that a datagram with a client's Initial packet has at least (RFC 9000, 14.1).
const DATAGRAM_BYTES: u32 = 1_200;

/// Datagrams of one connection that are decrypted at most.
const ATTEMPTS: u8 = 8;

/// Packets of one datagram that are looked at.
const PACKETS: usize = 4;

/// Whether a datagram is long enough for a client's Initial packet and starts with a long header
/// (RFC 9000, 17.2).
#[inline]
pub(super) fn may_be_initial(datagram: &UdpDatagram<'_>) -> bool {
    datagram.payload_len >= DATAGRAM_BYTES
        && datagram.payload.first().is_some_and(|first| first & 0xC0 == 0xC0)
}

/// The handshakes under way.
#[derive(Debug)]
pub(super) struct Handshakes {
    limit: usize,
    most_bytes: usize,
    /// By the client's and the server's socket.
    handshakes: HashMap<[SocketAddr; 2], Handshake, FixedState>,
    order: VecDeque<[SocketAddr; 2]>,
}

/// What is known of a connection that begins.
#[derive(Debug)]
struct Handshake {
    attempts: u8,
    /// `None` until a packet was decrypted.
    keys: Option<Keys>,
    stream: CryptoStream,
}

impl Handshakes {
    pub(super) fn new(limits: &Limits) -> Handshakes {
        Handshakes {
            limit: limits.handshakes,
            most_bytes: limits.client_hello_bytes,
            handshakes: HashMap::default(),
            order: VecDeque::new(),
        }
    }

    /// Takes a datagram that may hold Initial packets, and gives the ClientHello once it is there.
    pub(super) fn datagram(&mut self, datagram: &UdpDatagram<'_>) -> Option<ClientHello> {
        let header = LongHeader::parse(datagram.payload)?;
        (header.is_initial && header.version.is_known()).then_some(())?;
        // The server's answers are encrypted with other keys.
        if self.handshakes.contains_key(&[datagram.destination, datagram.source]) {
            return None;
        }
        let handshake = self.of([datagram.source, datagram.destination]);
        handshake.attempts = handshake.attempts.checked_sub(1)?;
        handshake.read(datagram.payload);
        match client_hello::read(handshake.stream.start()) {
            Reading::Incomplete => None,
            Reading::Other => {
                handshake.give_up();
                None
            }
            Reading::Whole(hello) => {
                handshake.give_up();
                Some(hello)
            }
        }
    }

    /// The handshake between these, made where it is new; the oldest makes room for it.
    fn of(&mut self, ends: [SocketAddr; 2]) -> &mut Handshake {
        if !self.handshakes.contains_key(&ends) {
            self.order.push_back(ends);
            if self.order.len() > self.limit.max(1)
                && let Some(oldest) = self.order.pop_front()
            {
                self.handshakes.remove(&oldest);
            }
        }
        let stream = CryptoStream::new(self.most_bytes);
        let new = Handshake { attempts: ATTEMPTS, keys: None, stream };
        self.handshakes.entry(ends).or_insert(new)
    }
}

impl Handshake {
    /// Reads the Initial packets of a datagram; several packets may stand in one (RFC 9000, 12.2).
    fn read(&mut self, payload: &[u8]) {
        let mut rest = payload;
        for _ in 0..PACKETS {
            let Some(header) = LongHeader::parse(rest) else { return };
            let Some((packet, after)) = rest.split_at_checked(header.packet_len) else { return };
            rest = after;
            if !header.is_initial {
                continue;
            }
            if let Some(frames) = self.decrypt(&header, packet) {
                self.stream.take_frames(&frames);
            }
        }
    }

    /// Decrypts a packet with the connection's keys, or with those that its own destination gives:
    /// the client's first packet, and the first after a Retry, make the keys (RFC 9001, 5.2).
    fn decrypt(&mut self, header: &LongHeader<'_>, packet: &[u8]) -> Option<Vec<u8>> {
        if let Some(frames) = self.keys.as_ref().and_then(|keys| keys.decrypt(header, packet)) {
            return Some(frames);
        }
        let keys = Keys::of_client(header.version, header.destination_id)?;
        let frames = keys.decrypt(header, packet)?;
        self.keys = Some(keys);
        Some(frames)
    }

    /// No more is to be learnt of the connection.
    fn give_up(&mut self) {
        self.attempts = 0;
        self.keys = None;
        self.stream = CryptoStream::new(0);
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{Initial, client_hello, datagram};
    use super::*;

    fn hello_of(payloads: &[Vec<u8>]) -> Option<ClientHello> {
        let mut handshakes = Handshakes::new(&Limits::DEFAULT);
        payloads.iter().find_map(|payload| handshakes.datagram(&datagram(payload)))
    }

    #[test]
    fn a_client_hello_is_read_in_every_version() {
        let hello = client_hello(&[b"smb"], Some("fs1.lab.test"));
        for version in [0x0000_0001, 0x6B33_43CF, 0xFF00_001D] {
            let initial = Initial { version, ..Initial::default() };
            let found = hello_of(&[initial.with_crypto(&[(0, &hello)])]).unwrap();
            assert!(found.offers_smb(), "{version:08x}");
            assert_eq!(found.server_name.as_deref(), Some("fs1.lab.test"));
        }
        let initial = Initial { version: 0x0000_0002, ..Initial::default() };
        assert_eq!(hello_of(&[initial.with_crypto(&[(0, &hello)])]), None);
    }

    #[test]
    fn a_hello_in_pieces_out_of_order_over_several_packets_is_read() {
        let hello = client_hello(&[b"h3", b"smb"], Some("fs1"));
        let (a, rest) = hello.split_at(20);
        let (b, c) = rest.split_at(20);
        let first = Initial::default().with_crypto(&[(40, c), (0, &a[..10])]);
        // Once the server has answered, its own number stands where the client's first one did.
        let second = Initial { destination_id: &[9; 5], number: 1, ..Initial::default() };
        let second = second.with_crypto(&[(20, b), (5, &a[5..])]);
        assert_eq!(hello_of(std::slice::from_ref(&first)), None);
        assert!(hello_of(&[first.clone(), second.clone()]).unwrap().offers_smb());
        // The keys are those of the first packet.
        assert_eq!(hello_of(&[second, first]), None);
    }

    #[test]
    fn other_protocols_are_not_smb() {
        let hello = client_hello(&[b"h3", b"smb2", b"sm"], None);
        let found = hello_of(&[Initial::default().with_crypto(&[(0, &hello)])]).unwrap();
        assert!(!found.offers_smb());
        assert_eq!(found.server_name, None);
    }

    #[test]
    fn a_packet_that_was_changed_or_cut_says_nothing() {
        let whole = Initial::default().with_crypto(&[(0, &client_hello(&[b"smb"], None))]);
        for place in [0, 1, 6, 30, 600, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[place] ^= 0x04;
            assert_eq!(hello_of(&[changed]), None, "{place}");
        }
        for len in 0..whole.len() {
            assert_eq!(hello_of(&[whole[..len].to_vec()]), None, "{len}");
        }
    }

    #[test]
    fn a_connection_is_tried_a_few_times_only_and_the_oldest_is_forgotten() {
        let noise = vec![0xC3; 1_200];
        let hello = Initial::default().with_crypto(&[(0, &client_hello(&[b"smb"], None))]);
        let mut handshakes = Handshakes::new(&Limits { handshakes: 1, ..Limits::DEFAULT });
        let mut version_1 = noise;
        version_1[1..6].copy_from_slice(&[0, 0, 0, 1, 8]);
        version_1[14..18].copy_from_slice(&[0, 0, 0x44, 0x90]);
        for _ in 0..ATTEMPTS {
            assert_eq!(handshakes.datagram(&datagram(&version_1)), None);
        }
        assert_eq!(handshakes.datagram(&datagram(&hello)), None);
        let mut other = datagram(&version_1);
        other.source.set_port(9);
        assert_eq!(handshakes.datagram(&other), None);
        assert_eq!((handshakes.handshakes.len(), handshakes.order.len()), (1, 1));
        assert!(handshakes.datagram(&datagram(&hello)).is_some());
    }
}
