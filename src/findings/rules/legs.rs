//! Authentications that have something in common which no two have by chance.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use foldhash::fast::FixedState;

use crate::findings::facts::{Exchange, Facts};

/// Exchanges in the order of their first messages.
type Legs<'f, 'a> = Vec<&'f Exchange<'a>>;

/// Two authentications, the later of which may be the earlier one passed on.
pub(super) struct Pair<'f, 'a> {
    pub(super) from: &'f Exchange<'a>,
    pub(super) to: &'f Exchange<'a>,
}

impl Pair<'_, '_> {
    /// Whether one host is the server of the one and the client of the other.
    pub(super) fn has_middle(&self) -> bool {
        self.from.server.ip() == self.to.client.ip()
    }

    /// Whether SMB carried both.
    pub(super) fn is_of_smb(&self) -> bool {
        self.from.carried.is_none() && self.to.carried.is_none()
    }

    /// Whether one protocol carried both.
    pub(super) fn is_of_one_protocol(&self) -> bool {
        let protocol = |leg: &Exchange<'_>| leg.carried.as_ref().map(|it| it.protocol);
        protocol(self.from) == protocol(self.to)
    }

    /// Why the two are not one conversation that was recorded in two places.
    pub(super) fn difference(&self) -> &'static str {
        match (self.is_of_smb(), self.is_of_one_protocol()) {
            (true, _) => {
                "the two connections differ in what every message of SMB names (ClientGuid, SessionId)"
            }
            (false, true) => "the two connections differ in what is said around the authentication",
            (false, false) => "the two connections speak different protocols",
        }
    }

    /// Whether the second goes to where the first came from.
    pub(super) fn is_reflected(&self) -> bool {
        self.from.client.ip() == self.to.server.ip() && self.from.server.ip() != self.to.server.ip()
    }
}

/// The exchanges by what they have in common, each conversation once, where there are several.
pub(super) fn in_common<'f, 'a, K: Hash + Eq>(
    exchanges: impl Iterator<Item = &'f Exchange<'a>>,
    key: impl Fn(&'f Exchange<'a>) -> Option<K>,
) -> Vec<Legs<'f, 'a>> {
    let mut by_key: HashMap<K, Legs<'f, 'a>, FixedState> = HashMap::default();
    for exchange in exchanges {
        if let Some(key) = key(exchange) {
            by_key.entry(key).or_default().push(exchange);
        }
    }
    let mut groups: Vec<Legs<'f, 'a>> = by_key
        .into_values()
        .filter(|legs| legs.len() > 1)
        .map(|mut legs| {
            legs.sort_by_key(|leg| leg.first);
            conversations(legs)
        })
        .filter(|legs| legs.len() > 1)
        .collect();
    groups.sort_by_key(|legs| legs.first().map(|leg| leg.first));
    groups
}

/// One exchange of each conversation.
fn conversations<'f, 'a>(legs: Legs<'f, 'a>) -> Legs<'f, 'a> {
    let mut kept: Legs<'f, 'a> = Vec::with_capacity(legs.len().min(LEGS));
    for leg in legs {
        if kept.len() < LEGS && !kept.iter().any(|known| is_one_conversation(known, leg)) {
            kept.push(leg);
        }
    }
    kept
}

/// Legs of one authentication that are compared with each other.
const LEGS: usize = 16;

/// Whether two exchanges are one conversation, recorded in two places: what every message of SMB
/// names is the same, or what other protocols say around it. A host that passes on an authentication
/// speaks for itself.
pub(super) fn is_one_conversation(one: &Exchange<'_>, other: &Exchange<'_>) -> bool {
    let has_equal_guids =
        one.guids == other.guids && one.guids.0.is_some() && one.guids.1.is_some();
    let has_equal_ends = one.client == other.client && one.server == other.server;
    let is_one_carried = match (&one.carried, &other.carried) {
        (Some(one), Some(other)) => one.is_one_with(other),
        _ => false,
    };
    is_one_carried
        || one.conversation == other.conversation
        || one.session_id == other.session_id
            && one.session_id != 0
            && (has_equal_guids || has_equal_ends)
}

