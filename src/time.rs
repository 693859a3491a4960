//! Points in time of a capture.

/// Nanoseconds since the Unix epoch, UTC.
///
/// A capture may hold any number in its time fields; every value is a valid `Timestamp`, and times
/// outside of what a calendar can write are shown as the nearest that it can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time of what has none, before all others.
    pub const UNKNOWN: Timestamp = Timestamp(i64::MIN);

    /// Nanoseconds in a second.
    pub const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;

    /// The time `seconds` and `nanoseconds` after the epoch, kept within what 64 bits can hold.
    pub const fn from_parts(seconds: i64, nanoseconds: i64) -> Timestamp {
        let whole = seconds.saturating_mul(Timestamp::NANOSECONDS_PER_SECOND);
        Timestamp(whole.saturating_add(nanoseconds))
    }

    /// Nanoseconds from `earlier` to this time; 0 where `earlier` is later.
    pub const fn since(self, earlier: Timestamp) -> i64 {
        let span = self.0.saturating_sub(earlier.0);
        if span > 0 { span } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn parts_beyond_64_bits_stay_at_the_bound() {
        assert_eq!(Timestamp::from_parts(i64::MAX, 5), Timestamp(i64::MAX));
        assert_eq!(Timestamp::from_parts(2, 5), Timestamp(2_000_000_005));
    }

    #[test]
    fn a_clock_that_went_backwards_gives_no_span() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), 0);
        assert_eq!(Timestamp(9).since(Timestamp(5)), 4);
    }
}
