//! An NTLM response that is given back to the host it came from.

use super::legs::{self, Pair};
use super::ntlm_relay::{NAT, is_accepted, title, with_evidence};
use crate::auth::ntlmssp::av_pair::AvId;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, Ntlm, label};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["X1"],
    name: "ntlm-reflection",
    severity: Severity::High,
    summary: "An NTLM response is given back to the host that it came from",
    ordinary_causes: &[NAT, HAIRPIN, NAMESAKE],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::PATCH, remediation::DNS],
    references: references::REFLECTION,
    covered_by: &[],
    judge,
};

const HAIRPIN: &str = "A host that reaches a share of its own through a NAT";
const NAMESAKE: &str = "Two hosts of one name, such as copies of one virtual machine";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let pairs = legs::responses(facts).into_iter().filter(Pair::is_reflected);
    let given_back = legs::by_hosts(pairs);
    found.extend(given_back.iter().map(|pairs| draft(facts, pairs)));
    found.merge(by_name(facts));
}

fn draft(facts: &Facts<'_>, pairs: &[Pair<'_, '_>]) -> Draft {
    let Some(pair) = pairs.iter().find(|pair| is_accepted(pair)).or(pairs.first()) else {
        return Draft::new(Confidence::Weak, String::new(), Vec::new());
    };
    let title = title(facts, pair, "An NTLM authentication", pairs.len());
    let is_clear = pair.has_middle() && (pair.is_of_smb() || !pair.is_of_one_protocol());
    let confidence = if is_clear { Confidence::Certain } else { Confidence::Strong };
    with_evidence(Draft::new(confidence, title, legs::sessions(pairs)), pair)
        .not(NAT, pair.difference())
        .not_if(
            pair.has_middle(),
            HAIRPIN,
            "the client of the second connection is the server of the first",
        )
}

/// Clients that call themselves by the server's own name, and have another address.
fn by_name<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = Draft> + 'f {
    facts.ntlm().filter_map(|(exchange, ntlm)| {
        let (at, name) = own_name(exchange, ntlm)?;
        let title = format!(
            "{} authenticates to {}{} as a workstation of the server's own name, {name}",
            exchange.client.ip(),
            facts.host(exchange.server.ip()),
            exchange.over(),
        );
        let (challenged, _) = ntlm.challenge.as_ref()?;
        // The host's own account has no business in a session from another address.
        let user = facts.user_of(exchange).map(|it| it.user);
        let is_own_account =
            user.is_some_and(|user| user.ends_with('$') && label(&user) == label(&name));
        let (severity, confidence) = match is_own_account {
            true => (Severity::High, Confidence::Strong),
            false => (Severity::Low, Confidence::Weak),
        };
        let draft = Draft::new(confidence, title, vec![exchange.place])
            .severity(severity)
            .evidence(
                challenged.packet,
                "NTLM CHALLENGE MsvAvNbComputerName",
                &*name,
                "The server's name.",
            )
            .evidence(at, "NTLM AUTHENTICATE Workstation", &*name, "The client's name.")
            .unless(HAIRPIN)
            .unless(NAMESAKE);
        Some(draft)
    })
}

fn own_name(exchange: &Exchange<'_>, ntlm: &Ntlm<'_>) -> Option<(crate::packet::PacketId, String)> {
    let (at, _) = ntlm.authenticate.as_ref()?;
    let (workstation, server) = (ntlm.workstation()?, ntlm.target(AvId::NB_COMPUTER_NAME)?);
    let is_elsewhere = exchange.client.ip() != exchange.server.ip();
    (is_elsewhere && label(&workstation) == label(&server)).then_some((at.packet, server))
}
