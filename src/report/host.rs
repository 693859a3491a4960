//! One address that took part in SMB, as server and as client.

use serde::{Deserialize, Serialize};

use super::exception::Accepted;
use super::name::HostName;
use super::overview::StatusCount;
use super::session::{Dialect, Evidence};

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
    /// What it is seen to be; nothing where the capture does not show it.
    pub roles: Vec<Role>,
    /// What shows each of the roles.
    #[serde(default)]
    pub role_evidence: Vec<RoleEvidence>,
    /// What it says of its operating system and its SMB software.
    #[serde(default)]
    pub software: Vec<Software>,
    /// What it is as a server.
    pub as_server: AsServer,
    /// What it is as a client.
    pub as_client: AsClient,
    /// Where it stands among the servers; `None` for what is no server.
    #[serde(default)]
    pub exposure: Option<Exposure>,
    /// What is odd about how it signs.
    #[serde(default)]
    pub remarks: Vec<Remark>,
}

impl Host {
    /// The row of the estate that it counts in.
    pub fn kind(&self) -> HostKind {
        HostKind::of(&self.roles)
    }

    /// Whether it was seen to answer as a server.
    pub fn is_server(&self) -> bool {
        self.exposure.is_some()
    }

    /// Whether it was seen to ask as a client.
    pub fn is_client(&self) -> bool {
        let client = &self.as_client;
        client.sessions > 0
            || client.requires_signing.is_some()
            || !client.dialects_offered.is_empty()
    }
}

/// A host as a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AsServer {
    /// Whether its NEGOTIATE responses require signing; `None` where none was seen.
    pub requires_signing: Option<RequiresSigning>,
    /// The first packet with each answer to that.
    #[serde(default)]
    pub requires_signing_evidence: Vec<Evidence>,
    /// The dialects it chose, the lowest first.
    pub dialects: Vec<Dialect>,
    /// Its sessions.
    pub sessions: u64,
    /// Its sessions by status, the worst first.
    #[serde(default)]
    pub by_status: Vec<StatusCount>,
    /// The accounts that its clients used, as DOMAIN\user, in order.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Sessions of accounts beyond those that are listed.
    #[serde(default)]
    pub accounts_left_out: u64,
    /// The clients whose sessions were neither signed nor encrypted, and what becomes of them once
    /// it requires signing: what may break first.
    #[serde(default)]
    pub unsigned_clients: Vec<UnsignedClient>,
    /// Such clients beyond those that are listed.
    #[serde(default)]
    pub unsigned_clients_left_out: u64,
    /// The accepted exception by which it need not require signing.
    #[serde(default)]
    pub exception: Option<Accepted>,
}

/// A host as a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AsClient {
    /// Whether its requests require signing; `None` where none was seen.
    pub requires_signing: Option<RequiresSigning>,
    /// The first packet with each answer to that.
    #[serde(default)]
    pub requires_signing_evidence: Vec<Evidence>,
    /// The dialects it offered, the lowest first.
    pub dialects_offered: Vec<Dialect>,
    /// Its sessions.
    pub sessions: u64,
    /// Its sessions by status, the worst first.
    #[serde(default)]
    pub by_status: Vec<StatusCount>,
    /// The accounts that it used, as DOMAIN\user, in order.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Sessions of accounts beyond those that are listed.
    #[serde(default)]
    pub accounts_left_out: u64,
    /// The accepted exception by which it need not require signing.
    #[serde(default)]
    pub exception: Option<Accepted>,
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

/// What a host is seen to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It answers for a domain: tickets, the domain's shares, or the like.
    DomainController,
    /// It gives access to files.
    FileServer,
    /// It gives access to printers.
    PrintServer,
    /// It is a storage product.
    Nas,
    /// It administers several hosts.
    AdministrationWorkstation,
    /// It runs a system that only workstations have.
    Workstation,
}

impl Role {
    /// Every role, in the order in which they are told.
    pub const ALL: [Role; 6] = [
        Role::DomainController,
        Role::FileServer,
        Role::PrintServer,
        Role::Nas,
        Role::AdministrationWorkstation,
        Role::Workstation,
    ];
}

/// What shows that a host has a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoleEvidence {
    /// The role.
    pub role: Role,
    /// The packet that shows it.
    pub evidence: Evidence,
}

/// The rows of the estate: each host counts in the first that one of its roles belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// Domain controllers.
    DomainController,
    /// Administration workstations.
    AdministrationWorkstation,
    /// File servers, storage products included.
    FileServer,
    /// Hosts with another role.
    Other,
    /// Hosts of which no role is seen.
    Unknown,
}

impl HostKind {
    /// Every row, in order.
    pub const ALL: [HostKind; 5] = [
        HostKind::DomainController,
        HostKind::AdministrationWorkstation,
        HostKind::FileServer,
        HostKind::Other,
        HostKind::Unknown,
    ];

