//! From packets to messages: drives the layers below `session`, and counts what they see.

use std::collections::BTreeMap;

use super::clocks::Sketch;
use crate::capture::Packet;
use crate::capture::link_type::LinkType;
use crate::carriers::{self, Carriers};
use crate::flow::{
    Counters, Direction, FlowId, FlowInfo, FlowTable, GapCause, Interest, PerDirection, StreamEvent,
};
use crate::kdc::fetched::Fetched;
use crate::kdc::stream::MessageStream;
use crate::kdc::{Conversation, Kdc};
use crate::limits::Limits;
use crate::names::Names;
use crate::net::encapsulation::Encapsulation;
use crate::net::udp::UdpDatagram;
use crate::net::{Decoded, Decoder, Segment};
use crate::packet::{PacketId, SourceId};
use crate::rpc::Association;
use crate::secrets::Secrets;
use crate::services::Services;
use crate::session::{Arrival, At, ConnectionId, ConnectionStart, Listing, Loss, Observer, Opened};
use crate::smb::framing::{Detection, FrameEvent, FrameSink, Framer, MessageKind, Search, Wanted};
use crate::time::Timestamp;
use crate::transport::Transports;

use super::call_reader::CallReader;
use super::names;

/// The ports that SMB is at home on: Direct TCP and the NetBIOS session service.
const PORT_DIRECT_TCP: u16 = 445;
const PORT_NETBIOS_SESSION: u16 = 139;

/// What the packets of a source held; counts are packets unless said otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    pub(super) tcp: u64,
    /// TCP segments that are another recording of a packet which was taken before.
    pub(super) recorded_twice: u64,
    pub(super) udp: u64,
    pub(super) other_ip: u64,
    pub(super) not_ip: u64,
    pub(super) undecodable: u64,
    pub(super) fragments: u64,
    /// Encrypted by their link.
    pub(super) encrypted: u64,
    /// In more tunnels than are followed.
    pub(super) too_deep: u64,
    pub(super) unknown_link_types: BTreeMap<LinkType, u64>,
    /// Connections with SMB of which the first message was completed in this source.
    pub(super) smb_connections: u64,
    /// SMB messages that were completed in this source.
    pub(super) smb_messages: u64,
}

/// What a run saw.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) observer: Observer,
    pub(super) names: Names,
    pub(super) services: Services,
    pub(super) transports: Transports,
    pub(super) carriers: Carriers,
    pub(super) fetched: Fetched,
}

/// The layers from packets to messages, with what each remembers.
#[derive(Debug)]
pub(super) struct Pipeline {
    decoder: Decoder,
    flows: FlowTable,
    readers: Readers,
}

impl Pipeline {
    pub(super) fn new(limits: Limits, secrets: Secrets, listing: Listing) -> Pipeline {
        Pipeline {
            decoder: Decoder::new(&limits),
            flows: FlowTable::new(&limits),
            readers: Readers {
                readers: Vec::new(),
                sketches: Vec::new(),
                sink: Sink {
                    limits,
                    observer: Observer::new(limits, secrets, listing),
                    kdc: Kdc::default(),
                    fetched: Fetched::new(&limits),
                    names: Names::new(limits),
                    carriers: Carriers::new(limits),
                    services: Services::new(&limits),
                    transports: Transports::new(&limits),
                    contents: Vec::new(),
                    held: 0,
                    shortened: 0,
                },
            },
        }
    }

    /// Makes room for the counts of a further source.
    pub(super) fn add_source(&mut self) {
        self.readers.sink.contents.push(Contents::default());
        self.readers.sketches.push(Sketch::default());
    }

    /// Takes the next packet of the run.
    pub(super) fn packet(&mut self, packet: &Packet<'_>) {
        let Pipeline { decoder, flows, readers } = self;
        Pipeline::decoded(flows, readers, packet, &decoder.decode(packet));
        while let Some(decoded) = decoder.decode_further(packet) {
            Pipeline::decoded(flows, readers, packet, &decoded);
        }
    }

