//! The servers of a run, the most exposed first.
//!
//! Servers are compared by one thing after the other, and the first that differs decides: whether
//! signing is required, then the lowest dialect that was chosen, then whether the server is a domain
//! controller, then whether sessions with it were unprotected. There is no score that somebody would
//! have to believe in; what is equal in all of them shares a place.

use crate::report::{Dialect, Exposure, Host, RequiresSigning, Role, words};

/// What servers are compared by, what is worse first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    requires: Lax,
    /// `None`, which is least, stands for no dialect seen and would come first.
    lowest: (bool, Option<Dialect>),
    is_no_controller: bool,
    is_protected: bool,
}

/// What a server requires, the laxest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lax {
    No,
    Contradictory,
    NotSeen,
    Yes,
}

/// What of a host its place depends on.
pub(super) struct Server {
    standing: Standing,
    reasons: Vec<String>,
}

impl Server {
    /// That of `host`, of whose sessions as a server this many were unprotected.
    pub(super) fn of(host: &Host, unprotected: u64) -> Server {
        let server = &host.as_server;
        let lowest = server.dialects.first().copied();
        let is_controller = host.roles.contains(&Role::DomainController);
        let standing = Standing {
            requires: match server.requires_signing {
                Some(RequiresSigning::No) => Lax::No,
                Some(RequiresSigning::Contradictory) => Lax::Contradictory,
                None => Lax::NotSeen,
                Some(RequiresSigning::Yes) => Lax::Yes,
            },
            lowest: (lowest.is_none(), lowest),
            is_no_controller: !is_controller,
            is_protected: unprotected == 0,
        };
        let mut reasons = vec![
            match standing.requires {
                Lax::No => "it does not require signing",
                Lax::Contradictory => "it says both that it requires signing and that it does not",
                Lax::NotSeen => "whether it requires signing is not seen",
                Lax::Yes => "it requires signing",
            }
            .to_owned(),
            match lowest {
                Some(dialect) => {
                    format!("the lowest dialect it chose is SMB {}", words::dialect(dialect))
                }
                None => "which dialects it chooses is not seen".to_owned(),
            },
        ];
        if is_controller {
            reasons.push("it is a domain controller".to_owned());
        }
        if unprotected > 0 {
            let all = words::count(server.sessions);
            reasons.push(match (unprotected, server.sessions) {
                (1, 1) => "its one session was neither signed nor encrypted".to_owned(),
                (n, m) if n == m => {
                    format!("all {all} sessions with it were neither signed nor encrypted")
                }
                (n, _) => {
                    let n = words::count(n);
                    format!("{n} of {all} sessions with it were neither signed nor encrypted")
                }
            });
        }
        Server { standing, reasons }
    }
}

/// Gives each of `hosts` its place among those that are servers.
pub(super) fn rank(hosts: &mut [Host], servers: Vec<Option<Server>>) {
    let mut order: Vec<(usize, Server)> =
        servers.into_iter().enumerate().filter_map(|(place, it)| Some((place, it?))).collect();
    order.sort_by_key(|(_, server)| server.standing);
    let mut before: Option<(Standing, u64)> = None;
    for (number, (place, server)) in (1..).zip(order) {
        let rank = match before {
            Some((standing, rank)) if standing == server.standing => rank,
            _ => number,
        };
        before = Some((server.standing, rank));
        if let Some(host) = hosts.get_mut(place) {
            host.exposure = Some(Exposure { rank, reasons: server.reasons });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, rank};
    use crate::report::{AsClient, AsServer, Dialect, Host, RequiresSigning, Role};

    fn host(requires: Option<RequiresSigning>, dialects: &[Dialect], roles: &[Role]) -> Host {
        Host {
            address: "10.0.0.5".to_owned(),
            names: Vec::new(),
            name_sources: Vec::new(),
            roles: roles.to_vec(),
            role_evidence: Vec::new(),
            software: Vec::new(),
            as_server: AsServer {
                requires_signing: requires,
                dialects: dialects.to_vec(),
                sessions: 2,
                ..AsServer::default()
            },
            as_client: AsClient::default(),
            exposure: None,
            remarks: Vec::new(),
        }
    }

    #[test]
    fn the_first_thing_that_differs_decides() {
        use Dialect::{Smb1, Smb210, Smb311};
        let (yes, no) = (Some(RequiresSigning::Yes), Some(RequiresSigning::No));
        let both = Some(RequiresSigning::Contradictory);
        let mut hosts = [
            (host(yes, &[Smb1], &[]), 0),
            (host(no, &[Smb311], &[]), 2),
            (host(no, &[Smb311], &[]), 0),
            (host(no, &[Smb311], &[Role::DomainController]), 0),
            (host(no, &[Smb1, Smb311], &[]), 0),
            (host(None, &[], &[]), 2),
            (host(both, &[Smb210], &[]), 0),
            (host(no, &[], &[]), 0),
            (host(no, &[Smb311], &[]), 1),
        ];
        let servers = hosts.iter().map(|(host, n)| Some(Server::of(host, *n))).collect();
        let mut only: Vec<Host> = hosts.iter_mut().map(|(host, _)| host.clone()).collect();
        rank(&mut only, servers);
        let ranks: Vec<u64> =
            only.iter().map(|host| host.exposure.as_ref().unwrap().rank).collect();
        assert_eq!(ranks, [9, 3, 5, 2, 1, 8, 7, 6, 3]);
        let reasons = &only[1].exposure.as_ref().unwrap().reasons;
        assert_eq!(
            reasons,
            &[
                "it does not require signing",
                "the lowest dialect it chose is SMB 3.1.1",
                "all 2 sessions with it were neither signed nor encrypted",
            ]
        );
    }
}
