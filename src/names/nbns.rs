//! The NetBIOS name service (RFC 1002, 4.2), which has the format of DNS messages and types, names
//! and operations of its own.

use std::net::{IpAddr, Ipv4Addr};

use domain::base::iana::{Rcode, Rtype};
use domain::base::name::ToLabelIter;
use domain::base::rdata::UnknownRecordData;
use domain::base::{Message, ParsedRecord};

use super::{Answer, Names, Origin, Protocol, Question, Statement};
use crate::net::udp::UdpDatagram;
use crate::smb::framing::NetBiosName;

/// NB, the addresses of a name (RFC 1002, 4.2.1.3).
const NB: Rtype = Rtype::from_int(0x0020);

/// NBSTAT, the names of a node.
const NBSTAT: Rtype = Rtype::from_int(0x0021);

/// OPCODE (RFC 1002, 4.2.1.1); the multi-homed registration is Microsoft's (\[MS-NBTE\] 2.2.2).
mod opcode {
    pub(super) const QUERY: u8 = 0;
    pub(super) const REGISTRATION: u8 = 5;
    pub(super) const REFRESH: u8 = 8;
    pub(super) const REFRESH_ALTERNATIVE: u8 = 9;
    pub(super) const MULTI_HOMED_REGISTRATION: u8 = 15;
}

/// Records that are read of one message.
const RECORDS: usize = 32;

/// Takes a message.
pub(super) fn message(names: &mut Names, datagram: &UdpDatagram<'_>) {
    let Ok(message) = Message::from_slice(datagram.payload) else { return };
    let header = message.header();
    match (header.qr(), header.opcode().to_int()) {
        (false, opcode::QUERY) => query(names, message, datagram),
        (true, opcode::QUERY) if header.rcode() == Rcode::NOERROR => {
            let Ok(answers) = message.answer() else { return };
            for record in answers.take(RECORDS).map_while(Result::ok) {
                match record.rtype() {
                    NB => addresses(names, &record, datagram, true),
                    NBSTAT => node_status(names, &record, datagram),
                    _ => {}
                }
            }
        }
        (
            false,
            opcode::REGISTRATION
            | opcode::REFRESH
            | opcode::REFRESH_ALTERNATIVE
            | opcode::MULTI_HOMED_REGISTRATION,
        ) => {
            let Ok(additional) = message.additional() else { return };
            for record in additional.take(RECORDS).map_while(Result::ok) {
                addresses(names, &record, datagram, false);
            }
        }
        _ => {}
    }
}

/// A name that is asked for its addresses.
fn query(names: &mut Names, message: &Message<[u8]>, datagram: &UdpDatagram<'_>) {
    for question in message.question().take(RECORDS).map_while(Result::ok) {
        if let (NB, Some(name)) = (question.qtype(), netbios_name(question.qname())) {
            let asked = Question { asker: datagram.source.ip(), packet: datagram.packet };
            names.lookups.asked(Protocol::Nbns, &with_suffix(name), asked);
        }
    }
}

/// The addresses of a name: each with flags of which the first bit says that a group has the name.
fn addresses(
    names: &mut Names,
    record: &ParsedRecord<'_, [u8]>,
    datagram: &UdpDatagram<'_>,
    is_answer: bool,
) {
    if record.rtype() != NB {
        return;
    }
    let (Some(name), Some(data)) = (netbios_name(&record.owner()), data(record)) else { return };
    let (answerer, packet) = (datagram.source.ip(), datagram.packet);
    for entry in data.chunks_exact(6).take(RECORDS) {
        let Some(&[flags, _, a, b, c, d]) = entry.first_chunk() else { continue };
        let address = IpAddr::V4(Ipv4Addr::new(a, b, c, d));
        if is_answer {
            let asker = Some(datagram.destination.ip());
            let timestamp = datagram.timestamp;
            let answer = Answer { answerer, asker, address, packet, timestamp };
            names.lookups.answered(Protocol::Nbns, &with_suffix(name), answer);
        }
        note(names, name, flags, address, datagram);
    }
}

/// The names of the node that answers (RFC 1002, 4.2.18): their number, then each with its flags.
fn node_status(names: &mut Names, record: &ParsedRecord<'_, [u8]>, datagram: &UdpDatagram<'_>) {
    let Some((count, entries)) = data(record).and_then(|data| data.split_first()) else { return };
    for entry in entries.chunks_exact(18).take(usize::from(*count)) {
        if let Some((name, &[flags, _])) = entry.split_first_chunk() {
            note(names, NetBiosName(*name), flags, datagram.source.ip(), datagram);
        }
    }
}

