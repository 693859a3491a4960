//! Which exceptions are for a host, and which of them hold.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use foldhash::fast::FixedState;
use jiff::civil::Date;

use super::network::Network;
use crate::report::{
    Accepted, Exception, ExceptionState, Exceptions, RequiresSigning, Role, Side, SigningStatus,
    ToldException,
};

/// An exception that was read, with what its texts say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The host or network that it is for.
    pub network: Network,
    /// Its first day.
    pub accepted_on: Date,
    /// Its last day.
    pub expires_on: Option<Date>,
    /// As it was written.
    pub exception: Exception,
}

/// Whether an exception holds on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    Now,
    /// It did.
    NoMore,
    /// It will.
    NotYet,
}

/// The rule about the weakness that an exception without rules accepts.
const SIGNING: &str = "signing-not-required";

/// The rules whose findings say no more than that a host does not require signing, and what follows.
pub const RULES_OF_SIGNING: [&str; 3] =
    [SIGNING, "smb1-signing-not-offered", "unsigned-privileged-session"];

impl Entry {
    /// Whether it holds on a day.
    pub fn holds(&self, day: Date) -> Holds {
        if day < self.accepted_on {
            Holds::NotYet
        } else if self.expires_on.is_some_and(|last| last < day) {
            Holds::NoMore
        } else {
            Holds::Now
        }
    }

    /// Whether it accepts that a host does not require signing.
    pub fn is_of_signing(&self) -> bool {
        self.accepts(SIGNING)
    }

    /// Whether it accepts findings of a rule.
    pub fn accepts(&self, rule: &str) -> bool {
        match self.exception.rules.as_slice() {
            [] => RULES_OF_SIGNING.contains(&rule),
            named => named.iter().any(|name| name == rule),
        }
    }
}

/// What one host is on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Party {
    /// Its address.
    pub address: IpAddr,
    /// As a server or as a client.
    pub side: Side,
}

/// A host that was seen.
#[derive(Clone, Copy, Debug)]
pub struct SeenHost<'a> {
    /// As what it was seen.
    pub party: Party,
    /// What it is.
    pub roles: &'a [Role],
    /// Whether it requires signing on that side.
    pub requires: Option<RequiresSigning>,
}

/// The exceptions of a run, and the day for which they are looked at.
#[derive(Clone, Debug)]
pub struct Register {
    day: Date,
    entries: Vec<Entry>,
    /// Which of them are for a network, in the order of the file.
    by_network: HashMap<(Network, Side), Vec<usize>, FixedState>,
    /// The lengths of prefixes that occur, with whether they are of IPv4.
    prefixes: BTreeSet<(bool, u8)>,
}

impl Register {
    /// These exceptions, as of a day.
    pub fn new(entries: Vec<Entry>, day: Date) -> Register {
        let mut by_network: HashMap<_, Vec<usize>, FixedState> = HashMap::default();
        let mut prefixes = BTreeSet::new();
        for (place, entry) in entries.iter().enumerate() {
            let network = entry.network;
            by_network.entry((network, entry.exception.side)).or_default().push(place);
            prefixes.insert((network.is_ipv4(), network.prefix()));
        }
        Register { day, entries, by_network, prefixes }
    }

    /// The day.
    pub fn day(&self) -> Date {
        self.day
    }

    /// The exceptions, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The places of the exceptions that are for a host by its address, in the order of the file.
    /// The time it takes depends on how many lengths of prefixes there are, not on how many
    /// exceptions.
    fn of_address(&self, party: Party) -> Vec<usize> {
        let address = party.address.to_canonical();
        let of_family = self.prefixes.iter().filter(|(is_ipv4, _)| *is_ipv4 == address.is_ipv4());
        let networks = of_family.filter_map(|(_, prefix)| Network::new(address, *prefix));
        let found = networks.filter_map(|network| self.by_network.get(&(network, party.side)));
        let mut places: Vec<usize> = found.flatten().copied().collect();
        places.sort_unstable();
        places
    }
}

/// The exceptions, and the hosts of a run that they are for.
#[derive(Clone, Debug)]
pub struct Applied {
    register: Register,
    /// The exceptions for a host that was seen, in the order of the file.
    by_party: HashMap<Party, Vec<usize>, FixedState>,
    counts: Vec<Counts>,
}

/// What became of one exception.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    hosts: u64,
    accepted_hosts: u64,
    sessions: u64,
    findings: u64,
}

