//! Captures whose truth is known from elsewhere: how the lab that made them was configured, what an
//! independent verifier computed, and what a reading with another program found.
//!
//! They lie in the folder that `COUNTERSIGN_CAPTURES` names; where it is not there, nothing is
//! compared, and the test says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it compared"
)]

#[path = "captures/lab.rs"]
mod lab;
#[path = "captures/names.rs"]
mod names;
#[path = "captures/public.rs"]
mod public;
mod support;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::report::{Report, SigningStatus};
use serde_json::Value;

use self::support::{analyze, root};

/// A statement of a truth file that its capture proves wrong.
struct Accepted {
    file: &'static str,
    /// What is compared, as in [`Disagreement`].
    what: &'static str,
    /// What the report says, and has to go on saying.
    found: &'static str,
    /// The packets that prove it, and what they say.
    why: &'static str,
}

/// Every accepted disagreement; one that is not met is an error too.
const ACCEPTED: &[Accepted] = &[
    Accepted {
        file: "01-impacket-nt1-optional.pcap",
        what: "smb1 unsigned",
        found: "42",
        why: "packets 54 and 55 come after the LOGOFF response in packet 53",
    },
    Accepted {
        file: "04-smb210-share-enc-refused.pcap",
        what: "0xee6b498e unsigned",
        found: "5",
        why: "packet 23 is an unsigned STATUS_NETWORK_NAME_DELETED, which is exempt",
    },
    Accepted {
        file: "05-smb1-logoff.pcap",
        what: "smb1 signed",
        found: "14",
        why: "packets 26 and 27 come after the LOGOFF response in packet 25",
    },
    Accepted {
        file: "05-torture-reconnect2.pcap",
        what: "0x32208394 unsigned",
        found: "5",
        why: "packet 23 is an unsigned STATUS_USER_SESSION_DELETED, which is exempt",
    },
    Accepted {
        file: "09-torture-bind-invalid-auth.pcap",
        what: "0x13d1e83b signed",
        found: "17",
        why: "packets 68, 70 and 77 are STATUS_USER_SESSION_DELETED with their requests' signatures",
    },
    Accepted {
        file: "09-torture-bind-invalid-auth.pcap",
        what: "0x4c0da80b signed",
        found: "10",
        why: "packets 46 and 52 are STATUS_USER_SESSION_DELETED with their requests' signatures",
    },
    Accepted {
        file: "09-torture-compound-related1-signed.pcap",
        what: "0x4b90ecad signed",
        found: "10",
        why: "packets 16 and 17 end in related elements, whose SessionId of all ones is this one",
    },
    Accepted {
        file: "09-torture-connect-signed.pcap",
        what: "0xdb3ebede signed",
        found: "42",
        why: "packet 230 comes after the LOGOFF response in packet 229, and packet 231 is a \
              STATUS_USER_SESSION_DELETED with its request's signature",
    },
    Accepted {
        file: "10-tamper-enc-gcm-sid.pcap",
        what: "0xdb4031f2 encrypted",
        found: "50",
        why: "packet 12 was altered inside, and is a transform of this session all the same",
    },
    Accepted {
        file: "10-mid-302-after-negotiate.pcap",
        what: "dialects",
        found: "{\"3.0.2\"}",
        why: "packet 8 is the answer to VALIDATE_NEGOTIATE_INFO, which repeats what was negotiated",
    },
    Accepted {
        file: "10-mid-302-after-negotiate.pcap",
        what: "server policy",
        found: "{true}",
        why: "packet 8 is the answer to VALIDATE_NEGOTIATE_INFO, which repeats what was negotiated",
    },
    Accepted {
        file: "10-mid-302-after-negotiate.pcap",
        what: "server policy of sessions",
        found: "{true}",
        why: "packet 8 is the answer to VALIDATE_NEGOTIATE_INFO, which repeats what was negotiated",
    },
    Accepted {
        file: "10-snap300.pcap",
        what: "dialects",
        found: "{\"3.1.1\"}",
        why: "packet 6 is cut after the fixed part of the NEGOTIATE response",
    },
    Accepted {
        file: "10-snap300.pcap",
        what: "server policy",
        found: "{true}",
        why: "packet 6 is cut after the fixed part of the NEGOTIATE response",
    },
    Accepted {
        file: "10-snap300.pcap",
        what: "server policy of sessions",
        found: "{true}",
        why: "packet 6 is cut after the fixed part of the NEGOTIATE response",
    },
    Accepted {
        file: "studylab1__SAMR-Enum-Lab__Resources__samr-enum.py_account_details.pcapng",
        what: "192.168.10.101:46804 encrypted",
        found: "52",
        why: "packet 75 is a transform of SessionId 0, which is no session",
    },
    Accepted {
        file: "OISF__suricata-verify__tests__smb-length-5786__input.pcap",
        what: "0xadc209fb00000005 rsp signed",
        found: "652",
        why: "packets 33, 113, 251, 448, 521 and 560 are STATUS_PENDING, which is exempt",
    },
    Accepted {
        file: "OISF__suricata-verify__tests__smb-length-5786__input.pcap",
        what: "0xadc209fb00000005 rsp unsigned",
        found: "20",
        why: "packets 33, 113, 251, 448, 521 and 560 are STATUS_PENDING, which is exempt",
    },
];

