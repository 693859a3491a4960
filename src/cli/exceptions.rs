//! The file of accepted exceptions that the arguments name, and the day to look at it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::analysis;
use crate::exceptions::Entry;
use crate::limits::Limits;

/// Reads a file of exceptions; where that cannot be, the sentence that says why.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let about = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let bytes = contents(path).map_err(|error| about(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| about(&"it is not a text in UTF-8"))?;
    analysis::read_exceptions(&text).map_err(|error| about(&error))
}

/// What a file holds, up to a byte more than may be read of it.
fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let most = Limits::DEFAULT.exceptions_bytes as u64;
    let mut contents = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut contents)?;
    Ok(contents)
}

/// Today, in UTC: what holds should not depend on where the program runs.
pub(super) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}
