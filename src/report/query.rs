//! Which rows of the sessions a reader wants to see, and in which order.

use serde::{Deserialize, Serialize};

use super::overview::SessionRow;
use super::session::SigningStatus;
use super::words;

/// What a reader wants to see of the sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowQuery {
    /// Words that must all occur in the row, without regard to case.
    pub text: String,
    /// The statuses to show; none means all.
    pub statuses: Vec<SigningStatus>,
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
            sort: SortColumn::Status,
            descending: false,
        }
    }
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
}

/// The places in `rows` that `query` selects, in its order; equal rows keep the order of `rows`.
pub fn select_rows(rows: &[SessionRow], query: &RowQuery) -> Vec<usize> {
    let words: Vec<String> = query.text.split_whitespace().map(str::to_lowercase).collect();
    let mut chosen: Vec<(usize, &SessionRow)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| query.statuses.is_empty() || query.statuses.contains(&row.status))
        .filter(|(_, row)| words.is_empty() || matches_words(row, &words))
        .collect();
    chosen.sort_by(|(_, a), (_, b)| {
        let order = compare(a, b, query.sort);
        if query.descending { order.reverse() } else { order }
    });
    chosen.into_iter().map(|(place, _)| place).collect()
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

fn compare(a: &SessionRow, b: &SessionRow, column: SortColumn) -> std::cmp::Ordering {
    match column {
        SortColumn::Client => endpoint_order(&a.client).cmp(&endpoint_order(&b.client)),
        SortColumn::Server => endpoint_order(&a.server).cmp(&endpoint_order(&b.server)),
        SortColumn::Dialect => a.dialect.cmp(&b.dialect),
        SortColumn::Account => a.account.cmp(&b.account),
        SortColumn::Mechanism => a.mechanism.cmp(&b.mechanism),
        SortColumn::Policy => policy_order(a).cmp(&policy_order(b)),
        SortColumn::Status => a.status.cmp(&b.status),
        SortColumn::SigningAlgorithm => a.signing_algorithm.cmp(&b.signing_algorithm),
        SortColumn::Signed => a.messages.signed.cmp(&b.messages.signed),
        SortColumn::Unsigned => a.messages.unsigned.cmp(&b.messages.unsigned),
        SortColumn::FirstPacket => a.first_packet.cmp(&b.first_packet),
        SortColumn::FirstTime => a.first_time.cmp(&b.first_time),
    }
}

/// Addresses in the order of their numbers, so that 10.0.0.9 comes before 10.0.0.10.
fn endpoint_order(endpoint: &super::Endpoint) -> (Option<std::net::IpAddr>, u16) {
    (endpoint.address.parse().ok(), endpoint.port)
}

fn policy_order(row: &SessionRow) -> (Option<bool>, Option<bool>) {
    (row.policy.server_requires, row.policy.client_requires)
}
