//! DNS (RFC 1035), multicast DNS (RFC 6762) and LLMNR (RFC 4795), which share a message format.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::base::iana::{Opcode, Rcode, Rtype};
use domain::base::message::RecordSection;
use domain::base::name::{ParsedName, ToLabelIter};
use domain::base::{Message, ParsedRecord};
use domain::rdata::{A, Aaaa, Cname, Ptr};

use super::{Answer, Names, Origin, Protocol, Question, Statement};
use crate::net::udp::UdpDatagram;

/// Questions that are read of one message; RFC 1035 has a single one in use.
const QUESTIONS: usize = 16;

/// Records that are read of one section of a message.
const RECORDS: usize = 256;

/// Links of a chain of aliases that are followed.
const ALIASES: usize = 16;

/// Takes a message: what is asked, or what is answered.
pub(super) fn message(names: &mut Names, protocol: Protocol, datagram: &UdpDatagram<'_>) {
    let Ok(message) = Message::from_slice(datagram.payload) else { return };
    let header = message.header();
    if header.opcode() != Opcode::QUERY {
        return;
    }
    if !header.qr() {
        query(names, protocol, message, datagram);
    } else if header.rcode() == Rcode::NOERROR {
        response(names, protocol, message, datagram);
    }
}

/// Names that are asked for an address.
fn query(
    names: &mut Names,
    protocol: Protocol,
    message: &Message<[u8]>,
    datagram: &UdpDatagram<'_>,
) {
    for question in message.question().take(QUESTIONS).map_while(Result::ok) {
        if matches!(question.qtype(), Rtype::A | Rtype::AAAA | Rtype::ANY) {
            let asker = datagram.source.ip();
            let name = text(question.qname());
            names.lookups.asked(protocol, &name, Question { asker, packet: datagram.packet });
        }
    }
}

/// The names in the answers; mDNS adds the addresses of what it answers with (RFC 6762, 7.1).
fn response(
    names: &mut Names,
    protocol: Protocol,
    message: &Message<[u8]>,
    datagram: &UdpDatagram<'_>,
) {
    let Ok(answers) = message.answer() else { return };
    section(names, protocol, answers, datagram);
    if let (Protocol::Mdns, Ok(additional)) = (protocol, message.additional()) {
        section(names, protocol, additional, datagram);
    }
}

fn section(
    names: &mut Names,
    protocol: Protocol,
    section: RecordSection<'_, [u8]>,
    datagram: &UdpDatagram<'_>,
) {
    let records = || section.take(RECORDS).map_while(Result::ok);
    let aliases: Vec<(String, String)> = records()
        .filter(|record| record.rtype() == Rtype::CNAME)
        .filter_map(|record| {
            let alias = record.to_record::<Cname<ParsedName<&[u8]>>>().ok()??;
            Some((text(&record.owner()), text(alias.data().cname())))
        })
        .collect();
    for record in records() {
        if let Some(address) = address(&record) {
            let mut name = text(&record.owner());
            note(names, protocol, address, &name, datagram);
            // What was asked for stands at the other end of the chain of aliases.
            for _ in 0..ALIASES {
                let Some((alias, _)) = aliases.iter().find(|(_, target)| *target == name) else {
                    break;
                };
                name.clone_from(alias);
                note(names, protocol, address, &name, datagram);
            }
        } else if let Some((address, name)) = pointer(&record) {
            let origin = origin(protocol);
            let said = Statement::new(&name, origin, datagram.source.ip(), datagram.packet);
            names.note(address, said);
        }
    }
}

/// Notes that somebody answered for `name` with `address`.
fn note(
    names: &mut Names,
    protocol: Protocol,
    address: IpAddr,
    name: &str,
    datagram: &UdpDatagram<'_>,
) {
    let (answerer, packet, timestamp) = (datagram.source.ip(), datagram.packet, datagram.timestamp);
    let asker = Some(datagram.destination.ip()).filter(|asker| !asker.is_multicast());
    let answer = Answer { answerer, asker, address, packet, timestamp };
    names.lookups.answered(protocol, name, answer);
    if !address.is_loopback() {
        names.note(address, Statement::new(name, origin(protocol), answerer, packet));
    }
}

