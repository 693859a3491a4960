//! Calls that name a host to a server, which then authenticates to that host.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Call, Exchange, Facts, label};
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};
use crate::rpc::{Outcome, Service};

pub(super) const RULE: Rule = Rule {
    codes: &["C1"],
    name: "coerced-authentication",
    severity: Severity::High,
    summary: "A remote call names another host to a server, which then connects or authenticates to it",
    ordinary_causes: &[FILES, PRINTING, NAMESPACES, BY_ITSELF],
    remedies: &[remediation::COERCION, remediation::RESPOND, remediation::SIGN, remediation::NTLM],
    references: references::COERCION,
    covered_by: &[],
    judge,
};

const FILES: &str = "A backup program, or the administration of encrypted files, shadow copies or event logs, that names another host";
const PRINTING: &str =
    "Print management: a client that wants to be notified of a print server's printers";
const NAMESPACES: &str = "The administration of DFS namespaces";
const BY_ITSELF: &str = "The server connected there by itself just then";

/// Authentications looked at for one call.
const LOOKED_AT: usize = 64;

/// A call with what came after it.
struct Case<'f, 'a> {
    call: &'f Call<'a>,
    /// How sure it is that what follows is the call's doing; `None` where nothing follows.
    doing: Option<Doing>,
    /// The connection that the server then opened.
    opened: Option<(SocketAddr, PacketId)>,
    /// The authentication that it then made.
    exchange: Option<&'f Exchange<'a>>,
}

/// What the host that a server turns to has to do with the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    /// The call may have named any host.
    Perhaps,
    /// The host is the caller itself.
    Caller,
    /// The call named the host.
    Named,
}

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut exchanges: HashMap<IpAddr, Vec<&Exchange<'_>>> =
        facts.calls.iter().map(|call| (call.state.callee.ip(), Vec::new())).collect();
    for exchange in &facts.exchanges {
        if let Some(of_callee) = exchanges.get_mut(&exchange.client.ip()) {
            of_callee.push(exchange);
        }
    }
    exchanges.values_mut().for_each(|list| list.sort_by_key(|exchange| exchange.first));
    let mut groups: BTreeMap<_, Vec<Case<'_, '_>>> = BTreeMap::new();
    for call in facts.calls.iter().filter(|call| is_first_view(facts, call)) {
        let of_callee = exchanges.get(&call.state.callee.ip()).map_or(&[][..], Vec::as_slice);
        if let Some(case) = case(facts, call, of_callee) {
            let hosts = (call.state.caller.ip(), call.state.callee.ip());
            groups.entry((hosts, call.state.call.interface.name)).or_default().push(case);
        }
    }
    found.extend(groups.values().filter_map(|cases| draft(facts, cases)));
}

/// Whether a call is not that of a session which was recorded in another place too.
fn is_first_view(facts: &Facts<'_>, call: &Call<'_>) -> bool {
    let session = call.session.and_then(|place| Some((place, facts.sessions.get(place)?)));
    session.is_none_or(|(place, session)| session.conversation == place)
}

/// What a call led to; `None` where there is nothing to say of it.
fn case<'f, 'a>(
    facts: &'f Facts<'a>,
    call: &'f Call<'a>,
    exchanges: &[&'f Exchange<'a>],
) -> Option<Case<'f, 'a>> {
    let state = call.state;
    let named = state.call.argument.as_ref().map(|argument| &*argument.host);
    if named.is_some_and(|host| is_host(facts, host, state.callee.ip())) {
        return None;
    }
    let connection = state
        .opened
        .iter()
        .filter_map(|opened| Some((doing(facts, call, opened.to.ip())?, opened)))
        .max_by_key(|(doing, _)| *doing);
    let start = exchanges.partition_point(|it| it.first < state.at);
    let authentication = exchanges
        .iter()
        .skip(start)
        .take(LOOKED_AT)
        .filter(|it| state.is_soon_before(it.first))
        .filter_map(|it| Some((doing(facts, call, it.server.ip())?, *it)))
        .max_by_key(|(doing, it)| (*doing, is_machine(facts, it)));
    let doings = [connection.map(|(doing, _)| doing), authentication.map(|(doing, _)| doing)];
    let doing = doings.into_iter().max().flatten();
    let is_said = match (named, state.call.interface.service) {
        (Some(_), _) => true,
        // Of arguments that cannot be read only those of a service that hardly anybody calls matter
        // by themselves.
        (None, service) => {
            state.call.is_sealed && (doing.is_some() || service == Service::EncryptedFiles)
        }
    };
    is_said.then_some(Case {
        call,
        doing,
        opened: connection.map(|(_, opened)| (opened.to, opened.at.packet)),
        exchange: authentication.map(|(_, exchange)| exchange),
    })
}

