//! Which rows of the sessions a reader wants to see, and in which order.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::overview::SessionRow;
use super::session::{Dialect, Endpoint, Mechanism, SigningAlgorithm, SigningStatus};
use super::words;

/// What a reader wants to see of the sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowQuery {
    /// Words that must all occur in the row, without regard to case.
    pub text: String,
    /// The statuses to show; none means all.
    pub statuses: Vec<SigningStatus>,
    /// Whose sessions to show; `None` means everybody's.
    #[serde(default)]
    pub only: Option<Only>,
    /// The column to sort by.
    pub sort: SortColumn,
    /// Largest or last first.
    pub descending: bool,
}

impl Default for RowQuery {
    fn default() -> RowQuery {
        RowQuery {
            text: String::new(),
            statuses: Vec::new(),
            only: None,
            sort: SortColumn::Status,
            descending: false,
        }
    }
}

/// Whose sessions a reader wants to see, by places in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Only {
    /// Those of a finding.
    Finding(usize),
    /// Those that a host serves.
    Server(usize),
    /// Those that a host is the client of.
    Client(usize),
}

/// The columns of the table of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortColumn {
    /// The client's address.
    Client,
    /// The server's address.
    Server,
    /// The dialect.
    Dialect,
    /// The account.
    Account,
    /// The mechanism of the authentication.
    Mechanism,
    /// What each side requires.
    Policy,
    /// The status, the worst first.
    Status,
    /// The signing algorithm.
    SigningAlgorithm,
    /// Signed messages.
    Signed,
    /// Unsigned messages.
    Unsigned,
    /// The first packet.
    FirstPacket,
    /// The time of the first packet.
    FirstTime,
}

/// Some of the rows that a query selects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowPage {
    /// The place of the first of `rows` among all that the query selects, from 0.
    pub first: usize,
    /// How many rows the query selects.
    pub total: usize,
    /// The rows.
    pub rows: Vec<SessionRow>,
    /// Whose sessions they are, in words, where the query asks for somebody's.
    pub only: Option<String>,
}

