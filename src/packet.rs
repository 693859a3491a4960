//! Where something in a run stands: the capture and the packet.

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