fn origin(protocol: Protocol) -> Origin {
    match protocol {
        Protocol::Dns => Origin::Dns,
        Protocol::Mdns => Origin::Mdns,
        Protocol::Llmnr => Origin::Llmnr,
        Protocol::Nbns => Origin::Nbns,
    }
}

/// The address of an A or AAAA record.
fn address(record: &ParsedRecord<'_, [u8]>) -> Option<IpAddr> {
    match record.rtype() {
        Rtype::A => Some(record.to_record::<A>().ok()??.data().addr().into()),
        Rtype::AAAA => Some(record.to_record::<Aaaa>().ok()??.data().addr().into()),
        _ => None,
    }
}

/// The address and the name of a PTR record of in-addr.arpa (RFC 1035, 3.5) or ip6.arpa (RFC 3596,
/// 2.5).
fn pointer(record: &ParsedRecord<'_, [u8]>) -> Option<(IpAddr, String)> {
    if record.rtype() != Rtype::PTR {
        return None;
    }
    let pointer = record.to_record::<Ptr<ParsedName<&[u8]>>>().ok()??;
    let owner = text(&record.owner()).to_lowercase();
    let address = if let Some(reversed) = owner.strip_suffix(".in-addr.arpa") {
        let mut parts = reversed.rsplit('.').map(|part| part.parse::<u8>().ok());
        let mut next = || parts.next().flatten();
        let address = Ipv4Addr::new(next()?, next()?, next()?, next()?);
        parts.next().is_none().then_some(address)?.into()
    } else {
        let reversed = owner.strip_suffix(".ip6.arpa")?;
        let mut digits = 0;
        let address = reversed.rsplit('.').try_fold(0_u128, |address, digit| {
            digits += 1;
            Some(
                address << 4
                    | u128::from(u8::from_str_radix(digit, 16).ok().filter(|it| *it < 16)?),
            )
        })?;
        (digits == 32).then(|| Ipv6Addr::from(address))?.into()
    };
    Some((address, text(pointer.data().ptrdname())))
}

