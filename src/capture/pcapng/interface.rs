//! Interfaces of a pcapng section: what their packets start with, and their clocks.
//!
//! The format: <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html>, 4.2.

use super::options::{self, Options};
use crate::capture::CaptureFacts;
use crate::capture::container::ByteOrder;
use crate::capture::details::InterfaceFacts;
use crate::capture::link_type::LinkType;
use crate::time::Timestamp;

/// An interface that packets name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// The most bytes that were kept of a packet; 0 for all.
    pub(super) snap_len: u32,
    /// Its place among the interfaces that are listed; one beyond the bound has none there.
    pub(super) place: u32,
    unit: Unit,
    /// Seconds to add to every time.
    offset_seconds: i64,
}

impl Interface {
    /// An interface of which nothing is known.
    pub(super) const fn unknown() -> Interface {
        Interface {
            link_type: LinkType(u32::MAX),
            snap_len: 0,
            place: u32::MAX,
            unit: Unit::MICROSECOND,
            offset_seconds: 0,
        }
    }

    /// Reads the contents of an Interface Description Block (4.2), and lists what they say.
    pub(super) fn parse(order: ByteOrder, contents: &[u8], facts: &mut CaptureFacts) -> Interface {
        const NAME: u16 = 2;
        const DESCRIPTION: u16 = 3;
        const TIME_RESOLUTION: u16 = 9;
        const FILTER: u16 = 11;
        const OS: u16 = 12;
        const TIME_OFFSET: u16 = 14;
        const HARDWARE: u16 = 15;
        let mut interface = Interface::unknown();
        let mut listed = InterfaceFacts::default();
        let mut rest: &[u8] = &[];
        if let Some((&[k0, k1, _, _, s0, s1, s2, s3], options)) = contents.split_first_chunk() {
            interface.link_type = LinkType(u32::from(order.u16([k0, k1])));
            interface.snap_len = order.u32([s0, s1, s2, s3]);
            rest = options;
        }
        let most = facts.details.bounds.text_bytes;
        for (code, value) in Options::of(order, rest) {
            match code {
                options::COMMENT => {
                    if let Some(text) = options::text(value, most) {
                        facts.details.add_comment(None, text);
                    }
                }
                NAME => listed.name = options::text(value, most),
                DESCRIPTION => listed.description = options::text(value, most),
                FILTER => listed.filter = filter(value, most),
                OS => listed.os = options::text(value, most),
                HARDWARE => listed.hardware = options::text(value, most),
                TIME_RESOLUTION => {
                    if let &[resolution] = value {
                        interface.unit = Unit::from_option(resolution);
                    }
                }
                TIME_OFFSET => {
                    if let Ok(seconds) = value.try_into() {
                        interface.offset_seconds = order.i64(seconds);
                    }
                }
                _ => {}
            }
        }
        (listed.link_type, listed.snap_len) = (interface.link_type, interface.snap_len);
        interface.place = facts.details.add_interface(listed);
        interface
    }

    /// The time that the two halves of a packet's time field say.
    #[inline]
    pub(super) fn time(&self, high: u32, low: u32) -> Timestamp {
        let count = u64::from(high) << 32 | u64::from(low);
        let nanoseconds = self.unit.nanoseconds(count);
        let nanoseconds = i64::try_from(nanoseconds).unwrap_or(i64::MAX);
        Timestamp::from_parts(self.offset_seconds, nanoseconds)
    }
}

/// The capture filter that an option holds: as text, or as a program for a filter machine.
fn filter(value: &[u8], most: usize) -> Option<String> {
    match value.split_first()? {
        (0, text) => options::text(text, most),
        (1, program) => Some(format!("a BPF program of {} instructions", program.len() / 8)),
        _ => None,
    }
}

/// The unit of an interface's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// So many nanoseconds.
    Nanoseconds(u64),
    /// One of so many parts of a nanosecond.
    PartOfNanosecond(u64),
    /// A second divided by two to this power.
    PowerOfTwo(u32),
}

impl Unit {
    const MICROSECOND: Unit = Unit::Nanoseconds(1_000);

    /// The unit that the option `if_tsresol` names (4.2): a negative power of ten, or of two where
    /// the highest bit is set.
    fn from_option(resolution: u8) -> Unit {
        let exponent = u32::from(resolution & 0x7F);
        match exponent {
            _ if resolution & 0x80 != 0 => Unit::PowerOfTwo(exponent),
            0..=9 => Unit::Nanoseconds(10_u64.pow(9 - exponent)),
            // Units that 64 bits cannot count down to a nanosecond are all nothing.
            _ => Unit::PartOfNanosecond(10_u64.checked_pow(exponent - 9).unwrap_or(u64::MAX)),
        }
    }

    /// Nanoseconds in `count` units.
    #[inline]
    fn nanoseconds(self, count: u64) -> u64 {
        match self {
            Unit::Nanoseconds(each) => count.saturating_mul(each),
            Unit::PartOfNanosecond(parts) => count.checked_div(parts).unwrap_or(0),
            Unit::PowerOfTwo(exponent) => {
                let scaled = u128::from(count).saturating_mul(1_000_000_000);
                let nanoseconds = scaled.checked_shr(exponent).unwrap_or(0);
                u64::try_from(nanoseconds).unwrap_or(u64::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Interface, Unit};
    use crate::capture::CaptureFacts;
    use crate::capture::container::ByteOrder;
    use crate::limits::Limits;

    #[test]
    fn every_truncation_of_the_options_is_an_interface() {
        let contents =
            [1, 0, 0, 0, 9, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0, 7, 0, 0, 0, 0, 0, 0, 0];
        for len in 0..=contents.len() {
            let mut facts = CaptureFacts::new(String::new(), &Limits::DEFAULT);
            let interface = Interface::parse(ByteOrder::Little, &contents[..len], &mut facts);
            assert_eq!(interface.snap_len, if len < 8 { 0 } else { 9 });
            let expected = if len < 13 { 1_000 } else { 1 };
            let offset = if len < 28 { 0 } else { 7_000_000_000 };
            assert_eq!(interface.time(0, 1).0, offset + expected);
        }
    }

    #[test]
    fn every_resolution_gives_a_time() {
        for resolution in 0..=u8::MAX {
            for count in [0, 1, 1 << 32, u64::MAX] {
                Unit::from_option(resolution).nanoseconds(count);
            }
        }
        assert_eq!(Unit::from_option(0).nanoseconds(2), 2_000_000_000);
        assert_eq!(Unit::from_option(12).nanoseconds(2_500), 2);
        assert_eq!(Unit::from_option(0x80).nanoseconds(2), 2_000_000_000);
    }
}
