use proptest::prelude::*;

use super::quic::testing::{Initial, client_hello, datagram};
use super::smb_direct::test::{
    NEGOTIATE_REQUEST, NEGOTIATE_RESPONSE, connection_request, data_transfer, transport,
};
use super::*;
use crate::capture::link_type::LinkType;
use crate::net::path::Path;
use crate::net::tcp::TcpFlags;
use crate::packet::SourceId;
use crate::time::Timestamp;

fn at(number: u64) -> PacketId {
    PacketId { source: SourceId(0), number }
}

fn socket(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn segment<'a>(from: &str, to: &str, number: u64, payload: &'a [u8]) -> Segment<'a> {
    Segment {
        path: Path::PLAIN,
        source: socket(from),
        destination: socket(to),
        identification: None,
        seq: 1,
        ack: Some(1),
        flags: TcpFlags(0x18),
        payload,
        payload_len: payload.len() as u32,
        packet: at(number),
        timestamp: Timestamp(1),
    }
}

fn smb_initial() -> Vec<u8> {
    Initial::default().with_crypto(&[(0, &client_hello(&[b"smb"], Some("fs1.lab.test")))])
}

#[test]
fn smb_over_quic_is_found_with_its_ends_its_name_and_its_packets() {
    let mut transports = Transports::new(&Limits::DEFAULT);
    let initial = smb_initial();
    let asked = datagram(&initial);
    let short = [0x40; 50];
    transports.datagram(&datagram(&short));
    transports.datagram(&asked);
    transports.datagram(&datagram(&short));
    let answer = UdpDatagram { source: asked.destination, destination: asked.source, ..asked };
    transports.datagram(&answer);
    let other = UdpDatagram { source: socket("10.0.0.8:50123"), ..datagram(&short) };
    transports.datagram(&other);
    let expected = Conversation {
        transport: Transport::Quic,
        client: End::Socket(socket("10.0.0.7:50123")),
        server: End::Socket(socket("10.0.0.5:443")),
        server_name: Some("fs1.lab.test".into()),
        packets: 3,
        first: at(1),
    };
    assert_eq!(transports.found(), [expected]);
}

#[test]
fn other_quic_and_quic_from_the_middle_are_nothing() {
    let mut transports = Transports::new(&Limits::DEFAULT);
    let h3 = Initial::default().with_crypto(&[(0, &client_hello(&[b"h3"], Some("www.test")))]);
    transports.datagram(&datagram(&h3));
    transports.datagram(&datagram(&[0x4F; 1_350]));
    transports.datagram(&datagram(&[0xE3; 1_350]));
    assert_eq!(transports.found(), []);
}

#[test]
fn smb_direct_over_roce_is_found_by_any_of_its_messages() {
    let messages = [
        (transport(0x04, &NEGOTIATE_REQUEST), false),
        (transport(0x04, &NEGOTIATE_RESPONSE), true),
        (transport(0x04, &data_transfer(true)), true),
        (connection_request(445), false),
    ];
    for (message, is_of_server) in messages {
        let mut transports = Transports::new(&Limits::DEFAULT);
        let (source, destination) = if is_of_server {
            (socket("10.0.0.5:49152"), socket("10.0.0.7:4791"))
        } else {
            (socket("10.0.0.7:49153"), socket("10.0.0.5:4791"))
        };
        let first = UdpDatagram { source, destination, ..datagram(&message) };
        transports.datagram(&first);
        let write = transport(0x06, &[7; 100]);
        let back = UdpDatagram {
            source: SocketAddr::new(destination.ip(), 50_001),
            destination: SocketAddr::new(source.ip(), PORT_ROCE),
            ..datagram(&write)
        };
        transports.datagram(&back);
        let [found] = transports.found() else { panic!("one conversation") };
        assert_eq!(found.client, End::Socket(socket("10.0.0.7:4791")));
        assert_eq!(found.server, End::Socket(socket("10.0.0.5:4791")));
        assert_eq!((found.transport, found.packets), (Transport::Rdma, 2));
    }
}

