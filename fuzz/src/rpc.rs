//! Protocol data units of DCE/RPC.

use countersign::rpc::{Body, Header, PacketType, Pdu};

use super::assert_within;

/// Reads `input` as a row of protocol data units, each whole and cut, and each as every type.
pub fn check(input: &[u8]) {
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
