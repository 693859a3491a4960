//! What a client aims at, and what the server that it reaches is called.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::carriers::Protocol;
use crate::findings::facts::{Exchange, Facts, label};
use crate::smb::smb2::{NegotiateContextData, NegotiateRequest};

pub(super) const ALIAS: &str = "A further name of the server (a DNS alias, a cluster, a load balancer) that the capture does not tell";
pub(super) const DFS: &str = "A referral of DFS to another server";

/// A service principal name taken apart.
pub(super) struct Aim<'a> {
    pub(super) class: &'a str,
    pub(super) host: &'a str,
}

impl<'a> Aim<'a> {
    /// Takes "cifs/fs1.lab.test" apart; `None` where it is not written so, as by programs that put
    /// a realm behind a host that they do not know.
    pub(super) fn of(name: &'a str) -> Option<Aim<'a>> {
        let (class, rest) = name.split_once('/')?;
        let host = rest.split('/').next().filter(|host| !host.contains('@'))?;
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        let host = match host.rsplit_once(':') {
            Some((name, port)) if is_port(port) && !name.contains(':') => name,
            _ => host,
        };
        (!class.is_empty() && !host.is_empty()).then_some(Aim { class, host })
    }

    /// Whether it is the service that a server gives by the protocol of an exchange.
    pub(super) fn is_service_of(&self, exchange: &Exchange<'_>) -> bool {
        let classes: &[&str] = match exchange.carried.as_ref().map(|it| it.protocol) {
            None => &["cifs", "host"],
            Some(Protocol::Http) => &["http", "wsman", "host"],
            Some(Protocol::Ldap) => &["ldap", "gc", "host"],
            Some(Protocol::Mssql) => &["mssqlsvc", "host"],
            Some(Protocol::Smtp) => &["smtp", "smtpsvc", "host"],
            Some(Protocol::Imap) => &["imap", "imap4", "host"],
            Some(Protocol::Pop3) => &["pop", "pop3", "host"],
            // Services of any class are called by it.
            Some(Protocol::Rpc) => return true,
        };
        classes.iter().any(|class| self.class.eq_ignore_ascii_case(class))
    }

    pub(super) fn label(&self) -> String {
        label(self.host)
    }
}

/// Whether a client aims at another host than the server of an exchange, which is called by `known`;
/// of one that is called nothing that cannot be told, nor of one of another protocol than SMB, which
/// has names that no message of it tells.
pub(super) fn is_elsewhere(
    aim: &Aim<'_>,
    exchange: &Exchange<'_>,
    known: &BTreeSet<String>,
) -> bool {
    if exchange.carried.is_some() {
        return false;
    }
    match aim.host.parse::<IpAddr>() {
        Ok(address) => address != exchange.server.ip() && !address.is_loopback(),
        Err(_) => {
            let label = aim.label();
            label != "localhost" && !known.is_empty() && !known.contains(&label)
        }
    }
}

/// What the server of an exchange is called, by the first labels of its names: what it says itself
/// (`own`), what name services say, and what its client calls it elsewhere.
pub(super) fn names_of_server(
    facts: &Facts<'_>,
    exchange: &Exchange<'_>,
    own: impl Iterator<Item = String>,
) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = own.map(|name| label(&name)).collect();
    known.extend(facts.names_of(exchange.server.ip()).map(|said| label(&said.name)));
    if let Some(session) = facts.session_of(exchange) {
        let request = session.connection.negotiate_request.as_ref();
        let parsed = request.and_then(|kept| NegotiateRequest::parse(&kept.bytes).ok());
        let contexts =
            parsed.iter().flat_map(|request| request.negotiate_contexts.iter().flatten());
        known.extend(contexts.filter_map(|context| match context.data {
            NegotiateContextData::NetName { name } => Some(label(&name.to_string())),
            _ => None,
        }));
        known.extend(session.state.trees.iter().filter_map(|tree| host_of_path(&tree.path)));
    }
    // An address in the place of a name tells none.
    known.retain(|name| !name.is_empty() && name.parse::<IpAddr>().is_err());
    known
}

/// The first label of the host in a UNC path.
pub(super) fn host_of_path(path: &str) -> Option<String> {
    path.strip_prefix("\\\\")?.split('\\').next().map(label)
}

#[cfg(test)]
mod tests {
    use super::Aim;

    #[test]
    fn service_names_are_taken_apart() {
        let aim = |name| Aim::of(name).map(|aim| (aim.class.to_owned(), aim.label()));
        let of = |class: &str, host: &str| Some((class.to_owned(), host.to_owned()));
        assert_eq!(aim("cifs/FS1.lab.test"), of("cifs", "fs1"));
        assert_eq!(aim("HTTP/web:8080"), of("HTTP", "web"));
        assert_eq!(aim("cifs/10.0.0.5"), of("cifs", "10.0.0.5"));
        assert_eq!(aim("cifs/fd00::5"), of("cifs", "fd00::5"));
        assert_eq!(aim("host/fs1.lab.test/LAB.TEST"), of("host", "fs1"));
        assert_eq!((aim("fs1"), aim("cifs/"), aim("cifs/None@LAB")), (None, None, None));
    }
}
