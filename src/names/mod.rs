//! What the capture says about the names of hosts: DNS (RFC 1035), multicast DNS (RFC 6762), LLMNR
//! (RFC 4795), the NetBIOS name service (RFC 1002) and DHCP (RFC 2131), and whatever else is noted
//! here.
//!
//! [`Names`] keeps what was said, by whom and in which packet, and does not choose between
//! statements: a name that two addresses claim stays with both. Datagrams of other ports cost a
//! comparison of their ports.

mod dhcp;
mod dns;
mod lookups;
mod nbns;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use foldhash::fast::FixedState;

pub use self::lookups::{Answer, Lookup, Protocol, Question};

use self::dhcp::Leases;
use self::lookups::Lookups;
use crate::limits::Limits;
use crate::net::udp::UdpDatagram;
use crate::packet::{PacketId, SourceId};
use crate::smb::framing::NetBiosName;

/// How a name was learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// An answer of DNS.
    Dns,
    /// An answer of multicast DNS.
    Mdns,
    /// An answer of LLMNR.
    Llmnr,
    /// An answer, a registration or a node status of the NetBIOS name service.
    Nbns,
    /// A host name option of DHCP.
    Dhcp,
    /// The target information of the server's NTLM CHALLENGE (\[MS-NLMP\] 2.2.2.1).
    NtlmTargetInfo,
    /// The workstation of the client's NTLM AUTHENTICATE (\[MS-NLMP\] 2.2.1.3).
    NtlmWorkstation,
    /// NETNAME of the client's NEGOTIATE (\[MS-SMB2\] 2.2.3.1.4).
    NetName,
    /// The server in the path of a TREE_CONNECT.
    TreeConnect,
    /// A name of a NetBIOS session request (RFC 1002, 4.3.2).
    NetBiosSession,
    /// The server_name of a TLS ClientHello (RFC 6066, 3) of SMB over QUIC.
    TlsServerName,
    /// The service that a Kerberos ticket is for (RFC 4120, 5.3).
    KerberosService,
    /// What the capture file says itself, such as a name resolution block of pcapng.
    CaptureFile,
}

/// That an address has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The name, as it was written.
    pub name: Box<str>,
    /// How it was learnt.
    pub origin: Origin,
    /// The suffix of a NetBIOS name, which says the service: `0x20` is the file server.
    pub suffix: Option<u8>,
    /// The name is of a group of hosts, such as a domain's controllers.
    pub is_group: bool,
    /// Who said it first; `None` for what nobody on the network said.
    pub claimed_by: Option<IpAddr>,
    /// Where it stands.
    pub place: Place,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a packet.
    Packet(PacketId),
    /// In a capture file, beside its packets.
    File {
        /// The file.
        source: SourceId,
        /// Bytes from its start.
        offset: u64,
    },
}

impl Statement {
    /// That somebody has `name`.
    pub fn new(name: &str, origin: Origin, claimed_by: IpAddr, packet: PacketId) -> Statement {
        Statement {
            name: name.into(),
            origin,
            suffix: None,
            is_group: false,
            claimed_by: Some(claimed_by),
            place: Place::Packet(packet),
        }
    }

    /// The same of a NetBIOS name; `None` where it has no letters.
    pub fn netbios(
        name: NetBiosName,
        origin: Origin,
        claimed_by: IpAddr,
        packet: PacketId,
    ) -> Option<Statement> {
        let text = name.to_string();
        let text = text.trim();
        let suffix = Some(name.suffix());
        let statement = Statement::new(text, origin, claimed_by, packet);
        (!text.is_empty()).then_some(Statement { suffix, ..statement })
    }

    /// Whether it says the same as `other`, whoever said it and wherever.
    fn repeats(&self, other: &Statement) -> bool {
        self.origin == other.origin
            && self.suffix == other.suffix
            && self.is_group == other.is_group
            && self.name == other.name
    }
}

