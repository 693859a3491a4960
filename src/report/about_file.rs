//! What a capture file says about itself, apart from its packets.

use serde::{Deserialize, Serialize};

/// An interface that packets were captured on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Interface {
    /// Its name on the machine that captured, such as "eth0".
    pub name: Option<String>,
    /// What a person calls it.
    pub description: Option<String>,
    /// The capture filter: packets that it did not let through are not in the file.
    pub filter: Option<String>,
    /// The operating system of the machine that it is in.
    pub os: Option<String>,
    /// Its hardware.
    pub hardware: Option<String>,
    /// The LINKTYPE name of what its packets start with.
    pub link_type: String,
    /// The most bytes that were kept of a packet; `None` for no such bound.
    pub snap_length: Option<u32>,
    /// Packets in the file that came from it.
    pub packets: u64,
    /// Packets that it received, as the capturing machine counted.
    pub received: Option<u64>,
    /// Packets that it dropped for want of room, which are not in the file.
    pub dropped_by_interface: Option<u64>,
    /// Packets that the operating system dropped, which are not in the file.
    pub dropped_by_os: Option<u64>,
}

/// A comment in a capture file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comment {
    /// The packet that it is on; `None` for one on the file, a section or an interface.
    pub packet: Option<u64>,
    /// What it says.
    pub text: String,
}

/// Secrets to decrypt packets with that a capture file holds. What they are is not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SecretsBlock {
    /// The kind, such as "TLS key log"; a kind without a name by its number in hexadecimal.
    pub kind: String,
    /// Bytes of secrets.
    pub bytes: u64,
    /// Where in the file, in bytes from its start.
    pub offset: u64,
}
