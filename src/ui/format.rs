//! Numbers and times as people read them.

pub use crate::report::words::{count, counted};

/// A number of bytes, as "1.4 GB".
pub fn bytes(count: f64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = count.max(0.0);
    let mut unit = UNITS[0];
    for larger in UNITS.iter().skip(1) {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    match unit {
        "bytes" => format!("{value:.0} bytes"),
        _ if value < 9.95 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

/// A number of milliseconds, as "340 ms" or "2.1 s".
pub fn duration(milliseconds: f64) -> String {
    if milliseconds < 999.5 {
        format!("{milliseconds:.0} ms")
    } else if milliseconds < 60_000.0 {
        format!("{:.1} s", milliseconds / 1000.0)
    } else {
        format!(
            "{:.0} min {:.0} s",
            (milliseconds / 60_000.0).floor(),
            milliseconds / 1000.0 % 60.0
        )
    }
}

/// The time of day in an RFC 3339 time, to the millisecond.
pub fn time_of_day(time: &str) -> &str {
    let start = time.find('T').map_or(0, |place| place + 1);
    let rest = time.get(start..).unwrap_or(time);
    rest.get(..12).unwrap_or(rest)
}

/// An RFC 3339 time as "2026-11-22 14:00:00.123 UTC".
pub fn moment(time: &str) -> String {
    match time.split_once('T') {
        Some((day, _)) => format!("{day} {} UTC", time_of_day(time)),
        None => time.to_owned(),
    }
}

/// An address with its port, an IPv6 address in brackets.
pub fn endpoint(address: &str, port: u16) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_two_digits_or_more() {
        assert_eq!(bytes(0.0), "0 bytes");
        assert_eq!(bytes(999.0), "999 bytes");
        assert_eq!(bytes(1_400_000_000.0), "1.4 GB");
        assert_eq!(bytes(999_900.0), "1.0 MB");
        assert_eq!(bytes(52_000.0), "52 kB");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(counted(1, "session", "sessions"), "1 session");
    }

    #[test]
    fn times_are_cut_to_the_millisecond() {
        assert_eq!(time_of_day("2026-11-22T14:00:01.123456789Z"), "14:00:01.123");
        assert_eq!(time_of_day("not a time"), "not a time");
        assert_eq!(moment("2026-11-22T14:00:01.123456789Z"), "2026-11-22 14:00:01.123 UTC");
    }

    #[test]
    fn durations_fit_their_size() {
        assert_eq!(duration(12.4), "12 ms");
        assert_eq!(duration(2_140.0), "2.1 s");
        assert_eq!(duration(61_000.0), "1 min 1 s");
    }
}
