//! The truth of public captures: what an independent reading found per connection and session.

use std::collections::{BTreeMap, BTreeSet};

use countersign::report::{Channel, Endpoint, MessageCounts, Report, Session};
use serde_json::Value;

use crate::{Disagreement, compare as compare_values};

/// Compares a report with a public capture's truth.
pub(crate) fn compare(truth: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    if let Some(packets) = truth["packets"].as_str().and_then(|it| it.parse().ok()) {
        compare_values("packets".to_owned(), &report.captures[0].packets, &packets, disagreements);
    }
    let mut expected = BTreeMap::new();
    for connection in truth["connections"].as_array().unwrap() {
        for (id, session) in sessions_of(connection) {
            // A session may span several connections.
            expected.entry(id).or_insert_with(Vec::new).push(&session["counts"]);
            compare_session(id, session, connection, report, disagreements);
        }
        compare_encrypted(connection, report, disagreements);
        compare_smb1(connection, report, disagreements);
    }
    let found: BTreeSet<&str> =
        report.sessions.iter().filter_map(|session| session.session_id.as_deref()).collect();
    let expected_ids = expected.keys().copied().collect();
    compare_values("sessions".to_owned(), &found, &expected_ids, disagreements);
    for session in &report.sessions {
        if let Some(counts) = session.session_id.as_deref().and_then(|id| expected.get(id)) {
            compare_status(session, counts, disagreements);
        }
    }
}

/// The SMB 2 and 3 sessions of a connection; SessionId 0 is none.
fn sessions_of(connection: &Value) -> Vec<(&str, &Value)> {
    let Some(sessions) = connection["smb2"]["sessions"].as_object() else { return Vec::new() };
    let sessions = sessions.iter().map(|(id, session)| (id.as_str(), session));
    sessions.filter(|(id, _)| !id.trim_start_matches(['0', 'x']).is_empty()).collect()
}

fn compare_session(
    id: &str,
    truth: &Value,
    connection: &Value,
    report: &Report,
    disagreements: &mut Vec<Disagreement>,
) {
    let found = report.sessions.iter().find_map(|session| {
        let channel = channel_of(session, connection)?;
        (session.session_id.as_deref() == Some(id)).then_some((session, channel))
    });
    let Some((session, channel)) = found else {
        let (found, expected) = ("absent".to_owned(), connection["client"].to_string());
        disagreements.push(Disagreement { what: id.to_owned(), found, expected });
        return;
    };
    let smb2 = &connection["smb2"];
    if let Some(dialect) = strings(&smb2["dialect"]).into_iter().rfind(|it| *it != "2.???") {
        let found = session.dialect.map(|it| serde_json::to_value(it).unwrap());
        compare_values(format!("{id} dialect"), &found, &Some(Value::from(dialect)), disagreements);
    }
    let requires = |fields: &[&str]| {
        let modes: Vec<&str> = fields.iter().flat_map(|field| strings(&smb2[*field])).collect();
        (!modes.is_empty()).then(|| modes.iter().any(|mode| mode.contains("required")))
    };
    compare_values(
        format!("{id} client policy"),
        &channel.policy.client_requires,
        &requires(&["client_secmode", "sess_setup_secmode"]),
        disagreements,
    );
    compare_values(
        format!("{id} server policy"),
        &channel.policy.server_requires,
        &requires(&["server_secmode"]),
        disagreements,
    );
    compare_algorithm(id, smb2, session, disagreements);
    let is_guest = strings(&truth["flags"]).contains(&"guest");
    compare_values(
        format!("{id} guest"),
        &(session.auth.guest == Some(true)),
        &is_guest,
        disagreements,
    );
    compare_counts(id, truth, channel, disagreements);
}

/// The algorithm that a context named, else the dialect's own.
fn compare_algorithm(
    id: &str,
    smb2: &Value,
    session: &Session,
    disagreements: &mut Vec<Disagreement>,
) {
    let named = strings(&smb2["sign_rsp"]).first().copied();
    let dialect = strings(&smb2["dialect"]).into_iter().rfind(|it| *it != "2.???");
    let expected = match (named, dialect) {
        (Some("AES-GMAC"), _) => "AES-128-GMAC",
        (Some("AES-CMAC"), _) | (None, Some("3.0" | "3.0.2" | "3.1.1")) => "AES-128-CMAC",
        (Some("HMAC-SHA256"), _) | (None, Some("2.0.2" | "2.1")) => "HMAC-SHA256",
        _ => return,
    };
    let found = session.signing_algorithm.map(|it| serde_json::to_value(it).unwrap());
    let expected = Some(Value::from(expected));
    compare_values(format!("{id} signing algorithm"), &found, &expected, disagreements);
    let negotiated = session.signing_algorithm_negotiated;
    let what = format!("{id} signing algorithm negotiated");
    compare_values(what, &negotiated, &Some(named.is_some()), disagreements);
}

