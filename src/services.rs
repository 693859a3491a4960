//! What hosts answer beside SMB that tells what they are: tickets of Kerberos (RFC 4120 5.4.2 and
//! 5.9.1), who is a domain controller over CLDAP (\[MS-ADTS\] 6.3.3), and what a directory says of
//! itself over LDAP (\[MS-ADTS\] 3.1.1.3.2).
//!
//! A packet is looked at on its own, from its first bytes: an answer that begins in the middle of a
//! segment is not seen. Packets of other ports cost a comparison.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use foldhash::fast::FixedState;

use crate::limits::Limits;
use crate::net::Segment;
use crate::net::udp::UdpDatagram;
use crate::packet::PacketId;

const PORT_KERBEROS: u16 = 88;
const PORT_LDAP: u16 = 389;
const PORT_GLOBAL_CATALOG: u16 = 3268;

/// Bytes of an answer in which names are looked for: those that matter stand near its start, and
/// directories answer with as much as is asked for.
const LOOKED_AT: usize = 4_096;

/// What a host answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Tickets of Kerberos, or that there is none.
    Kdc,
    /// That it is a domain controller, to who looks for one.
    DomainLocator,
    /// As the directory of a domain controller.
    Directory,
}

/// That a host answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// As what.
    pub service: Service,
    /// The first packet.
    pub packet: PacketId,
}

/// What the hosts of a run answered.
#[derive(Debug)]
pub struct Services {
    most: usize,
    by_host: HashMap<IpAddr, Vec<Answer>, FixedState>,
}

impl Services {
    /// No answers.
    pub fn new(limits: &Limits) -> Services {
        Services { most: limits.named_addresses, by_host: HashMap::default() }
    }

    /// Takes a segment of TCP.
    #[inline]
    pub fn segment(&mut self, segment: &Segment<'_>) {
        if is_of_interest(segment.source) {
            // Over TCP a message of Kerberos stands behind its length (RFC 4120 7.2.2).
            let after_length = segment.payload.get(4..).unwrap_or_default();
            self.answer(segment.source, segment.payload, after_length, segment.packet);
        }
    }

    /// Takes a datagram of UDP.
    #[inline]
    pub fn datagram(&mut self, datagram: &UdpDatagram<'_>) {
        if is_of_interest(datagram.source) {
            self.answer(datagram.source, datagram.payload, datagram.payload, datagram.packet);
        }
    }

    /// What a host answered, each service once.
    pub fn of(&self, address: IpAddr) -> &[Answer] {
        self.by_host.get(&address.to_canonical()).map_or(&[], Vec::as_slice)
    }

    #[cold]
    fn answer(&mut self, source: SocketAddr, payload: &[u8], kerberos: &[u8], packet: PacketId) {
        let service = match source.port() {
            PORT_KERBEROS => is_of_kdc(kerberos).then_some(Service::Kdc),
            _ => of_directory(payload),
        };
        let Some(service) = service else { return };
        let address = source.ip().to_canonical();
        if self.by_host.len() >= self.most && !self.by_host.contains_key(&address) {
            return;
        }
        let known = self.by_host.entry(address).or_default();
        if known.iter().all(|answer| answer.service != service) {
            known.push(Answer { service, packet });
        }
    }
}

fn is_of_interest(source: SocketAddr) -> bool {
    matches!(source.port(), PORT_KERBEROS | PORT_LDAP | PORT_GLOBAL_CATALOG)
}

/// Whether a message is AS-REP, TGS-REP or KRB-ERROR, by its tag, its version and its type.
fn is_of_kdc(message: &[u8]) -> bool {
    let message_type = match message.first() {
        Some(0x6b) => 11,
        Some(0x6d) => 13,
        Some(0x7e) => 30,
        _ => return false,
    };
    let sequence = content(message).filter(|inside| inside.first() == Some(&0x30));
    let fields = sequence.and_then(content).unwrap_or_default();
    fields.starts_with(&[0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, message_type])
}

/// What an LDAPMessage says that holds a SearchResultEntry (RFC 4511 4.1.1, 4.5.2).
fn of_directory(message: &[u8]) -> Option<Service> {
    let fields = content(message).filter(|_| message.first() == Some(&0x30))?;
    // The identifier of the message is a number of one to four bytes.
    let (&[2, len @ 1..=4], rest) = fields.split_first_chunk::<2>()? else { return None };
    let operation = rest.get(usize::from(len)..)?;
    let entry = content(operation).filter(|_| operation.first() == Some(&0x64))?;
    let entry = entry.get(..LOOKED_AT).unwrap_or(entry);
    let has = |name: &[u8]| entry.windows(name.len()).any(|it| it.eq_ignore_ascii_case(name));
    if has(b"\x04\x08Netlogon") {
        Some(Service::DomainLocator)
    } else {
        has(b"domainControllerFunctionality").then_some(Service::Directory)
    }
}

/// What stands behind the tag and the length of an element of ASN.1, as much as there is.
fn content(element: &[u8]) -> Option<&[u8]> {
    let (length, rest) = element.get(1..)?.split_first()?;
    match length {
        0..=0x7f => Some(rest),
        0x81..=0x84 => rest.get(usize::from(length & 0x7f)..),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Service, is_of_kdc, of_directory};

    const KRB_ERROR: &[u8] =
        &[0x7e, 0x81, 0x90, 0x30, 0x81, 0x8d, 0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 30, 0xa4];

    #[test]
    fn answers_of_a_kdc_are_known_by_their_type() {
        assert!(is_of_kdc(KRB_ERROR));
        let as_rep = [0x6b, 5, 0x30, 0x0a, 0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 11];
        assert!(is_of_kdc(&as_rep));
        // What clients send has other tags: AS-REQ, TGS-REQ, AP-REQ.
        for tag in [0x6a, 0x6c, 0x6e] {
            assert!(!is_of_kdc(&[&[tag], &as_rep[1..]].concat()));
        }
        for cut in 0..KRB_ERROR.len() - 1 {
            assert!(!is_of_kdc(&KRB_ERROR[..cut]), "{cut}");
        }
        let other_version = [0x6b, 5, 0x30, 0x0a, 0xa0, 3, 2, 1, 4, 0xa1, 3, 2, 1, 11];
        assert!(!is_of_kdc(&other_version));
    }

    fn entry(attribute: &[u8]) -> Vec<u8> {
        let attribute = [&[4, attribute.len() as u8], attribute].concat();
        let entry = [&[0x64, 0x84, 0, 0, 0, 60, 4, 0, 0x30, 50, 0x30, 48], &*attribute].concat();
        [&[0x30, 0x84, 0, 0, 0, 70, 2, 1, 7], &*entry].concat()
    }

    #[test]
    fn a_directory_is_one_of_a_domain_where_it_says_so() {
        assert_eq!(of_directory(&entry(b"Netlogon")), Some(Service::DomainLocator));
        assert_eq!(of_directory(&entry(b"netlogon")), Some(Service::DomainLocator));
        assert_eq!(
            of_directory(&entry(b"domainControllerFunctionality")),
            Some(Service::Directory)
        );
        assert_eq!(of_directory(&entry(b"namingContexts")), None);
        // A client that asks for the attribute: SearchRequest.
        let mut request = entry(b"Netlogon");
        request[9] = 0x63;
        assert_eq!(of_directory(&request), None);
        let whole = entry(b"Netlogon");
        for cut in 0..whole.len() {
            assert_eq!(of_directory(&whole[..cut]), None, "{cut}");
        }
    }
}
