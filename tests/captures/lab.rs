//! The truth of captures made in a lab: counts and statuses per session, dialects, policies and
//! algorithms per capture.

use std::collections::BTreeSet;

use countersign::report::{MessageCounts, Outcome, Report, RequiresSigning, Session};
use serde_json::Value;

use crate::{Disagreement, compare as compare_values};

/// What stands for the SessionId of SMB1 sessions, which have none.
const SMB1: &str = "smb1";

/// Compares a report with a lab capture's truth.
pub(crate) fn compare(truth: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    if let Some(packets) = truth["packets"].as_u64() {
        compare_values("packets".to_owned(), &report.captures[0].packets, &packets, disagreements);
    }
    compare_sessions(truth, report, disagreements);
    compare_dialects(truth, report, disagreements);
    compare_policies(truth, report, disagreements);
    compare_algorithms(truth, report, disagreements);
    compare_users(truth, report, disagreements);
}

/// Sessions by SessionId; SMB1 rows together, for the truth counts SMB1 per connection.
fn compare_sessions(truth: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    let expected = truth["expected_sessions"].as_array().unwrap();
    let ids_found: BTreeSet<String> = report.sessions.iter().map(id_of).collect();
    let ids_expected: BTreeSet<String> = expected.iter().map(id_of_truth).collect();
    compare_values("sessions".to_owned(), &ids_found, &ids_expected, disagreements);
    for id in ids_found.intersection(&ids_expected) {
        let rows: Vec<&Session> = report.sessions.iter().filter(|it| id_of(it) == *id).collect();
        let truths: Vec<&Value> = expected.iter().filter(|it| id_of_truth(it) == *id).collect();
        compare_counts(id, &rows, &truths, disagreements);
        for row in rows {
            let status = name(&row.status);
            let allowed: BTreeSet<&str> = truths
                .iter()
                .flat_map(|it| it["status_without_secret"].as_array().unwrap())
                .map(|status| status.as_str().unwrap())
                .collect();
            if !allowed.contains(status.as_str()) {
                let (found, expected) = (status, format!("{allowed:?}"));
                disagreements.push(Disagreement { what: format!("{id} status"), found, expected });
            }
        }
    }
}

fn compare_counts(
    id: &str,
    rows: &[&Session],
    truths: &[&Value],
    disagreements: &mut Vec<Disagreement>,
) {
    let mut counts = MessageCounts::default();
    for row in rows {
        counts.add(&row.messages.both());
    }
    let sum = |field: &str| truths.iter().map(|it| it[field].as_u64().unwrap()).sum::<u64>();
    // A flag with sixteen zeros for a signature has a bucket of its own; the truth counts the flag.
    let found = [
        ("signed", counts.signed + counts.zero_signature),
        ("unsigned", counts.unsigned),
        ("baseline_signed", counts.baseline_signed),
        ("baseline_unsigned", counts.baseline_unsigned),
    ];
    for (field, found) in found {
        compare_values(format!("{id} {field}"), &found, &sum(field), disagreements);
    }
    let mut at_most = |what: &str, less: u64, more: u64| {
        if less > more {
            let (found, expected) = (less.to_string(), format!("at most {more}"));
            disagreements.push(Disagreement { what: format!("{id} {what}"), found, expected });
        }
    };
    if id != SMB1 {
        // The truth of SMB1 has the NEGOTIATEs of connections without a session, too.
        at_most("setup_unsigned within exempt", sum("setup_unsigned"), counts.exempt);
    }
    // Without a key a transform counts once, whatever it holds.
    at_most("encrypted", counts.encrypted, sum("encrypted_elements"));
    at_most("any encrypted", sum("encrypted_elements").min(1), counts.encrypted);
}

fn compare_dialects(truth: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    // SMB1 dialects are one for the report; a guess and a blank are no measurement.
    let expected: BTreeSet<String> = measured(truth, "dialects")
        .into_iter()
        .filter(|it| !it.contains("guessed"))
        .map(|it| if it.starts_with(['2', '3']) { it } else { "1.0".to_owned() })
        .collect();
    let of_hosts = report.hosts.iter().flat_map(|host| &host.as_server.dialects);
    let of_sessions = report.sessions.iter().filter_map(|session| session.dialect.as_ref());
    let found: BTreeSet<String> = of_hosts.chain(of_sessions).map(name).collect();
    compare_values("dialects".to_owned(), &found, &expected, disagreements);
}

