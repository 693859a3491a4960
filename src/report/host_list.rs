//! Hosts as a list to choose from.

use serde::{Deserialize, Serialize};

use super::estate::Estate;
use super::finding_list::FindingLine;
use super::host::{Host, HostKind, RequiresSigning, Role};
use super::session::Dialect;

/// A host as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostLine {
    /// Its place among all hosts of the report.
    pub place: usize,
    /// The IP address.
    pub address: String,
    /// The most reliable of its names.
    pub name: Option<String>,
    /// What it is seen to be.
    pub roles: Vec<Role>,
    /// Its place among the servers, 1 for the most exposed; `None` for what is no server.
    pub rank: Option<u64>,
    /// Whether it requires signing as a server.
    pub server_requires: Option<RequiresSigning>,
    /// The lowest dialect that it chose as a server.
    pub lowest_dialect: Option<Dialect>,
    /// Its sessions as a server.
    pub server_sessions: u64,
    /// Whether it requires signing as a client.
    pub client_requires: Option<RequiresSigning>,
    /// Its sessions as a client.
    pub client_sessions: u64,
    /// Clients whose sessions with it were neither signed nor encrypted.
    pub unsigned_clients: u64,
    /// Something about how it signs is odd.
    pub is_odd: bool,
    /// An accepted exception is for it.
    pub is_accepted: bool,
}

impl HostLine {
    /// The line of the host at `place`.
    pub fn of(place: usize, host: &Host) -> HostLine {
        let Host { as_server, as_client, .. } = host;
        HostLine {
            place,
            address: host.address.clone(),
            name: host.names.first().cloned(),
            roles: host.roles.clone(),
            rank: host.exposure.as_ref().map(|exposure| exposure.rank),
            server_requires: as_server.requires_signing,
            lowest_dialect: as_server.dialects.first().copied(),
            server_sessions: as_server.sessions,
            client_requires: as_client.requires_signing,
            client_sessions: as_client.sessions,
            unsigned_clients: as_server.unsigned_clients.len() as u64
                + as_server.unsigned_clients_left_out,
            is_odd: !host.remarks.is_empty(),
            is_accepted: as_server.exception.is_some() || as_client.exception.is_some(),
        }
    }
}

/// What a reader wants to see of the hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostQuery {
    /// Words that must all occur in the addresses and names of a host, without regard to case.
    pub text: String,
    /// Only hosts of this kind.
    pub kind: Option<HostKind>,
}

/// Some of the hosts that a query selects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostPage {
    /// The place of the first of `lines` among all that the query selects, from 0.
    pub first: usize,
    /// How many hosts the query selects.
    pub total: usize,
    /// How many hosts there are.
    pub hosts: usize,
    /// The hosts.
    pub lines: Vec<HostLine>,
    /// All hosts, by what they are and require.
    pub estate: Estate,
}

/// One host in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostView {
    /// Its place among all hosts of the report.
    pub place: usize,
    /// The host.
    pub host: Host,
    /// The findings that are about it.
    pub findings: Vec<FindingLine>,
}

/// The places in `hosts` that `query` selects: the most exposed servers first, then the others.
pub fn select_hosts(hosts: &[Host], query: &HostQuery) -> Vec<usize> {
    let words: Vec<String> = query.text.split_whitespace().map(str::to_lowercase).collect();
    let mut chosen: Vec<usize> = hosts
        .iter()
        .enumerate()
        .filter(|(_, host)| query.kind.is_none_or(|kind| host.kind() == kind))
        .filter(|(_, host)| words.is_empty() || matches(host, &words))
        .map(|(place, _)| place)
        .collect();
    // Servers come before others; those of one rank stay in the order of the report.
    let rank = |place: &usize| {
        let exposure = hosts.get(*place).and_then(|host| host.exposure.as_ref());
        exposure.map_or(u64::MAX, |exposure| exposure.rank)
    };
    chosen.sort_by_key(rank);
    chosen
}

fn matches(host: &Host, words: &[String]) -> bool {
    let text = format!("{} {}", host.address, host.names.join(" ")).to_lowercase();
    words.iter().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{AsClient, AsServer, Exposure};

    fn host(address: &str, name: &str, rank: Option<u64>) -> Host {
        Host {
            address: address.to_owned(),
            names: vec![name.to_owned()],
            name_sources: Vec::new(),
            roles: if rank == Some(1) { vec![Role::DomainController] } else { Vec::new() },
            role_evidence: Vec::new(),
            software: Vec::new(),
            as_server: AsServer::default(),
            as_client: AsClient::default(),
            exposure: rank.map(|rank| Exposure { rank, reasons: Vec::new() }),
            remarks: Vec::new(),
        }
    }

    #[test]
    fn the_most_exposed_servers_come_first_and_clients_last() {
        let hosts = [
            host("10.0.0.7", "WS1", None),
            host("10.0.0.5", "FS1", Some(2)),
            host("10.0.0.6", "DC1", Some(1)),
        ];
        assert_eq!(select_hosts(&hosts, &HostQuery::default()), [2, 1, 0]);
        let query = |text: &str, kind| HostQuery { text: text.to_owned(), kind };
        assert_eq!(select_hosts(&hosts, &query("fs1 10.0", None)), [1]);
        let kind = Some(HostKind::DomainController);
        assert_eq!(select_hosts(&hosts, &query("", kind)), [2]);
        assert!(select_hosts(&hosts, &query("fs1", kind)).is_empty());
        assert_eq!(HostLine::of(2, &hosts[2]).rank, Some(1));
    }
}
