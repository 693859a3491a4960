//! A run at a glance: what the page shows before a session is opened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::exception::Accepted;
use super::host::RequiresSigning;
use super::not_analysable::NotAnalysable;
use super::session::{
    Coverage, Dialect, Endpoint, Expected, Mechanism, MessageCounts, Outcome, Policy, Protocol,
    Session, SigningAlgorithm, SigningStatus,
};
use super::{Capture, Report};

/// A run at a glance; while a capture is read, of what was read so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The captures of the run.
    pub captures: Vec<Capture>,
    /// Sessions found.
    pub sessions: u64,
    /// Sessions of each status that occurs, the worst first.
    pub by_status: Vec<StatusCount>,
    /// Sessions by what the capture shows of them; a session that lacks two things counts twice.
    pub by_coverage: Vec<CoverageCount>,
    /// Servers whose NEGOTIATE responses do not require signing.
    pub servers_not_requiring: u64,
    /// Those of them that an exception accepts.
    #[serde(default)]
    pub servers_accepted: u64,
    /// Servers with a NEGOTIATE response.
    pub servers: u64,
}

/// How many sessions have a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusCount {
    /// The status.
    pub status: SigningStatus,
    /// Sessions that have it.
    pub sessions: u64,
    /// Those of them that an exception accepts.
    #[serde(default)]
    pub accepted: u64,
}

/// How many sessions have a coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageCount {
    /// The coverage.
    pub coverage: Coverage,
    /// Sessions that have it.
    pub sessions: u64,
}

/// How many sessions there are, of each status and each coverage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCounts {
    sessions: u64,
    by_status: [StatusCount; SigningStatus::ALL.len()],
    by_coverage: [CoverageCount; Coverage::ALL.len()],
}

impl Default for SessionCounts {
    fn default() -> SessionCounts {
        SessionCounts {
            sessions: 0,
            by_status: SigningStatus::ALL.map(|status| StatusCount {
                status,
                sessions: 0,
                accepted: 0,
            }),
            by_coverage: Coverage::ALL.map(|coverage| CoverageCount { coverage, sessions: 0 }),
        }
    }
}

impl SessionCounts {
    /// Counts a session, by its status, by what the capture shows of it, and whether an exception
    /// accepts it.
    pub fn add(&mut self, status: SigningStatus, coverage: &[Coverage], is_accepted: bool) {
        self.sessions += 1;
        for count in self.by_status.iter_mut().filter(|count| count.status == status) {
            count.sessions += 1;
            count.accepted += u64::from(is_accepted);
        }
        for count in self.by_coverage.iter_mut().filter(|it| coverage.contains(&it.coverage)) {
            count.sessions += 1;
        }
    }

    /// The counts of `rows`.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a SessionRow>) -> SessionCounts {
        let mut counts = SessionCounts::default();
        let rows = rows.into_iter();
        rows.for_each(|row| counts.add(row.status, &row.coverage, row.exception.is_some()));
        counts
    }
}

/// What of a capture's packets was read, and what was not; counts are packets unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CaptureContents {
    /// TCP segments.
    pub tcp: u64,
    /// Those of them that are another recording of a packet which was counted before, as a mirror
    /// port, several interfaces or several files of the same traffic give; nothing else counts them.
    pub recorded_twice: u64,
    /// UDP datagrams.
    pub udp: u64,
    /// IP packets of other protocols.
    pub other_ip: u64,
    /// Frames that carry no IP, such as ARP.
    pub not_ip: u64,
    /// Fragments of IP packets that were held back until the others came.
    pub fragments: u64,
    /// Packets whose headers could not be read.
    pub undecodable: u64,
    /// Frames that their link encrypts, such as those of a protected Wi-Fi network.
    pub encrypted: u64,
    /// Packets in so many tunnels, one in the other, that the innermost was not read.
    pub too_deep: u64,
    /// Packets in each kind of VLAN, tunnel and the like, by its name; a packet counts for each that
    /// it is in. What they hold is in the counts above.
    pub encapsulations: BTreeMap<String, u64>,
    /// Packets of link types that are not read, by name.
    pub unknown_link_types: Vec<(String, u64)>,
    /// SMB that was first seen in this capture and cannot be analysed, in order of the first packets.
    pub not_analysable: Vec<NotAnalysable>,
    /// TCP connections with SMB of which the first message was completed in this capture.
    pub smb_connections: u64,
    /// SMB messages that were completed in this capture.
    pub smb_messages: u64,
}

