//! A Kerberos ticket that another address shows than the one that the KDC gave it to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::ntlm_relay::end;
use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::{Ended, Exchange, Facts, Kerberos, Session};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};
use crate::smb::fields::Guid;

pub(super) const RULE: Rule = Rule {
    codes: &["K5"],
    name: "kerberos-ticket-fetched-elsewhere",
    severity: Severity::Medium,
    summary: "A ticket that the KDC gave one address is used by another, and nothing signs the session",
    ordinary_causes: &[NAT, SEVERAL],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::SPN],
    references: references::KERBEROS,
    covered_by: &["kerberos-relay", "kerberos-reflection", "kerberos-ticket-moved"],
    judge,
};

const NAT: &str = "A NAT between the client and the server, or between the client and the KDC";
const SEVERAL: &str = "A host with several addresses, or one that changed its address";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let hosts = Hosts::of(facts);
    let drafts = facts.kerberos().filter_map(|(exchange, kerberos)| {
        let session = facts.session_of(exchange)?;
        is_open(exchange, session).then_some(())?;
        draft(facts, &hosts, exchange, kerberos)
    });
    found.merge(drafts);
}

/// Whether a relay of the ticket would have come to something.
fn is_open(exchange: &Exchange<'_>, session: &Session<'_>) -> bool {
    matches!(exchange.ended, Ended::Accepted(_))
        && session.is_unsigned()
        && session.policy.server_requires == Some(false)
}

/// Which clients are one host.
struct Hosts {
    /// Conversations of which one recording shows the client that the KDC knows.
    seen: HashSet<usize, FixedState>,
    /// The addresses of each ClientGuid.
    addresses: HashMap<Guid, Vec<IpAddr>, FixedState>,
    /// A ClientGuid of each address.
    guids: BTreeMap<IpAddr, Guid>,
}

impl Hosts {
    fn of(facts: &Facts<'_>) -> Hosts {
        let own = facts.kerberos().filter(|(exchange, kerberos)| is_fetcher(exchange, kerberos));
        let seen = own.map(|(exchange, _)| exchange.conversation).collect();
        let mut addresses: HashMap<Guid, Vec<IpAddr>, FixedState> = HashMap::default();
        let mut guids = BTreeMap::new();
        for connection in facts.connections.iter() {
            let Some(guid) = connection.client_guid else { continue };
            let known = addresses.entry(guid).or_default();
            if known.len() < ADDRESSES && !known.contains(&connection.client.ip()) {
                known.push(connection.client.ip());
            }
            guids.entry(connection.client.ip()).or_insert(guid);
        }
        Hosts { seen, addresses, guids }
    }

    /// Whether the client of an exchange has the address `other` as well.
    fn has(&self, exchange: &Exchange<'_>, other: IpAddr) -> bool {
        let addresses = exchange.guids.0.and_then(|guid| self.addresses.get(&guid));
        addresses.is_some_and(|addresses| addresses.contains(&other))
    }
}

/// Addresses of one host that are compared.
const ADDRESSES: usize = 16;

fn is_fetcher(exchange: &Exchange<'_>, kerberos: &Kerberos<'_>) -> bool {
    kerberos.fetched.iter().any(|(client, _)| *client == exchange.client.ip())
}

fn draft(
    facts: &Facts<'_>,
    hosts: &Hosts,
    exchange: &Exchange<'_>,
    kerberos: &Kerberos<'_>,
) -> Option<Draft> {
    let (fetcher, packet) = *kerberos.fetched.first()?;
    let is_own = is_fetcher(exchange, kerberos)
        || hosts.seen.contains(&exchange.conversation)
        || kerberos.fetched.iter().any(|(client, _)| hosts.has(exchange, *client));
    if is_own {
        return None;
    }
    let client = exchange.client.ip();
    let ticket = &kerberos.request.ticket;
    let title = format!(
        "The Kerberos ticket for {} that {} fetched is used by {client} with {}, and nothing signs the session",
        ticket.sname,
        facts.host(fetcher),
        facts.host(exchange.server.ip()),
    );
    let guids = (exchange.guids.0, hosts.guids.get(&fetcher).copied());
    let is_another = matches!(guids, (Some(own), Some(other)) if own != other);
    let confidence = if is_another { Confidence::Strong } else { Confidence::Weak };
    let cipher = ticket.enc_part.as_ref()?.cipher;
    let start = format!("{}…", hexadecimal(cipher.get(..16).unwrap_or(cipher)));
    let draft = Draft::new(confidence, title, vec![exchange.place])
        .evidence(
            packet,
            "KDC-REP ticket enc-part",
            start.clone(),
            format!("The KDC gives the ticket to {fetcher}."),
        )
        .evidence(
            kerberos.at.packet,
            "AP-REQ ticket enc-part",
            start,
            format!("{client} shows it to {}.", exchange.server.ip()),
        );
    let draft = end(draft, exchange).unless(NAT);
    Some(draft.not_if(is_another, SEVERAL, "the two addresses have different ClientGuids"))
}
