//! Which name a host is called by, and where from.
//!
//! What a host says of itself and what a name service answers comes before what others call it, and
//! what anybody on the network can answer unasked comes after what takes a server to. Nothing is
//! decided beyond that order: a name that two addresses are said to have stays with both.

use std::net::{IpAddr, SocketAddr};

use crate::auth::kerberos;
use crate::auth::ntlmssp;
use crate::auth::ntlmssp::av_pair::AvId;
use crate::auth::spnego::Token;
use crate::capture::CaptureFacts;
use crate::flow::Direction;
use crate::names::{Names, Origin, Place, Statement};
use crate::packet::{PacketId, SourceId};
use crate::report::{HostName, NameSource, SessionNames};
use crate::session::{Connection, KeptMessage, Observer, Session};
use crate::smb::smb2::{NegotiateContextData, NegotiateRequest};

use super::authentication;

/// How much a source is worth, the most first.
fn rank(origin: Origin) -> u8 {
    match origin {
        // The server says its own name to whom it asks to authenticate.
        Origin::NtlmTargetInfo => 0,
        // Somebody whose task it is says it.
        Origin::Dns => 1,
        Origin::Dhcp => 2,
        // Anybody on the network may say it.
        Origin::Nbns => 3,
        Origin::Mdns => 4,
        Origin::Llmnr => 5,
        // Whoever wrote the file knew it, and not from the network.
        Origin::CaptureFile => 6,
        // A domain controller gave a ticket for the name that the client asked for.
        Origin::KerberosService => 7,
        // The client says it and nobody checks it.
        Origin::NtlmWorkstation => 8,
        Origin::NetBiosSession => 9,
        Origin::TlsServerName => 10,
        Origin::NetName => 11,
        Origin::TreeConnect => 12,
    }
}

/// Names listed for one end of a session.
const NAMES_OF_END: usize = 8;

/// Adds to `names` what the messages of SMB and of authentication say.
pub(super) fn gather(observer: &Observer, names: &mut Names) {
    for connection in observer.connections().iter() {
        if let Some(said) = netname(connection) {
            names.note(connection.server.ip(), said);
        }
    }
    for session in observer.sessions().iter() {
        let own = Own::of(observer, session);
        for (end, statements) in [(own.client_end, own.client), (own.server_end, own.server)] {
            let Some(address) = end.map(|end| end.ip()) else { continue };
            statements.into_iter().for_each(|said| names.note(address, said));
        }
    }
}

/// Adds to `names` what a capture file itself says.
pub(super) fn gather_of_file(source: SourceId, facts: &CaptureFacts, names: &mut Names) {
    for known in &facts.names {
        let said = Statement {
            name: known.name.as_str().into(),
            origin: Origin::CaptureFile,
            suffix: None,
            is_group: false,
            claimed_by: None,
            place: Place::File { source, offset: known.offset },
        };
        names.note(known.address, said);
    }
}

/// What a session's own messages call its two ends.
#[derive(Debug, Default)]
pub(super) struct Own {
    client_end: Option<SocketAddr>,
    server_end: Option<SocketAddr>,
    client: Vec<Statement>,
    server: Vec<Statement>,
}

impl Own {
    /// Reads the setup, the paths of the shares, and the negotiation of the first connection.
    fn of(observer: &Observer, session: &Session) -> Own {
        let first = session.channels.first();
        let connection = first.and_then(|channel| observer.connection(channel.connection));
        let mut own = Own::of_connection(connection);
        for message in authentication::deciding_messages(session) {
            if let Some(blob) = authentication::blob(session.generation, message) {
                own.token(&Token::parse(blob), message);
            }
        }
        own.rest(connection, session);
        own
    }

    /// No names yet, of the ends of a session's first connection.
    pub(super) fn of_connection(connection: Option<&Connection>) -> Own {
        Own {
            client_end: connection.map(|connection| connection.client),
            server_end: connection.map(|connection| connection.server),
            ..Own::default()
        }
    }

    /// Takes what is said outside of the setup, after what is said in it.
    pub(super) fn rest(&mut self, connection: Option<&Connection>, session: &Session) {
        let Some(connection) = connection else { return };
        self.server.extend(netname(connection));
        for tree in &session.trees {
            let server = tree.path.strip_prefix("\\\\").and_then(|path| path.split('\\').next());
            let said = server.and_then(|server| {
                claim(server, Origin::TreeConnect, connection.client.ip(), tree.packet)
            });
            self.server.extend(said);
        }
    }

