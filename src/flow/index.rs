//! Which connection a segment belongs to: the table from both ends to its place.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use foldhash::fast::RandomState;

/// The two ends of a connection, the lower one first, so that both directions have the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Two IPv4 addresses, and both ports in one number.
    V4(KeyV4),
    /// Two IPv6 addresses, and both ports in one number.
    V6(KeyV6),
}

impl Key {
    /// The key of a segment from `source` to `destination`, and whether `source` is the lower end.
    pub(super) fn of(source: SocketAddr, destination: SocketAddr) -> (Key, bool) {
        if let (IpAddr::V4(from), IpAddr::V4(to)) = (source.ip(), destination.ip()) {
            let (from, to) = ((from.to_bits(), source.port()), (to.to_bits(), destination.port()));
            let is_low = from <= to;
            let (low, high) = if is_low { (from, to) } else { (to, from) };
            return (Key::V4(KeyV4([low.0, high.0, ports(low.1, high.1)])), is_low);
        }
        let (from, to) = (wide(source), wide(destination));
        let is_low = from <= to;
        let (low, high) = if is_low { (from, to) } else { (to, from) };
        let [low_a, low_b] = halves(low.0);
        let [high_a, high_b] = halves(high.0);
        (Key::V6(KeyV6([low_a, low_b, high_a, high_b], ports(low.1, high.1))), is_low)
    }
}

/// IPv4 addresses and ports of a connection; small, because a scan fills the table with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyV4([u32; 3]);

impl Hash for KeyV4 {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [low, high, ports] = self.0;
        state.write_u64(u64::from(low) << 32 | u64::from(high));
        state.write_u32(ports);
    }
}

/// IPv6 addresses and ports of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyV6([u64; 4], u32);

impl Hash for KeyV6 {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for half in self.0 {
            state.write_u64(half);
        }
        state.write_u32(self.1);
    }
}

/// From the two ends of a connection to its place in the list of connections.
#[derive(Debug, Default)]
pub(super) struct Index {
    v4: HashMap<KeyV4, u32, RandomState>,
    v6: HashMap<KeyV6, u32, RandomState>,
}

impl Index {
    /// The place of the connection `key`.
    pub(super) fn get(&self, key: &Key) -> Option<u32> {
        match key {
            Key::V4(key) => self.v4.get(key).copied(),
            Key::V6(key) => self.v6.get(key).copied(),
        }
    }

    /// Remembers that the connection `key` is at `place`.
    pub(super) fn insert(&mut self, key: Key, place: u32) {
        match key {
            Key::V4(key) => self.v4.insert(key, place),
            Key::V6(key) => self.v6.insert(key, place),
        };
    }

    /// Forgets the connection `key`.
    pub(super) fn remove(&mut self, key: &Key) {
        match key {
            Key::V4(key) => self.v4.remove(key),
            Key::V6(key) => self.v6.remove(key),
        };
    }
}

fn ports(low: u16, high: u16) -> u32 {
    u32::from(low) << 16 | u32::from(high)
}

fn wide(end: SocketAddr) -> (u128, u16) {
    let address = match end.ip() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    (address.to_bits(), end.port())
}

fn halves(address: u128) -> [u64; 2] {
    [(address >> 64) as u64, address as u64]
}

#[cfg(test)]
mod tests {
    use super::{Index, Key};

    #[test]
    fn both_directions_have_one_key() {
        for (a, b) in [
            ("10.0.0.1:445", "10.0.0.2:50000"),
            ("10.0.0.1:445", "10.0.0.1:50000"),
            ("[fe80::1]:445", "[fe80::2]:50000"),
            ("[fe80::1]:445", "10.0.0.2:50000"),
        ] {
            let (a, b) = (a.parse().unwrap(), b.parse().unwrap());
            let ((there, low), (back, high)) = (Key::of(a, b), Key::of(b, a));
            assert_eq!(there, back);
            assert_ne!(low, high);
            let mut index = Index::default();
            index.insert(there, 7);
            assert_eq!(index.get(&back), Some(7));
            index.remove(&back);
            assert_eq!(index.get(&there), None);
        }
    }

    #[test]
    fn ports_belong_to_their_addresses() {
        let key = |a: &str, b: &str| Key::of(a.parse().unwrap(), b.parse().unwrap()).0;
        assert_ne!(key("10.0.0.1:1", "10.0.0.2:2"), key("10.0.0.1:2", "10.0.0.2:1"));
        assert_ne!(key("[::1]:1", "[::2]:2"), key("[::1]:2", "[::2]:1"));
    }
}
