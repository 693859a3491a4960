//! Messages of protocols other than SMB that carry tokens.

use data_encoding::BASE64;

use super::{Conversation, Frame};

/// A protocol, as both sides speak it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// HTTP with the scheme NTLM.
    Http,
    /// HTTP with the scheme Negotiate and chunked answers, to a proxy.
    Proxy,
    /// LDAP with SASL.
    Ldap,
    /// LDAP as Windows did it first.
    Sicily,
    Mssql,
    Smtp,
    Imap,
    Pop3,
    Rpc,
}

impl Carrier {
    pub(crate) const ALL: [Carrier; 9] = [
        Carrier::Http,
        Carrier::Proxy,
        Carrier::Ldap,
        Carrier::Sicily,
        Carrier::Mssql,
        Carrier::Smtp,
        Carrier::Imap,
        Carrier::Pop3,
        Carrier::Rpc,
    ];

    /// The port that it is at home on.
    pub(crate) fn port(self) -> u16 {
        match self {
            Carrier::Http => 80,
            Carrier::Proxy => 8080,
            Carrier::Ldap | Carrier::Sicily => 389,
            Carrier::Mssql => 1433,
            Carrier::Smtp => 25,
            Carrier::Imap => 143,
            Carrier::Pop3 => 110,
            Carrier::Rpc => 135,
        }
    }

    /// What findings call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Carrier::Http | Carrier::Proxy => "HTTP",
            Carrier::Ldap | Carrier::Sicily => "LDAP",
            Carrier::Mssql => "MSSQL",
            Carrier::Smtp => "SMTP",
            Carrier::Imap => "IMAP",
            Carrier::Pop3 => "POP3",
            Carrier::Rpc => "DCE/RPC",
        }
    }
}

/// One who speaks a protocol in his own way.
#[derive(Clone, Copy)]
pub(crate) struct Speaker {
    pub(crate) carrier: Carrier,
    /// What he asks for, and the like: no two clients say it alike.
    pub(crate) word: &'static str,
}

impl Speaker {
    /// What is said before anybody authenticates.
    pub(crate) fn greet(self, talk: &mut Conversation) {
        match self.carrier {
            Carrier::Http => {
                client(talk, format!("GET /{0} HTTP/1.1\r\nHost: {0}\r\n\r\n", self.word));
                let offer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate, NTLM\r\nContent-Length: 5\r\n\r\nNo.\r\n";
                server(talk, offer);
            }
            Carrier::Mssql => {
                client(talk, tds(0x12, &[0, 0, 6, 0, 6, 0xff, 0, 0, 0, 0, 0, 2]));
                server(talk, tds(4, &[0, 0, 6, 0, 6, 0xff, 0, 0, 0, 0, 0, 2]));
            }
            Carrier::Smtp => {
                server(talk, "220-mail.lab.test ESMTP\r\n220 ready\r\n");
                client(talk, format!("EHLO {}\r\n", self.word));
                server(talk, "250-mail.lab.test\r\n250 AUTH NTLM\r\n");
                client(talk, "AUTH NTLM\r\n");
                server(talk, "334 NTLM supported\r\n");
            }
            Carrier::Imap => {
                server(talk, "* OK IMAP4rev1\r\n");
                client(talk, "a1 AUTHENTICATE NTLM\r\n");
                server(talk, "+ \r\n");
            }
            Carrier::Pop3 => {
                server(talk, "+OK ready\r\n");
                client(talk, "AUTH NTLM\r\n");
                server(talk, "+OK NTLM supported\r\n");
            }
            Carrier::Proxy | Carrier::Ldap | Carrier::Sicily | Carrier::Rpc => {}
        }
    }

    /// The client sends a token.
    pub(crate) fn ask(self, talk: &mut Conversation, token: &[u8]) {
        let text = BASE64.encode(token);
        let Speaker { carrier, word } = self;
        match carrier {
            Carrier::Http => client(
                talk,
                format!(
                    "GET /{word} HTTP/1.1\r\nHost: {word}\r\nAuthorization: NTLM {text}\r\n\r\n"
                ),
            ),
            Carrier::Proxy => client(
                talk,
                format!(
                    "POST http://{word}/ HTTP/1.1\r\nProxy-Authorization: Negotiate {text}\r\nContent-Length: 3\r\n\r\nabc"
                ),
            ),
            Carrier::Ldap => {
                let credentials = [octets(b"GSS-SPNEGO"), octets(token)].concat();
                client(talk, self.bind(&tlv(0xa3, &credentials)));
            }
            Carrier::Sicily => {
                let is_first = token.get(8) == Some(&1);
                client(talk, self.bind(&tlv(if is_first { 0x8a } else { 0x8b }, token)));
            }
            Carrier::Mssql if token.get(8) == Some(&3) => client(talk, tds(0x11, token)),
            Carrier::Mssql => {
                let mut login = vec![0; 94];
                login.extend(word.as_bytes());
                let at = login.len() as u16;
                login[78..80].copy_from_slice(&at.to_le_bytes());
                login[80..82].copy_from_slice(&(token.len() as u16).to_le_bytes());
                login.extend(token);
                // A login may take several packets.
                let (first, second) = login.split_at(100);
                let mut packets = tds(0x10, first);
                packets[1] = 0;
                packets.extend(tds(0x10, second));
                client(talk, packets);
            }
            Carrier::Smtp | Carrier::Imap | Carrier::Pop3 => client(talk, format!("{text}\r\n")),
            Carrier::Rpc if token.get(8) == Some(&3) => {
                client(talk, rpc(16, &[0; 4], token));
                client(talk, rpc(0, word.as_bytes(), &[0; 16]));
            }
            Carrier::Rpc => client(talk, rpc(11, &[word.as_bytes(), &[0; 12]].concat(), token)),
        }
    }

