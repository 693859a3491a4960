//! Every address that took part in SMB, as server and as client: what it requires, what it is, and
//! what became of its sessions. The two sides are kept apart.
//!
//! Time and memory are in proportion to the hosts and the sessions, and every list that is told of a
//! host is bounded.

mod exposure;
mod products;
mod remarks;
mod roles;
mod side;
mod software;
mod unsigned;

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::exceptions::{Applied, Party};
use crate::names::Names;
use crate::packet::PacketId;
use crate::report::{
    AsClient, AsServer, Auth, Dialect, Evidence, Host, RequiresSigning, Side, words,
};
use crate::services::Services;
use crate::session::{Connection, Generation, Observer, Said, Session};

use self::exposure::Server as Exposed;
use self::remarks::Signing;
use self::roles::Roles;
use self::side::OneSide;
use self::unsigned::UnsignedClients;
use super::judgement::{Judgement, dialect};
use super::{authentication, names as host_names, negotiation};

/// A session as the hosts see it.
struct Seen<'a> {
    /// Its place in the report.
    place: usize,
    session: &'a Session,
    connection: &'a Connection,
    judgement: &'a Judgement,
    auth: &'a Auth,
    /// An exception accepts that it is not signed.
    is_accepted: bool,
}

/// What is gathered of an address.
#[derive(Default)]
struct Gathered {
    server: Option<Box<AServer>>,
    client: Option<Box<AClient>>,
    software: software::Said,
    roles: Roles,
}

/// What is gathered of an address as a server.
#[derive(Default)]
struct AServer {
    party: OneSide,
    signing: Signing,
    unsigned_clients: UnsignedClients,
}

/// What is gathered of an address as a client.
#[derive(Default)]
struct AClient {
    party: OneSide,
    signing: Signing,
}

impl Gathered {
    fn server(&mut self) -> &mut AServer {
        self.server.get_or_insert_default()
    }

    fn client(&mut self) -> &mut AClient {
        self.client.get_or_insert_default()
    }
}

/// The hosts of a run as the report tells them, in order of their addresses; `order` is that of the
/// report's sessions.
pub(super) fn of(
    observer: &Observer,
    order: &[usize],
    names: &Names,
    services: &Services,
    exceptions: Option<&Applied>,
) -> Vec<Host> {
    let mut hosts = Hosts { by_address: BTreeMap::new(), exceptions };
    for connection in observer.connections().iter() {
        hosts.server_side(connection);
        hosts.client_side(connection);
    }
    for (place, index) in order.iter().enumerate() {
        if let Some(session) = observer.sessions().get(*index) {
            hosts.session(observer, place, session);
        }
    }
    hosts.into_report(names, services)
}

/// The addresses of a run.
struct Hosts<'a> {
    by_address: BTreeMap<IpAddr, Gathered>,
    exceptions: Option<&'a Applied>,
}

