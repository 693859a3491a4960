//! Every address that took part in SMB, as server and as client.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::names::Names;
use crate::report::{AsClient, AsServer, Dialect, Host, RequiresSigning};
use crate::session::{Connection, Observer, Said};

use super::judgement::{Judgement, dialect};
use super::{names as host_names, negotiation};

/// What is gathered of an address.
#[derive(Default)]
struct Gathered {
    server_requires: Option<RequiresSigning>,
    server_dialects: BTreeSet<Dialect>,
    server_sessions: u64,
    client_requires: Option<RequiresSigning>,
    client_dialects: BTreeSet<Dialect>,
    client_sessions: u64,
}

/// The addresses of a run.
#[derive(Default)]
pub(super) struct Hosts {
    by_address: BTreeMap<IpAddr, Gathered>,
}

impl Hosts {
    /// The addresses of `observer`'s connections, with what NEGOTIATE says of them.
    pub(super) fn of(observer: &Observer) -> Hosts {
        let mut hosts = Hosts::default();
        for connection in observer.connections().iter() {
            hosts.server_side(connection);
            hosts.client_side(connection);
        }
        hosts
    }

    /// Takes a session into the counts of its two addresses.
    pub(super) fn session(
        &mut self,
        connection: &Connection,
        judgement: &Judgement,
        by_setup: Option<bool>,
    ) {
        let server = self.by_address.entry(connection.server.ip()).or_default();
        server.server_sessions += 1;
        let client = self.by_address.entry(connection.client.ip()).or_default();
        client.client_sessions += 1;
        if let Some(requires) = by_setup.and(judgement.policy.client_requires) {
            client.client_requires = Some(RequiresSigning::with(client.client_requires, requires));
        }
    }

    /// The hosts as the report tells them, in order of their addresses.
    pub(super) fn into_report(self, names: &Names) -> impl Iterator<Item = Host> {
        self.by_address.into_iter().map(|(address, gathered)| {
            let (names, name_sources) = host_names::of_host(names, address);
            Host {
                address: address.to_string(),
                names,
                name_sources,
                roles: Vec::new(),
                role_evidence: Vec::new(),
                software: Vec::new(),
                as_server: AsServer {
                    requires_signing: gathered.server_requires,
                    dialects: gathered.server_dialects.into_iter().collect(),
                    sessions: gathered.server_sessions,
                    ..AsServer::default()
                },
                as_client: AsClient {
                    requires_signing: gathered.client_requires,
                    dialects_offered: gathered.client_dialects.into_iter().collect(),
                    sessions: gathered.client_sessions,
                    ..AsClient::default()
                },
                exposure: None,
                remarks: Vec::new(),
            }
        })
    }

    fn server_side(&mut self, connection: &Connection) {
        let server = self.by_address.entry(connection.server.ip()).or_default();
        for requires in said_by_server(connection) {
            server.server_requires = Some(RequiresSigning::with(server.server_requires, requires));
        }
        server.server_dialects.extend(connection.dialect.and_then(dialect));
        if connection.smb1.security_mode.is_some() {
            server.server_dialects.insert(Dialect::Smb1);
        }
    }

    /// What a client says in NEGOTIATE counts where no session tells more: in the SESSION_SETUP
    /// request it may require what it did not before.
    fn client_side(&mut self, connection: &Connection) {
        let client = self.by_address.entry(connection.client.ip()).or_default();
        client
            .client_dialects
            .extend(negotiation::offered(connection).into_iter().filter_map(dialect));
        if connection.smb1.negotiate_request.is_some() {
            client.client_dialects.insert(Dialect::Smb1);
        }
        let by_negotiate = connection.client_security_mode.map(requires);
        if let Some(requires) = by_negotiate.filter(|_| !connection.has_session) {
            client.client_requires = Some(RequiresSigning::with(client.client_requires, requires));
        }
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
