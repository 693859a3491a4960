//! What a responder should act on: each rule on a dialogue that it is made for and on one that only
//! looks like it, and all rules on captures whose truth is known.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it compared"
)]

#[path = "findings/captures.rs"]
mod captures;
#[path = "findings/carriers.rs"]
mod carriers;
#[path = "findings/coercion.rs"]
mod coercion;
#[path = "support/conversation/mod.rs"]
mod conversation;
#[path = "findings/hygiene.rs"]
mod hygiene;
#[path = "findings/integrity.rs"]
mod integrity;
#[path = "findings/kerberos.rs"]
mod kerberos;
#[path = "findings/names.rs"]
mod names;
#[path = "findings/negotiation.rs"]
mod negotiation;
#[path = "findings/ntlm.rs"]
mod ntlm;
#[path = "findings/relay.rs"]
mod relay;
#[path = "findings/scale.rs"]
mod scale;
mod support;

use countersign::report::{Finding, Report};

use self::conversation::ntlm::{Answer, Challenge, negotiate};
use self::conversation::smb2::{self, Smb2};
use self::conversation::{Conversation, ntlm as messages};

/// The findings of one rule.
fn of<'r>(report: &'r Report, rule: &str) -> Vec<&'r Finding> {
    let found: Vec<&Finding> = report.findings.iter().filter(|it| it.rule == rule).collect();
    for finding in &found {
        check(finding);
    }
    found
}

/// The only finding of one rule.
fn only<'r>(report: &'r Report, rule: &str) -> &'r Finding {
    let found = of(report, rule);
    assert_eq!(found.len(), 1, "{rule}: {found:#?} of {:#?}", report.findings);
    found[0]
}

/// What holds of every finding.
fn check(finding: &Finding) {
    assert!(!finding.title.is_empty() && !finding.remediation.is_empty());
    assert!(!finding.alternatives.is_empty() && !finding.references.is_empty());
    assert!(!finding.evidence.is_empty(), "{finding:#?}");
    for text in finding.alternatives.iter().chain([&finding.title]) {
        assert!(!text.to_lowercase().contains("attack"), "{text}");
    }
    for it in &finding.evidence {
        assert!(it.packet > 0 && !it.field.is_empty() && it.meaning.ends_with('.'), "{it:?}");
    }
}

/// What identifies one side of a leg.
type Guid = [u8; 16];

/// A client logs on over a connection of its own.
struct Leg<'a> {
    client: &'a str,
    server: &'a str,
    client_guid: Guid,
    server_guid: Guid,
    session: u64,
}

impl Leg<'_> {
    fn new<'a>(client: &'a str, server: &'a str, number: u8) -> Leg<'a> {
        let (client_guid, server_guid) = ([number | 0x80; 16], [number | 0xc0; 16]);
        Leg { client, server, client_guid, server_guid, session: 0x1000 + u64::from(number) }
    }

    /// Connects, negotiates, and says the first message of NTLM.
    fn begin(&self, talk: &mut Conversation) -> conversation::Connection {
        self.begin_with(talk, &negotiate())
    }

    fn begin_with(&self, talk: &mut Conversation, token: &[u8]) -> conversation::Connection {
        let connection = talk.connect(self.client, self.server);
        talk.client(smb2::negotiate_by(smb2::ENABLED, &[0x0210], self.client_guid))
            .server(smb2::negotiated_by(smb2::ENABLED, 0x0210, self.server_guid))
            .client(smb2::setup(token).session(0))
            .session(self.session);
        connection
    }

    /// A whole authentication, answered with `last`.
    fn run(&self, talk: &mut Conversation, challenge: &Challenge, answer: &Answer, last: Smb2) {
        self.begin(talk);
        talk.server(smb2::challenged_with(&challenge.message()))
            .client(smb2::setup(&answer.message()))
            .server(last);
    }
}

/// An ordinary authentication with a challenge of its own.
fn ordinary(talk: &mut Conversation, client: &str, server: &str, number: u8) {
    let challenge = messages::challenge_of("FS1", [number, 7, 3, 9, 1, 4, 8, 2]);
    let answer = messages::answer_to(&challenge, "cifs/FS1.lab.test", number);
    Leg::new(client, server, number).run(talk, &challenge, &answer, smb2::welcomed().signed());
}