    /// Takes what a packet holds, or one of the packets that it holds.
    fn decoded(
        flows: &mut FlowTable,
        readers: &mut Readers,
        packet: &Packet<'_>,
        decoded: &Decoded<'_>,
    ) {
        let Some(contents) = readers.sink.contents_of(packet.id.source) else { return };
        match decoded {
            Decoded::Tcp(segment) => {
                contents.tcp += 1;
                readers.sink.transports.segment(segment);
                readers.sink.services.segment(segment);
                if let [_, _, ..] = readers.sketches.as_slice()
                    && let Some(sketch) = readers.sketches.get_mut(packet.id.source.0)
                {
                    sketch.add(segment);
                }
                let is_again = flows
                    .segment(segment, &mut |flow, info, event| readers.event(flow, info, event));
                if is_again && let Some(contents) = readers.sink.contents_of(packet.id.source) {
                    contents.recorded_twice += 1;
                }
                if segment.flags.syn() && segment.ack.is_none() && !is_again {
                    readers.sink.opened(segment);
                }
            }
            Decoded::Udp(datagram) => {
                contents.udp += 1;
                readers.sink.transports.datagram(datagram);
                readers.sink.names.datagram(datagram);
                readers.sink.services.datagram(datagram);
                let UdpDatagram { path, source, destination, packet, payload, .. } = *datagram;
                if let Some(conversation) = Conversation::between(path, source, destination) {
                    readers.sink.kdc_message(conversation, packet, payload);
                }
            }
            Decoded::OtherIp => contents.other_ip += 1,
            Decoded::NotIp => {
                contents.not_ip += 1;
                readers.sink.transports.frame(packet);
            }
            Decoded::Fragment => contents.fragments += 1,
            Decoded::Encrypted => contents.encrypted += 1,
            Decoded::TooDeep => contents.too_deep += 1,
            Decoded::Undecodable => contents.undecodable += 1,
            Decoded::UnknownLinkType => {
                *contents.unknown_link_types.entry(packet.link_type).or_default() += 1;
                readers.sink.transports.frame(packet);
            }
        }
    }

    /// The run ends: what is held back is handed on.
    pub(super) fn finish(&mut self) {
        let readers = &mut self.readers;
        self.flows.finish(&mut |flow, info, event| readers.event(flow, info, event));
    }

    /// A few segments of each source, where there are several.
    pub(super) fn sketches(&self) -> &[Sketch] {
        &self.readers.sketches
    }

    /// What was seen so far.
    pub(super) fn observer(&self) -> &Observer {
        &self.readers.sink.observer
    }

    /// What the packets of each source held so far.
    pub(super) fn contents(&self) -> &[Contents] {
        &self.readers.sink.contents
    }

    /// What stood around the packets of a source so far.
    pub(super) fn encapsulations(
        &self,
        source: SourceId,
    ) -> impl Iterator<Item = (Encapsulation, u64)> + '_ {
        self.decoder.encapsulations(source)
    }

    /// Messages of which less was kept than of others.
    pub(super) fn shortened(&self) -> u64 {
        self.readers.sink.shortened
    }

    /// What happened to the streams so far.
    pub(super) fn counters(&self) -> Counters {
        self.flows.counters()
    }

    /// What was seen, once the run has ended.
    pub(super) fn into_seen(self) -> Seen {
        let sink = self.readers.sink;
        let Sink { observer, names, services, transports, carriers, fetched, .. } = sink;
        Seen { observer, names, services, transports, carriers, fetched }
    }
}

/// The readers of the connections that may carry SMB or other authentications, by the flow that each reads.
#[derive(Debug)]
struct Readers {
    readers: Vec<Option<Box<Reader>>>,
    /// A few segments of each source, to compare their clocks by.
    sketches: Vec<Sketch>,
    sink: Sink,
}

/// What reads one connection.
#[derive(Debug)]
struct Reader {
    framers: PerDirection<Framer>,
    /// What reads a connection to a KDC.
    kdc: Option<Box<KdcReader>>,
    /// What looks for authentications where there is no SMB.
    carrier: carriers::Reader,
    /// What follows remote calls over TCP, where some are bound that are told of.
    calls: Option<Box<CallReader>>,
    watched: Watched,
    /// The packets of the last bytes.
    last_packets: PerDirection<PacketId>,
    /// The time of the last bytes, for a message that ends with its stream.
    last_time: Timestamp,
}