#[test]
fn smb_direct_over_iwarp_is_found_by_its_port_or_its_messages() {
    let request = b"MPA ID Req Frame\x00\x01\x00\x00";
    let negotiate = [&[0, 38, 0x40, 0x43][..], &[0; 16], &NEGOTIATE_REQUEST].concat();
    for (port, packets, first) in [(5445, 3, 1), (445, 3, 1), (9000, 2, 2)] {
        let mut transports = Transports::new(&Limits::DEFAULT);
        let server = format!("10.0.0.5:{port}");
        transports.segment(&segment("10.0.0.7:50000", &server, 1, request));
        transports.segment(&segment("10.0.0.7:50000", &server, 2, &negotiate));
        transports.segment(&segment(&server, "10.0.0.7:50000", 3, b"more"));
        transports.segment(&segment(&server, "10.0.0.8:50000", 4, b"other"));
        let [found] = transports.found() else { panic!("one conversation on {port}") };
        assert_eq!((found.packets, found.first), (packets, at(first)), "{port}");
        assert_eq!(found.client, End::Socket(socket("10.0.0.7:50000")));
    }
    let mut transports = Transports::new(&Limits::DEFAULT);
    transports.segment(&segment("10.0.0.5:445", "10.0.0.7:50000", 1, b"MPA ID Rep Frame\x00\x01"));
    assert_eq!(transports.found()[0].server, End::Socket(socket("10.0.0.5:445")));
    let mut transports = Transports::new(&Limits::DEFAULT);
    transports.segment(&segment("10.0.0.7:50000", "10.0.0.5:9000", 1, request));
    transports.segment(&segment("10.0.0.7:50000", "10.0.0.5:9000", 2, b"something else"));
    assert_eq!(transports.found(), []);
}

#[test]
fn smb_direct_without_ip_is_found() {
    let mut frame = vec![0; 12];
    frame.extend([0x89, 0x15, 0x60, 0, 0, 0, 0, 36, 0x1B, 64]);
    frame.extend([[0; 15].as_slice(), &[7], &[0; 15], &[5]].concat());
    frame.extend(transport(0x04, &NEGOTIATE_REQUEST));
    let mut transports = Transports::new(&Limits::DEFAULT);
    let packet = Packet {
        id: at(4),
        offset: 0,
        timestamp: Timestamp(1),
        link_type: LinkType::ETHERNET,
        original_len: frame.len() as u32,
        data: &frame,
    };
    transports.frame(&packet);
    transports.frame(&packet);
    let [found] = transports.found() else { panic!("one conversation") };
    assert_eq!((found.packets, found.first), (2, at(4)));
    assert_eq!(found.client, End::Socket(socket("[::7]:0")));
}

#[test]
fn conversations_beyond_the_bound_are_counted() {
    let limits = Limits { unread_conversations: 1, ..Limits::DEFAULT };
    let mut transports = Transports::new(&limits);
    let initial = smb_initial();
    for last in [7, 8, 9] {
        let source = SocketAddr::new([10, 0, 0, last].into(), 50_123);
        transports.datagram(&UdpDatagram { source, ..datagram(&initial) });
    }
    assert_eq!((transports.found().len(), transports.dropped()), (1, 2));
}

#[test]
fn iwarp_connections_that_are_remembered_are_bounded() {
    let mut transports = Transports::new(&Limits { handshakes: 2, ..Limits::DEFAULT });
    for last in 1..=9 {
        let client = format!("10.0.0.{last}:50000");
        transports.segment(&segment(&client, "10.0.1.5:9000", 1, b"MPA ID Req Frame"));
    }
    assert_eq!((transports.mpa.len(), transports.mpa_order.len()), (2, 2));
}

proptest! {
    #[test]
    fn no_datagram_does_harm(
        start in prop::sample::select(vec![
            smb_initial(), connection_request(445), transport(0x04, &NEGOTIATE_RESPONSE),
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
        port in prop::sample::select(vec![443, 4791]),
    ) {
        let mut bytes = start;
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let mut transports = Transports::new(&Limits::DEFAULT);
        let mut sent = datagram(&bytes);
        sent.destination.set_port(port);
        sent.payload_len = 1_200;
        transports.datagram(&sent);
        transports.segment(&segment("10.0.0.7:1", "10.0.0.5:445", 1, &bytes));
    }
}
