//! What is counted of a conversation of which bytes are missing, against what a slow and obvious
//! reader says, who knows where every message lies and which of its bytes were captured.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/conversation/mod.rs"]
mod conversation;
mod support;
#[path = "damage/wire.rs"]
#[allow(dead_code, reason = "each test uses a part of it")]
mod wire;

use countersign::report::{Coverage, MessageCounts, Report};
use proptest::prelude::{
    ProptestConfig, TestCaseError, any, prop, prop_assert, prop_assert_eq, proptest,
};

use self::conversation::smb2::{Smb2, close, create, echo, read, write};
use self::conversation::{CLIENT, Conversation, SERVER, SESSION};
use self::support::analyze;
use self::wire::{Packet, file, packets};

/// Bytes before a message that tell its length.
const LEN: usize = 4;
/// Bytes of a message's header.
const HEADER: usize = 64;
/// Where in a header the signature stands.
const SIGNATURE: usize = 48;
/// Where in a header the flags stand, and in their first byte the one of a signature.
const FLAGS: usize = 16;
const SIGNED: u8 = 8;

/// Messages that nothing happens to, so that it is known whose the connection is.
const WHOLE: usize = 4;

/// A session in the middle of which the capture begins: requests, each with its answer.
fn dialogue(messages: &[(u8, bool)]) -> Vec<Packet> {
    let mut talk = Conversation::new();
    talk.join(CLIENT, SERVER);
    talk.session(SESSION);
    let intact = [(0, true); WHOLE / 2];
    for (kind, is_signed) in intact.iter().chain(messages) {
        let message = || -> Smb2 {
            let message = match kind % 5 {
                0 => create(),
                1 => read(),
                2 => write(),
                3 => close(),
                _ => echo(),
            };
            if *is_signed { message.signed() } else { message }
        };
        talk.client(message()).server(message());
    }
    packets(&talk.capture())
}

/// What is captured of a packet.
#[derive(Clone, Copy, Debug)]
enum Kept {
    All,
    Nothing,
    /// So many bytes of its data.
    Start(usize),
}

/// Counts of one direction: signed, unsigned, unreadable.
type Counts = [u64; 3];

/// Which bytes of a message and of its length before it were captured, of all that its packet's
/// `parts` hold.
fn there(packet: &Packet, parts: &[(Packet, Kept)]) -> Vec<bool> {
    let mut there = vec![false; packet.len];
    for (part, kept) in parts {
        let from = part.seq.wrapping_sub(packet.seq) as usize;
        if part.is_from_server() != packet.is_from_server() || from >= packet.len {
            continue;
        }
        let len = match kept {
            Kept::All => part.len,
            Kept::Nothing => 0,
            Kept::Start(len) => (*len).min(part.len),
        };
        there[from..from + len].fill(true);
    }
    there
}

/// What the obvious reader counts of one direction.
fn expected(packets: &[Packet], parts: &[(Packet, Kept)], is_from_server: bool) -> Counts {
    let mut counts = [0; 3];
    for packet in packets.iter().filter(|it| it.is_from_server() == is_from_server) {
        let there = there(packet, parts);
        let is_signed = packet.payload[LEN + FLAGS] & SIGNED != 0;
        let captured = there.iter().skip(LEN).take_while(|it| **it).count();
        // Without the whole header a signature shows by any byte of it, and that there is none by
        // the flags.
        let signature = packet.payload.get(LEN + SIGNATURE..LEN + captured.min(HEADER));
        let is_told = signature.is_some_and(|it| !is_signed || it.iter().any(|byte| *byte != 0));
        // A message is found by its length, which stands before it: without it, it is lost.
        let is_seen = there[..LEN].iter().all(|it| *it);
        match captured {
            0 => {}
            _ if !is_seen => {}
            _ if !is_told => counts[2] += 1,
            _ if is_signed => counts[0] += 1,
            _ => counts[1] += 1,
        }
    }
    counts
}

fn counted(messages: &MessageCounts) -> Counts {
    assert_eq!(messages.total, messages.signed + messages.unsigned + messages.unreadable);
    [messages.signed, messages.unsigned, messages.unreadable]
}