/// What reads a connection to a KDC.
#[derive(Debug)]
struct KdcReader {
    conversation: Conversation,
    streams: PerDirection<MessageStream>,
}

/// Whether a connection is in the observer's table.
#[derive(Debug)]
enum Watched {
    /// No SMB was found yet; these are the losses so far.
    NotYet(Vec<(Loss, At)>),
    /// It is.
    As(ConnectionId),
    /// The observer's table is full.
    Refused,
}

/// Where the messages of all connections go.
#[derive(Debug)]
struct Sink {
    limits: Limits,
    observer: Observer,
    kdc: Kdc,
    fetched: Fetched,
    names: Names,
    carriers: Carriers,
    services: Services,
    transports: Transports,
    contents: Vec<Contents>,
    /// Bytes that wait in all connections for the rest of their message.
    held: usize,
    /// Messages of which less was kept than of others, because too much waited.
    shortened: u64,
}

/// Bytes that are kept of a message where too many wait for their rest: a header, and what follows
/// it in most.
const SHORT_MESSAGE: usize = 256;

/// Losses that are remembered of a connection before SMB is found in it; more say no more.
const EARLY_LOSSES: usize = 4;

impl Readers {
    fn event(&mut self, flow: FlowId, info: &FlowInfo, event: StreamEvent<'_>) -> Interest {
        let Ok(place) = usize::try_from(flow.0) else { return Interest::Ignore };
        if self.readers.len() <= place {
            self.readers.resize_with(place + 1, || None);
        }
        let Some(slot) = self.readers.get_mut(place) else { return Interest::Ignore };
        if event == StreamEvent::Closed {
            if let Some(reader) = slot.take() {
                self.sink.held = self.sink.held.saturating_sub(reader.held());
                if let Watched::As(connection) = reader.watched {
                    self.sink.observer.close(connection);
                }
            }
            return Interest::Ignore;
        }
        let reader = slot.get_or_insert_with(|| Box::new(Reader::new(info)));
        let before = reader.held();
        self.sink.read_kdc(reader, event);
        self.sink.read(reader, info, event);
        if !matches!(reader.watched, Watched::As(_)) {
            self.sink.read_carrier(&mut reader.carrier, info, event);
            self.sink.read_calls(reader, info, event);
        }
        self.sink.held = (self.sink.held + reader.held()).saturating_sub(before);
        if reader.is_hopeless() {
            self.sink.held = self.sink.held.saturating_sub(reader.held());
            *slot = None;
            return Interest::Ignore;
        }
        if matches!(reader.watched, Watched::As(_)) { Interest::Keep } else { Interest::Continue }
    }
}

impl Sink {
    /// The limits, with less to be kept of a message where too much waits already.
    fn limits_now(&self) -> Limits {
        let most = self.limits.message_bytes;
        let message_bytes =
            if self.held > self.limits.framing_bytes { most.min(SHORT_MESSAGE) } else { most };
        Limits { message_bytes, ..self.limits }
    }

    fn contents_of(&mut self, source: SourceId) -> Option<&mut Contents> {
        self.contents.get_mut(source.0)
    }

    /// A connection is opened, as `segment` shows.
    fn opened(&mut self, segment: &Segment<'_>) {
        let calls = self.observer.calls_mut();
        let Segment { source, destination, timestamp, packet, .. } = *segment;
        if calls.is_watching(timestamp) {
            let at = At { timestamp, packet };
            calls.opened(Opened { from: source, to: destination, at });
        }
    }

    fn kdc_message(&mut self, conversation: Conversation, packet: PacketId, bytes: &[u8]) {
        self.fetched.message(conversation, packet, bytes);
        if self.observer.keyring().is_empty() {
            return;
        }
        if let Some(found) = self.kdc.message(self.observer.keyring(), conversation, bytes) {
            self.observer.learn_ticket(found.cipher, found.secret, found.key);
        }
    }

