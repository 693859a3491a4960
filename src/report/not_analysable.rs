//! SMB that is in a capture and cannot be analysed, for the transport it is in.

use serde::{Deserialize, Serialize};

use super::session::Endpoint;

/// A conversation over such a transport.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NotAnalysable {
    /// The transport.
    pub transport: Transport,
    /// The client's end. The port is 0 where the transport has none, and the address may be a local
    /// identifier of InfiniBand, as "LID 7".
    pub client: Endpoint,
    /// The server's end, likewise.
    pub server: Endpoint,
    /// The name that the client gave the server in its TLS ClientHello.
    pub name: Option<String>,
    /// Packets between the two from the first on, in all captures.
    pub packets: u64,
    /// The capture that `first_packet` is in, by its place in the report.
    pub capture: usize,
    /// The packet that it was recognised by.
    pub first_packet: u64,
}

/// A transport of SMB that is not analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// SMB over QUIC.
    SmbOverQuic,
    /// SMB Direct, over RDMA.
    SmbDirect,
}
