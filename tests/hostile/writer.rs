//! What hostile files are written with.

/// How many of what takes long to report there are: without optimisation a tenth.
pub(crate) const fn many(count: usize) -> usize {
    if cfg!(debug_assertions) { count / 10 } else { count }
}

/// A pcap file of raw IP packets (LINKTYPE_RAW) or of another link type, one microsecond apart.
pub(crate) struct Pcap {
    file: Vec<u8>,
    count: u32,
}

impl Pcap {
    pub(crate) fn raw() -> Pcap {
        Pcap::of(101)
    }

    pub(crate) fn of(link_type: u32) -> Pcap {
        let mut file = 0xA1B2_C3D4_u32.to_le_bytes().to_vec();
        file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
        file.extend(link_type.to_le_bytes());
        Pcap { file, count: 0 }
    }

    pub(crate) fn packet(&mut self, parts: &[&[u8]]) {
        let len = parts.iter().map(|part| part.len()).sum::<usize>() as u32;
        self.file.extend((1_790_000_000 + self.count / 1_000_000).to_le_bytes());
        self.file.extend((self.count % 1_000_000).to_le_bytes());
        self.file.extend(len.to_le_bytes());
        self.file.extend(len.to_le_bytes());
        for part in parts {
            self.file.extend_from_slice(part);
        }
        self.count += 1;
    }

    /// Writes a segment between a client and the server's port.
    pub(crate) fn segment(&mut self, ends: Ends, seq: u32, flags: u8, payload: &[u8]) {
        let headers = ends.headers(seq, flags, payload.len());
        self.packet(&[&headers, payload]);
    }

    /// Writes a datagram from the server's port 53, or another.
    pub(crate) fn datagram(&mut self, port: u16, payload: &[u8]) {
        let len = payload.len() as u16;
        let mut udp = vec![];
        for number in [port, 50_000, 8 + len, 0] {
            udp.extend(number.to_be_bytes());
        }
        let ip = ipv4(17, 0, 28 + payload.len(), [10, 0, 0, 5], [10, 0, 0, 7]);
        self.packet(&[&ip, &udp, payload]);
    }

    /// Writes a handshake, and a stream in segments of 1,400 bytes.
    pub(crate) fn stream(&mut self, ends: Ends, bytes: &[u8]) {
        self.segment(ends, 999, SYN, &[]);
        self.segment(ends.reversed(), 4_999, SYN | ACK, &[]);
        let mut seq = 1_000_u32;
        for piece in bytes.chunks(1_400) {
            self.segment(ends, seq, ACK, piece);
            seq = seq.wrapping_add(piece.len() as u32);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.file.len()
    }

    pub(crate) fn file(self) -> Vec<u8> {
        self.file
    }
}

pub(crate) const SYN: u8 = 2;
pub(crate) const ACK: u8 = 16;

/// Who sends to whom: a client by its number, and the server 10.0.0.5:445.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) client: u32,
    pub(crate) is_reply: bool,
}

/// The first client, to the server.
pub(crate) const TO_SERVER: Ends = Ends { client: 0, is_reply: false };

impl Ends {
    pub(crate) fn of(client: u32) -> Ends {
        Ends { client, is_reply: false }
    }

    pub(crate) fn reversed(self) -> Ends {
        Ends { is_reply: !self.is_reply, ..self }
    }

    fn headers(self, seq: u32, flags: u8, payload_len: usize) -> Vec<u8> {
        let [_, _, high, low] = (self.client >> 14).to_be_bytes();
        let address = [10, 1, high, low];
        let client = (address, 49_152 + (self.client % 16_384) as u16);
        let server = ([10, 0, 0, 5], 445);
        let (source, destination) = if self.is_reply { (server, client) } else { (client, server) };
        let mut headers = ipv4(6, 0, 40 + payload_len, source.0, destination.0);
        headers.extend(source.1.to_be_bytes());
        headers.extend(destination.1.to_be_bytes());
        headers.extend(seq.to_be_bytes());
        headers.extend([0, 0, 0x13, 0x88, 0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
        headers
    }
}

/// An IPv4 header; `fragment` is its third word.
pub(crate) fn ipv4(
    protocol: u8,
    fragment: u32,
    len: usize,
    source: [u8; 4],
    destination: [u8; 4],
) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend((len as u16).to_be_bytes());
    header.extend(fragment.to_be_bytes());
    header.extend([64, protocol, 0, 0]);
    header.extend(source);
    header.extend(destination);
    header
}

/// A block of a pcapng file in little-endian order.
pub(crate) fn block(kind: u32, contents: &[u8]) -> Vec<u8> {
    let len = (12 + contents.len().next_multiple_of(4)) as u32;
    let mut block = [kind.to_le_bytes(), len.to_le_bytes()].concat();
    block.extend(contents);
    block.resize(len as usize - 4, 0);
    block.extend(len.to_le_bytes());
    block
}

/// A section header.
pub(crate) fn section() -> Vec<u8> {
    let fields: [&[u8]; 3] = [&[0x4D, 0x3C, 0x2B, 0x1A], &[1, 0, 0, 0], &[0xFF; 8]];
    block(0x0A0D_0D0A, &fields.concat())
}

/// An interface of raw IP.
pub(crate) fn interface(options: &[u8]) -> Vec<u8> {
    block(1, &[&[101, 0, 0, 0, 0, 0, 0, 0], options].concat())
}

/// An Enhanced Packet Block.
pub(crate) fn enhanced(interface: u32, data: &[u8], options: &[u8]) -> Vec<u8> {
    let len = data.len() as u32;
    let fields = [interface, 0, 0, len, len].map(u32::to_le_bytes).concat();
    let mut contents = [&fields, data].concat();
    contents.resize(contents.len().next_multiple_of(4), 0);
    contents.extend(options);
    block(6, &contents)
}

/// An SMB frame.
pub(crate) fn frame(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes(), message].concat()
}

/// An SMB2 message.
pub(crate) fn smb2(
    command: u8,
    flags: u8,
    message_id: u64,
    session_id: u64,
    body: &[u8],
) -> Vec<u8> {
    let mut message = b"\xfeSMB\x40\x00\x01\x00\0\0\0\0".to_vec();
    message.extend([command, 0, 1, 0, flags, 0, 0, 0, 0, 0, 0, 0]);
    message.extend(message_id.to_le_bytes());
    message.extend([0; 8]);
    message.extend(session_id.to_le_bytes());
    message.extend([if flags & 8 != 0 { 0xA5 } else { 0 }; 16]);
    message.extend(body);
    message
}

/// A SESSION_SETUP request with this token.
pub(crate) fn setup(message_id: u64, session_id: u64, token: &[u8]) -> Vec<u8> {
    let mut body = vec![25, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 88, 0];
    body.extend((token.len() as u16).to_le_bytes());
    body.extend([0; 8]);
    body.extend(token);
    smb2(1, 0, message_id, session_id, &body)
}

/// A TREE_CONNECT request with this path in UTF-16.
pub(crate) fn tree_connect(message_id: u64, session_id: u64, path: &[u8]) -> Vec<u8> {
    let mut body = vec![9, 0, 0, 0, 72, 0];
    body.extend((path.len() as u16).to_le_bytes());
    body.extend(path);
    smb2(3, 0, message_id, session_id, &body)
}

/// A text in UTF-16.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