/// Messages with and without a signature, per direction. The truth knows the flag, and setup and
/// the rest apart; the report tells TREE_CONNECT from the rest, and leaves out what is exempt.
fn compare_counts(
    id: &str,
    truth: &Value,
    channel: &Channel,
    disagreements: &mut Vec<Disagreement>,
) {
    let count = |name: String| truth["counts"][name].as_u64().unwrap_or(0);
    let sides = [("req", &channel.messages.from_client), ("rsp", &channel.messages.from_server)];
    for (side, counts) in sides {
        let signed = count(format!("post_{side}_signed")) + count(format!("ss_{side}_signed"));
        let unsigned =
            count(format!("post_{side}_unsigned")) + count(format!("ss_{side}_unsigned"));
        let found = counts.signed + counts.baseline_signed + counts.zero_signature;
        compare_values(format!("{id} {side} signed"), &found, &signed, disagreements);
        let found = counts.unsigned + counts.baseline_unsigned + counts.exempt;
        compare_values(format!("{id} {side} unsigned"), &found, &unsigned, disagreements);
    }
}

/// The status that the truth's counts allow, over all connections of the session.
fn compare_status(session: &Session, counts: &[&Value], disagreements: &mut Vec<Disagreement>) {
    let sum = |is_meant: &dyn Fn(&str) -> bool| -> u64 {
        let counts = counts.iter().flat_map(|counts| counts.as_object().unwrap());
        let meant = counts.filter(|(name, _)| is_meant(name));
        meant.map(|(_, count)| count.as_u64().unwrap()).sum()
    };
    // The truth names the commands of unsigned messages only.
    let signed = sum(&|name| matches!(name, "post_req_signed" | "post_rsp_signed"));
    let unsigned = sum(&|name| name.starts_with("unsigned_") && !name.ends_with("_tree_conn"));
    let status = serde_json::to_value(session.status).unwrap();
    let encrypted = session.messages.both().encrypted > 0;
    let allowed: &[&str] = match (encrypted, signed > 0, unsigned > 0) {
        (true, false, false) => &["encrypted"],
        (true, ..) => &["encrypted", "encrypted_partly", "signing_violated"],
        // Signed messages may all be TREE_CONNECT or VALIDATE_NEGOTIATE_INFO.
        (false, true, false) => &["signed_unverified", "baseline_only"],
        (false, true, true) => {
            &["selective", "signing_violated", "unsigned_setup_only", "signed_unverified"]
        }
        (false, false, true) => {
            &["unsigned_setup_only", "unsigned_guest", "unsigned_anonymous", "unsigned"]
        }
        (false, false, false) => &["baseline_only", "no_session", "unknown"],
    };
    if !allowed.contains(&status.as_str().unwrap()) {
        let (found, expected) = (status.to_string(), format!("{allowed:?}"));
        disagreements.push(Disagreement {
            what: format!("{} status", session.key),
            found,
            expected,
        });
    }
}

/// Transforms of a connection, over its sessions.
fn compare_encrypted(connection: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    let Some(expected) = connection["smb2"]["encrypted_msgs"].as_u64() else { return };
    let found: u64 = counts_of(connection, report, true).map(|it| it.encrypted).sum();
    let what = format!("{} encrypted", connection["client"].as_str().unwrap());
    compare_values(what, &found, &expected, disagreements);
}

/// SMB1 messages after the setup, per connection.
fn compare_smb1(connection: &Value, report: &Report, disagreements: &mut Vec<Disagreement>) {
    let Some(counts) = connection["smb1"]["counts"].as_object() else { return };
    let count = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or(0);
    let sum = |field: fn(&MessageCounts) -> u64| -> u64 {
        counts_of(connection, report, false).map(|it| field(&it)).sum()
    };
    let signed = count("smb1_post_req_sigbytes") + count("smb1_post_rsp_sigbytes");
    let all = count("smb1_post_req") + count("smb1_post_rsp");
    let client = connection["client"].as_str().unwrap();
    compare_values(format!("{client} SMB1 signed"), &sum(|it| it.signed), &signed, disagreements);
    let unsigned = all.saturating_sub(signed);
    let what = format!("{client} SMB1 unsigned");
    compare_values(what, &sum(|it| it.unsigned), &unsigned, disagreements);
}

/// The message counts of every session on a connection.
fn counts_of<'a>(
    connection: &'a Value,
    report: &'a Report,
    is_smb2: bool,
) -> impl Iterator<Item = MessageCounts> + 'a {
    let sessions = report.sessions.iter().filter(move |it| it.session_id.is_some() == is_smb2);
    sessions.filter_map(|session| Some(channel_of(session, connection)?.messages.both()))
}

/// A session's presence on a connection.
fn channel_of<'a>(session: &'a Session, connection: &Value) -> Option<&'a Channel> {
    let is = |endpoint: &Endpoint, text: &Value| {
        text.as_str() == Some(&format!("{}:{}", endpoint.address, endpoint.port))
    };
    session.channels.iter().find(|channel| {
        is(&channel.client, &connection["client"]) && is(&channel.server, &connection["server"])
    })
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}
