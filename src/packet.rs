//! Where something in a run stands: the capture, the packet and its time.

use crate::time::Timestamp;

/// A capture of the run, by its place among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub usize);

/// A packet of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId {
    /// The capture it is in.
    pub source: SourceId,
    /// Its number in that capture, from 1, as Wireshark's `frame.number`.
    pub number: u64,
}

/// A message's place in the run; in order of time, and of packets within the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The time of the packet that completes it.
    pub timestamp: Timestamp,
    /// The packet that completes it.
    pub packet: PacketId,
}
