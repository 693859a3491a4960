//! The hosts of a run as one table: what they are, against what they require.

use serde::{Deserialize, Serialize};

use super::exception::Accepted;
use super::host::{Host, HostKind, RequiresSigning};

/// How many hosts of each kind require signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Estate {
    /// A row for each kind of host, also where there is none of it.
    pub rows: Vec<EstateRow>,
}

/// The hosts of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EstateRow {
    /// What they are.
    pub kind: HostKind,
    /// Those that answer as servers.
    pub as_server: EstateCounts,
    /// Those that ask as clients; a host may do both.
    pub as_client: EstateCounts,
}

/// How many hosts require signing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EstateCounts {
    /// They require it.
    pub required: u64,
    /// They do not.
    pub not_required: u64,
    /// They say both.
    pub contradictory: u64,
    /// The capture does not show it.
    pub unknown: u64,
    /// Those that do not require it, or say both, by an accepted exception.
    pub accepted: u64,
}

impl EstateCounts {
    /// All of them.
    pub fn hosts(&self) -> u64 {
        self.required + self.not_required + self.contradictory + self.unknown
    }

    fn add(&mut self, requires: Option<RequiresSigning>, exception: Option<&Accepted>) {
        let count = match requires {
            Some(RequiresSigning::Yes) => &mut self.required,
            Some(RequiresSigning::No) => &mut self.not_required,
            Some(RequiresSigning::Contradictory) => &mut self.contradictory,
            None => &mut self.unknown,
        };
        *count += 1;
        self.accepted += u64::from(exception.is_some());
    }
}

impl Default for Estate {
    fn default() -> Estate {
        let row = |kind| EstateRow {
            kind,
            as_server: EstateCounts::default(),
            as_client: EstateCounts::default(),
        };
        Estate { rows: HostKind::ALL.map(row).into() }
    }
}

impl Estate {
    /// The table of these hosts.
    pub fn of<'a>(hosts: impl IntoIterator<Item = &'a Host>) -> Estate {
        let mut estate = Estate::default();
        hosts.into_iter().for_each(|host| estate.add(host));
        estate
    }

    /// Counts a host.
    pub fn add(&mut self, host: &Host) {
        let kind = host.kind();
        let Some(row) = self.rows.iter_mut().find(|row| row.kind == kind) else { return };
        let Host { as_server, as_client, .. } = host;
        if host.is_server() {
            row.as_server.add(as_server.requires_signing, as_server.exception.as_ref());
        }
        if host.is_client() {
            row.as_client.add(as_client.requires_signing, as_client.exception.as_ref());
        }
    }
}
