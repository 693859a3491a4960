//! What a capture file says about itself and about the hosts in it, apart from its packets.

use std::net::IpAddr;

use super::link_type::LinkType;
use crate::limits::Limits;

/// What a capture file says about itself. A pcap file says no more than its one interface's link
/// type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The program that wrote the file, as the first section that names one does.
    pub application: Option<String>,
    /// The operating system that it ran on.
    pub os: Option<String>,
    /// The hardware that it ran on.
    pub hardware: Option<String>,
    /// The interfaces that packets were captured on, those of all sections one after another.
    pub interfaces: Vec<InterfaceFacts>,
    /// Interfaces that are described beyond those listed.
    pub interfaces_dropped: u64,
    /// Comments, in the order of the file.
    pub comments: Vec<Comment>,
    /// Comments beyond those listed.
    pub comments_dropped: u64,
    /// Blocks with secrets. What is in them is never read.
    pub secrets_blocks: Vec<SecretsBlock>,
    /// Blocks with secrets beyond those listed.
    pub secrets_blocks_dropped: u64,
    /// The bounds on all of this.
    pub(super) bounds: Bounds,
}

/// How much of what a file says about itself is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    interfaces: usize,
    comments: usize,
    secrets_blocks: usize,
    pub(super) text_bytes: usize,
    names: usize,
}

/// An interface that packets were captured on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceFacts {
    /// Its name on the machine that captured, such as "eth0".
    pub name: Option<String>,
    /// What a person calls it, such as "Local Area Connection".
    pub description: Option<String>,
    /// The capture filter.
    pub filter: Option<String>,
    /// The operating system of the machine that it is in.
    pub os: Option<String>,
    /// Its hardware.
    pub hardware: Option<String>,
    /// What its packets start with.
    pub link_type: LinkType,
    /// The most bytes that were kept of a packet; 0 for no such bound.
    pub snap_len: u32,
    /// Packets in the file that came from it.
    pub packets: u64,
    /// Packets that it received, by the latest statistics in the file.
    pub received: Option<u64>,
    /// Packets that it dropped for want of room.
    pub dropped_by_interface: Option<u64>,
    /// Packets that the operating system dropped.
    pub dropped_by_os: Option<u64>,
}

/// A comment in a capture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The number of the packet that it is on; `None` for one on a section or an interface.
    pub packet: Option<u64>,
    /// What it says.
    pub text: String,
}

/// A block with secrets to decrypt packets with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretsBlock {
    /// The kind of the secrets, by its number in the format.
    pub kind: SecretsKind,
    /// Bytes of secrets.
    pub bytes: u64,
    /// Where the block starts in the file, in bytes.
    pub offset: u64,
}

/// The kind of the secrets in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecretsKind(pub u32);

impl SecretsKind {
    /// "TLS key log", for instance; `None` for a kind without a name here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match &self.0.to_be_bytes() {
            b"TLSK" => "TLS key log",
            b"SSHK" => "SSH key log",
            b"WGKL" => "WireGuard key log",
            b"UAKL" => "OPC UA key log",
            b"ZNWK" => "ZigBee network key",
            b"ZAPS" => "ZigBee application key",
            _ => return None,
        })
    }
}

/// A name that a capture file itself gives an address, in a name resolution block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The address.
    pub address: IpAddr,
    /// The name.
    pub name: String,
    /// Where the record with the name starts in the file, in bytes. It belongs to no packet.
    pub offset: u64,
}

impl Details {
    /// Nothing read yet.
    pub(super) fn new(limits: &Limits) -> Details {
        let bounds = Bounds {
            interfaces: limits.listed_interfaces,
            comments: limits.comments,
            secrets_blocks: limits.secrets_blocks,
            text_bytes: limits.metadata_text_bytes,
            names: limits.names_of_capture,
        };
        Details { bounds, ..Details::default() }
    }

    /// Lists an interface, and returns its place; one beyond the bound has none in the list.
    pub(super) fn add_interface(&mut self, interface: InterfaceFacts) -> u32 {
        if self.interfaces.len() >= self.bounds.interfaces {
            self.interfaces_dropped = self.interfaces_dropped.saturating_add(1);
            return u32::MAX;
        }
        let place = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.interfaces.push(interface);
        place
    }

    /// Lists a comment.
    pub(super) fn add_comment(&mut self, packet: Option<u64>, text: String) {
        if self.comments.len() < self.bounds.comments {
            self.comments.push(Comment { packet, text });
        } else {
            self.comments_dropped = self.comments_dropped.saturating_add(1);
        }
    }

    /// Lists a block with secrets.
    pub(super) fn add_secrets_block(&mut self, block: SecretsBlock) {
        if self.secrets_blocks.len() < self.bounds.secrets_blocks {
            self.secrets_blocks.push(block);
        } else {
            self.secrets_blocks_dropped = self.secrets_blocks_dropped.saturating_add(1);
        }
    }

    /// Names that are kept at most.
    pub(super) fn most_names(&self) -> usize {
        self.bounds.names
    }

    /// Packets that the capturing machine itself dropped, by its own counts.
    pub fn dropped_while_capturing(&self) -> u64 {
        let dropped = |interface: &InterfaceFacts| {
            let by_interface = interface.dropped_by_interface.unwrap_or(0);
            by_interface.saturating_add(interface.dropped_by_os.unwrap_or(0))
        };
        self.interfaces.iter().map(dropped).fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::SecretsKind;

    #[test]
    fn secrets_have_the_names_of_their_numbers() {
        assert_eq!(SecretsKind(0x544C_534B).name(), Some("TLS key log"));
        assert_eq!(SecretsKind(0x5747_4B4C).name(), Some("WireGuard key log"));
        assert_eq!(SecretsKind(7).name(), None);
    }
}
