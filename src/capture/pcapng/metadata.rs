//! Blocks that hold no packets: what a file says about itself and about the hosts in it.

use std::net::IpAddr;

use super::options::{self, Options};
use crate::capture::CaptureFacts;
use crate::capture::container::ByteOrder;
use crate::capture::details::{Name, SecretsBlock, SecretsKind};

/// Bytes of a Decryption Secrets Block before its secrets, its type and length included.
pub(super) const SECRETS_AT: usize = 16;

/// Reads the options of a Section Header Block (4.1).
pub(super) fn section(order: ByteOrder, options: &[u8], facts: &mut CaptureFacts) {
    const HARDWARE: u16 = 2;
    const OS: u16 = 3;
    const APPLICATION: u16 = 4;
    let most = facts.details.bounds.text_bytes;
    for (code, value) in Options::of(order, options) {
        let Some(text) = options::text(value, most) else { continue };
        let details = &mut facts.details;
        match code {
            options::COMMENT => details.add_comment(None, text),
            HARDWARE => _ = details.hardware.get_or_insert(text),
            OS => _ = details.os.get_or_insert(text),
            APPLICATION => _ = details.application.get_or_insert(text),
            _ => {}
        }
    }
}

/// Reads the comments among a block's options; `packet` is the number of the packet that they are
/// on.
pub(super) fn comments(
    order: ByteOrder,
    options: &[u8],
    packet: Option<u64>,
    facts: &mut CaptureFacts,
) {
    let most = facts.details.bounds.text_bytes;
    for (code, value) in Options::of(order, options) {
        if code == options::COMMENT
            && let Some(text) = options::text(value, most)
        {
            facts.details.add_comment(packet, text);
        }
    }
}

/// Reads the contents of an Interface Statistics Block (4.6); `listed` gives the place among the
/// listed interfaces of the one with a number.
pub(super) fn statistics(
    order: ByteOrder,
    contents: &[u8],
    listed: impl FnOnce(u32) -> Option<u32>,
    facts: &mut CaptureFacts,
) {
    const RECEIVED: u16 = 4;
    const DROPPED_BY_INTERFACE: u16 = 5;
    const DROPPED_BY_OS: u16 = 7;
    let Some((&[i0, i1, i2, i3, ..], options)) = contents.split_first_chunk::<12>() else { return };
    comments(order, options, None, facts);
    let place = listed(order.u32([i0, i1, i2, i3]));
    let interface = place.and_then(|place| facts.details.interfaces.get_mut(place as usize));
    let Some(interface) = interface else { return };
    for (code, value) in Options::of(order, options) {
        let Ok(count) = value.try_into().map(|value| order.u64(value)) else { continue };
        // The counts run from the start of the capture, so the latest holds.
        match code {
            RECEIVED => interface.received = Some(count),
            DROPPED_BY_INTERFACE => interface.dropped_by_interface = Some(count),
            DROPPED_BY_OS => interface.dropped_by_os = Some(count),
            _ => {}
        }
    }
}

/// Reads the start of a Decryption Secrets Block (4.7), of which `block_len` bytes are in the file.
pub(super) fn secrets(
    order: ByteOrder,
    fields: [u8; 8],
    block_len: u32,
    offset: u64,
    facts: &mut CaptureFacts,
) {
    let [k0, k1, k2, k3, l0, l1, l2, l3] = fields;
    let claimed = order.u32([l0, l1, l2, l3]);
    let room = block_len.saturating_sub(SECRETS_AT as u32).saturating_sub(super::TRAILER_LEN);
    facts.details.add_secrets_block(SecretsBlock {
        kind: SecretsKind(order.u32([k0, k1, k2, k3])),
        bytes: u64::from(claimed.min(room)),
        offset,
    });
}

/// Reads the contents of a Name Resolution Block (4.5), which start `offset` bytes into the file.
pub(super) fn names(order: ByteOrder, contents: &[u8], offset: u64, facts: &mut CaptureFacts) {
    const END: u16 = 0;
    let mut rest = contents;
    while let Some((&[t0, t1, l0, l1], values)) = rest.split_first_chunk::<4>() {
        let record_type = order.u16([t0, t1]);
        if record_type == END {
            comments(order, values, None, facts);
            return;
        }
        let at = offset.saturating_add((contents.len().saturating_sub(rest.len())) as u64);
        let len = usize::from(order.u16([l0, l1]));
        let Some(value) = values.get(..len) else { return };
        record(record_type, value, at, facts);
        rest = values.get(len.next_multiple_of(4)..).unwrap_or(&[]);
    }
}

/// Reads a record of a Name Resolution Block: an address, and its names with a zero after each.
fn record(record_type: u16, value: &[u8], offset: u64, facts: &mut CaptureFacts) {
    const IPV4: u16 = 1;
    const IPV6: u16 = 2;
    let parts = match record_type {
        IPV4 => value.split_first_chunk().map(|(ip, names)| (IpAddr::from(*ip as [u8; 4]), names)),
        IPV6 => value.split_first_chunk().map(|(ip, names)| (IpAddr::from(*ip as [u8; 16]), names)),
        // Others name hardware addresses, which no session has.
        _ => None,
    };
    let Some((address, names)) = parts else { return };
    let most = facts.details.bounds.text_bytes;
    for name in names.split(|byte| *byte == 0) {
        let Some(name) = options::text(name, most) else { continue };
        if facts.names.len() < facts.details.most_names() {
            facts.names.push(Name { address, name, offset });
        } else {
            facts.names_dropped = facts.names_dropped.saturating_add(1);
        }
    }
}
