//! Transports of SMB that are recognised and not analysed: SMB over QUIC (\[MS-SMB2\] 2.1), which TLS
//! 1.3 encrypts whole, and SMB Direct over RDMA (\[MS-SMBD\]).
//!
//! That there is such a conversation, whose it is and how many packets it has is all that is told.
//! A datagram or segment of anything else costs a look at its ports and its first bytes.

mod quic;
mod smb_direct;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;

use foldhash::fast::FixedState;

use self::quic::Handshakes;
use crate::capture::Packet;
use crate::limits::Limits;
use crate::net::Segment;
use crate::net::udp::UdpDatagram;
use crate::packet::PacketId;

/// A transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// QUIC, with `smb` among the protocols that the client offers in its TLS ClientHello.
    Quic,
    /// RDMA: iWARP, RoCE or InfiniBand.
    Rdma,
}

/// One end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// An address and a port; 0 where the transport has none.
    Socket(SocketAddr),
    /// A local identifier of an InfiniBand subnet.
    Lid(u16),
}

/// SMB between two ends over a transport that is not analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The transport.
    pub transport: Transport,
    /// The end that asked.
    pub client: End,
    /// The other end.
    pub server: End,
    /// The name of the server that the client gave (server_name, RFC 6066 3).
    pub server_name: Option<Box<str>>,
    /// Packets between the two from the first on.
    pub packets: u64,
    /// The packet that it was recognised by.
    pub first: PacketId,
}

/// Who talks with whom, in whatever direction.
type Pair = (Transport, [End; 2]);

/// Watches for such transports.
#[derive(Debug)]
pub struct Transports {
    limit: usize,
    found: Vec<Conversation>,
    places: HashMap<Pair, usize, FixedState>,
    handshakes: Handshakes,
    /// iWARP connections on ports that are not those of SMB Direct.
    mpa: HashSet<[SocketAddr; 2], FixedState>,
    mpa_order: VecDeque<[SocketAddr; 2]>,
    mpa_limit: usize,
    /// TCP segments belong to a conversation that was found.
    counts_tcp: bool,
    dropped: u64,
}

/// The UDP port of RoCE v2 (IBTA Annex A17).
const PORT_ROCE: u16 = 4791;

/// The TCP ports of SMB Direct over iWARP: its own, and that of SMB (\[MS-SMBD\] 2.1).
const PORTS_SMB_DIRECT: [u16; 2] = [5445, 445];

impl Transports {
    /// Nothing seen yet.
    pub fn new(limits: &Limits) -> Transports {
        Transports {
            limit: limits.unread_conversations,
            found: Vec::new(),
            places: HashMap::default(),
            handshakes: Handshakes::new(limits),
            mpa: HashSet::default(),
            mpa_order: VecDeque::new(),
            mpa_limit: limits.handshakes,
            counts_tcp: false,
            dropped: 0,
        }
    }

    /// Takes a UDP datagram.
    #[inline]
    pub fn datagram(&mut self, datagram: &UdpDatagram<'_>) {
        if datagram.destination.port() == PORT_ROCE {
            self.roce(datagram);
        } else if quic::may_be_initial(datagram) {
            self.initial(datagram);
        } else if !self.found.is_empty() {
            let ends = [End::Socket(datagram.source), End::Socket(datagram.destination)];
            self.count((Transport::Quic, ends));
        }
    }

    /// Takes a TCP segment.
    #[inline]
    pub fn segment(&mut self, segment: &Segment<'_>) {
        let is_start = segment.payload.starts_with(smb_direct::MPA_START);
        if is_start || self.counts_tcp || !self.mpa.is_empty() {
            self.iwarp(segment, is_start);
        }
    }

    /// Takes a packet without IP, which may be RDMA on Ethernet or on InfiniBand itself.
    #[cold]
    pub fn frame(&mut self, packet: &Packet<'_>) {
        let Some(frame) = smb_direct::Frame::of(packet.link_type, packet.data) else { return };
        self.rdma([frame.source, frame.destination], frame.transport, packet.id);
    }

    /// The conversations found, in order of their first packets.
    pub fn found(&self) -> &[Conversation] {
        &self.found
    }

    /// Conversations beyond the bound.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    #[cold]
    fn initial(&mut self, datagram: &UdpDatagram<'_>) {
        let ends = [End::Socket(datagram.source), End::Socket(datagram.destination)];
        if self.count((Transport::Quic, ends)) {
            return;
        }
        if let Some(hello) =
            self.handshakes.datagram(datagram).filter(quic::ClientHello::offers_smb)
        {
            self.add(Transport::Quic, ends, hello.server_name, datagram.packet);
        }
    }

