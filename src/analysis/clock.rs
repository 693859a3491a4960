//! Times as the report writes them.

use crate::time::Timestamp;

/// A time in RFC 3339, UTC, with nanoseconds. What a calendar cannot write is shown as the nearest
/// time that it can.
pub(super) fn rfc3339(time: Timestamp) -> String {
    let instant = jiff::Timestamp::from_nanosecond(i128::from(time.0)).unwrap_or(if time.0 < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    });
    format!("{instant:.9}")
}

/// A time as people read it, in UTC and to the second.
pub(super) fn to_the_second(time: Timestamp) -> String {
    let whole = rfc3339(time);
    let (second, _) = whole.split_once('.').unwrap_or((&whole, ""));
    format!("{} UTC", second.replace('T', " "))
}

/// The time of a packet; `None` for one that has none.
pub(super) fn of_packet(time: Timestamp) -> Option<String> {
    (time != Timestamp::UNKNOWN).then(|| rfc3339(time))
}

#[cfg(test)]
mod tests {
    use super::rfc3339;
    use crate::time::Timestamp;

    #[test]
    fn a_time_is_written_to_the_nanosecond() {
        assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(Timestamp(1_700_000_000_123_456_789)), "2023-11-14T22:13:20.123456789Z");
    }

    #[test]
    fn the_ends_of_the_range_are_written() {
        assert!(rfc3339(Timestamp(i64::MAX)).starts_with("2262-04-11T23:47:16"));
        assert!(rfc3339(Timestamp(i64::MIN)).starts_with("1677-09-21T00:12:43"));
    }
}