/// A name without the dot at its end. Labels are UTF-8 (RFC 6762, 16), and a dot inside of one has a
/// backslash before it.
fn text(name: &impl ToLabelIter) -> String {
    let mut text = String::new();
    for label in name.iter_labels().filter(|label| !label.is_root()) {
        if !text.is_empty() {
            text.push('.');
        }
        let label = String::from_utf8_lossy(label.as_slice());
        if label.contains('.') {
            text.push_str(&label.replace('.', "\\."));
        } else {
            text.push_str(&label);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::super::testing::{self, DnsMessage, address, at, datagram};
    use super::*;
    use crate::limits::Limits;

    const SERVER: (&str, u16) = ("10.0.0.1", 53);
    const CLIENT: (&str, u16) = ("10.0.0.7", 40_000);

    fn taken(bytes: &[u8], from: (&str, u16), to: (&str, u16)) -> Names {
        let mut names = Names::new(Limits::DEFAULT);
        names.datagram(&datagram(from, to, bytes));
        names
    }

    fn names_of(names: &Names, of: &str) -> Vec<(String, Origin)> {
        let statements = names.of(address(of)).iter();
        statements.map(|said| (said.name.to_string(), said.origin)).collect()
    }

    #[test]
    fn a_chain_of_aliases_names_the_address_by_each_of_them() {
        let message = DnsMessage::response()
            .cname("files.lab.test", "dfs.lab.test")
            .cname("dfs.lab.test", "fs1.lab.test")
            .a("fs1.lab.test", [10, 0, 0, 5])
            .a("other.lab.test", [10, 0, 0, 6])
            .build();
        let names = taken(&message, SERVER, CLIENT);
        let found: Vec<String> =
            names_of(&names, "10.0.0.5").into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, ["fs1.lab.test", "dfs.lab.test", "files.lab.test"]);
        let said = &names.of(address("10.0.0.5"))[0];
        assert_eq!(said.claimed_by, Some(address("10.0.0.1")));
        assert_eq!(said.place, Place::Packet(at(1)));
        let lookup = names.lookups().iter().find(|it| &*it.name == "files.lab.test").unwrap();
        assert_eq!(lookup.answers[0].address, address("10.0.0.5"));
        assert_eq!(lookup.answers[0].asker, Some(address("10.0.0.7")));
    }

    #[test]
    fn aliases_in_a_circle_end() {
        let message = DnsMessage::response()
            .cname("a.test", "b.test")
            .cname("b.test", "a.test")
            .a("a.test", [10, 0, 0, 5])
            .build();
        let names = taken(&message, SERVER, CLIENT);
        assert_eq!(names_of(&names, "10.0.0.5").len(), 2);
    }

    #[test]
    fn pointers_name_the_address_in_their_owner() {
        let nibbles = format!("5{}.8.b.d.0.1.0.0.2.ip6.arpa", ".0".repeat(23));
        let message = DnsMessage::response()
            .ptr("5.0.0.10.in-addr.arpa", "fs1.lab.test")
            .ptr(&nibbles, "fs6.lab.test")
            .ptr("300.0.0.10.in-addr.arpa", "no.test")
            .ptr("_smb._tcp.local", "Files._smb._tcp.local")
            .build();
        let names = taken(&message, SERVER, CLIENT);
        assert_eq!(names_of(&names, "10.0.0.5"), [("fs1.lab.test".to_owned(), Origin::Dns)]);
        assert_eq!(names_of(&names, "2001:db8::5"), [("fs6.lab.test".to_owned(), Origin::Dns)]);
    }

    #[test]
    fn a_question_names_nobody_and_is_remembered_with_its_asker() {
        let message = DnsMessage::query().question("wpad", Rtype::A).build();
        let names = taken(&message, ("10.0.0.7", 50_000), ("224.0.0.252", 5355));
        let [lookup] = names.lookups() else { panic!("one lookup") };
        assert_eq!((&*lookup.name, lookup.protocol), ("wpad", Protocol::Llmnr));
        assert_eq!(lookup.questions, [Question { asker: address("10.0.0.7"), packet: at(1) }]);
        assert_eq!(lookup.answers, []);
    }

    #[test]
    fn a_poisoned_name_stays_with_both_that_answered() {
        let mut names = Names::new(Limits::DEFAULT);
        for (answerer, last) in [("10.0.0.66", 66), ("10.0.0.5", 5)] {
            let message = DnsMessage::response().a("fs1", [10, 0, 0, last]).build();
            names.datagram(&datagram((answerer, 5355), ("10.0.0.7", 50_000), &message));
        }
        for of in ["10.0.0.66", "10.0.0.5"] {
            assert_eq!(names_of(&names, of), [("fs1".to_owned(), Origin::Llmnr)]);
        }
        let [lookup] = names.lookups() else { panic!("one lookup") };
        assert_eq!(lookup.answers.len(), 2);
    }

    #[test]
    fn multicast_dns_tells_addresses_beside_its_answers() {
        let message = DnsMessage::response()
            .ptr("_smb._tcp.local", "Büro.Files._smb._tcp.local")
            .additional()
            .a("Büro.local", [10, 0, 0, 5])
            .build();
        let names = taken(&message, ("10.0.0.5", 5353), ("224.0.0.251", 5353));
        assert_eq!(names_of(&names, "10.0.0.5"), [("Büro.local".to_owned(), Origin::Mdns)]);
        assert_eq!(names.lookups()[0].answers[0].asker, None);
        let names = taken(&message, SERVER, CLIENT);
        assert_eq!(names_of(&names, "10.0.0.5"), []);
    }

    #[test]
    fn errors_and_other_operations_say_nothing() {
        for flags in [0x8183, 0xA800] {
            let mut message = DnsMessage::response().a("x.test", [10, 0, 0, 5]).build();
            message[2..4].copy_from_slice(&u16::to_be_bytes(flags));
            assert_eq!(names_of(&taken(&message, SERVER, CLIENT), "10.0.0.5"), []);
        }
    }

    #[test]
    fn every_truncation_tells_what_stands_before_it() {
        let one = DnsMessage::response().a("a.test", [10, 0, 0, 5]).build().len();
        let message =
            DnsMessage::response().a("a.test", [10, 0, 0, 5]).a("b.test", [10, 0, 0, 6]).build();
        for len in 0..=message.len() {
            let names = taken(&message[..len], SERVER, CLIENT);
            assert_eq!(names_of(&names, "10.0.0.5").len(), usize::from(len >= one), "{len}");
            assert_eq!(names_of(&names, "10.0.0.6").len(), usize::from(len == message.len()));
        }
        assert!(!testing::messages().is_empty());
    }
}
