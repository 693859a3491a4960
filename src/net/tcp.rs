//! The TCP header (RFC 9293 3.1).

use std::fmt;

/// The flags of a TCP header, from CWR (`0x80`) to FIN (`0x01`).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// The sender has no more data.
    pub const FIN: TcpFlags = TcpFlags(0x01);
    /// The first sequence number is told.
    pub const SYN: TcpFlags = TcpFlags(0x02);
    /// The connection is aborted.
    pub const RST: TcpFlags = TcpFlags(0x04);
    /// Hand the data on at once.
    pub const PSH: TcpFlags = TcpFlags(0x08);
    /// The acknowledgment number holds.
    pub const ACK: TcpFlags = TcpFlags(0x10);
    /// The urgent pointer holds.
    pub const URG: TcpFlags = TcpFlags(0x20);

    /// Whether every flag of `flags` is set.
    pub const fn contains(self, flags: TcpFlags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether FIN is set.
    pub const fn fin(self) -> bool {
        self.contains(TcpFlags::FIN)
    }

    /// Whether SYN is set.
    pub const fn syn(self) -> bool {
        self.contains(TcpFlags::SYN)
    }

    /// Whether RST is set.
    pub const fn rst(self) -> bool {
        self.contains(TcpFlags::RST)
    }

    /// Whether ACK is set.
    pub const fn ack(self) -> bool {
        self.contains(TcpFlags::ACK)
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
        let set = NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1);
        formatter.debug_set().entries(set.map(|(_, name)| name)).finish()
    }
}