fn note(
    names: &mut Names,
    name: NetBiosName,
    flags: u8,
    address: IpAddr,
    datagram: &UdpDatagram<'_>,
) {
    // The browser service's own name, which is no host's, is made of control characters.
    if name.0.iter().take(15).any(|byte| (1..0x20).contains(byte)) {
        return;
    }
    let (claimed_by, packet) = (datagram.source.ip(), datagram.packet);
    if let Some(said) = Statement::netbios(name, Origin::Nbns, claimed_by, packet) {
        names.note(address, Statement { is_group: flags & 0x80 != 0, ..said });
    }
}

/// The name that a record or question is about: its first label in first-level encoding (RFC 1001,
/// 14.1); the labels after it are the scope.
fn netbios_name(name: &impl ToLabelIter) -> Option<NetBiosName> {
    let label = name.iter_labels().next()?;
    NetBiosName::decode(label.as_slice().try_into().ok()?)
}

/// The bytes of a record's data.
fn data<'a>(record: &ParsedRecord<'a, [u8]>) -> Option<&'a [u8]> {
    let record = record.to_record::<UnknownRecordData<&[u8]>>().ok()??;
    Some(record.data().data())
}

/// The name with its suffix, as is the custom.
fn with_suffix(name: NetBiosName) -> String {
    format!("{name}<{:02x}>", name.suffix())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NbnsMessage, address, at, datagram};
    use super::*;
    use crate::limits::Limits;

    const NODE: (&str, u16) = ("10.0.0.5", 137);
    const ALL: (&str, u16) = ("10.0.0.255", 137);
    const CLIENT: (&str, u16) = ("10.0.0.7", 137);

    fn taken(bytes: &[u8], from: (&str, u16), to: (&str, u16)) -> Names {
        let mut names = Names::new(Limits::DEFAULT);
        names.datagram(&datagram(from, to, bytes));
        names
    }

    fn said(names: &Names, of: &str) -> Vec<(String, Option<u8>, bool)> {
        let statements = names.of(address(of)).iter();
        statements.map(|said| (said.name.to_string(), said.suffix, said.is_group)).collect()
    }

    #[test]
    fn an_answer_names_its_addresses_and_keeps_the_suffix() {
        let message = NbnsMessage::answer("FS1", 0x20).address(0, [10, 0, 0, 5]).build();
        let names = taken(&message, NODE, CLIENT);
        assert_eq!(said(&names, "10.0.0.5"), [("FS1".to_owned(), Some(0x20), false)]);
        let [lookup] = names.lookups() else { panic!("one lookup") };
        assert_eq!((&*lookup.name, lookup.protocol), ("FS1<20>", Protocol::Nbns));
        assert_eq!(lookup.answers[0].answerer, address("10.0.0.5"));
    }

    #[test]
    fn a_group_is_marked() {
        let message = NbnsMessage::answer("LAB", 0x1c).address(0x80, [10, 0, 0, 2]).build();
        let names = taken(&message, ("10.0.0.3", 137), CLIENT);
        assert_eq!(said(&names, "10.0.0.2"), [("LAB".to_owned(), Some(0x1c), true)]);
        assert_eq!(names.of(address("10.0.0.2"))[0].claimed_by, Some(address("10.0.0.3")));
    }

    #[test]
    fn a_registration_is_what_a_host_says_of_itself() {
        let message = NbnsMessage::registration("WS7", 0).address(0, [10, 0, 0, 7]).build();
        let names = taken(&message, CLIENT, ALL);
        assert_eq!(said(&names, "10.0.0.7"), [("WS7".to_owned(), Some(0), false)]);
        assert_eq!(names.lookups(), []);
    }

    #[test]
    fn a_node_status_names_the_node() {
        let message = NbnsMessage::node_status(&[
            (b"FS1             ", 0x04),
            (b"FS1            \x20", 0x04),
            (b"LAB             ", 0x84),
            (b"\x01\x02__MSBROWSE__\x02\x01", 0x84),
        ]);
        let names = taken(&message, NODE, CLIENT);
        let expected = [("FS1", 0x20, false), ("LAB", 0x20, true)];
        let expected = expected.map(|(name, suffix, group)| (name.to_owned(), Some(suffix), group));
        assert_eq!(said(&names, "10.0.0.5"), expected);
    }

    #[test]
    fn a_question_is_remembered_with_its_asker() {
        let names = taken(&NbnsMessage::query("WPAD", 0), CLIENT, ALL);
        let [lookup] = names.lookups() else { panic!("one lookup") };
        assert_eq!(&*lookup.name, "WPAD<00>");
        assert_eq!(lookup.questions, [Question { asker: address("10.0.0.7"), packet: at(1) }]);
        assert_eq!(said(&names, "10.0.0.7"), []);
    }

    #[test]
    fn every_truncation_says_the_name_or_nothing() {
        let message = NbnsMessage::answer("FS1", 0x20).address(0, [10, 0, 0, 5]).build();
        for len in 0..message.len() {
            assert_eq!(said(&taken(&message[..len], NODE, CLIENT), "10.0.0.5"), [], "{len}");
        }
    }
}
