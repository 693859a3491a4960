//! Sessions without credentials.

use super::per_server::{places, sessions};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Facts, Session};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Outcome, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["H4"],
    name: "anonymous-session",
    severity: Severity::Medium,
    summary: "A server lets in a client that gives no credentials",
    ordinary_causes: &[BROWSING],
    remedies: &[remediation::GUEST],
    references: references::GUESTS,
    covered_by: &[],
    judge,
};

const BROWSING: &str = "A look at the list of shares or at a pipe that is meant for everybody";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let is_let_in =
        |it: &Session<'_>| it.anonymous == Some(true) && it.outcome == Outcome::Established;
    found.extend(sessions(facts, is_let_in).into_iter().map(|(server, found)| {
        let share = found.iter().find_map(|(_, it)| data_share(it));
        let server = facts.host(server);
        let title = match share {
            Some((path, _)) => format!("{server} gives clients without credentials {path}"),
            None => format!("{server} lets in clients without credentials"),
        };
        let mut draft = Draft::new(Confidence::Certain, title, places(&found))
            .severity(if share.is_some() { Severity::Medium } else { Severity::Info });
        for (_, session) in found.iter().take(4) {
            if let Some(last) = session.state.setup.final_response {
                draft.push_evidence(
                    last.at.packet,
                    "SESSION_SETUP response Status",
                    format!("0x{:08x}", last.status),
                    "The client, which gave no name and no response, is let in.",
                );
            } else {
                draft.push_evidence(
                    session.state.first.packet,
                    "SESSION_SETUP",
                    "anonymous",
                    "The client gives no name and no response, and the session is used.",
                );
            }
        }
        if let Some((path, packet)) = share {
            draft.push_evidence(packet, "TREE_CONNECT Path", path, "A share with data.");
        }
        draft.not_if(share.is_some(), BROWSING, "a share with data is used")
    }));
}

/// A share of the session that is not for calls between programs, and where it was connected to.
pub(super) fn data_share<'a>(session: &Session<'a>) -> Option<(&'a str, crate::packet::PacketId)> {
    let mut trees = session.state.trees.iter();
    let tree = trees.find(|tree| !tree.path.to_lowercase().ends_with("\\ipc$"))?;
    Some((&tree.path, tree.packet))
}