/// What the sides require, by bit 1 of SMB2's SecurityMode and bit 3 of SMB1's.
fn compare_policies(truth: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    let modes = |field: &str| -> Vec<u8> {
        measured(truth, field).iter().map(|mode| mode.parse().unwrap()).collect()
    };
    let dialects = measured(truth, "dialects");
    let has_smb2 = dialects.is_empty() || dialects.iter().any(|it| it.starts_with(['2', '3']));
    let has_smb1 = dialects.iter().any(|it| !it.starts_with(['2', '3']));
    // Bit 1 is "required" in SMB2 and "challenge and response" in SMB1, where bit 3 is "required".
    let server: BTreeSet<bool> = modes("server_security_mode")
        .into_iter()
        .map(|mode| {
            if has_smb2 && !(has_smb1 && mode & 1 != 0 && mode & 2 != 0) {
                mode & 2 != 0
            } else {
                mode & 8 != 0
            }
        })
        .collect();
    let mut found = BTreeSet::new();
    for host in &report.hosts {
        match host.as_server.requires_signing {
            Some(RequiresSigning::Yes) => drop(found.insert(true)),
            Some(RequiresSigning::No) => drop(found.insert(false)),
            Some(RequiresSigning::Contradictory) => found.extend([true, false]),
            None => {}
        }
    }
    compare_values("server policy".to_owned(), &found, &server, disagreements);
    let of_sessions: BTreeSet<bool> =
        smb2_channels(report).filter_map(|channel| channel.policy.server_requires).collect();
    if !of_sessions.is_subset(&server) {
        let (found, expected) = (format!("{of_sessions:?}"), format!("{server:?}"));
        let what = "server policy of sessions".to_owned();
        disagreements.push(Disagreement { what, found, expected });
    }
    let client: BTreeSet<bool> =
        modes("client_security_mode").into_iter().map(|mode| mode & 2 != 0).collect();
    let found: BTreeSet<bool> =
        smb2_channels(report).filter_map(|channel| channel.policy.client_requires).collect();
    if smb2_channels(report).next().is_some() {
        compare_values("client policy".to_owned(), &found, &client, disagreements);
    }
}

/// The channels of SMB 2 and 3 sessions.
fn smb2_channels(report: &Report) -> impl Iterator<Item = &countersign::report::Channel> {
    let sessions = report.sessions.iter().filter(|session| session.session_id.is_some());
    sessions.flat_map(|session| &session.channels)
}

fn compare_algorithms(truth: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    let expected = measured(truth, "signing_algorithms");
    for session in &report.sessions {
        let of_channels = session.channels.iter().map(|channel| channel.signing_algorithm);
        for algorithm in of_channels.chain([session.signing_algorithm]).flatten() {
            if !expected.contains(&name(&algorithm)) {
                let (found, expected) = (name(&algorithm), format!("{expected:?}"));
                let what = format!("{} signing algorithm", id_of(session));
                disagreements.push(Disagreement { what, found, expected });
            }
        }
        // What signs has to be named where every connection of the capture signs alike.
        let signs = session.dialect.is_some() && session.messages.both().signed > 0;
        if signs && expected.len() == 1 && session.signing_algorithm.is_none() {
            let (found, expected) = ("none".to_owned(), format!("{expected:?}"));
            let what = format!("{} signing algorithm", id_of(session));
            disagreements.push(Disagreement { what, found, expected });
        }
    }
    let ciphers = measured(truth, "ciphers");
    for session in &report.sessions {
        let cipher = session.encryption_cipher.clone();
        let encrypts = session.messages.both().encrypted > 0;
        let agrees = match &cipher {
            Some(cipher) => ciphers.contains(cipher),
            None => !encrypts || ciphers.is_empty(),
        };
        if !agrees {
            let (found, expected) = (format!("{cipher:?}"), format!("{ciphers:?}"));
            let what = format!("{} cipher", id_of(session));
            disagreements.push(Disagreement { what, found, expected });
        }
    }
}

/// Accounts that log on are among those of the lab.
fn compare_users(truth: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    let Some(credentials) = truth["credentials"].as_array() else { return };
    let known: BTreeSet<String> = credentials
        .iter()
        .filter_map(|it| it["username"].as_str())
        .map(str::to_lowercase)
        .collect();
    for session in &report.sessions {
        if session.outcome != Outcome::Established {
            continue;
        }
        let user = session.auth.user.as_deref().unwrap_or_default().to_lowercase();
        if !user.is_empty() && !known.is_empty() && !known.contains(&user) {
            let (found, expected) = (user, format!("{known:?}"));
            let what = format!("{} user", id_of(session));
            disagreements.push(Disagreement { what, found, expected });
        }
    }
}

/// A list of `measured`, without the blanks that stand for "not measured".
fn measured(truth: &Value, field: &str) -> BTreeSet<String> {
    let list = truth["measured"][field].as_array().unwrap();
    list.iter().map(|it| it.as_str().unwrap().to_owned()).filter(|it| it != "None").collect()
}

fn id_of(session: &Session) -> String {
    match &session.session_id {
        Some(id) => format!("0x{:x}", u64::from_str_radix(&id[2..], 16).unwrap()),
        None => SMB1.to_owned(),
    }
}

fn id_of_truth(session: &Value) -> String {
    session["session_id"].as_str().unwrap_or(SMB1).to_owned()
}

/// A value's name in the report.
fn name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}
