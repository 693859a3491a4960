//! What is to be extracted.

use std::collections::HashMap;
use std::net::SocketAddr;

use foldhash::fast::FixedState;

use crate::packet::PacketId;

/// Connections and packets of captures, by their places in them.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    connections: HashMap<[SocketAddr; 2], Vec<Span>, FixedState>,
    comments: HashMap<PacketId, Vec<String>, FixedState>,
    n_comments: usize,
    left_out: u64,
}

/// The packets of a connection among those with the same ends: a later connection may use the same
/// ports again.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: PacketId,
    /// The first packet of the next connection.
    next: Option<PacketId>,
}

impl Span {
    /// Other captures have other numbers, and what they hold of these ends is taken whole.
    fn contains(&self, packet: PacketId) -> bool {
        let is_before_next =
            self.next.is_none_or(|next| next.source != packet.source || packet < next);
        (self.first.source != packet.source || packet >= self.first) && is_before_next
    }
}

impl Selection {
    /// Comments of all packets.
    const COMMENTS: usize = 1 << 16;
    /// Comments of one packet.
    const COMMENTS_OF_PACKET: usize = 64;

    /// Selects the packets between two ends from the packet `first` on, up to that with which the
    /// `next` connection between them begins.
    pub fn add_connection(
        &mut self,
        ends: [SocketAddr; 2],
        first: PacketId,
        next: Option<PacketId>,
    ) {
        let spans = self.connections.entry(in_order(ends)).or_default();
        if !spans.iter().any(|span| span.first == first) {
            spans.push(Span { first, next });
        }
    }

    /// Selects a packet, with something to be said of it, once. Beyond a bound the packet is selected
    /// and nothing said.
    pub fn add_comment(&mut self, packet: PacketId, comment: String) {
        let comments = self.comments.entry(packet).or_default();
        if comments.contains(&comment) {
            return;
        }
        if self.n_comments >= Selection::COMMENTS || comments.len() >= Selection::COMMENTS_OF_PACKET
        {
            self.left_out += 1;
            return;
        }
        comments.push(comment);
        self.n_comments += 1;
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.comments.is_empty()
    }

    /// What is said of a packet; `None` where it is not selected by itself.
    pub(super) fn comments(&self, packet: PacketId) -> Option<&[String]> {
        self.comments.get(&packet).map(Vec::as_slice)
    }

    /// Whether a packet between two ends is of a selected connection.
    pub fn has_connection(&self, one: SocketAddr, other: SocketAddr, at: PacketId) -> bool {
        let spans = self.connections.get(&in_order([one, other]));
        spans.is_some_and(|spans| spans.iter().any(|span| span.contains(at)))
    }

    /// Packets with comments.
    pub(super) fn n_commented(&self) -> u64 {
        self.comments.values().filter(|comments| !comments.is_empty()).count() as u64
    }

    /// Comments for which there was no room.
    pub(super) fn comments_left_out(&self) -> u64 {
        self.left_out
    }
}

fn in_order([one, other]: [SocketAddr; 2]) -> [SocketAddr; 2] {
    if one <= other { [one, other] } else { [other, one] }
}