/// Which of the legs was passed on to which: a host between two of them shows it, else time does.
pub(super) fn passed_on<'f, 'a>(legs: &Legs<'f, 'a>) -> Vec<Pair<'f, 'a>> {
    let mut pairs = Vec::new();
    for (place, from) in legs.iter().enumerate() {
        for to in legs.iter().skip(place + 1) {
            let pairs_of = [Pair { from, to }, Pair { from: to, to: from }];
            pairs.extend(pairs_of.into_iter().find(Pair::has_middle));
        }
    }
    if let ([first, second, ..], true) = (legs.as_slice(), pairs.is_empty()) {
        pairs.push(Pair { from: first, to: second });
    }
    pairs
}

/// What passes between the same hosts, and whether a host is in the middle, is one matter.
pub(super) fn by_hosts<'f, 'a>(
    pairs: impl Iterator<Item = Pair<'f, 'a>>,
) -> Vec<Vec<Pair<'f, 'a>>> {
    let mut places = BTreeMap::new();
    let mut groups: Vec<Vec<Pair<'f, 'a>>> = Vec::new();
    for pair in pairs {
        let hosts = [pair.from.client, pair.from.server, pair.to.client, pair.to.server];
        let place = *places.entry(hosts.map(|end| end.ip())).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(pair),
            None => groups.push(vec![pair]),
        }
    }
    groups
}

/// The sessions of `pairs`, each once, in order.
pub(super) fn sessions(pairs: &[Pair<'_, '_>]) -> Vec<usize> {
    let mut places: Vec<usize> =
        pairs.iter().flat_map(|pair| [pair.from.place, pair.to.place]).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// NTLM authentications that have their response in common: one response that went to several
/// servers. One made of a fixed challenge without anything of the client's is the same each time.
pub(super) fn responses<'f, 'a>(facts: &'f Facts<'a>) -> Vec<Pair<'f, 'a>> {
    let with_response = facts.ntlm().map(|(exchange, _)| exchange);
    let groups = in_common(with_response, |exchange| {
        let ntlm = exchange.ntlm.as_deref()?;
        let (_, challenge) = ntlm.server_challenge?;
        Some((challenge, ntlm.response?.1.proof()?))
    });
    let is_fresh = |legs: &Legs<'f, 'a>| {
        let first = legs.first().and_then(|leg| leg.ntlm.as_deref());
        let challenge = first.and_then(|ntlm| ntlm.server_challenge);
        let kind = first.and_then(|ntlm| ntlm.response).map(|(_, response)| response.kind);
        is_made_by_client(kind)
            || !challenge.is_some_and(|(_, it)| is_well_known(it)) && !is_repeated(legs)
    };
    groups.iter().filter(|legs| is_fresh(legs)).flat_map(passed_on).collect()
}

/// Whether a response holds random bytes of its client.
fn is_made_by_client(kind: Option<crate::auth::ntlmssp::response::ResponseKind>) -> bool {
    use crate::auth::ntlmssp::response::ResponseKind;
    matches!(kind, Some(ResponseKind::NtlmV1Ess | ResponseKind::NtlmV2))
}

/// Whether one server gave its challenge more than once.
pub(super) fn is_repeated(legs: &Legs<'_, '_>) -> bool {
    let mut servers: Vec<_> = legs.iter().map(|leg| leg.server).collect();
    servers.sort_unstable();
    let n = servers.len();
    servers.dedup();
    servers.len() < n
}

/// Challenges of programs that always give the same one.
pub(super) fn is_well_known(challenge: [u8; 8]) -> bool {
    const KNOWN: [[u8; 8]; 4] = [
        [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88],
        *b"AAAAAAAA",
        [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef],
        [0; 8],
    ];
    KNOWN.contains(&challenge)
}