impl Applied {
    /// The exceptions of `register` that are for `hosts`, which name each host and side once.
    pub fn new<'a>(register: Register, hosts: impl IntoIterator<Item = SeenHost<'a>>) -> Applied {
        let counts = vec![Counts::default(); register.entries.len()];
        let mut applied = Applied { register, by_party: HashMap::default(), counts };
        hosts.into_iter().for_each(|host| applied.add(&host));
        applied
    }

    fn add(&mut self, host: &SeenHost<'_>) {
        let mut places = self.register.of_address(host.party);
        places.retain(|place| {
            let role = self.entry(*place).and_then(|entry| entry.exception.role);
            role.is_none_or(|role| host.roles.contains(&role))
        });
        if places.is_empty() {
            return;
        }
        for place in &places {
            self.count(*place, |counts| counts.hosts += 1);
        }
        self.by_party.insert(host.party, places);
        if let Some(place) = self.accepting_host(host.party, host.requires) {
            self.count(place, |counts| counts.accepted_hosts += 1);
        }
    }

    /// The exceptions.
    pub fn register(&self) -> &Register {
        &self.register
    }

    fn entry(&self, place: usize) -> Option<&Entry> {
        self.register.entries.get(place)
    }

    fn count(&mut self, place: usize, add: impl FnOnce(&mut Counts)) {
        if let Some(counts) = self.counts.get_mut(place) {
            add(counts);
        }
    }

    /// The exceptions that are for a host, whether or not they hold.
    pub fn of(&self, party: Party) -> impl Iterator<Item = (usize, &Entry)> {
        let places = self.by_party.get(&party).into_iter().flatten();
        places.filter_map(|place| Some((*place, self.entry(*place)?)))
    }

    /// The first exception that holds for a host and accepts findings of a rule.
    pub fn accepting(&self, party: Party, rule: &str) -> Option<usize> {
        let mut holding =
            self.of(party).filter(|(_, entry)| entry.holds(self.register.day) == Holds::Now);
        holding.find(|(_, entry)| entry.accepts(rule)).map(|(place, _)| place)
    }

    /// The first exception that holds for a host and accepts that it does not require signing; none
    /// where it does, or where that is not seen.
    pub fn accepting_host(&self, party: Party, requires: Option<RequiresSigning>) -> Option<usize> {
        requires.filter(|requires| *requires != RequiresSigning::Yes)?;
        self.accepting(party, SIGNING)
    }

    /// The first exception that accepts what became of a session of a client and a server, which is
    /// that it is not signed, or not all of it.
    pub fn accepting_session(
        &self,
        status: SigningStatus,
        (client, server): (IpAddr, IpAddr),
    ) -> Option<usize> {
        let is_acceptable = matches!(
            status,
            SigningStatus::Unsigned
                | SigningStatus::UnsignedSetupOnly
                | SigningStatus::UnsignedGuest
                | SigningStatus::UnsignedAnonymous
                | SigningStatus::Selective
                | SigningStatus::EncryptedPartly
        );
        if !is_acceptable {
            return None;
        }
        let of = |address, side| self.accepting(Party { address, side }, SIGNING);
        of(server, Side::Server).or_else(|| of(client, Side::Client))
    }

    /// A session is accepted by an exception.
    pub fn count_session(&mut self, place: usize) {
        self.count(place, |counts| counts.sessions += 1);
    }

    /// A finding is accepted by an exception.
    pub fn count_finding(&mut self, place: usize) {
        self.count(place, |counts| counts.findings += 1);
    }

    /// Whether an exception was for a host that was seen.
    pub fn is_seen(&self, place: usize) -> bool {
        self.counts.get(place).is_some_and(|counts| counts.hosts > 0)
    }

    /// Whether something is accepted by an exception, of what was counted.
    pub fn is_used(&self, place: usize) -> bool {
        let counts = self.counts.get(place).copied().unwrap_or_default();
        counts.accepted_hosts + counts.sessions + counts.findings > 0
    }

    /// The mark of an exception.
    pub fn mark(&self, place: usize) -> Option<Accepted> {
        let Exception { reason, owner, expires_on, .. } = &self.entry(place)?.exception;
        Some(Accepted {
            exception: place,
            reason: reason.clone(),
            owner: owner.clone(),
            expires_on: expires_on.clone(),
        })
    }

    /// Each exception, with what was counted.
    pub fn told(&self) -> Exceptions {
        let entries = self.register.entries.iter().zip(&self.counts).enumerate();
        let list = entries.map(|(place, (entry, counts))| ToldException {
            exception: entry.exception.clone(),
            state: match entry.holds(self.register.day) {
                Holds::Now if self.is_used(place) => ExceptionState::Used,
                Holds::Now => ExceptionState::Unused,
                Holds::NoMore => ExceptionState::Expired,
                Holds::NotYet => ExceptionState::NotYet,
            },
            hosts: counts.hosts,
            accepted_hosts: counts.accepted_hosts,
            accepted_sessions: counts.sessions,
            accepted_findings: counts.findings,
        });
        Exceptions { as_of: Some(self.register.day.to_string()), list: list.collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Applied, Entry, Holds, Network, Party, Register, SeenHost};
    use crate::report::{Exception, ExceptionState, RequiresSigning, Role, Side};

    fn entry(network: &str, side: Side, rules: &[&str]) -> Entry {
        let (address, prefix) = Network::split(network).unwrap();
        Entry {
            network: Network::new(address, prefix).unwrap(),
            accepted_on: "2026-01-01".parse().unwrap(),
            expires_on: Some("2026-06-30".parse().unwrap()),
            exception: Exception {
                host: None,
                network: Some(network.to_owned()),
                role: None,
                side,
                rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
                reason: "old".to_owned(),
                owner: "storage".to_owned(),
                accepted_on: "2026-01-01".to_owned(),
                expires_on: Some("2026-06-30".to_owned()),
                compensating_controls: Vec::new(),
            },
        }
    }

    const DAY: &str = "2026-03-01";

    fn party(address: &str, side: Side) -> Party {
        Party { address: address.parse().unwrap(), side }
    }

    fn applied(entries: Vec<Entry>, day: &str, hosts: &[(&str, &[Role])]) -> Applied {
        let register = Register::new(entries, day.parse().unwrap());
        let seen = hosts.iter().map(|(address, roles)| SeenHost {
            party: party(address, Side::Server),
            roles,
            requires: Some(RequiresSigning::No),
        });
        Applied::new(register, seen)
    }

    #[test]
    fn the_first_and_the_last_day_belong_to_an_exception() {
        let entry = entry("10.0.0.0/24", Side::Server, &[]);
        let on = |day: &str| entry.holds(day.parse().unwrap());
        assert_eq!(on("2025-12-31"), Holds::NotYet);
        assert_eq!(on("2026-01-01"), Holds::Now);
        assert_eq!(on("2026-06-30"), Holds::Now);
        assert_eq!(on("2026-07-01"), Holds::NoMore);
        let without_end = Entry { expires_on: None, ..entry };
        assert_eq!(without_end.holds("2999-01-01".parse().unwrap()), Holds::Now);
    }

    #[test]
    fn an_exception_is_for_its_network_and_side_only() {
        let entries = vec![entry("10.0.0.0/24", Side::Server, &[])];
        let applied =
            applied(entries, DAY, &[("10.0.0.5", &[]), ("10.0.1.5", &[]), ("fd00::5", &[])]);
        let accepts = |address: &str, side| {
            applied.accepting(party(address, side), "signing-not-required").is_some()
        };
        assert!(accepts("10.0.0.5", Side::Server));
        assert!(!accepts("10.0.0.5", Side::Client) && !accepts("10.0.1.5", Side::Server));
        assert!(!accepts("fd00::5", Side::Server));
        // One that was not seen is not looked up.
        assert!(!accepts("10.0.0.6", Side::Server));
        let yes = Some(RequiresSigning::Yes);
        assert_eq!(applied.accepting_host(party("10.0.0.5", Side::Server), yes), None);
        assert_eq!(applied.accepting_host(party("10.0.0.5", Side::Server), None), None);
    }

    #[test]
    fn without_rules_a_relay_is_never_accepted() {
        let accepts = |rules: &[&str], rule: &str| {
            let entries = vec![entry("10.0.0.5/32", Side::Server, rules)];
            let applied = applied(entries, DAY, &[("10.0.0.5", &[])]);
            applied.accepting(party("10.0.0.5", Side::Server), rule).is_some()
        };
        assert!(accepts(&[], "signing-not-required") && accepts(&[], "smb1-signing-not-offered"));
        assert!(!accepts(&[], "ntlm-relay") && !accepts(&[], "guest-session"));
        assert!(accepts(&["guest-session"], "guest-session"));
        assert!(!accepts(&["guest-session"], "signing-not-required"));
    }

    #[test]
    fn an_exception_for_a_role_is_for_hosts_in_it() {
        let mut for_nas = entry("10.0.0.0/24", Side::Server, &[]);
        for_nas.exception.role = Some(Role::Nas);
        let hosts: [(&str, &[Role]); 2] = [("10.0.0.5", &[Role::Nas]), ("10.0.0.6", &[])];
        let applied = applied(vec![for_nas], DAY, &hosts);
        let accepts = |address: &str| {
            applied.accepting(party(address, Side::Server), "signing-not-required").is_some()
        };
        assert!(accepts("10.0.0.5") && !accepts("10.0.0.6"));
    }

    #[test]
    fn of_several_the_first_that_holds_is_named_and_counts() {
        let mut over = entry("10.0.0.5/32", Side::Server, &[]);
        over.expires_on = Some("2026-02-01".parse().unwrap());
        let entries = vec![
            over,
            entry("10.0.0.0/24", Side::Server, &[]),
            entry("10.0.0.5/32", Side::Server, &[]),
        ];
        let applied = applied(entries, DAY, &[("10.0.0.5", &[])]);
        let place = applied.accepting(party("10.0.0.5", Side::Server), "signing-not-required");
        assert_eq!(place, Some(1));
        let told = applied.told().list;
        let states: Vec<ExceptionState> = told.iter().map(|it| it.state).collect();
        use ExceptionState::{Expired, Unused, Used};
        assert_eq!(states, [Expired, Used, Unused]);
        assert!(told.iter().all(|it| it.hosts == 1));
        let accepted: Vec<u64> = told.iter().map(|it| it.accepted_hosts).collect();
        assert_eq!(accepted, [0, 1, 0]);
    }

    #[test]
    fn addresses_of_ipv4_within_ipv6_are_those_of_ipv4() {
        let entries = vec![entry("10.0.0.0/24", Side::Server, &[])];
        let register = Register::new(entries, DAY.parse().unwrap());
        let address: IpAddr = "::ffff:10.0.0.5".parse().unwrap();
        assert_eq!(register.of_address(Party { address, side: Side::Server }), [0]);
    }
}
