//! Sessions that go on although the server refused to authenticate their user again.

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Ended, Facts, Session};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["I8"],
    name: "session-after-failed-reauthentication",
    severity: Severity::Low,
    summary: "A session goes on after the server refused to authenticate its user again",
    ordinary_causes: &[LENIENT],
    remedies: &[remediation::UPDATE, remediation::INVESTIGATE],
    references: references::SIGNING,
    covered_by: &[],
    judge,
};

const LENIENT: &str = "A server that keeps a session until its ticket or password expires";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let sessions = facts.sessions.iter().enumerate();
    let repeated = sessions.filter(|(_, session)| session.state.setup.attempt > 0);
    found.extend(repeated.filter_map(|(place, session)| draft(facts, place, session)));
}

fn draft(facts: &Facts<'_>, place: usize, session: &Session<'_>) -> Option<Draft> {
    let ends = (session.connection.client, session.connection.server);
    let own = facts.exchanges_of(place).iter().filter(|it| (it.client, it.server) == ends);
    let mut accepted = None;
    let mut refused = None;
    for exchange in own {
        match exchange.ended {
            Ended::Accepted(packet) => {
                accepted = accepted.or(Some(packet));
                refused = None;
            }
            Ended::Refused(packet, status) if accepted.is_some() => {
                refused = Some((packet, status))
            }
            Ended::Refused(..) | Ended::Unknown => {}
        }
    }
    let (first, (packet, status)) = (accepted?, refused?);
    let last = session.state.last.packet;
    let end = session.state.logged_off.map_or(last, |at| at.packet);
    // A logoff is how such a session should end.
    let goes_on = end.source == packet.source && end.number > packet.number.saturating_add(2);
    if !goes_on {
        return None;
    }
    let title = format!(
        "A session of {} with {} goes on after a refused authentication",
        session.client(),
        facts.host(session.server()),
    );
    let draft = Draft::new(Confidence::Weak, title, vec![place])
        .evidence(first, "SESSION_SETUP response Status", "0x00000000", "The session is made.")
        .evidence(
            packet,
            "SESSION_SETUP response Status",
            format!("0x{status:08x}"),
            "The server refuses to authenticate its user again.",
        )
        .evidence(last, "message", "the session's last", "It goes on all the same.")
        .unless(LENIENT);
    Some(draft)
}