/// What is left of the packets.
fn captured(parts: &[(Packet, Kept)]) -> Report {
    let left = parts.iter().filter_map(|(packet, kept)| match kept {
        Kept::All => Some(packet.clone()),
        Kept::Nothing => None,
        Kept::Start(len) => {
            let mut packet = packet.clone();
            packet.payload.truncate(*len);
            Some(packet)
        }
    });
    analyze("lossy.pcap", &file(&left.collect::<Vec<_>>())).unwrap()
}

/// What happens to a packet: one number says what, and the other how much is kept.
fn kept(packet: &Packet, (what, number): (u8, u16)) -> Kept {
    let number = usize::from(number);
    match what % 6 {
        0 => Kept::Nothing,
        1 => Kept::Start(number % (packet.len + 1)),
        // Around the ends of a length and of a header.
        2 => Kept::Start(number % (LEN + 2)),
        3 => Kept::Start(LEN + HEADER - 2 + number % 4),
        _ => Kept::All,
    }
}

/// Cuts packets in two where a number of `cuts` says so, and keeps of each part what one of `choices`
/// says.
fn damaged(packets: &[Packet], cuts: &[u16], choices: &[(u8, u16)]) -> Vec<(Packet, Kept)> {
    let mut cuts = cuts.iter().cycle();
    let mut choices = choices.iter().cycle();
    let mut damaged = Vec::new();
    for (place, packet) in packets.iter().enumerate() {
        if place < WHOLE {
            damaged.push((packet.clone(), Kept::All));
            continue;
        }
        let parts = match usize::from(*cuts.next().unwrap()) % (2 * packet.len) {
            // Nobody sends a length or a protocol identifier in parts.
            cut if cut >= LEN + 4 && cut < packet.len => {
                vec![packet.part(0, cut), packet.part(cut, packet.len)]
            }
            _ => vec![packet.clone()],
        };
        damaged.extend(parts.into_iter().map(|part| {
            let kept = kept(&part, *choices.next().unwrap());
            (part, kept)
        }));
    }
    damaged
}

fn check(
    messages: &[(u8, bool)],
    cuts: &[u16],
    choices: &[(u8, u16)],
) -> Result<(), TestCaseError> {
    let packets = dialogue(messages);
    let parts = damaged(&packets, cuts, choices);
    let all: Vec<String> = parts
        .iter()
        .map(|(part, kept)| format!("{} {kept:?} of {}", part.is_from_server(), part.len))
        .collect();
    let report = captured(&parts);
    prop_assert_eq!(report.sessions.len(), 1);
    let session = &report.sessions[0];
    let found = [&session.messages.from_client, &session.messages.from_server].map(counted);
    let expected = [false, true].map(|is_server| expected(&packets, &parts, is_server));
    prop_assert_eq!(found, expected, "{:?}", all);
    let has_gap = [false, true].iter().any(|is_server| {
        let of_side = parts.iter().filter(|(it, _)| it.is_from_server() == *is_server);
        let kept: Vec<bool> = of_side.map(|(_, it)| !matches!(it, Kept::Nothing)).collect();
        // What is lost at the end is nowhere to be seen.
        let end = kept.iter().rposition(|it| *it).unwrap_or(0);
        kept[..end].contains(&false)
    });
    prop_assert!(!has_gap || session.coverage.contains(&Coverage::Gap), "{:?}", all);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    /// Each message in a packet of its own.
    #[test]
    fn messages_are_counted_by_what_was_captured_of_their_headers(
        messages in prop::collection::vec((0_u8..5, any::<bool>()), 1..20),
        choices in prop::collection::vec((any::<u8>(), any::<u16>()), 1..40),
    ) {
        check(&messages, &[0], &choices)?;
    }

    /// Messages in one packet or in two.
    #[test]
    fn messages_in_parts_are_counted_by_what_was_captured_of_their_headers(
        messages in prop::collection::vec((0_u8..5, any::<bool>()), 1..20),
        cuts in prop::collection::vec(any::<u16>(), 1..20),
        choices in prop::collection::vec((any::<u8>(), any::<u16>()), 1..40),
    ) {
        check(&messages, &cuts, &choices)?;
    }
}
