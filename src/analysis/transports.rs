//! SMB over transports that are not analysed, as the report tells it.

use std::net::SocketAddr;

use crate::names::{Names, Origin, Statement};
use crate::packet::SourceId;
use crate::report::{Endpoint, NotAnalysable, Transport as ReportTransport};
use crate::transport::{Conversation, End, Transport, Transports};

use super::names;

/// The conversations that began in `source`.
pub(super) fn of(transports: &Transports, source: SourceId, names: &Names) -> Vec<NotAnalysable> {
    let found = transports.found().iter();
    found.filter(|it| it.first.source == source).map(|it| tell(it, names)).collect()
}

/// Adds to `names` what clients call their servers.
pub(super) fn gather(transports: &Transports, names: &mut Names) {
    for found in transports.found() {
        if let (Some(name), Some(client), Some(server)) =
            (&found.server_name, socket(found.client), socket(found.server))
        {
            let origin = Origin::TlsServerName;
            names.note(server.ip(), Statement::new(name, origin, client.ip(), found.first));
        }
    }
}

fn tell(found: &Conversation, names: &Names) -> NotAnalysable {
    NotAnalysable {
        transport: match found.transport {
            Transport::Quic => ReportTransport::SmbOverQuic,
            Transport::Rdma => ReportTransport::SmbDirect,
        },
        client: endpoint(found.client, names),
        server: endpoint(found.server, names),
        name: found.server_name.as_ref().map(|name| name.to_string()),
        packets: found.packets,
        capture: found.first.source.0,
        first_packet: found.first.number,
    }
}

fn endpoint(end: End, names: &Names) -> Endpoint {
    match end {
        End::Lid(lid) => Endpoint { address: format!("LID {lid}"), ..Endpoint::default() },
        End::Socket(socket) => Endpoint {
            address: socket.ip().to_string(),
            port: socket.port(),
            name: names::best_of_host(names, socket.ip()),
        },
    }
}

fn socket(end: End) -> Option<SocketAddr> {
    match end {
        End::Socket(socket) => Some(socket),
        End::Lid(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::net::udp::UdpDatagram;
    use crate::packet::PacketId;
    use crate::transport::testing::{Initial, client_hello, datagram};

    #[test]
    fn a_conversation_is_told_in_its_capture_with_the_names_of_its_ends() {
        let hello = client_hello(&[b"smb"], Some("fs1.lab.test"));
        let initial = Initial::default().with_crypto(&[(0, &hello)]);
        let mut transports = Transports::new(&Limits::DEFAULT);
        let packet = PacketId { source: SourceId(1), number: 9 };
        transports.datagram(&UdpDatagram { packet, ..datagram(&initial) });
        let mut names = Names::new(Limits::DEFAULT);
        let client = "10.0.0.7".parse().unwrap();
        names.note(client, Statement::new("WS7", Origin::Dhcp, client, packet));
        gather(&transports, &mut names);
        assert_eq!(of(&transports, SourceId(0), &names), []);
        let expected = NotAnalysable {
            transport: ReportTransport::SmbOverQuic,
            client: Endpoint {
                address: "10.0.0.7".to_owned(),
                port: 50_123,
                name: Some("WS7".to_owned()),
            },
            server: Endpoint {
                address: "10.0.0.5".to_owned(),
                port: 443,
                name: Some("fs1.lab.test".to_owned()),
            },
            name: Some("fs1.lab.test".to_owned()),
            packets: 1,
            capture: 1,
            first_packet: 9,
        };
        assert_eq!(of(&transports, SourceId(1), &names), [expected]);
        let said = &names.of("10.0.0.5".parse().unwrap())[0];
        assert_eq!((said.origin, said.claimed_by), (Origin::TlsServerName, Some(client)));
    }
}
