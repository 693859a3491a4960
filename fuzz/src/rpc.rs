//! Protocol data units of DCE/RPC.

use countersign::flow::Direction;
use countersign::rpc::{Association, Body, Call, CallSink, Header, Outcome, PacketType, Pdu};

use super::assert_within;

/// Bytes that are kept of a unit that does not come in one piece.
const MOST_OF_UNIT: usize = 16 << 10;

/// Bytes that an association holds at most.
const MOST_HELD: usize = 2 * (32 << 10) + (16 << 10);

/// Reads `input` as a row of protocol data units, each whole and cut, and each as every type; and
/// follows it as an association, of which the pieces do not change what is called.
pub fn check(input: &[u8]) {
    let calls = follow(input, input.len().max(1));
    if input.len() <= MOST_OF_UNIT {
        assert_eq!(follow(input, 7), calls);
    }
    let mut rest = input;
    while let Some(len) = read(rest) {
        for cut in [len / 2, len.saturating_sub(1), 26, 40] {
            read(&rest[..cut.min(rest.len())]);
        }
        let start = &rest[..len.min(rest.len())];
        for packet_type in [0, 2, 3, 11, 12, 13, 16] {
            let mut other = start.to_vec();
            other[2] = packet_type;
            read(&other);
        }
        rest = rest.get(len..).unwrap_or_default();
    }
}

/// The calls of a client, and what became of them, where both sides say the same.
#[derive(Debug, Default, PartialEq, Eq)]
struct Calls {
    called: Vec<Call>,
    answered: Vec<(usize, Outcome)>,
}

impl CallSink for Calls {
    fn called(&mut self, call: Call) -> Option<usize> {
        let argument = call.argument.as_ref();
        assert!(argument.is_none_or(|it| it.text.contains(&*it.host) && it.text.len() <= 2_048));
        self.called.push(call);
        Some(self.called.len() - 1)
    }

    fn answered(&mut self, call: usize, outcome: Outcome) {
        assert!(call < self.called.len());
        self.answered.push((call, outcome));
    }
}

fn follow(input: &[u8], piece: usize) -> Calls {
    let (mut association, mut calls) = (Association::default(), Calls::default());
    for direction in [Direction::ToServer, Direction::ToClient] {
        for piece in input.chunks(piece) {
            association.data(direction, piece, &mut calls);
            assert!(association.held_bytes() <= MOST_HELD);
        }
        association.lose(direction, &mut calls);
    }
    assert!(association.is_lost());
    calls
}

/// Reads the protocol data unit that `bytes` start with, and returns its length on the wire.
fn read(bytes: &[u8]) -> Option<usize> {
    let pdu = match Pdu::parse(bytes) {
        Ok(pdu) => pdu,
        Err(error) => {
            assert!(error.to_string().len() < 200);
            return None;
        }
    };
    let len = usize::from(pdu.header.frag_length);
    assert!(len >= Header::LEN);
    assert_within(pdu.bytes(), bytes);
    assert_eq!(pdu.is_whole(), bytes.len() >= len);
    let verifier = pdu.verifier();
    if let Ok(Some(verifier)) = verifier {
        assert_within(verifier.token, pdu.bytes());
        assert!(verifier.token.len() <= usize::from(pdu.header.auth_length));
        assert!(!pdu.is_whole() || verifier.token.len() == usize::from(pdu.header.auth_length));
        let _ = (verifier.auth_type.name(), verifier.auth_level.name());
    }
    assert!(!pdu.is_whole() || verifier.is_ok());
    match pdu.body() {
        Ok(Body::Bind(bind)) => {
            assert!(bind.contexts.count() <= usize::from(bind.n_contexts));
            let syntaxes = bind.contexts.map(|it| it.transfer_syntaxes().count()).sum::<usize>();
            assert!((bind.contexts.count() * 24 + syntaxes * 20) <= bytes.len());
        }
        Ok(Body::BindAck(ack)) => {
            assert_within(ack.secondary_address, pdu.bytes());
            assert!(ack.results.count() * 24 <= bytes.len());
        }
        Ok(Body::Request(request)) => assert_within(request.stub, pdu.bytes()),
        Ok(Body::Response(response)) => assert_within(response.stub, pdu.bytes()),
        Ok(Body::Fault(_) | Body::Other) => {}
        Err(error) => assert!(!pdu.is_whole() || len < 40, "{error}"),
    }
    let _ = PacketType(pdu.header.packet_type.0).name();
    Some(len)
}
