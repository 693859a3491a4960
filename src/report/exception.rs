//! Accepted exceptions: the file that a person writes, and what became of them in a run.

use serde::{Deserialize, Serialize};

use super::host::Role;
use super::message_list::Side;

/// The version of the file's format.
pub const EXCEPTIONS_SCHEMA: &str = "countersign-exceptions/1";

/// A file of accepted exceptions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExceptionFile {
    /// "countersign-exceptions/1".
    pub schema: String,
    /// The exceptions; where several hold for one host, the first in the file is named.
    pub exceptions: Vec<Exception>,
}

impl Default for ExceptionFile {
    fn default() -> ExceptionFile {
        ExceptionFile { schema: EXCEPTIONS_SCHEMA.to_owned(), exceptions: Vec::new() }
    }
}

/// A weakness that somebody accepted, for a time and for a reason.
///
/// Hosts are named by their addresses: a name is what anybody on the network can claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The address of the one host that it is for; either this or `network` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The network whose hosts it is for, as an address and the length of its prefix, such as
    /// "10.0.0.0/24".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// It is for hosts that are seen in this role only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What is accepted of the host: what it is as a server, or what it is as a client.
    pub side: Side,
    /// The rules whose findings it accepts. Where none is named, it accepts that the host does not
    /// require signing: its unsigned sessions, and the findings that say no more than that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The day on which it was accepted, as YYYY-MM-DD; it holds from then on.
    pub accepted_on: String,
    /// The last day on which it holds, as YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<String>,
    /// What is done instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compensating_controls: Vec<String>,
}

/// The mark of an accepted exception on what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Accepted {
    /// The place of the exception in `exceptions.list` of the report, from 0.
    pub exception: usize,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub expires_on: Option<String>,
}

/// The exceptions that a run was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Exceptions {
    /// The day for which it is told whether they hold, as YYYY-MM-DD; `None` where the run was told
    /// none.
    pub as_of: Option<String>,
    /// Each of them, in the order of the file.
    pub list: Vec<ToldException>,
}

/// An exception, and what became of it in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ToldException {
    /// As it was given.
    pub exception: Exception,
    /// Whether it holds.
    pub state: ExceptionState,
    /// Hosts that were seen and that it is for, whether or not it holds and they need it.
    pub hosts: u64,
    /// Hosts whose requirement it accepts.
    pub accepted_hosts: u64,
    /// Sessions that it accepts.
    pub accepted_sessions: u64,
    /// Findings that it accepts.
    pub accepted_findings: u64,
}

/// Whether an exception holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExceptionState {
    /// It holds, and something is accepted by it.
    Used,
    /// It holds, and there is nothing in the captures that it would accept.
    Unused,
    /// It held until a day that is over.
    Expired,
    /// It holds from a day on that has not come.
    NotYet,
}
