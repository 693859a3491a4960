//! Connections of other protocols than SMB that carry authentications.

use countersign::carriers::{Carriers, Ended, Reader, Side};
use countersign::flow::{Direction, FlowKey};
use countersign::limits::Limits;
use countersign::packet::{At, PacketId};
use countersign::time::Timestamp;

use super::choices::Choices;

/// Bits of the byte before each packet: who sends it, that it was lost, and that there is no room.
const FROM_SERVER: u8 = 0x80;
const LOST: u8 = 0x40;
const NO_ROOM: u8 = 0x20;

/// Reads a connection: packets, each after what became of it and its length.
pub fn check(input: &[u8]) {
    let limits = Limits {
        carrier_message_bytes: 2_000,
        carried_exchanges: 4,
        carried_bytes: 6_000,
        ..Limits::DEFAULT
    };
    let mut choices = Choices::new(input);
    let (mut carriers, mut reader) = (Carriers::new(limits), Reader::default());
    let ends =
        FlowKey { client: ([10, 0, 0, 7], 49_731).into(), server: ([10, 0, 0, 5], 80).into() };
    let mut number = 0;
    while !choices.is_empty() {
        number += 1;
        let act = choices.u8();
        let len = usize::from(choices.u16());
        let direction = match act & FROM_SERVER {
            0 => Direction::ToServer,
            _ => Direction::ToClient,
        };
        if act & NO_ROOM != 0 {
            reader.lose(&mut carriers, direction);
        }
        if act & LOST != 0 {
            reader.gap(&mut carriers, direction, len as u64);
            continue;
        }
        let packet = PacketId { number, ..PacketId::default() };
        let at = At { timestamp: Timestamp(0), packet };
        reader.data(&mut carriers, ends, direction, choices.bytes(len), at);
        // Both directions hold a message, and MSSQL one of several packets.
        assert!(reader.held_bytes() <= 2 * (2 * 2_000 + (128 << 10)));
        assert!(reader.is_reading() || reader.held_bytes() == 0);
    }
    look_at(&carriers, &limits, number);
}

fn look_at(carriers: &Carriers, limits: &Limits, packets: u64) {
    assert!(carriers.kept_bytes() <= limits.carried_bytes);
    assert!(carriers.exchanges().len() <= limits.carried_exchanges);
    for exchange in carriers.exchanges() {
        assert!(!exchange.messages.is_empty() && exchange.messages.len() <= 8);
        let (mut last, mut is_asked) = (0, false);
        for message in &exchange.messages {
            assert!(message.token.len() <= limits.carrier_message_bytes);
            assert!(last <= message.at.packet.number && message.at.packet.number <= packets);
            last = message.at.packet.number;
            is_asked |= message.side == Side::Client;
        }
        if let Ended::Accepted(at, _) = exchange.ended {
            assert!(is_asked, "nobody asked");
            assert!(at.packet.number >= last && at.packet.number <= packets);
        }
    }
}