    /// Takes the names of a token of the setup.
    pub(super) fn token(&mut self, token: &Token<'_>, message: &KeptMessage) {
        let (Some(client), Some(server)) = (self.client_end, self.server_end) else { return };
        let (client, server) = (client.ip(), server.ip());
        let packet = message.at.packet;
        if let Some(Ok(ntlm)) = token.ntlmssp().map(ntlmssp::Message::parse) {
            match (ntlm, message.direction) {
                (ntlmssp::Message::Challenge(challenge), Direction::ToClient) => {
                    let pairs = challenge.av_pairs();
                    for id in [AvId::NB_COMPUTER_NAME, AvId::DNS_COMPUTER_NAME] {
                        let name = pairs.text(id).unwrap_or_default();
                        let origin = Origin::NtlmTargetInfo;
                        self.server.push(Statement::new(&name, origin, server, packet));
                    }
                }
                (ntlmssp::Message::Authenticate(message), Direction::ToServer) => {
                    let name = message.workstation_text().unwrap_or_default();
                    let origin = Origin::NtlmWorkstation;
                    self.client.push(Statement::new(&name, origin, client, packet));
                }
                _ => {}
            }
        } else if let Some(Ok(kerberos::Message::ApReq(request))) =
            token.kerberos().map(kerberos::Message::parse)
        {
            let host = request.ticket.sname.name_string.get(1);
            let said = host.and_then(|host| claim(host, Origin::KerberosService, client, packet));
            self.server.extend(said);
        }
    }

    /// The name that the client is best called by.
    pub(super) fn client_name(&self, names: Option<&Names>) -> Option<String> {
        best(&self.client, of_end(names, self.client_end))
    }

    /// The name that the server is best called by.
    pub(super) fn server_name(&self, names: Option<&Names>) -> Option<String> {
        best(&self.server, of_end(names, self.server_end))
    }

    /// The names of both ends, with what the session itself says before the same of others.
    pub(super) fn told(&self, names: Option<&Names>) -> SessionNames {
        let tell = |own: &[Statement], end| {
            let mut told = Vec::<HostName>::new();
            for said in in_order(own, of_end(names, end)).into_iter().filter(|it| is_own(it)) {
                let is_new = !told.iter().any(|known| is_same(&known.name, &said.name));
                if is_new && told.len() < NAMES_OF_END {
                    told.push(tell(said));
                }
            }
            told
        };
        SessionNames {
            client: tell(&self.client, self.client_end),
            server: tell(&self.server, self.server_end),
        }
    }
}

/// What the table of names says of an end.
fn of_end(names: Option<&Names>, end: Option<SocketAddr>) -> &[Statement] {
    match (names, end) {
        (Some(names), Some(end)) => names.of(end.ip()),
        _ => &[],
    }
}

/// The name of the most reliable source; of equal ones, what the session says itself.
fn best(own: &[Statement], of_host: &[Statement]) -> Option<String> {
    own.iter()
        .chain(of_host)
        .filter(|said| !said.name.is_empty() && is_own(said))
        .min_by_key(|said| rank(said.origin))
        .map(|said| said.name.to_string())
}

/// Statements, the most reliable source first.
fn in_order<'a>(own: &'a [Statement], of_host: &'a [Statement]) -> Vec<&'a Statement> {
    let all = own.iter().chain(of_host).filter(|said| !said.name.is_empty());
    let mut ordered: Vec<&Statement> = all.collect();
    ordered.sort_by_key(|said| rank(said.origin));
    ordered
}

/// Whether a name is the host's own. NetBIOS names of groups are not, nor are those whose suffix says
/// a domain, a browser election or a user (\[MS-NBTE\] 1.8).
fn is_own(said: &Statement) -> bool {
    !said.is_group && matches!(said.suffix, None | Some(0x00 | 0x20))
}

/// Whether two names are one, in small and capital letters.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The name that `address` is best called by.
pub(super) fn best_of_host(names: &Names, address: IpAddr) -> Option<String> {
    best(&[], names.of(address))
}

/// Everything that is said of `address`, the most reliable source first, and the names in it that
/// are its own, each once.
pub(super) fn of_host(names: &Names, address: IpAddr) -> (Vec<String>, Vec<HostName>) {
    let ordered = in_order(names.of(address), &[]);
    let mut own = Vec::<String>::new();
    for said in ordered.iter().filter(|said| is_own(said)) {
        if !own.iter().any(|known| is_same(known, &said.name)) {
            own.push(said.name.to_string());
        }
    }
    (own, ordered.into_iter().map(tell).collect())
}