impl CaptureContents {
    /// The packets of all of `contents` in each kind of VLAN, tunnel and the like, the most first.
    pub fn encapsulations_of<'a>(
        contents: impl IntoIterator<Item = &'a CaptureContents>,
    ) -> Vec<(String, u64)> {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, packets) in contents.into_iter().flat_map(|it| &it.encapsulations) {
            *sums.entry(name).or_default() += packets;
        }
        let mut sums: Vec<(String, u64)> =
            sums.into_iter().map(|(name, packets)| (name.to_owned(), packets)).collect();
        sums.sort_by_key(|(_, packets)| std::cmp::Reverse(*packets));
        sums
    }
}

/// A session as a row of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// [`Session::key`].
    pub key: String,
    /// The SMB generation.
    pub protocol: Protocol,
    /// The client's end.
    pub client: Endpoint,
    /// The server's end.
    pub server: Endpoint,
    /// The dialect.
    pub dialect: Option<Dialect>,
    /// Whether the session came to be.
    pub outcome: Outcome,
    /// The mechanism of the authentication.
    pub mechanism: Option<Mechanism>,
    /// The account as DOMAIN\user.
    pub account: Option<String>,
    /// The server made the session a guest's; `None` where its answer was not seen.
    pub guest: Option<bool>,
    /// What each side requires.
    pub policy: Policy,
    /// What that should give.
    pub expected: Expected,
    /// What the capture shows.
    pub status: SigningStatus,
    /// The status in words.
    pub phrase: String,
    /// What the capture shows of the session, and what it lacks.
    pub coverage: Vec<Coverage>,
    /// The signing algorithm.
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// The message counts of both directions together.
    pub messages: MessageCounts,
    /// The capture that `first_packet` is in, by its place in the report.
    pub capture: usize,
    /// The first packet.
    pub first_packet: u64,
    /// The last packet.
    pub last_packet: u64,
    /// The time of the first packet; `None` where the capture gives its packets no times.
    pub first_time: Option<String>,
    /// [`Session::same_as`].
    #[serde(default)]
    pub same_as: Vec<String>,
    /// [`Session::exception`].
    #[serde(default)]
    pub exception: Option<Accepted>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> SessionRow {
        SessionRow {
            key: session.key.clone(),
            protocol: session.protocol,
            client: session.client.clone(),
            server: session.server.clone(),
            dialect: session.dialect,
            outcome: session.outcome,
            mechanism: session.auth.mechanism,
            account: super::words::account(&session.auth),
            guest: session.auth.guest,
            policy: session.policy,
            expected: session.expected,
            status: session.status,
            phrase: session.verdict.phrase.clone(),
            coverage: session.coverage.clone(),
            signing_algorithm: session.signing_algorithm,
            messages: session.messages.both(),
            capture: session.capture,
            first_packet: session.first_packet,
            last_packet: session.last_packet,
            first_time: session.first_time.clone(),
            same_as: session.same_as.clone(),
            exception: session.exception.clone(),
        }
    }
}

impl Overview {
    /// The overview of a whole report.
    pub fn of(report: &Report) -> Overview {
        let mut counts = SessionCounts::default();
        let sessions = report.sessions.iter();
        sessions.for_each(|it| counts.add(it.status, &it.coverage, it.exception.is_some()));
        let servers = report.hosts.iter().filter_map(|host| {
            let server = &host.as_server;
            Some((server.requires_signing?, server.exception.is_some()))
        });
        Overview::with(report.captures.clone(), &counts, servers)
    }

    /// The overview of a run, given what each server that answered NEGOTIATE requires, and whether
    /// an exception accepts that.
    pub fn with(
        captures: Vec<Capture>,
        counts: &SessionCounts,
        servers: impl Iterator<Item = (RequiresSigning, bool)> + Clone,
    ) -> Overview {
        let by_status = counts.by_status.iter().filter(|count| count.sessions > 0);
        let by_coverage = counts.by_coverage.iter().filter(|count| count.sessions > 0);
        let lax = servers.clone().filter(|(answer, _)| *answer != RequiresSigning::Yes);
        Overview {
            captures,
            sessions: counts.sessions,
            by_status: by_status.copied().collect(),
            by_coverage: by_coverage.copied().collect(),
            servers_not_requiring: lax.clone().count() as u64,
            servers_accepted: lax.filter(|(_, is_accepted)| *is_accepted).count() as u64,
            servers: servers.count() as u64,
        }
    }
}
