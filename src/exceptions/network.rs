//! A network: an address and the length of its prefix (RFC 4632, RFC 4291 2.3).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network of the first `prefix` bits of `address`; `None` where it has fewer bits.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Network> {
        let bits = bits(address);
        let host_bits = u32::from(bits.checked_sub(prefix)?);
        let address = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Some(Network { address, prefix })
    }

    /// The network as somebody wrote it, which may have bits beyond its prefix.
    pub(super) fn new_as_written(address: IpAddr, prefix: u8) -> Network {
        Network { address, prefix }
    }

    /// The network of one address.
    pub fn of_host(address: IpAddr) -> Network {
        Network { address, prefix: bits(address) }
    }

    /// Takes "10.0.0.0/24" apart, as it is written: the address may have bits beyond the prefix.
    pub fn split(text: &str) -> Option<(IpAddr, u8)> {
        let (address, prefix) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let is_number = prefix.len() <= 3 && prefix.bytes().all(|digit| digit.is_ascii_digit());
        let prefix: u8 = prefix.parse().ok().filter(|_| is_number)?;
        (prefix <= bits(address)).then_some((address, prefix))
    }

    /// The length of its prefix, in bits.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Its addresses are of IPv4.
    pub fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// It is one address.
    pub fn is_host(&self) -> bool {
        self.prefix == bits(self.address)
    }
}

/// Bits of an address.
fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_host() {
            true => self.address.fmt(formatter),
            false => write!(formatter, "{}/{}", self.address, self.prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    fn of(address: &str, prefix: u8) -> Option<String> {
        Network::new(address.parse().unwrap(), prefix).map(|network| network.to_string())
    }

    #[test]
    fn addresses_lose_the_bits_beyond_the_prefix() {
        assert_eq!(of("10.1.2.3", 24).as_deref(), Some("10.1.2.0/24"));
        assert_eq!(of("10.1.2.3", 0).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(of("10.1.2.3", 32).as_deref(), Some("10.1.2.3"));
        assert_eq!(of("10.1.2.3", 33), None);
        assert_eq!(of("fd00::1:2", 64).as_deref(), Some("fd00::/64"));
        assert_eq!(of("fd00::1:2", 0).as_deref(), Some("::/0"));
        assert_eq!(of("fd00::1:2", 128).as_deref(), Some("fd00::1:2"));
    }

    #[test]
    fn what_is_no_network_is_not_taken_for_one() {
        assert!(Network::split("10.0.0.0/8").is_some() && Network::split("::/0").is_some());
        for wrong in ["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "/8", "::/129", "::/+1"] {
            assert!(Network::split(wrong).is_none(), "{wrong}");
        }
    }
}