/// What a bound left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Statements about addresses beyond the bound, or whose names are too long or too many in all.
    pub statements: u64,
    /// Questions and answers beyond the bounds.
    pub lookups: u64,
}

/// What was said of one address.
#[derive(Debug, Default)]
struct Host {
    statements: Vec<Statement>,
    /// Statements beyond the bound.
    dropped: u64,
}

/// The names of a run.
#[derive(Debug)]
pub struct Names {
    limits: Limits,
    hosts: HashMap<IpAddr, Host, FixedState>,
    /// Bytes of all statements.
    bytes: usize,
    /// The bound on statements about one address was reached.
    is_any_full: bool,
    lookups: Lookups,
    leases: Leases,
    dropped: u64,
}

impl Names {
    /// No names.
    pub fn new(limits: Limits) -> Names {
        Names {
            limits,
            hosts: HashMap::default(),
            bytes: 0,
            is_any_full: false,
            lookups: Lookups::new(&limits),
            leases: Leases::default(),
            dropped: 0,
        }
    }

    /// Takes what a datagram says about names, if its ports are those of a service that does.
    #[inline]
    pub fn datagram(&mut self, datagram: &UdpDatagram<'_>) {
        let service = Service::of(datagram.destination.port())
            .or_else(|| Service::of(datagram.source.port()));
        if let Some(service) = service {
            self.service(service, datagram);
        }
    }

    #[cold]
    fn service(&mut self, service: Service, datagram: &UdpDatagram<'_>) {
        match service {
            Service::Names(Protocol::Nbns) => nbns::message(self, datagram),
            Service::Names(protocol) => dns::message(self, protocol, datagram),
            Service::Dhcp => dhcp::message(self, datagram),
        }
    }

    /// Notes what somebody said about `address`; the first to say it is remembered.
    pub fn note(&mut self, address: IpAddr, statement: Statement) {
        let address = address.to_canonical();
        let is_host =
            !address.is_unspecified() && !address.is_multicast() && !is_broadcast(address);
        if statement.name.is_empty() || !is_host {
            return;
        }
        let n_hosts = self.hosts.len();
        let bytes = size_of::<Statement>() + statement.name.len();
        let is_affordable = statement.name.len() <= self.limits.name_bytes
            && self.bytes.saturating_add(bytes) <= self.limits.names_bytes;
        let host = match self.hosts.entry(address) {
            Entry::Occupied(host) => host.into_mut(),
            Entry::Vacant(place) if is_affordable && n_hosts < self.limits.named_addresses => {
                place.insert(Host::default())
            }
            Entry::Vacant(_) => {
                self.dropped += 1;
                return;
            }
        };
        if host.statements.iter().any(|known| known.repeats(&statement)) {
            return;
        }
        if !is_affordable {
            self.dropped += 1;
        } else if host.statements.len() >= self.limits.names_per_address {
            host.dropped += 1;
            self.is_any_full = true;
        } else {
            self.bytes += bytes;
            host.statements.push(statement);
        }
    }

    /// What was said about `address`, in order of capture.
    pub fn of(&self, address: IpAddr) -> &[Statement] {
        self.hosts.get(&address.to_canonical()).map_or(&[], |host| &host.statements)
    }

    /// Statements about `address` that the bound on one address's left out.
    pub fn dropped_of(&self, address: IpAddr) -> u64 {
        self.hosts.get(&address.to_canonical()).map_or(0, |host| host.dropped)
    }

    /// Whether there is an address with statements that were left out for its bound.
    pub fn has_left_out_of_any(&self) -> bool {
        self.is_any_full
    }

    /// The names that were asked for, with who asked and who answered, in order of capture.
    pub fn lookups(&self) -> &[Lookup] {
        self.lookups.all()
    }

    /// What bounds left out, but for names of one address.
    pub fn dropped(&self) -> Dropped {
        Dropped { statements: self.dropped, lookups: self.lookups.dropped() }
    }
}