    fn read_kdc(&mut self, reader: &mut Reader, event: StreamEvent<'_>) {
        let Some(kdc) = &mut reader.kdc else { return };
        let KdcReader { conversation, streams } = &mut **kdc;
        match event {
            StreamEvent::Data { direction, .. } if self.held > self.limits.framing_bytes => {
                streams.of_mut(direction).lose();
            }
            StreamEvent::Data { direction, bytes, packet, .. } => {
                let stream = streams.of_mut(direction);
                stream.data(bytes, |message| self.kdc_message(*conversation, packet, message));
            }
            StreamEvent::Gap { direction, .. } | StreamEvent::End { direction } => {
                streams.of_mut(direction).lose();
            }
            StreamEvent::Closed => {}
        }
    }

    fn read_carrier(
        &mut self,
        reader: &mut carriers::Reader,
        info: &FlowInfo,
        event: StreamEvent<'_>,
    ) {
        match event {
            StreamEvent::Data { direction, .. } if self.held > self.limits.framing_bytes => {
                reader.lose(&mut self.carriers, direction);
            }
            StreamEvent::Data { direction, bytes, packet, timestamp } => {
                let at = At { timestamp, packet };
                reader.data(&mut self.carriers, info.key, direction, bytes, at);
            }
            StreamEvent::Gap { direction, len, .. } => {
                reader.gap(&mut self.carriers, direction, len);
            }
            StreamEvent::End { .. } | StreamEvent::Closed => {}
        }
    }

    /// Follows remote calls where a connection without SMB begins with a bind.
    fn read_calls(&mut self, reader: &mut Reader, info: &FlowInfo, event: StreamEvent<'_>) {
        let (direction, bytes, at) = match event {
            StreamEvent::Data { direction, bytes, packet, timestamp } => {
                (direction, Some(bytes), At { timestamp, packet })
            }
            StreamEvent::Gap { direction, packet, timestamp, .. } => {
                (direction, None, At { timestamp, packet })
            }
            StreamEvent::End { .. } | StreamEvent::Closed => return,
        };
        if reader.calls.is_none() && bytes.is_some_and(Association::starts) {
            reader.calls = Some(Box::new(CallReader::new(direction)));
        }
        let Some(calls) = reader.calls.as_deref_mut() else { return };
        let is_full = self.held > self.limits.framing_bytes;
        let bytes = bytes.filter(|_| !is_full);
        calls.take(&mut self.observer, &self.limits, info, (direction, bytes, at));
        if calls.is_idle() {
            reader.calls = None;
        }
    }

    fn read(&mut self, reader: &mut Reader, info: &FlowInfo, event: StreamEvent<'_>) {
        let Reader { framers, watched, last_packets, last_time, .. } = reader;
        match event {
            StreamEvent::Data { direction, bytes, packet, timestamp } => {
                let limits = self.limits_now();
                *last_time = timestamp;
                let before = std::mem::replace(last_packets.of_mut(direction), packet);
                if packet.source == before.source && packet.number < before.number {
                    self.lose(watched, Loss::Disorder, At { timestamp, packet });
                }
                let mut stream = Stream { sink: self, watched, info, direction, timestamp, packet };
                framers.of_mut(direction).data(bytes, packet, &limits, &mut stream);
            }
            StreamEvent::Gap { direction, len, cause, packet, timestamp } => {
                let loss = match cause {
                    GapCause::Lost => Loss::Gap,
                    GapCause::Cut => Loss::Cut,
                };
                self.lose(watched, loss, At { timestamp, packet });
                let mut stream = Stream { sink: self, watched, info, direction, timestamp, packet };
                framers.of_mut(direction).gap(len, &mut stream);
            }
            StreamEvent::End { direction } => {
                let (timestamp, packet) = (*last_time, *last_packets.of(direction));
                let mut stream = Stream { sink: self, watched, info, direction, timestamp, packet };
                framers.of_mut(direction).end(&mut stream);
            }
            StreamEvent::Closed => {}
        }
    }

