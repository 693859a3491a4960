//! What is said once for a server, of all its sessions.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::findings::facts::{Facts, Session};

/// The sessions that are such, by their server, each with its place.
pub(super) fn sessions<'f, 'a>(
    facts: &'f Facts<'a>,
    is_such: impl Fn(&Session<'a>) -> bool,
) -> BTreeMap<IpAddr, Vec<(usize, &'f Session<'a>)>> {
    let mut servers: BTreeMap<IpAddr, Vec<(usize, &Session<'a>)>> = BTreeMap::new();
    for (place, session) in facts.sessions.iter().enumerate().filter(|(_, it)| is_such(it)) {
        servers.entry(session.server()).or_default().push((place, session));
    }
    servers
}

/// Their places.
pub(super) fn places(sessions: &[(usize, &Session<'_>)]) -> Vec<usize> {
    sessions.iter().map(|(place, _)| *place).collect()
}

/// The accounts of sessions, a few of them by name.
pub(super) fn accounts(sessions: &[(usize, &Session<'_>)]) -> String {
    let mut accounts: Vec<String> =
        sessions.iter().map(|(_, it)| it.account()).filter(|it| !it.is_empty()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let named = accounts.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    match accounts.len() {
        0 => "a client without a name".to_owned(),
        1..=3 => named,
        n => format!("{named} and {} more", n - 3),
    }
}
