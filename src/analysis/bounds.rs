//! What the bounds on memory and work left out of a run, as problems of the report.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::flow::Counters;
use crate::names::Names;
use crate::report::Problem;
use crate::session::{Connection, Dropped, Observer};

/// A problem for each bound that was reached; `too_deep` packets were in more tunnels than are
/// followed.
pub(super) fn reached(dropped: Dropped, counters: Counters, too_deep: u64) -> Vec<Problem> {
    let bounds = [
        (
            "limit-tunnels",
            too_deep,
            "packets are in so many tunnels, one in the other, that what is in the innermost was not read.",
        ),
        (
            "limit-connections",
            dropped.connections,
            "connections with SMB are not in the report, for there are more than one run can hold. Split the capture, with editcap -c, and read the parts one by one.",
        ),
        (
            "limit-sessions",
            dropped.messages_of_sessions,
            "messages belong to sessions that are not in the report, for there are more than one run can hold. Split the capture, with editcap -c, and read the parts one by one.",
        ),
        (
            "limit-setup-messages",
            dropped.setup_messages,
            "messages of NEGOTIATE and SESSION_SETUP were counted and not kept, so what they say is not shown.",
        ),
        (
            "limit-compressed-messages",
            dropped.compressed_messages,
            "compressed messages were not expanded, for those before them held far more than messages do; what their uncompressed start shows was read.",
        ),
        (
            "limit-listed-messages",
            dropped.listed_messages,
            "messages are counted and not listed one by one, for there are more than one run can list. Select fewer sessions' packets with a Wireshark filter, save them, and list those.",
        ),
        (
            "limit-pipes",
            dropped.pipes,
            "named pipes were open at once beyond what one run can follow; what was called over them is not in the findings.",
        ),
        (
            "limit-remote-calls",
            dropped.remote_calls,
            "remote calls that can make a server authenticate elsewhere are not in the findings, for there are more than one run can hold.",
        ),
        (
            "limit-flows",
            counters.flows_evicted,
            "TCP connections were given up before their end, for too many were open at once; what followed of them starts in the middle.",
        ),
        (
            "limit-paths",
            counters.paths_evicted,
            "TCP connections were given up before their end, for too many had the same addresses and ports in different VLANs or tunnels; what followed of them starts in the middle.",
        ),
        (
            "limit-reassembly",
            counters.gaps_by_limit,
            "holes in TCP streams were taken for lost bytes early, for too much waited behind them.",
        ),
    ];
    problems(&bounds)
}

/// Statements about the hosts of connections that were left out, for there were many of one host.
fn of_hosts(observer: &Observer, names: &Names) -> u64 {
    let ends = |connection: &Connection| [connection.client.ip(), connection.server.ip()];
    let addresses: BTreeSet<IpAddr> = observer.connections().iter().flat_map(ends).collect();
    addresses.iter().map(|address| names.dropped_of(*address)).sum()
}

/// A problem for each bound on names that was reached; names of hosts without SMB do not matter.
pub(super) fn names_left_out(observer: &Observer, names: &Names) -> Vec<Problem> {
    if observer.connections().is_empty() {
        return Vec::new();
    }
    let of_hosts = if names.has_left_out_of_any() { of_hosts(observer, names) } else { 0 };
    let dropped = names.dropped();
    problems(&[
        (
            "limit-names",
            of_hosts.saturating_add(dropped.statements),
            "statements about the names of hosts are not in the report, for there are more, or longer ones, than one run can hold.",
        ),
        (
            "limit-lookups",
            dropped.lookups,
            "questions for names and answers to them were not remembered, for there are more than one run can hold.",
        ),
    ])
}

/// A problem where of messages only the start was kept.
pub(super) fn messages_shortened(shortened: u64) -> Vec<Problem> {
    problems(&[(
        "limit-messages",
        shortened,
        "messages were counted and kept only in part, for too many were under way at once; what stands further on in them is not shown.",
    )])
}

/// A problem where there is more SMB over transports that are not analysed than is listed.
pub(super) fn transports_left_out(dropped: u64) -> Vec<Problem> {
    problems(&[(
        "limit-not-analysable",
        dropped,
        "conversations of SMB over QUIC and SMB Direct are not listed, for there are more than one run can hold.",
    )])
}

/// A problem where tokens that other protocols than SMB carry were not kept, or who fetched a ticket.
pub(super) fn tokens_left_out(tokens: u64, tickets: u64) -> Vec<Problem> {
    problems(&[
        (
            "limit-carried-authentications",
            tokens,
            "messages of authentications over HTTP, LDAP and the like were not kept, for there are more than one run can hold; findings say nothing of them.",
        ),
        (
            "limit-tickets",
            tickets,
            "answers of the KDC were not remembered, for there are more than one run can hold; findings do not say who fetched their tickets.",
        ),
    ])
}

fn problems(bounds: &[(&str, u64, &str)]) -> Vec<Problem> {
    bounds
        .iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(code, count, what)| Problem {
            code: (*code).to_owned(),
            offset: None,
            packet: None,
            message: format!("{count} {what}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{messages_shortened, reached};
    use crate::flow::Counters;
    use crate::session::Dropped;

    #[test]
    fn a_run_within_its_bounds_has_no_problem() {
        assert_eq!(reached(Dropped::default(), Counters::default(), 0), []);
    }

    #[test]
    fn each_bound_that_was_reached_is_told() {
        let dropped = Dropped { messages_of_sessions: 7, ..Dropped::default() };
        let counters = Counters { flows_evicted: 2, ..Counters::default() };
        let problems = reached(dropped, counters, 3);
        let told: Vec<(&str, bool)> = problems
            .iter()
            .map(|problem| (problem.code.as_str(), problem.message.starts_with(['7', '2', '3'])))
            .collect();
        let expected = ["limit-tunnels", "limit-sessions", "limit-flows"].map(|it| (it, true));
        assert_eq!(told, expected);
    }

    #[test]
    fn messages_that_were_kept_in_part_are_told() {
        assert_eq!(messages_shortened(0), []);
        let problems = messages_shortened(3);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.starts_with("3 messages were counted and kept only in part"));
    }
}