    fn found(
        &mut self,
        watched: &mut Watched,
        info: &FlowInfo,
        direction: Direction,
        timestamp: Timestamp,
        found: &FrameEvent<'_>,
    ) {
        let FrameEvent::Message(message) = found else { return };
        let captured = message.len.saturating_sub(message.missing);
        let wanted = captured.min(self.limits.message_bytes as u64);
        self.shortened +=
            u64::from((message.bytes.len() as u64) < wanted && !message.carries_file_data());
        let is_first = matches!(watched, Watched::NotYet(_));
        if let Some(contents) = self.contents_of(message.packet.source) {
            contents.smb_messages += 1;
            contents.smb_connections += u64::from(is_first);
        }
        if let Watched::NotYet(losses) = watched {
            let losses = std::mem::take(losses);
            *watched = self.watch(info, losses);
        }
        if let Watched::As(connection) = *watched {
            let decrypted_in = None;
            self.observer.message(Arrival {
                connection,
                direction,
                timestamp,
                message,
                decrypted_in,
            });
        }
    }

    fn watch(&mut self, info: &FlowInfo, losses: Vec<(Loss, At)>) -> Watched {
        let starts = info.start_seen;
        let start = ConnectionStart {
            client: info.key.client,
            server: info.key.server,
            network: info.path.0,
            handshake_seen: starts.to_server || starts.to_client,
            first_packet: info.first_packet,
        };
        match self.observer.open(start) {
            None => Watched::Refused,
            Some(connection) => {
                for (loss, at) in losses {
                    self.observer.loss(connection, loss, at);
                }
                Watched::As(connection)
            }
        }
    }

    fn lose(&mut self, watched: &mut Watched, loss: Loss, at: At) {
        match watched {
            Watched::NotYet(losses) if losses.len() < EARLY_LOSSES => losses.push((loss, at)),
            Watched::As(connection) => self.observer.loss(*connection, loss, at),
            Watched::NotYet(_) | Watched::Refused => {}
        }
    }
}

/// One direction of a connection, as its framer hands on what it finds.
struct Stream<'a> {
    sink: &'a mut Sink,
    watched: &'a mut Watched,
    info: &'a FlowInfo,
    direction: Direction,
    timestamp: Timestamp,
    packet: PacketId,
}

impl FrameSink for Stream<'_> {
    fn event(&mut self, event: FrameEvent<'_>) {
        let Stream { direction, info, .. } = *self;
        if let FrameEvent::NetBiosSessionRequest { called, calling } = event {
            let mut ends = [info.key.client.ip(), info.key.server.ip()];
            if direction == Direction::ToClient {
                ends.reverse();
            }
            names::session_request(&mut self.sink.names, ends, [calling, called], self.packet);
        } else {
            self.sink.found(self.watched, info, direction, self.timestamp, &event);
        }
    }

    fn wants(&mut self, kind: MessageKind, start: &[u8], element: u32, len: u64) -> Wanted {
        let Watched::As(connection) = *self.watched else { return Wanted::Start };
        let sink = &mut *self.sink;
        match sink.observer.wants(connection, self.direction, kind, start, (element, len)) {
            Wanted::Whole if sink.held > sink.limits.framing_bytes => Wanted::Start,
            wanted => wanted,
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Watched::As(connection) = *self.watched {
            self.sink.observer.bytes(connection, self.direction, bytes);
        }
    }
}

impl Reader {
    /// Bytes that wait for the rest of their message.
    fn held(&self) -> usize {
        let kdc = self.kdc.as_ref().map_or(0, |kdc| {
            kdc.streams.to_server.held_bytes() + kdc.streams.to_client.held_bytes()
        });
        let carrier = self.carrier.held_bytes();
        let calls = self.calls.as_ref().map_or(0, |calls| calls.held_bytes());
        let framers = self.framers.to_server.held_bytes() + self.framers.to_client.held_bytes();
        framers + kdc + carrier + calls
    }