impl Hosts<'_> {
    fn at(&mut self, address: IpAddr) -> &mut Gathered {
        self.by_address.entry(address).or_default()
    }

    fn server_side(&mut self, connection: &Connection) {
        let client = connection.client.ip();
        let OneSide { requires, dialects, .. } =
            &mut self.at(connection.server.ip()).server().party;
        if let Some(said) = connection.server_security_mode {
            let does = said.security_mode.is_signing_required();
            requires.say(does, client, said.packet, || side::said(said, "NEGOTIATE response"));
        }
        dialects.extend(connection.dialect.and_then(dialect));
        let kept = connection.smb1.negotiate_response.as_ref();
        if let (Some(mode), Some(kept)) = (connection.smb1.security_mode, kept) {
            let does = mode.is_signing_required();
            requires.say(does, client, kept.at.packet, || {
                let field = "SMB1 NEGOTIATE response SecurityMode";
                evidence(kept.at.packet, field, mode.to_string(), side::meaning(does))
            });
            dialects.insert(Dialect::Smb1);
        }
    }

    /// What a client says in NEGOTIATE counts where no session tells more: in the SESSION_SETUP
    /// request it may require what it did not before.
    fn client_side(&mut self, connection: &Connection) {
        let server = connection.server.ip();
        let OneSide { requires, dialects, .. } =
            &mut self.at(connection.client.ip()).client().party;
        dialects.extend(negotiation::offered(connection).into_iter().filter_map(dialect));
        if connection.smb1.negotiate_request.is_some() {
            dialects.insert(Dialect::Smb1);
        }
        if let Some(said) = connection.client_security_mode.filter(|_| !connection.has_session) {
            let does = said.security_mode.is_signing_required();
            requires.say(does, server, said.packet, || side::said(said, "NEGOTIATE request"));
        }
    }

    fn session(&mut self, observer: &Observer, place: usize, session: &Session) {
        let first = session.channels.first();
        let connection = first.and_then(|channel| observer.connection(channel.connection));
        let Some(connection) = connection else { return };
        let (client, server) = (connection.client.ip(), connection.server.ip());
        let (mut of_client, mut of_server) = self.software_of(client, server);
        let mut auth = authentication::identity_and(session, |message, token| {
            software::token(&mut of_client, &mut of_server, message, token);
        });
        software::texts(&mut of_client, &mut of_server, session);
        self.at(client).software = of_client;
        // A host that is its own client keeps what it said as one.
        if client != server {
            self.at(server).software = of_server;
        }
        authentication::take_policy(&mut auth, Some(connection));
        let judgement = Judgement::of(observer, session, auth.anonymous);
        auth.anonymous = judgement.anonymous;
        let accepting = self.exceptions.and_then(|exceptions| {
            exceptions.accepting_session(judgement.status, (client, server))
        });
        let is_accepted = accepting.is_some();
        let (judgement, auth) = (&judgement, &auth);
        let seen = Seen { place, session, connection, judgement, auth, is_accepted };
        let account = words::account(auth);
        self.session_of_server(&seen, account.as_deref());
        self.session_of_client(&seen, account.as_deref());
    }

    /// What is known of the software of two hosts, to be added to and given back.
    fn software_of(&mut self, client: IpAddr, server: IpAddr) -> (software::Said, software::Said) {
        let of_client = std::mem::take(&mut self.at(client).software);
        (of_client, std::mem::take(&mut self.at(server).software))
    }

    fn session_of_server(&mut self, seen: &Seen<'_>, account: Option<&str>) {
        let gathered = self.at(seen.connection.server.ip());
        gathered.roles.shares(seen.session);
        let server = gathered.server();
        server.party.add_session(seen, account);
        server.signing.add(seen, Side::Server);
        server.unsigned_clients.add(seen);
    }

    fn session_of_client(&mut self, seen: &Seen<'_>, account: Option<&str>) {
        let server = seen.connection.server.ip();
        let gathered = self.at(seen.connection.client.ip());
        gathered.roles.administers(server, seen.session);
        let client = gathered.client();
        client.party.add_session(seen, account);
        client.signing.add(seen, Side::Client);
        let setup = &seen.session.setup;
        let by_setup = setup.client_requires.and(seen.judgement.policy.client_requires);
        let packet = setup.client_requires_packet.unwrap_or(seen.session.first.packet);
        if let Some(does) = by_setup {
            client.party.requires.say(does, server, packet, || {
                let value = if does { "required" } else { "not required" };
                let field = match seen.session.generation {
                    Generation::Smb1 => "SESSION_SETUP_ANDX request Flags2",
                    Generation::Smb2 => "SESSION_SETUP request SecurityMode",
                };
                evidence(packet, field, value.to_owned(), side::meaning(does))
            });
        }
    }

    fn into_report(self, names: &Names, services: &Services) -> Vec<Host> {
        let (mut hosts, mut exposed) = (Vec::new(), Vec::new());
        for (address, gathered) in self.by_address {
            // Whoever was only asked is no server: a scan asks every address.
            let server = gathered.server.as_ref().filter(|it| it.party.is_seen());
            let unprotected = server.map(|it| it.party.unprotected());
            let mut host = host(address, gathered, names, services);
            if let Some(exceptions) = self.exceptions {
                mark(&mut host, address, exceptions);
            }
            exposed.push(unprotected.map(|unprotected| Exposed::of(&host, unprotected)));
            hosts.push(host);
        }
        exposure::rank(&mut hosts, exposed);
        hosts
    }
}

