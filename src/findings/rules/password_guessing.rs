//! Many failed authentications from one host.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Ended, Exchange, Facts};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};
use crate::smb::status::Status;

pub(super) const RULE: Rule = Rule {
    codes: &["H6"],
    name: "password-guessing",
    severity: Severity::High,
    summary: "Many authentications of one host fail within minutes: for many users, or many for one",
    ordinary_causes: &[GATEWAY, STORED],
    remedies: &[remediation::LOCKOUT],
    references: references::GUESSING,
    covered_by: &[],
    judge,
};

const GATEWAY: &str = "A gateway or a terminal server that many users share";
const STORED: &str = "A program with a stored password that was changed";

/// What is one go, in nanoseconds.
const GO: i64 = 600_000_000_000;
/// Users that fail in one go.
const USERS: usize = 5;
/// Failures of one user in one go.
const TRIES: usize = 10;

/// A failure: the exchange, and its user in small letters.
type Failure<'f, 'a> = (&'f Exchange<'a>, String);

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut by_client: BTreeMap<IpAddr, Vec<Failure<'_, '_>>> = BTreeMap::new();
    // One that was recorded in several places failed once.
    let is_first = |it: &&Exchange<'_>| it.place == it.conversation;
    let once = facts.exchanges.iter().filter(is_first);
    for exchange in once.filter(|it| is_failure(it)) {
        let user = facts.session_of(exchange).and_then(|it| it.user.as_deref());
        if let Some(user) = user {
            by_client
                .entry(exchange.client.ip())
                .or_default()
                .push((exchange, user.to_lowercase()));
        }
    }
    found.extend(
        by_client.into_iter().filter_map(|(client, failures)| draft(facts, client, failures)),
    );
}

fn is_failure(exchange: &Exchange<'_>) -> bool {
    const REASONS: [Status; 6] = [
        Status::STATUS_LOGON_FAILURE,
        Status::STATUS_ACCOUNT_LOCKED_OUT,
        Status::STATUS_PASSWORD_EXPIRED,
        Status::STATUS_WRONG_PASSWORD,
        Status::STATUS_NO_SUCH_USER,
        Status::STATUS_ACCOUNT_DISABLED,
    ];
    matches!(exchange.ended, Ended::Refused(_, status) if REASONS.contains(&Status(status)))
}

fn draft(facts: &Facts<'_>, client: IpAddr, mut failures: Vec<Failure<'_, '_>>) -> Option<Draft> {
    failures.sort_by_key(|(exchange, _)| exchange.first);
    let many = go(&failures, |tries| tries.len() >= USERS).map(|it| (it, true));
    let (go, is_many_users) = many.or_else(|| {
        go(&failures, |tries| tries.values().any(|n| *n >= TRIES)).map(|it| (it, false))
    })?;
    let found = failures.get(go)?;
    let users: BTreeSet<&str> = found.iter().map(|(_, user)| user.as_str()).collect();
    let (first, last) = (found.first()?, found.last()?);
    let seconds = last.0.first.timestamp.since(first.0.first.timestamp) / 1_000_000_000;
    let title = match is_many_users {
        true => {
            format!("{client} fails to authenticate as {} users within {seconds} s", users.len())
        }
        false => format!(
            "{client} fails {} times to authenticate as {} within {seconds} s",
            found.len(),
            users.first()?
        ),
    };
    let sessions = found.iter().map(|(exchange, _)| exchange.place).collect();
    let mut draft = Draft::new(Confidence::Strong, title, sessions);
    for (exchange, user) in found.iter().take(12) {
        if let Ended::Refused(packet, status) = exchange.ended {
            let meaning = format!("{} refuses {user}.", facts.host(exchange.server.ip()));
            draft.push_evidence(
                packet,
                "SESSION_SETUP response Status",
                Status(status).to_string(),
                meaning,
            );
        }
    }
    Some(if is_many_users {
        draft.unless(GATEWAY).not(STORED, "there are many users")
    } else {
        draft.not(GATEWAY, "it is one user").unless(STORED)
    })
}

/// The first failures of one go whose numbers of tries for each user are such, up to the end of the
/// go.
fn go(
    failures: &[Failure<'_, '_>],
    is_such: impl Fn(&BTreeMap<&str, usize>) -> bool,
) -> Option<std::ops::Range<usize>> {
    let mut tries: BTreeMap<&str, usize> = BTreeMap::new();
    let mut start = 0;
    for (place, (exchange, user)) in failures.iter().enumerate() {
        *tries.entry(user).or_default() += 1;
        while let Some((early, early_user)) = failures.get(start)
            && exchange.first.timestamp.since(early.first.timestamp) > GO
        {
            start += 1;
            if let Some(n) = tries.get_mut(early_user.as_str()) {
                *n -= 1;
                if *n == 0 {
                    tries.remove(early_user.as_str());
                }
            }
        }
        if is_such(&tries) {
            let begin = failures.get(start)?.0.first.timestamp;
            let rest = failures.get(place..)?;
            let more = rest.partition_point(|(it, _)| it.first.timestamp.since(begin) <= GO);
            return Some(start..place + more);
        }
    }
    None
}
