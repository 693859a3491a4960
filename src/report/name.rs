//! The names of hosts, each with where it comes from.

use serde::{Deserialize, Serialize};

/// A name that the capture gives a host, who said so, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HostName {
    /// The name, as it was written.
    pub name: String,
    /// How it was learnt.
    pub source: NameSource,
    /// The address that said so first; `None` where it stands in the capture file itself.
    pub claimed_by: Option<String>,
    /// The suffix of a NetBIOS name: 32 is the file server, 28 a domain's controllers.
    pub netbios_suffix: Option<u8>,
    /// The name is of a group of hosts, such as a workgroup, and none of this host's own.
    pub group: bool,
    /// The capture that `packet` is in, by its place in the report.
    pub capture: usize,
    /// The packet; `None` where it stands in the capture file itself.
    pub packet: Option<u64>,
    /// Its place in the capture file, in bytes, where it stands in no packet.
    pub offset: Option<u64>,
}

/// How a name was learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NameSource {
    /// The target information of the server's NTLM CHALLENGE.
    NtlmTargetInfo,
    /// A DNS answer.
    Dns,
    /// A host name option of DHCP.
    Dhcp,
    /// An answer, a registration or a node status of the NetBIOS name service.
    Nbns,
    /// A multicast DNS answer.
    Mdns,
    /// An LLMNR answer.
    Llmnr,
    /// A name resolution block of the capture file.
    CaptureFile,
    /// The service of the client's Kerberos ticket.
    KerberosService,
    /// The workstation of the client's NTLM AUTHENTICATE.
    NtlmWorkstation,
    /// A NetBIOS session request.
    NetbiosSession,
    /// The server_name of the client's TLS ClientHello, of SMB over QUIC.
    TlsServerName,
    /// NETNAME_NEGOTIATE_CONTEXT_ID of the client's NEGOTIATE.
    Netname,
    /// The path of a TREE_CONNECT.
    TreeConnect,
}

/// The names of a session's two ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionNames {
    /// The client's, each once, the most reliable source first; the report's hosts have all.
    pub client: Vec<HostName>,
    /// The server's, likewise.
    pub server: Vec<HostName>,
}
