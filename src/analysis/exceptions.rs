//! Accepted exceptions: which files of them a run takes, and which hosts they meet.

use std::net::IpAddr;

use jiff::civil::Date;

use crate::exceptions::{self, Entry, Fault, FileError, Party, SeenHost};
use crate::findings;
use crate::limits::Limits;
use crate::report::{Host, Side};

/// Reads a file of accepted exceptions; the rules that it names are those of
/// [`catalogue`](super::catalogue).
pub fn read(text: &str) -> Result<Vec<Entry>, FileError> {
    exceptions::parse(text, &Limits::DEFAULT, findings::can_be_accepted)
}

/// The day that a text says, written as YYYY-MM-DD.
pub fn day(text: &str) -> Result<Date, Fault> {
    exceptions::date("the day", text)
}

/// A host as what it was seen: as a server, as a client, or both.
pub(super) fn seen(host: &Host) -> impl Iterator<Item = SeenHost<'_>> {
    let address: Option<IpAddr> = host.address.parse().ok();
    let as_server = host.is_server().then_some((Side::Server, host.as_server.requires_signing));
    let as_client = host.is_client().then_some((Side::Client, host.as_client.requires_signing));
    address.into_iter().flat_map(move |address| {
        [as_server, as_client].into_iter().flatten().map(move |(side, requires)| SeenHost {
            party: Party { address, side },
            roles: &host.roles,
            requires,
        })
    })
}