    /// The server answers with a token.
    pub(crate) fn challenge(self, talk: &mut Conversation, token: &[u8]) {
        let text = BASE64.encode(token);
        match self.carrier {
            Carrier::Http => server(
                talk,
                format!(
                    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM {text}\r\nContent-Length: 0\r\n\r\n"
                ),
            ),
            Carrier::Proxy => server(
                talk,
                format!(
                    "HTTP/1.1 407 Denied\r\nProxy-Authenticate: Negotiate {text}\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nNo.\r\n0\r\nX: y\r\n\r\n"
                ),
            ),
            Carrier::Ldap => server(talk, self.bound(14, &[], &tlv(0x87, token))),
            Carrier::Sicily => server(talk, self.bound(0, token, &[])),
            Carrier::Mssql => {
                let token = [&[0xed][..], &(token.len() as u16).to_le_bytes(), token].concat();
                server(talk, tds(4, &token));
            }
            Carrier::Smtp => server(talk, format!("334 {text}\r\n")),
            Carrier::Imap | Carrier::Pop3 => server(talk, format!("+ {text}\r\n")),
            Carrier::Rpc => server(talk, rpc(12, &[0; 16], token)),
        }
    }

    /// The server says what it makes of the answer.
    pub(crate) fn end(self, talk: &mut Conversation, is_accepted: bool) {
        let either = |accepted: &'static str, refused: &'static str| {
            if is_accepted { accepted } else { refused }
        };
        match self.carrier {
            Carrier::Http => server(
                talk,
                either(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n",
                ),
            ),
            Carrier::Proxy => server(
                talk,
                either(
                    "HTTP/1.1 304 Not Modified\r\n\r\n",
                    "HTTP/1.1 407 Denied\r\nContent-Length: 0\r\n\r\n",
                ),
            ),
            Carrier::Ldap | Carrier::Sicily => {
                server(talk, self.bound(if is_accepted { 0 } else { 49 }, &[], &[]));
            }
            Carrier::Mssql => {
                let acknowledged = [&[0xe3, 1, 0, 9, 0xad, 4, 0][..], &[1, 2, 3, 4]].concat();
                let error = [&[0xaa, 6, 0][..], &18_456_u32.to_le_bytes(), &[1, 14]].concat();
                server(talk, tds(4, if is_accepted { &acknowledged } else { &error }));
            }
            Carrier::Smtp => server(talk, either("235 welcome\r\n", "535 5.7.3 no\r\n")),
            Carrier::Imap => {
                server(talk, either("* CAPABILITY X\r\na1 OK done\r\n", "a1 NO no\r\n"))
            }
            Carrier::Pop3 => server(talk, either("+OK welcome\r\n", "-ERR no\r\n")),
            Carrier::Rpc if is_accepted => server(talk, rpc(2, &[0; 24], &[0; 16])),
            Carrier::Rpc => server(talk, rpc(3, &[0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0], &[])),
        }
    }

    /// bindRequest with this choice of AuthenticationChoice, in BER with long lengths, as Windows
    /// writes it.
    fn bind(self, choice: &[u8]) -> Vec<u8> {
        let request = [&tlv(2, &[3])[..], &octets(self.word.as_bytes()), choice].concat();
        self.ldap_message(&tlv(0x60, &request))
    }

    /// bindResponse.
    fn bound(self, code: u8, matched_dn: &[u8], rest: &[u8]) -> Vec<u8> {
        let response = [&tlv(10, &[code])[..], &octets(matched_dn), &octets(b""), rest].concat();
        self.ldap_message(&tlv(0x61, &response))
    }

    fn ldap_message(self, operation: &[u8]) -> Vec<u8> {
        tlv(0x30, &[&tlv(2, &[self.word.len() as u8])[..], operation].concat())
    }
}

/// The client says something that is no token.
pub(crate) fn client(talk: &mut Conversation, bytes: impl Into<Vec<u8>>) {
    talk.client(Frame::Other(bytes.into()));
}

/// The server does.
pub(crate) fn server(talk: &mut Conversation, bytes: impl Into<Vec<u8>>) {
    talk.server(Frame::Other(bytes.into()));
}

fn octets(contents: &[u8]) -> Vec<u8> {
    tlv(4, contents)
}

fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    [&[tag, 0x84][..], &(contents.len() as u32).to_be_bytes(), contents].concat()
}

/// A packet of TDS that ends its message.
fn tds(kind: u8, body: &[u8]) -> Vec<u8> {
    let len = (8 + body.len() as u16).to_be_bytes();
    [&[kind, 1, len[0], len[1], 0, 0, 1, 0][..], body].concat()
}

/// A protocol data unit of DCE/RPC with a verifier.
fn rpc(packet_type: u8, body: &[u8], token: &[u8]) -> Vec<u8> {
    let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
    let verifier = match token.len() {
        0 => Vec::new(),
        _ => [&[0x0a, 5, padding.len() as u8, 0, 0, 0, 0, 0][..], token].concat(),
    };
    let len = (16 + body.len() + padding.len() + verifier.len()) as u16;
    let mut pdu = vec![5, 0, packet_type, 3, 0x10, 0, 0, 0];
    pdu.extend(len.to_le_bytes());
    pdu.extend((token.len() as u16).to_le_bytes());
    pdu.extend([1, 0, 0, 0]);
    [&pdu, body, &padding, &verifier].concat()
}