/// What a call has to do with a host that the server then turned to; `None` where it named another.
fn doing(facts: &Facts<'_>, call: &Call<'_>, host: IpAddr) -> Option<Doing> {
    let by_caller = if host == call.state.caller.ip() { Doing::Caller } else { Doing::Perhaps };
    let Some(argument) = &call.state.call.argument else { return Some(by_caller) };
    if is_host(facts, &argument.host, host) {
        return Some(Doing::Named);
    }
    // A name may be that of any host that nothing names.
    let is_open = argument.host.parse::<IpAddr>().is_err() && facts.names.of(host).is_empty();
    is_open.then_some(by_caller)
}

/// Whether a name or address is that of a host.
fn is_host(facts: &Facts<'_>, name: &str, address: IpAddr) -> bool {
    if let Ok(named) = name.parse::<IpAddr>() {
        return named == address || named.is_loopback();
    }
    let wanted = label(name);
    wanted == "localhost" || facts.names.of(address).iter().any(|it| label(&it.name) == wanted)
}

/// Whether an authentication is that of a machine's account.
fn is_machine(facts: &Facts<'_>, exchange: &Exchange<'_>) -> bool {
    facts.user_of(exchange).is_some_and(|user| user.user.ends_with('$'))
}

/// The account that authenticates, as it is written.
fn account(facts: &Facts<'_>, exchange: &Exchange<'_>) -> Option<String> {
    facts.user_of(exchange).map(|user| user.account)
}

fn draft(facts: &Facts<'_>, cases: &[Case<'_, '_>]) -> Option<Draft> {
    let best = cases.iter().max_by_key(|case| rank(facts, case))?;
    let service = best.call.state.call.interface.service;
    let (severity, confidence) = weight(facts, best);
    let mut sessions: Vec<usize> = cases
        .iter()
        .flat_map(|case| [case.call.session, case.exchange.map(|it| it.place)])
        .flatten()
        .collect();
    sessions.sort_unstable();
    sessions.dedup();
    let mut draft =
        Draft::new(confidence, title(facts, best, cases.len()), sessions).severity(severity);
    push_evidence(facts, &mut draft, best);
    for case in cases.iter().filter(|case| !std::ptr::eq(*case, best)).take(6) {
        push_call(&mut draft, case.call);
    }
    let cause = match service {
        Service::Printing => PRINTING,
        Service::DfsNamespaces => NAMESPACES,
        Service::EncryptedFiles | Service::ShadowCopies | Service::EventLogs => FILES,
    };
    let draft = draft.unless(cause);
    Some(match best.doing {
        None => draft,
        Some(doing) => draft.not_if(doing == Doing::Named, BY_ITSELF, "the call names that host"),
    })
}

/// What tells the most of several calls: the one that led to most.
fn rank(facts: &Facts<'_>, case: &Case<'_, '_>) -> (Option<Doing>, bool, bool) {
    let doing = case.doing.filter(|_| !is_refused(case));
    (doing, has_machine(facts, case), case.call.state.call.argument.is_some())
}

/// Whether the server says that it did not carry the call out.
fn is_refused(case: &Case<'_, '_>) -> bool {
    matches!(case.call.state.outcome, Some((_, Outcome::Failed(_))))
}

fn has_machine(facts: &Facts<'_>, case: &Case<'_, '_>) -> bool {
    case.exchange.is_some_and(|exchange| is_machine(facts, exchange))
}