/// One value on which report and truth differ.
pub(crate) struct Disagreement {
    /// What was compared, such as "session 0x1234 status".
    pub(crate) what: String,
    /// What the report says.
    pub(crate) found: String,
    /// What the truth file says.
    pub(crate) expected: String,
}

/// Notes a disagreement where `found` is not `expected`.
pub(crate) fn compare<T: std::fmt::Debug + PartialEq>(
    what: String,
    found: &T,
    expected: &T,
    disagreements: &mut Vec<Disagreement>,
) {
    if found != expected {
        let (found, expected) = (format!("{found:?}"), format!("{expected:?}"));
        disagreements.push(Disagreement { what, found, expected });
    }
}

#[test]
fn captures_agree_with_their_truth() {
    let Some(folder) = folder() else { return };
    let mut checked = 0;
    let mut wrong = Vec::new();
    let mut met = Vec::new();
    let truths = [("lab", lab::compare as Compare), ("public", public::compare as Compare)];
    for (part, compare_with) in truths {
        let listed = listed(&folder.join(part));
        for truth in &listed {
            let file = truth["file"].as_str().unwrap();
            let path = folder.join(part).join(file);
            let Ok(bytes) = fs::read(&path) else {
                wrong.push(format!("{file}: listed, and not there"));
                continue;
            };
            let report = analyze(file, &bytes);
            checked += 1;
            let report = match report {
                Ok(report) => report,
                Err(sentence) => {
                    wrong.push(format!("{file}: {sentence}"));
                    continue;
                }
            };
            let mut disagreements = Vec::new();
            check_claims(&report, &mut disagreements);
            compare_with(contents_of(truth, &listed), &report, &mut disagreements);
            for Disagreement { what, found, expected } in disagreements {
                let accepted = ACCEPTED
                    .iter()
                    .position(|it| (it.file, it.what, it.found) == (file, &*what, &*found));
                let line = format!("{file}: {what} is {found}, the truth file says {expected}");
                match accepted {
                    Some(place) => {
                        println!("accepted {line}: {}", ACCEPTED[place].why);
                        met.push(place);
                    }
                    None => wrong.push(line),
                }
            }
        }
    }
    println!("{checked} checked");
    for (place, accepted) in ACCEPTED.iter().enumerate() {
        if !met.contains(&place) {
            wrong.push(format!("{}: {} agrees by now", accepted.file, accepted.what));
        }
    }
    assert!(wrong.is_empty(), "{} disagreements:\n{}", wrong.len(), wrong.join("\n"));
}

/// Files without SMB: damaged, tunnelled, of odd link layers. They must be read without a panic, and
/// no session may come out of them.
#[test]
fn files_without_smb_give_no_session() {
    let Some(folder) = folder() else { return };
    let mut files = Vec::new();
    collect(&folder.join("containers"), &mut files);
    for path in &files {
        if let Ok(report) = analyze("container", &fs::read(path).unwrap()) {
            assert!(report.sessions.is_empty(), "{}: a session", path.display());
        }
    }
    println!("{} containers read", files.len());
}

type Compare = fn(&Value, &Report, &mut Vec<Disagreement>);

/// What is in a capture: its own entry, or that of the capture it was made from where the verifier
/// could not read its format.
fn contents_of<'a>(truth: &'a Value, listed: &'a [Value]) -> &'a Value {
    if truth["file"] != "10-fmt-modpcap.pcap" {
        return truth;
    }
    listed.iter().find(|other| other["file"] == truth["variant_of"]).unwrap()
}

/// What no report without a secret may say.
fn check_claims(report: &Report, disagreements: &mut Vec<Disagreement>) {
    for session in &report.sessions {
        let claims = matches!(
            session.status,
            SigningStatus::SignedVerified
                | SigningStatus::SignedPartlyVerified
                | SigningStatus::EncryptedVerified
                | SigningStatus::BadSignature
                | SigningStatus::KeyMismatch
        );
        let counts = session.messages.both();
        let proofs = counts.verified + counts.failed + counts.decrypted + counts.decrypt_failed;
        compare(format!("{} proof without a secret", session.key), &claims, &false, disagreements);
        compare(format!("{} proofs without a secret", session.key), &proofs, &0, disagreements);
        let sum = counts.encrypted
            + counts.unreadable
            + counts.exempt
            + counts.baseline_signed
            + counts.baseline_unsigned
            + counts.zero_signature
            + counts.signed
            + counts.unsigned;
        compare(format!("{} sum of buckets", session.key), &sum, &counts.total, disagreements);
    }
}

/// The folder of captures, if it is there.
fn folder() -> Option<PathBuf> {
    let folder = match env::var_os("COUNTERSIGN_CAPTURES") {
        Some(folder) => PathBuf::from(folder),
        None => root().join("../shared/captures"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    println!("0 checked, all skipped: there is no folder {}", folder.display());
    None
}

/// The entries of a truth file.
fn listed(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("truth.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!entries.is_empty());
    entries
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