/// A statement as the report tells it.
fn tell(said: &Statement) -> HostName {
    let (capture, packet, offset) = match said.place {
        Place::Packet(packet) => (packet.source.0, Some(packet.number), None),
        Place::File { source, offset } => (source.0, None, Some(offset)),
    };
    HostName {
        name: said.name.to_string(),
        source: match said.origin {
            Origin::Dns => NameSource::Dns,
            Origin::Mdns => NameSource::Mdns,
            Origin::Llmnr => NameSource::Llmnr,
            Origin::Nbns => NameSource::Nbns,
            Origin::Dhcp => NameSource::Dhcp,
            Origin::NtlmTargetInfo => NameSource::NtlmTargetInfo,
            Origin::NtlmWorkstation => NameSource::NtlmWorkstation,
            Origin::TlsServerName => NameSource::TlsServerName,
            Origin::NetName => NameSource::Netname,
            Origin::TreeConnect => NameSource::TreeConnect,
            Origin::NetBiosSession => NameSource::NetbiosSession,
            Origin::KerberosService => NameSource::KerberosService,
            Origin::CaptureFile => NameSource::CaptureFile,
        },
        claimed_by: said.claimed_by.map(|address| address.to_string()),
        netbios_suffix: said.suffix,
        group: said.is_group,
        capture,
        packet,
        offset,
    }
}

/// The name that the client of `connection` has for the server.
fn netname(connection: &Connection) -> Option<Statement> {
    let kept = connection.negotiate_request.as_ref()?;
    let request = NegotiateRequest::parse(&kept.bytes).ok()?;
    let name =
        request.negotiate_contexts.iter().flatten().find_map(|context| match context.data {
            NegotiateContextData::NetName { name } => Some(name.to_string()),
            _ => None,
        })?;
    claim(&name, Origin::NetName, connection.client.ip(), kept.at.packet)
}

/// What a client calls a server, unless it is no name of that server but its address or a word for
/// whatever server is there.
fn claim(name: &str, origin: Origin, client: IpAddr, packet: PacketId) -> Option<Statement> {
    let small = name.to_lowercase();
    let is_address = small.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
        || small.ends_with(".ipv6-literal.net");
    let is_any = small.starts_with("localhost") || small.starts_with("*smbserver");
    (!small.is_empty() && !is_address && !is_any)
        .then(|| Statement::new(name, origin, client, packet))
}

/// The called and the calling name of a NetBIOS session request (RFC 1002, 4.3.2).
pub(super) fn session_request(
    names: &mut Names,
    [client, server]: [IpAddr; 2],
    [calling, called]: [crate::smb::framing::NetBiosName; 2],
    packet: PacketId,
) {
    for (address, name) in [(server, called), (client, calling)] {
        let said = Statement::netbios(name, Origin::NetBiosSession, client, packet);
        let is_name = |said: &Statement| claim(&said.name, said.origin, client, packet).is_some();
        if let Some(said) = said.filter(is_name) {
            names.note(address, said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::packet::SourceId;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn at(number: u64) -> PacketId {
        PacketId { source: SourceId(0), number }
    }

    fn said(name: &str, origin: Origin) -> Statement {
        Statement::new(name, origin, address("10.0.0.7"), at(4))
    }

    #[test]
    fn addresses_and_words_for_any_server_are_no_names() {
        let is_name = |name| claim(name, Origin::TreeConnect, address("10.0.0.7"), at(1)).is_some();
        for name in ["", "10.0.0.5", "fe80::1", "[fe80::1]", "fe80--1.ipv6-literal.net"] {
            assert!(!is_name(name), "{name}");
        }
        for name in
            ["localhost", "LocalHost1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA", "*SMBSERVER"]
        {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("fs1") && is_name("fs1.lab.test"));
    }

    #[test]
    fn what_a_server_says_of_itself_comes_before_what_a_client_calls_it() {
        let own = [said("files", Origin::NetName), said("FS1", Origin::NtlmTargetInfo)];
        let of_host = [said("fs1.lab.test", Origin::Dns)];
        assert_eq!(best(&own, &of_host).as_deref(), Some("FS1"));
        assert_eq!(best(&own[..1], &of_host).as_deref(), Some("fs1.lab.test"));
        let group = Statement { is_group: true, ..said("LAB", Origin::NtlmTargetInfo) };
        assert_eq!(best(&[group], &own[..1]).as_deref(), Some("files"));
        let domain = Statement { suffix: Some(0x1b), ..said("LAB", Origin::Nbns) };
        assert_eq!(best(&own[..1], &[domain]).as_deref(), Some("files"));
    }

    #[test]
    fn a_host_has_each_name_once_and_every_source() {
        let mut names = Names::new(Limits::DEFAULT);
        let host = address("10.0.0.5");
        names.note(host, said("fs1", Origin::TreeConnect));
        names.note(host, said("FS1", Origin::NtlmTargetInfo));
        names.note(host, said("dfs.lab.test", Origin::Dns));
        names.note(host, Statement { is_group: true, ..said("LAB", Origin::Nbns) });
        let (own, sources) = of_host(&names, host);
        assert_eq!(own, ["FS1", "dfs.lab.test"]);
        let sources: Vec<NameSource> = sources.iter().map(|it| it.source).collect();
        let expected = [
            NameSource::NtlmTargetInfo,
            NameSource::Dns,
            NameSource::Nbns,
            NameSource::TreeConnect,
        ];
        assert_eq!(sources, expected);
    }
}
