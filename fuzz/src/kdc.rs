//! What clients and the KDC say to each other.

use countersign::auth::kerberos::kdc::{FastResponse, KdcMessage, KeyInfo, PaData};
use countersign::auth::kerberos::{EncryptedData, decrypted};
use countersign::crypto::SecretKey;
use countersign::kdc::stream::MessageStream;
use countersign::kdc::{Conversation, Kdc};
use countersign::keyring::Keyring;
use countersign::net::path::Path;
use countersign::secrets::{NtHash, Secrets, ServiceKey, TicketSessionKey};

use super::assert_within;
use super::choices::Choices;

/// Tickets that are remembered at most, and keys of one.
const MOST_OF_ONE: usize = 4;

/// Reads messages, each after who says it and its length, whole and cut, and follows what is learned
/// of tickets with keys that may be right.
pub fn check(input: &[u8]) {
    let mut choices = Choices::new(input);
    let (mut kdc, mut keyring) = (Kdc::default(), Keyring::new(secrets()));
    while !choices.is_empty() {
        let port = 1 + u16::from(choices.u8() % 4);
        let len = usize::from(choices.u16());
        let message = choices.bytes(len);
        read(message);
        read(&message[..message.len() / 2]);
        let ends = (([10, 0, 0, 7], port).into(), ([10, 0, 0, 1], 88).into());
        let conversation = Conversation::between(Path::PLAIN, ends.0, ends.1).unwrap();
        let Some(learned) = kdc.message(&keyring, conversation, message) else { continue };
        assert_within(learned.cipher, message);
        match learned.key {
            Some(key) => keyring.tickets.add(learned.cipher, learned.secret, key),
            None => keyring.tickets.add_shut(learned.cipher, learned.secret),
        }
        assert!(keyring.tickets.of(learned.cipher).len() <= MOST_OF_ONE);
    }
    stream(input);
}

/// Secrets of which keys are made without work.
fn secrets() -> Secrets {
    let key = |len| SecretKey::new(vec![7; len]);
    let hash = NtHash { user: Some("alice".to_owned()), domain: None, hash: key(16) };
    let service =
        |etype, len| ServiceKey { principal: None, realm: None, etype, kvno: None, key: key(len) };
    Secrets {
        nt_hashes: vec![hash],
        service_keys: vec![service(17, 16), service(18, 32), service(19, 16), service(20, 32)],
        ticket_session_keys: vec![TicketSessionKey { etype: 18, key: key(32) }],
        ..Secrets::default()
    }
}

fn read(bytes: &[u8]) {
    for data in [PaData::parse(bytes)].into_iter().flatten() {
        padata(&data, bytes);
    }
    let _ = FastResponse::parse(bytes);
    if let Ok(part) = decrypted::EncKdcRepPart::parse(bytes) {
        assert_within(part.key.keyvalue, bytes);
    }
    if let Ok(part) = decrypted::EncTicketPart::parse(bytes) {
        assert_within(part.key.keyvalue, bytes);
    }
    match KdcMessage::parse(bytes) {
        Ok(KdcMessage::AsReq(request) | KdcMessage::TgsReq(request)) => {
            for shown in request.ap_req.into_iter() {
                let parts = [shown.ticket.enc_part, shown.authenticator];
                parts.iter().flatten().for_each(|part| encrypted(part, bytes));
            }
        }
        Ok(KdcMessage::AsRep(reply) | KdcMessage::TgsRep(reply)) => {
            padata(&reply.padata, bytes);
            encrypted(&reply.enc_part, bytes);
            reply.ticket.enc_part.iter().for_each(|part| encrypted(part, bytes));
            assert!(reply.crealm.len() <= 3 * bytes.len());
        }
        Ok(KdcMessage::Error(error)) => assert_within(error.e_data.unwrap_or_default(), bytes),
        Err(error) => assert!(error.to_string().len() < 400),
    }
}

fn padata(data: &PaData<'_>, bytes: &[u8]) {
    // Two lists and a salt.
    assert!(data.key_infos.len() <= 2 * KeyInfo::MAX + 1);
    data.fast_rep.iter().for_each(|part| encrypted(part, bytes));
    assert!(data.fast_rep.is_none() || data.may_change_key);
}

fn encrypted(part: &EncryptedData<'_>, bytes: &[u8]) {
    assert_within(part.cipher, bytes);
    let _ = part.etype.name();
}

/// However a stream is cut, the same messages are in it.
fn stream(input: &[u8]) {
    let messages = |piece: usize| {
        let (mut stream, mut found) = (MessageStream::default(), Vec::new());
        for piece in input.chunks(piece) {
            stream.data(piece, |message| found.push(message.to_vec()));
        }
        found
    };
    assert_eq!(messages(3), messages(input.len().max(1)));
}
