//! What of a connection the capture lacks, and when it would have come.

use super::At;
use super::seldom::Beginning;

/// What of a connection the capture lacks.
#[derive(Debug, Default)]
pub struct Losses {
    /// Bytes that no packet holds; each with the packet that comes after them.
    gaps: Moments,
    /// Packets that were cut by the snap length.
    cuts: Moments,
}

impl Beginning for Losses {
    const BEGINNING: &'static Losses = &Losses { gaps: Moments::NONE, cuts: Moments::NONE };
}

impl Losses {
    pub(super) fn note_gap(&mut self, at: At) {
        self.gaps.note(at);
    }

    pub(super) fn note_cut(&mut self, at: At) {
        self.cuts.note(at);
    }

    /// Whether bytes are missing after `from` and up to `to`, or to the end.
    pub fn has_gap(&self, from: Option<At>, to: Option<At>) -> bool {
        self.gaps.any(|at| from.is_none_or(|from| from < at), |at| to.is_none_or(|to| at <= to))
    }

    /// Whether a packet is cut from `from` on and up to `to`, or to the end.
    pub fn has_cut(&self, from: Option<At>, to: Option<At>) -> bool {
        self.cuts.any(|at| from.is_none_or(|from| from <= at), |at| to.is_none_or(|to| at <= to))
    }
}

/// Points in time: each of the first ones, and of the others the first and the last, between which
/// there is at least one wherever one looks.
#[derive(Debug, Default)]
struct Moments {
    listed: Vec<At>,
    others: Option<(At, At)>,
}

impl Moments {
    const NONE: Moments = Moments { listed: Vec::new(), others: None };

    /// Moments that are listed one by one.
    const LISTED: usize = 8;

    fn note(&mut self, at: At) {
        if self.listed.len() < Moments::LISTED {
            self.listed.push(at);
            return;
        }
        let (first, last) = self.others.unwrap_or((at, at));
        self.others = Some((first.min(at), last.max(at)));
    }

    fn any(&self, is_after: impl Fn(At) -> bool, is_before: impl Fn(At) -> bool) -> bool {
        let is_within = |at: &At| is_after(*at) && is_before(*at);
        self.listed.iter().any(is_within)
            || self.others.is_some_and(|(first, last)| is_after(last) && is_before(first))
    }
}

#[cfg(test)]
mod tests {
    use super::Losses;
    use crate::packet::{PacketId, SourceId};
    use crate::session::At;
    use crate::time::Timestamp;

    fn at(number: u64) -> At {
        let packet = PacketId { source: SourceId(0), number };
        At { timestamp: Timestamp(number.cast_signed()), packet }
    }

    #[test]
    fn a_gap_lies_before_its_packet_and_a_cut_within_it() {
        let mut losses = Losses::default();
        losses.note_gap(at(5));
        losses.note_cut(at(5));
        assert!(!losses.has_gap(Some(at(5)), None) && losses.has_cut(Some(at(5)), None));
        assert!(losses.has_gap(Some(at(4)), Some(at(5))) && losses.has_gap(None, None));
        assert!(!losses.has_gap(None, Some(at(4))) && !losses.has_cut(None, Some(at(4))));
    }

    #[test]
    fn none_of_many_is_forgotten() {
        let mut losses = Losses::default();
        (1..=100).for_each(|number| losses.note_gap(at(number * 10)));
        assert!(losses.has_gap(Some(at(499)), Some(at(500))));
        assert!(losses.has_gap(Some(at(14)), Some(at(21))));
        assert!(!losses.has_gap(Some(at(10)), Some(at(19))));
        assert!(!losses.has_gap(Some(at(1000)), None));
    }
}
