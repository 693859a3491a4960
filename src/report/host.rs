//! One address that took part in SMB, as server and as client.

use serde::{Deserialize, Serialize};

use super::name::HostName;
use super::session::Dialect;

/// One address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Host {
    /// The IP address.
    pub address: String,
    /// The names that the capture gives it, each once, the most reliable first.
    pub names: Vec<String>,
    /// Where each name comes from, in the same order, and the groups that it belongs to.
    pub name_sources: Vec<HostName>,
    /// What it is seen to be, such as "file_server".
    pub roles: Vec<String>,
    /// What it is as a server.
    pub as_server: AsServer,
    /// What it is as a client.
    pub as_client: AsClient,
}

/// A host as a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AsServer {
    /// Whether its NEGOTIATE responses require signing; `None` where none was seen.
    pub requires_signing: Option<RequiresSigning>,
    /// The dialects it chose.
    pub dialects: Vec<Dialect>,
    /// Its sessions.
    pub sessions: u64,
}

/// A host as a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AsClient {
    /// Whether its requests require signing; `None` where none was seen.
    pub requires_signing: Option<RequiresSigning>,
    /// The dialects it offered.
    pub dialects_offered: Vec<Dialect>,
    /// Its sessions.
    pub sessions: u64,
}

/// Whether a host requires signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RequiresSigning {
    /// Every message that says it says yes.
    Yes,
    /// Every message that says it says no.
    No,
    /// Some say yes and some say no.
    Contradictory,
}

impl RequiresSigning {
    /// What is known once a further message said `requires`.
    pub fn with(known: Option<RequiresSigning>, requires: bool) -> RequiresSigning {
        let said = if requires { RequiresSigning::Yes } else { RequiresSigning::No };
        match known {
            Some(before) if before != said => RequiresSigning::Contradictory,
            _ => said,
        }
    }
}