fn weight(facts: &Facts<'_>, case: &Case<'_, '_>) -> (Severity, Confidence) {
    let call = &case.call.state.call;
    // Whoever administers printers or namespaces has such calls made every day.
    let is_usual = matches!(call.interface.service, Service::Printing | Service::DfsNamespaces);
    let is_machine = has_machine(facts, case);
    match case.doing {
        Some(_) if is_refused(case) => (Severity::Medium, Confidence::Weak),
        Some(Doing::Named) if is_machine && !is_usual => (Severity::High, Confidence::Certain),
        Some(Doing::Named) => (Severity::High, Confidence::Strong),
        Some(Doing::Caller) if is_machine => (Severity::High, Confidence::Strong),
        Some(_) if call.is_sealed => (Severity::Medium, Confidence::Weak),
        // What follows may have nothing to do with it: the call has to speak for itself.
        _ if is_refused(case) || call.is_sealed => (Severity::Low, Confidence::Weak),
        _ if is_usual => (Severity::Medium, Confidence::Weak),
        _ => (Severity::Medium, Confidence::Strong),
    }
}

fn title(facts: &Facts<'_>, case: &Case<'_, '_>, n: usize) -> String {
    let state = case.call.state;
    let function = state.call.function;
    let caller = state.caller.ip();
    let callee = facts.host(state.callee.ip());
    let which = match &state.call.argument {
        Some(argument) => format!("with a path of \\\\{}", argument.host),
        None => "with arguments that are encrypted".to_owned(),
    };
    let which = match &state.call.argument {
        Some(argument) if !argument.text.contains(['\\', '/']) => {
            format!("for the host \\\\{}", argument.host)
        }
        _ => which,
    };
    let then = match (case.exchange, case.opened) {
        (Some(exchange), _) => {
            let account =
                account(facts, exchange).map(|it| format!(" as {it}")).unwrap_or_default();
            format!("; {callee} then authenticates{account} to {}", exchange.server.ip())
        }
        (None, Some((to, _))) => format!("; {callee} then connects to {to}"),
        (None, None) => String::new(),
    };
    let more = if n > 1 { format!(" ({n} calls)") } else { String::new() };
    format!("{caller} calls {function} on {callee} {which}{then}{more}")
}

fn push_evidence(facts: &Facts<'_>, draft: &mut Draft, case: &Case<'_, '_>) {
    push_call(draft, case.call);
    let callee = case.call.state.callee.ip();
    if let Some((to, packet)) = case.opened {
        let meaning = format!("{callee} opens a connection after the call.");
        draft.push_evidence(packet, "TCP SYN", to.to_string(), meaning);
    }
    if let Some(exchange) = case.exchange {
        let at = exchange.ntlm.as_deref().and_then(|ntlm| ntlm.authenticate.as_ref());
        let packet = at.map_or(exchange.first.packet, |(at, _)| at.packet);
        let (value, meaning) = match account(facts, exchange) {
            Some(account) => (account, format!("{callee} authenticates to {}.", exchange.server)),
            None => (
                exchange.server.to_string(),
                format!("{callee} authenticates, with an account that cannot be read."),
            ),
        };
        let field = format!("{} request", exchange.request());
        draft.push_evidence(packet, &field, value, meaning);
    }
}

fn push_call(draft: &mut Draft, call: &Call<'_>) {
    let state = call.state;
    let field = format!("RPC request {} opnum {}", state.call.interface.name, state.call.opnum);
    let over = match &state.pipe {
        Some((_, name)) if !name.is_empty() => {
            format!("over the pipe {}", name.trim_start_matches('\\'))
        }
        Some(_) => "over a pipe".to_owned(),
        None => "over TCP".to_owned(),
    };
    let meaning = format!("{} calls it {over}.", state.caller.ip());
    draft.push_evidence(state.at.packet, &field, state.call.function, meaning);
    if let Some(argument) = &state.call.argument {
        let meaning = "The host in it is not the server that is called.";
        draft.push_evidence(state.at.packet, "RPC request argument", &*argument.text, meaning);
    }
    let (at, value, meaning) = match state.outcome {
        Some((at, Outcome::Returned(Some(value)))) => {
            (at, format!("{value:#010x}"), "The call was carried out and gave this back.")
        }
        Some((at, Outcome::Returned(None))) => {
            (at, "response".to_owned(), "The call was carried out.")
        }
        Some((at, Outcome::Failed(status))) => {
            (at, format!("fault {status:#010x}"), "The call was refused.")
        }
        None => return,
    };
    draft.push_evidence(at.packet, "RPC response", value, meaning);
}