    /// The row of a host with these roles.
    pub fn of(roles: &[Role]) -> HostKind {
        let of_role = |role: &Role| match role {
            Role::DomainController => HostKind::DomainController,
            Role::AdministrationWorkstation => HostKind::AdministrationWorkstation,
            Role::FileServer | Role::Nas => HostKind::FileServer,
            Role::PrintServer | Role::Workstation => HostKind::Other,
        };
        roles.iter().map(of_role).min().unwrap_or(HostKind::Unknown)
    }
}

/// What a host says of its operating system or of its SMB software.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Software {
    /// What it is called, such as "Windows Server 2022"; `None` where no name is known for what
    /// the host says.
    pub product: Option<String>,
    /// What the host says: a version and build such as "10.0.20348", or a text of its own.
    pub said: String,
    /// Where it says so.
    pub evidence: Evidence,
}

/// Where a server stands among those of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Exposure {
    /// Its place, 1 for the most exposed; servers that are told apart by nothing share one.
    pub rank: u64,
    /// What put it there, in the order in which servers are compared: what it requires, its lowest
    /// dialect, whether it is a domain controller, what became of its sessions.
    pub reasons: Vec<String>,
}

/// A client whose sessions with a server were neither signed nor encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnsignedClient {
    /// The client's address.
    pub client: String,
    /// Why its sessions were not signed.
    pub cause: UnsignedCause,
    /// What becomes of them once the server requires signing.
    pub effect: Effect,
    /// Such sessions.
    pub sessions: u64,
    /// The keys of the first of them.
    pub session_keys: Vec<String>,
    /// The packets that show it.
    pub evidence: Vec<Evidence>,
}

/// Why sessions were neither signed nor encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UnsignedCause {
    /// SMB1 with a password in the clear: there is no key.
    PlaintextPassword,
    /// SMB1 without extended security, which servers are seen to leave unsigned.
    Smb1WithoutExtendedSecurity,
    /// The server made the user a guest: there is no key.
    Guest,
    /// The client gave no credentials: there is no key.
    Anonymous,
    /// SMB1, and the client does not offer to sign: those that only do not ask for it look the same
    /// as those that cannot.
    Smb1NotOffered,
    /// The capture does not show the setup.
    SetupNotSeen,
    /// SMB1, and the client offers to sign.
    Smb1NotRequired,
    /// SMB 2 or 3, of which every client can sign, and neither side required it.
    NotRequired,
}

impl UnsignedCause {
    /// What becomes of such sessions once the server requires signing.
    pub fn effect(self) -> Effect {
        match self {
            UnsignedCause::PlaintextPassword
            | UnsignedCause::Guest
            | UnsignedCause::Anonymous
            | UnsignedCause::Smb1WithoutExtendedSecurity => Effect::CannotSign,
            UnsignedCause::Smb1NotOffered | UnsignedCause::SetupNotSeen => Effect::Unknown,
            UnsignedCause::Smb1NotRequired | UnsignedCause::NotRequired => Effect::Signs,
        }
    }
}

/// What becomes of sessions once their server requires signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// They cannot be signed: some servers refuse them then, others let them go on as they are.
    CannotSign,
    /// The capture does not show whether they can be signed.
    Unknown,
    /// They are signed: the client can, and is asked to.
    Signs,
}

/// What is odd about how a host signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Remark {
    /// What kind of oddity it is.
    pub kind: RemarkKind,
    /// It, in a sentence.
    pub text: String,
    /// The keys of the first sessions that it is about.
    pub session_keys: Vec<String>,
    /// The packets that show it.
    pub evidence: Vec<Evidence>,
}

/// What can be odd about how a host signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    /// As a server it requires signing of some clients and not of others.
    AnswersDifferently,
    /// As a server it required signing first and later not, or the other way round.
    ChangedItsMind,
    /// As a client it requires signing of some servers and not of others.
    AsksDifferently,
    /// As a server it sends signed and unsigned messages within one session.
    SignsPartlyAsServer,
    /// As a client it sends signed and unsigned messages within one session.
    SignsPartlyAsClient,
    /// As a server some of its sessions are signed and others are not.
    SomeSessionsAsServer,
    /// As a client some of its sessions are signed and others are not.
    SomeSessionsAsClient,
}

#[cfg(test)]
mod tests {
    use super::{HostKind, Role};

    #[test]
    fn a_host_with_several_roles_counts_in_the_row_that_matters_most() {
        assert_eq!(HostKind::of(&[]), HostKind::Unknown);
        assert_eq!(HostKind::of(&[Role::PrintServer]), HostKind::Other);
        assert_eq!(HostKind::of(&[Role::PrintServer, Role::Nas]), HostKind::FileServer);
        assert_eq!(HostKind::of(&Role::ALL), HostKind::DomainController);
    }
}