fn host(address: IpAddr, gathered: Gathered, names: &Names, services: &Services) -> Host {
    let Gathered { server, client, software, mut roles } = gathered;
    for (role, shown) in software.roles() {
        roles.show(role, shown);
    }
    roles.beside_smb(address, names, services);
    let (roles, role_evidence) = roles.told();
    let (names, name_sources) = host_names::of_host(names, address);
    let mut remarks = Vec::new();
    let as_server = server.map(|server| as_server(*server, &mut remarks)).unwrap_or_default();
    let as_client = client.map(|client| as_client(*client, &mut remarks)).unwrap_or_default();
    Host {
        address: address.to_string(),
        names,
        name_sources,
        roles,
        role_evidence,
        software: software.told(),
        as_server,
        as_client,
        exposure: None,
        remarks,
    }
}

/// Marks what an exception accepts of a host.
fn mark(host: &mut Host, address: IpAddr, exceptions: &Applied) {
    let accepted = |side, requires| {
        exceptions.mark(exceptions.accepting_host(Party { address, side }, requires)?)
    };
    host.as_server.exception = accepted(Side::Server, host.as_server.requires_signing);
    host.as_client.exception = accepted(Side::Client, host.as_client.requires_signing);
}

fn as_server(server: AServer, remarks: &mut Vec<crate::report::Remark>) -> AsServer {
    let AServer { mut party, signing, unsigned_clients } = server;
    let (accounts, accounts_left_out) = party.accounts();
    let (unsigned_clients, unsigned_clients_left_out) = unsigned_clients.told();
    remarks.extend(remarks::answers(&party.requires));
    remarks.extend(signing.told(Side::Server));
    AsServer {
        requires_signing: party.requires.known(),
        requires_signing_evidence: party.requires.evidence(),
        by_status: party.by_status(),
        sessions: party.sessions,
        dialects: party.dialects.into_iter().collect(),
        accounts,
        accounts_left_out,
        unsigned_clients,
        unsigned_clients_left_out,
        exception: None,
    }
}

fn as_client(client: AClient, remarks: &mut Vec<crate::report::Remark>) -> AsClient {
    let AClient { mut party, signing } = client;
    let (accounts, accounts_left_out) = party.accounts();
    remarks.extend(remarks::asks(&party.requires));
    remarks.extend(signing.told(Side::Client));
    AsClient {
        requires_signing: party.requires.known(),
        requires_signing_evidence: party.requires.evidence(),
        by_status: party.by_status(),
        sessions: party.sessions,
        dialects_offered: party.dialects.into_iter().collect(),
        accounts,
        accounts_left_out,
        exception: None,
    }
}

/// One packet that shows something.
fn evidence(packet: PacketId, field: &str, value: String, meaning: String) -> Evidence {
    Evidence {
        capture: packet.source.0,
        packet: packet.number,
        field: field.to_owned(),
        value,
        meaning,
    }
}

/// What each server that answered NEGOTIATE requires, in order of their addresses.
pub(super) fn servers(observer: &Observer) -> BTreeMap<IpAddr, RequiresSigning> {
    let mut servers = BTreeMap::new();
    for connection in observer.connections().iter() {
        for requires in said_by_server(connection) {
            let known = servers.get(&connection.server.ip()).copied();
            servers.insert(connection.server.ip(), RequiresSigning::with(known, requires));
        }
    }
    servers
}

/// Whether the server of a connection requires signing, as often as it says so.
fn said_by_server(connection: &Connection) -> impl Iterator<Item = bool> {
    let by_smb2 = connection.server_security_mode.map(requires);
    let by_smb1 = connection.smb1.security_mode.map(|mode| mode.is_signing_required());
    [by_smb2, by_smb1].into_iter().flatten()
}

fn requires(said: Said) -> bool {
    said.security_mode.is_signing_required()
}