    #[cold]
    fn roce(&mut self, datagram: &UdpDatagram<'_>) {
        // The source port only spreads the load; it differs by direction.
        let end = |of: SocketAddr| End::Socket(SocketAddr::new(of.ip(), PORT_ROCE));
        let ends = [end(datagram.source), end(datagram.destination)];
        self.rdma(ends, datagram.payload, datagram.packet);
    }

    /// Takes a packet of the InfiniBand transport, from its Base Transport Header on.
    fn rdma(&mut self, ends: [End; 2], transport: &[u8], packet: PacketId) {
        if !self.found.is_empty() && self.count((Transport::Rdma, ends)) {
            return;
        }
        match smb_direct::sender_in_transport(transport) {
            Some(smb_direct::Sender::Client) => self.add(Transport::Rdma, ends, None, packet),
            Some(smb_direct::Sender::Server) => {
                let [source, destination] = ends;
                self.add(Transport::Rdma, [destination, source], None, packet);
            }
            None => {}
        }
    }

    #[cold]
    fn iwarp(&mut self, segment: &Segment<'_>, is_start: bool) {
        let sockets = [segment.source, segment.destination];
        let ends = sockets.map(End::Socket);
        if self.count((Transport::Rdma, ends)) {
            return;
        }
        let ports = sockets.map(|socket| socket.port());
        if is_start {
            if !ports.iter().any(|port| PORTS_SMB_DIRECT.contains(port)) {
                self.remember_mpa(in_order(sockets));
                return;
            }
            let [source, destination] = ends;
            let ends = if smb_direct::is_mpa_reply(segment.payload) {
                [destination, source]
            } else {
                [source, destination]
            };
            self.counts_tcp = true;
            self.add(Transport::Rdma, ends, None, segment.packet);
        } else if self.mpa.contains(&in_order(sockets)) {
            let [source, destination] = ends;
            let ends = match smb_direct::sender_in_fpdu(segment.payload) {
                Some(smb_direct::Sender::Client) => [source, destination],
                Some(smb_direct::Sender::Server) => [destination, source],
                None => return,
            };
            self.counts_tcp = true;
            self.add(Transport::Rdma, ends, None, segment.packet);
        }
    }

    fn remember_mpa(&mut self, sockets: [SocketAddr; 2]) {
        if self.mpa.insert(sockets) {
            self.mpa_order.push_back(sockets);
        }
        if self.mpa_order.len() > self.mpa_limit
            && let Some(oldest) = self.mpa_order.pop_front()
        {
            self.mpa.remove(&oldest);
        }
    }

    /// Counts a packet if it is of a conversation that was found, and says whether it is.
    fn count(&mut self, (transport, ends): Pair) -> bool {
        let place = self.places.get(&(transport, in_order(ends)));
        let found = place.and_then(|place| self.found.get_mut(*place));
        found.map(|found| found.packets = found.packets.saturating_add(1)).is_some()
    }

    fn add(
        &mut self,
        transport: Transport,
        ends: [End; 2],
        server_name: Option<Box<str>>,
        first: PacketId,
    ) {
        if self.found.len() >= self.limit {
            self.dropped += 1;
            return;
        }
        self.places.insert((transport, in_order(ends)), self.found.len());
        let [client, server] = ends;
        let conversation =
            Conversation { transport, client, server, server_name, packets: 1, first };
        self.found.push(conversation);
    }
}

/// Two ends in an order that is the same for both directions.
fn in_order<T: Ends>([one, other]: [T; 2]) -> [T; 2] {
    if one.key() <= other.key() { [one, other] } else { [other, one] }
}

/// What ends are ordered by.
trait Ends {
    type Key: Ord;
    fn key(&self) -> Self::Key;
}

impl Ends for SocketAddr {
    type Key = SocketAddr;
    fn key(&self) -> SocketAddr {
        *self
    }
}

impl Ends for End {
    type Key = (Option<SocketAddr>, u16);
    fn key(&self) -> (Option<SocketAddr>, u16) {
        match self {
            End::Socket(socket) => (Some(*socket), 0),
            End::Lid(lid) => (None, *lid),
        }
    }
}

#[cfg(test)]
pub(crate) use self::quic::testing;

#[cfg(test)]
mod tests;
