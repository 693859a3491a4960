//! What stands for a name or an address.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use foldhash::fast::FixedState;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Key;

/// What a name is of. It is told with what stands for the name, and does not change the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    User,
    Domain,
    Share,
    Capture,
    Name,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Kind::Host => "host",
            Kind::User => "user",
            Kind::Domain => "domain",
            Kind::Share => "share",
            Kind::Capture => "capture",
            Kind::Name => "name",
        }
    }
}

/// Pseudonyms under one key: the same for the same name in every report, and in one report never the
/// same for two names.
pub(super) struct Pseudonyms {
    key: Key,
    given: RefCell<HashMap<String, String, FixedState>>,
    taken: RefCell<HashSet<String, FixedState>>,
}

impl Pseudonyms {
    pub(super) fn new(key: Key) -> Pseudonyms {
        Pseudonyms { key, given: RefCell::default(), taken: RefCell::default() }
    }

    /// What stands for one part of a name, in whatever case that is written.
    pub(super) fn of_name(&self, kind: Kind, part: &str) -> String {
        self.give(part.to_lowercase(), |[a, b, c, d, ..]| {
            format!("{}-{a:02x}{b:02x}{c:02x}{d:02x}", kind.prefix())
        })
    }

    /// What stands for a part of a name where it was given before.
    pub(super) fn known(&self, part: &str) -> Option<String> {
        self.given.borrow().get(&part.to_lowercase()).cloned()
    }

    /// What stands for an address: one of the ranges that no network uses, 240.0.0.0/4 (RFC 1112, 4)
    /// and 2001:db8::/32 (RFC 3849).
    pub(super) fn of_address(&self, address: IpAddr) -> String {
        self.give(address.to_string(), |bytes| match address {
            IpAddr::V4(_) => {
                let [a, b, c, d, ..] = bytes;
                Ipv4Addr::new(a | 0xf0, b, c, d & 0xfe).to_string()
            }
            IpAddr::V6(_) => {
                let mut octets = bytes;
                for (to, from) in octets.iter_mut().zip([0x20, 0x01, 0x0d, 0xb8]) {
                    *to = from;
                }
                Ipv6Addr::from(octets).to_string()
            }
        })
    }

    /// What stands for a GUID, in the form of one.
    pub(super) fn of_guid(&self, guid: &str) -> String {
        self.give(guid.to_lowercase(), |bytes| {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
            let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
            parts.join("-")
        })
    }

    fn give(&self, value: String, write: impl Fn([u8; 16]) -> String) -> String {
        if let Some(given) = self.given.borrow().get(&value) {
            return given.clone();
        }
        let mut taken = self.taken.borrow_mut();
        // Two names are never one in a report; that the second is another one than in other reports
        // is rare, and the lesser harm.
        let free = (0..u8::MAX).map(|attempt| write(self.code(&value, attempt)));
        let mut pseudonym = String::new();
        for found in free {
            pseudonym = found;
            if !taken.contains(&pseudonym) {
                break;
            }
        }
        taken.insert(pseudonym.clone());
        self.given.borrow_mut().insert(value, pseudonym.clone());
        pseudonym
    }

    /// The first bytes of HMAC-SHA256 over the value.
    fn code(&self, value: &str, attempt: u8) -> [u8; 16] {
        let Ok(mut code) = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()) else {
            // An HMAC takes keys of every length.
            return [0; 16];
        };
        code.update(value.as_bytes());
        code.update(&[0, attempt]);
        let code: [u8; 32] = code.finalize().into_bytes().into();
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(code) {
            *to = from;
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Kind, Pseudonyms};

    #[test]
    fn a_name_has_one_pseudonym_under_a_key_and_another_under_another() {
        let one = Pseudonyms::new(Key::new([7; 32]));
        let name = one.of_name(Kind::User, "Alice");
        assert!(name.starts_with("user-") && name.len() == 13, "{name}");
        assert_eq!(one.of_name(Kind::Host, "ALICE"), name);
        assert_eq!(one.known("alice"), Some(name.clone()));
        assert_eq!(one.known("bob"), None);
        let again = Pseudonyms::new(Key::new([7; 32]));
        assert_eq!(again.of_name(Kind::User, "alice"), name);
        assert_ne!(Pseudonyms::new(Key::new([8; 32])).of_name(Kind::User, "alice"), name);
    }

    #[test]
    fn addresses_become_ones_that_no_network_uses() {
        let pseudonyms = Pseudonyms::new(Key::new([7; 32]));
        for last in 0..=255 {
            let address = pseudonyms.of_address([10, 0, 0, last].into());
            let address: std::net::Ipv4Addr = address.parse().unwrap();
            assert!(address.octets()[0] >= 240 && !address.is_broadcast());
        }
        let taken = pseudonyms.taken.borrow().len();
        assert_eq!(taken, 256, "two addresses are one");
        assert!(pseudonyms.of_address("fd00::7".parse().unwrap()).starts_with("2001:db8:"));
    }

    #[test]
    fn a_guid_stays_a_guid() {
        let guid =
            Pseudonyms::new(Key::new([7; 32])).of_guid("00000000-0000-0000-0000-000000000001");
        assert_eq!(guid.len(), 36);
        assert_eq!(guid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}
