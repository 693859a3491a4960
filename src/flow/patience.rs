//! How long a hole may stay before it counts as lost.

/// How long a hole stays open that the peer acknowledged past: its bytes were received, so they
/// are late in the capture by reordering, or never come. Meanwhile the other direction goes on, and
/// answers overtake what they answer; so this is short, and still some times the disorder that
/// captures show.
pub(super) const ACKNOWLEDGED: Patience = Patience { segments: 32, pause: 250_000_000, least: 16 };

/// How long a hole stays open when nothing of the peer was captured that could acknowledge.
pub(super) const ONE_SIDED: Patience = Patience { segments: 512, pause: 5_000_000_000, least: 1 };

/// How long a hole stays open that the peer waits for too: until long after TCP gives up resending
/// quickly.
pub(super) const UNACKNOWLEDGED: Patience =
    Patience { segments: 16_384, pause: 60_000_000_000, least: 1 };

/// How long a hole may stay.
pub(super) struct Patience {
    /// Segments of the connection that may pass.
    segments: u64,
    /// Time of the capture that may pass, in nanoseconds.
    pause: i64,
    /// Segments of the connection that have to pass in that time: where packets are out of order,
    /// so are their times.
    least: u64,
}

impl Patience {
    /// Whether it is over, when `time` and `segments` passed.
    pub(super) fn is_over(&self, time: i64, segments: u64) -> bool {
        segments >= self.segments || (time >= self.pause && segments >= self.least)
    }
}