fn is_broadcast(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.is_broadcast())
}

/// A service that tells names, by its port.
#[derive(Clone, Copy)]
enum Service {
    Names(Protocol),
    Dhcp,
}

impl Service {
    #[inline]
    fn of(port: u16) -> Option<Service> {
        Some(match port {
            53 => Service::Names(Protocol::Dns),
            5353 => Service::Names(Protocol::Mdns),
            5355 => Service::Names(Protocol::Llmnr),
            137 => Service::Names(Protocol::Nbns),
            67 | 68 => Service::Dhcp,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::testing::{address, at, datagram};
    use super::*;

    fn said(name: &str) -> Statement {
        Statement::new(name, Origin::Dns, address("10.0.0.1"), at(3))
    }

    #[test]
    fn what_was_said_twice_is_kept_once_with_its_first_packet() {
        let mut names = Names::new(Limits::DEFAULT);
        names.note(address("10.0.0.5"), said("fs1"));
        let again = Statement { claimed_by: None, place: Place::Packet(at(9)), ..said("fs1") };
        names.note(address("::ffff:10.0.0.5"), again);
        names.note(address("10.0.0.5"), said("FS1"));
        assert_eq!(names.of(address("10.0.0.5")), [said("fs1"), said("FS1")]);
    }

    #[test]
    fn addresses_of_many_have_no_name() {
        let mut names = Names::new(Limits::DEFAULT);
        for of in ["0.0.0.0", "255.255.255.255", "224.0.0.251", "ff02::fb", "::"] {
            names.note(address(of), said("all"));
            assert_eq!(names.of(address(of)), []);
        }
    }

    #[test]
    fn bounds_hold_and_what_they_leave_out_is_counted() {
        let limits = Limits { named_addresses: 2, names_per_address: 2, ..Limits::DEFAULT };
        let mut names = Names::new(Limits { name_bytes: 5, names_bytes: 300, ..limits });
        names.note(address("10.0.0.5"), said("sixsix"));
        assert_eq!((names.of(address("10.0.0.5")), names.dropped().statements), (&[][..], 1));
        let mut names = Names::new(limits);
        for name in ["a", "b", "c", "a"] {
            names.note(address("10.0.0.5"), said(name));
        }
        assert_eq!(names.of(address("10.0.0.5")), [said("a"), said("b")]);
        assert_eq!(names.dropped_of(address("10.0.0.5")), 1);
        names.note(address("10.0.0.6"), said("d"));
        names.note(address("10.0.0.7"), said("e"));
        assert_eq!((names.of(address("10.0.0.7")), names.dropped().statements), (&[][..], 1));
        let mut names = Names::new(Limits { names_bytes: 100, ..Limits::DEFAULT });
        names.note(address("10.0.0.5"), said("a"));
        names.note(address("10.0.0.5"), said("b"));
        assert_eq!((names.of(address("10.0.0.5")).len(), names.dropped().statements), (1, 1));
    }

    proptest! {
        #[test]
        fn no_datagram_does_harm(
            port in prop::sample::select(vec![53_u16, 5353, 5355, 137, 67]),
            start in prop::sample::select(testing::messages()),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = start;
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            bytes.truncate(cut.index(bytes.len() + 1));
            let mut names = Names::new(Limits { names_bytes: 4_000, ..Limits::DEFAULT });
            names.datagram(&datagram(("10.0.0.7", 40_000), ("10.0.0.1", port), &bytes));
            names.datagram(&datagram(("10.0.0.1", port), ("10.0.0.7", 40_000), &bytes));
            prop_assert!(names.bytes <= 4_000);
        }

        #[test]
        fn no_noise_does_harm(
            port in prop::sample::select(vec![53_u16, 5353, 5355, 137, 67]),
            bytes in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let mut names = Names::new(Limits::DEFAULT);
            names.datagram(&datagram(("10.0.0.7", 40_000), ("10.0.0.1", port), &bytes));
        }
    }
}