    fn new(info: &FlowInfo) -> Reader {
        let ports = [info.key.client.port(), info.key.server.port()];
        let is_netbios = ports.contains(&PORT_NETBIOS_SESSION);
        let is_at_home = is_netbios || ports.contains(&PORT_DIRECT_TCP);
        let framer = |is_start_known: bool| {
            let search = match (is_start_known, is_at_home) {
                (true, _) => Search::FromStart,
                (false, true) => Search::Patient,
                (false, false) => Search::Anywhere,
            };
            Framer::new(search, is_netbios)
        };
        Reader {
            framers: PerDirection {
                to_server: framer(info.start_seen.to_server),
                to_client: framer(info.start_seen.to_client),
            },
            kdc: Conversation::between(info.path, info.key.client, info.key.server).map(
                |conversation| {
                    Box::new(KdcReader { conversation, streams: PerDirection::default() })
                },
            ),
            carrier: carriers::Reader::default(),
            calls: None,
            watched: Watched::NotYet(Vec::new()),
            last_packets: PerDirection::default(),
            last_time: info.first_time,
        }
    }

    /// Whether nothing will be found any more in either direction.
    fn is_hopeless(&mut self) -> bool {
        let is_kdc = self.kdc.as_ref().is_some_and(|kdc| {
            !(kdc.streams.to_server.is_lost() && kdc.streams.to_client.is_lost())
        });
        self.has_no_smb() && !is_kdc && !self.carrier.is_reading() && self.calls.is_none()
    }

    /// Whether no SMB will be found any more in either direction. Once it is found in one, the other
    /// is searched without end.
    fn has_no_smb(&mut self) -> bool {
        let PerDirection { to_server, to_client } = &mut self.framers;
        match (to_server.detection(), to_client.detection()) {
            (Detection::NotSmb, Detection::NotSmb) => true,
            (Detection::Smb, Detection::Smb) => false,
            (Detection::Smb, _) => {
                to_client.trust();
                false
            }
            (_, Detection::Smb) => {
                to_server.trust();
                false
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::FlowKey;
    use crate::net::path::Path;

    #[test]
    fn what_waits_for_the_rest_of_its_message_is_bounded_over_all_connections() {
        let limits = Limits { framing_bytes: 20_000, ..Limits::DEFAULT };
        let Pipeline { mut readers, .. } =
            Pipeline::new(limits, Secrets::default(), Listing::Nobody);
        let info = FlowInfo {
            key: FlowKey {
                client: "10.0.0.7:50000".parse().unwrap(),
                server: "10.0.0.5:445".parse().unwrap(),
            },
            path: Path::PLAIN,
            start_seen: PerDirection { to_server: true, to_client: true },
            first_packet: PacketId::default(),
            first_time: Timestamp(0),
        };
        // The start of a SESSION_SETUP of 100,000 bytes.
        let mut bytes = vec![0, 1, 0x86, 0xa0, 0xfe, b'S', b'M', b'B', 64, 0, 0, 0, 0, 0, 0, 0, 1];
        bytes.resize(1_400, 0);
        let data = StreamEvent::Data {
            direction: Direction::ToServer,
            bytes: &bytes,
            packet: PacketId::default(),
            timestamp: Timestamp(0),
        };
        for flow in 0..100 {
            assert_eq!(readers.event(FlowId(flow), &info, data), Interest::Continue);
            let more = StreamEvent::Data {
                direction: Direction::ToServer,
                bytes: &[7; 1_400],
                packet: PacketId::default(),
                timestamp: Timestamp(0),
            };
            readers.event(FlowId(flow), &info, more);
        }
        // Some are kept as far as they came, and of the others the start is.
        assert!(readers.sink.held > 20_000, "{}", readers.sink.held);
        assert!(readers.sink.held < 20_000 + 4 * 1_400 + 100 * 2 * SHORT_MESSAGE);
        for flow in 0..100 {
            let end = StreamEvent::End { direction: Direction::ToServer };
            readers.event(FlowId(flow), &info, end);
            readers.event(FlowId(flow), &info, StreamEvent::Closed);
        }
        assert_eq!(readers.sink.held, 0);
        assert!((80..100).contains(&readers.sink.shortened), "{}", readers.sink.shortened);
    }
}
