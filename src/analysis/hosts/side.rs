//! What is gathered of one side of a host: what it is as a server, or what it is as a client.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::packet::PacketId;
use crate::report::{Dialect, Evidence, RequiresSigning, SigningStatus, StatusCount};
use crate::session::Said;

use super::{Seen, evidence};

/// Accounts listed of one side of a host.
const ACCOUNTS: usize = 64;

/// Counterparts remembered of each answer.
const COUNTERPARTS: usize = 64;

/// One side of a host.
#[derive(Default)]
pub(super) struct OneSide {
    pub(super) requires: Requires,
    pub(super) dialects: BTreeSet<Dialect>,
    pub(super) sessions: u64,
    by_status: BTreeMap<SigningStatus, StatusCount>,
    accounts: BTreeSet<String>,
    accounts_left_out: u64,
}

impl OneSide {
    /// Takes a session into the counts.
    pub(super) fn add_session(&mut self, seen: &Seen<'_>, account: Option<&str>) {
        self.sessions += 1;
        let status = seen.judgement.status;
        let none = StatusCount { status, sessions: 0, accepted: 0 };
        let count = self.by_status.entry(status).or_insert(none);
        count.sessions += 1;
        count.accepted += u64::from(seen.is_accepted);
        let Some(account) = account.filter(|account| !self.accounts.contains(*account)) else {
            return;
        };
        if self.accounts.len() < ACCOUNTS {
            self.accounts.insert(account.to_owned());
        } else {
            self.accounts_left_out += 1;
        }
    }

    /// The sessions of each status, the worst first.
    pub(super) fn by_status(&self) -> Vec<StatusCount> {
        let worst_first = SigningStatus::ALL.into_iter();
        worst_first.filter_map(|status| self.by_status.get(&status).copied()).collect()
    }

    /// Whether anything shows that it takes part.
    pub(super) fn is_seen(&self) -> bool {
        self.sessions > 0 || !self.dialects.is_empty() || self.requires.known().is_some()
    }

    /// Sessions that are neither signed nor encrypted, those that cannot be included.
    pub(super) fn unprotected(&self) -> u64 {
        let is_unprotected = |status: &&SigningStatus| {
            matches!(
                status,
                SigningStatus::Unsigned
                    | SigningStatus::UnsignedSetupOnly
                    | SigningStatus::UnsignedGuest
                    | SigningStatus::UnsignedAnonymous
            )
        };
        self.by_status
            .iter()
            .filter(|(status, _)| is_unprotected(status))
            .map(|(_, count)| count.sessions)
            .sum()
    }

    /// The accounts, and the sessions of further ones.
    pub(super) fn accounts(&mut self) -> (Vec<String>, u64) {
        (std::mem::take(&mut self.accounts).into_iter().collect(), self.accounts_left_out)
    }
}

/// Whether a side says that it requires signing, as often as it says so.
#[derive(Default)]
pub(super) struct Requires {
    pub(super) yes: Option<Answer>,
    pub(super) no: Option<Answer>,
    last: Option<bool>,
    /// How often it said something else than before.
    pub(super) changes: u64,
}

/// One of the two answers.
pub(super) struct Answer {
    pub(super) first: Evidence,
    /// To whom it was given, and where first.
    pub(super) to: BTreeMap<IpAddr, PacketId>,
    /// How often it was given.
    pub(super) times: u64,
}

impl Requires {
    /// It said `requires` to `counterpart`; `first` is the evidence, which is asked for once.
    pub(super) fn say(
        &mut self,
        requires: bool,
        counterpart: IpAddr,
        packet: PacketId,
        first: impl FnOnce() -> Evidence,
    ) {
        self.changes += u64::from(self.last.is_some_and(|last| last != requires));
        self.last = Some(requires);
        let answer = if requires { &mut self.yes } else { &mut self.no };
        let answer =
            answer.get_or_insert_with(|| Answer { first: first(), to: BTreeMap::new(), times: 0 });
        answer.times += 1;
        if answer.to.len() < COUNTERPARTS {
            answer.to.entry(counterpart).or_insert(packet);
        }
    }

    /// What all of it comes to.
    pub(super) fn known(&self) -> Option<RequiresSigning> {
        match (&self.yes, &self.no) {
            (None, None) => None,
            (Some(_), None) => Some(RequiresSigning::Yes),
            (None, Some(_)) => Some(RequiresSigning::No),
            (Some(_), Some(_)) => Some(RequiresSigning::Contradictory),
        }
    }

    /// The first packet of each answer.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        let mut evidence: Vec<Evidence> =
            [&self.yes, &self.no].into_iter().flatten().map(|it| it.first.clone()).collect();
        evidence.sort_by_key(|it| (it.capture, it.packet));
        evidence
    }
}

/// The evidence of what a side said in NEGOTIATE of SMB 2 and 3, or in what repeats it.
pub(super) fn said(said: Said, message: &str) -> Evidence {
    let requires = said.security_mode.is_signing_required();
    let message = if said.is_validation { "VALIDATE_NEGOTIATE_INFO" } else { message };
    let field = format!("{message} SecurityMode");
    evidence(said.packet, &field, said.security_mode.to_string(), meaning(requires))
}

/// What an answer means.
pub(super) fn meaning(requires: bool) -> String {
    match requires {
        true => "It requires signing.",
        false => "It does not require signing.",
    }
    .to_owned()
}