/// The places in `rows` that `query` selects, in its order; equal rows keep the order of `rows`.
/// `is_whose` says of a place and its row whether the session is of those that `query.only` names.
pub fn select_rows(
    rows: &[SessionRow],
    query: &RowQuery,
    is_whose: impl Fn(usize, &SessionRow) -> bool,
) -> Vec<usize> {
    let words: Vec<String> = query.text.split_whitespace().map(str::to_lowercase).collect();
    let mut chosen: Vec<(SortKey<'_>, usize)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| query.statuses.is_empty() || query.statuses.contains(&row.status))
        .filter(|(place, row)| query.only.is_none() || is_whose(*place, row))
        .filter(|(_, row)| words.is_empty() || matches_words(row, &words))
        .map(|(place, row)| (SortKey::of(row, query.sort), place))
        .collect();
    chosen.sort_by(|(a, _), (b, _)| if query.descending { b.cmp(a) } else { a.cmp(b) });
    chosen.into_iter().map(|(_, place)| place).collect()
}

/// What a row is sorted by, made once for each row: addresses in the order of their numbers, so
/// that 10.0.0.9 comes before 10.0.0.10.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey<'a> {
    Endpoint(Option<IpAddr>, u16),
    Dialect(Option<Dialect>),
    Text(Option<&'a str>),
    Mechanism(Option<Mechanism>),
    Policy(Option<bool>, Option<bool>),
    Status(SigningStatus),
    SigningAlgorithm(Option<SigningAlgorithm>),
    Count(u64),
}

impl<'a> SortKey<'a> {
    fn of(row: &'a SessionRow, column: SortColumn) -> SortKey<'a> {
        let endpoint = |end: &Endpoint| SortKey::Endpoint(end.address.parse().ok(), end.port);
        match column {
            SortColumn::Client => endpoint(&row.client),
            SortColumn::Server => endpoint(&row.server),
            SortColumn::Dialect => SortKey::Dialect(row.dialect),
            SortColumn::Account => SortKey::Text(row.account.as_deref()),
            SortColumn::Mechanism => SortKey::Mechanism(row.mechanism),
            SortColumn::Policy => {
                SortKey::Policy(row.policy.server_requires, row.policy.client_requires)
            }
            SortColumn::Status => SortKey::Status(row.status),
            SortColumn::SigningAlgorithm => SortKey::SigningAlgorithm(row.signing_algorithm),
            SortColumn::Signed => SortKey::Count(row.messages.signed),
            SortColumn::Unsigned => SortKey::Count(row.messages.unsigned),
            SortColumn::FirstPacket => SortKey::Count(row.first_packet),
            SortColumn::FirstTime => SortKey::Text(row.first_time.as_deref()),
        }
    }
}

fn matches_words(row: &SessionRow, words: &[String]) -> bool {
    let haystack = searchable(row);
    words.iter().all(|word| haystack.contains(word.as_str()))
}

/// Everything that a row shows, in lower case.
fn searchable(row: &SessionRow) -> String {
    let parts = [
        row.client.address.as_str(),
        row.client.name.as_deref().unwrap_or_default(),
        row.server.address.as_str(),
        row.server.name.as_deref().unwrap_or_default(),
        row.account.as_deref().unwrap_or_default(),
        row.dialect.map(words::dialect).unwrap_or_default(),
        row.mechanism.map(words::mechanism).unwrap_or_default(),
        row.signing_algorithm.map(words::signing_algorithm).unwrap_or_default(),
        words::status_label(row.status),
        row.phrase.as_str(),
    ];
    let ports = format!(
        " {}:{} {}:{}",
        row.client.address, row.client.port, row.server.address, row.server.port
    );
    let mut text = parts.join(" ");
    text.push_str(&ports);
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Expected, MessageCounts, Outcome, Policy, Protocol};

    fn row(key: &str, client: &str, status: SigningStatus) -> SessionRow {
        SessionRow {
            key: key.to_owned(),
            protocol: Protocol::Smb2,
            client: Endpoint { address: client.to_owned(), port: 49_731, name: None },
            server: Endpoint {
                address: "10.0.0.5".to_owned(),
                port: 445,
                name: Some("FS1".to_owned()),
            },
            dialect: Some(Dialect::Smb311),
            outcome: Outcome::Established,
            mechanism: Some(Mechanism::Ntlmssp),
            account: Some("LAB\\Alice".to_owned()),
            guest: None,
            policy: Policy::default(),
            expected: Expected::Unknown,
            status,
            phrase: "Unsigned: neither side requires signing".to_owned(),
            coverage: Vec::new(),
            signing_algorithm: None,
            messages: MessageCounts::default(),
            capture: 0,
            last_packet: 1,
            first_packet: 1,
            first_time: Some("2026-11-22T14:00:00.000000000Z".to_owned()),
            same_as: Vec::new(),
            exception: None,
        }
    }

    fn rows() -> Vec<SessionRow> {
        vec![
            row("a", "10.0.0.10", SigningStatus::Encrypted),
            row("b", "10.0.0.9", SigningStatus::Unsigned),
            row("c", "10.0.0.11", SigningStatus::Unsigned),
        ]
    }

    fn selected(query: &RowQuery) -> Vec<usize> {
        select_rows(&rows(), query, |_, _| false)
    }

    #[test]
    fn only_the_sessions_of_somebody_are_shown() {
        let query = RowQuery { only: Some(Only::Finding(3)), ..RowQuery::default() };
        assert_eq!(select_rows(&rows(), &query, |place, _| place != 1), [2, 0]);
        assert_eq!(select_rows(&rows(), &query, |_, row| row.key == "b"), [1]);
    }

    #[test]
    fn the_worst_comes_first_and_equal_rows_keep_their_order() {
        assert_eq!(selected(&RowQuery::default()), [1, 2, 0]);
        let query = RowQuery { descending: true, ..RowQuery::default() };
        assert_eq!(selected(&query), [0, 1, 2]);
    }

    #[test]
    fn addresses_are_sorted_as_numbers() {
        let query = RowQuery { sort: SortColumn::Client, ..RowQuery::default() };
        assert_eq!(selected(&query), [1, 0, 2]);
    }

    #[test]
    fn every_word_must_occur_somewhere_in_the_row() {
        let query = |text: &str| RowQuery { text: text.to_owned(), ..RowQuery::default() };
        assert_eq!(selected(&query("ALICE fs1 :445")), [1, 2, 0]);
        assert_eq!(selected(&query("10.0.0.9 3.1.1")), [1]);
        assert!(selected(&query("alice bob")).is_empty());
    }

    #[test]
    fn statuses_are_alternatives() {
        let statuses = vec![SigningStatus::Encrypted, SigningStatus::Selective];
        let query = RowQuery { statuses, ..RowQuery::default() };
        assert_eq!(selected(&query), [0]);
    }
}
