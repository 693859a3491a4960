//! NTLMSSP messages.

use countersign::auth::ntlmssp::av_pair::AvPairs;
use countersign::auth::ntlmssp::challenge::ChallengeMessage;
use countersign::auth::ntlmssp::response::NtlmV2Response;
use countersign::auth::ntlmssp::{Message, MessageType, Payload, SIGNATURE};

use super::assert_within;

/// Reads `message` as each of the three messages, whole and cut.
pub fn check(message: &[u8]) {
    read(message);
    if message.len() > 12 {
        for kind in 1..=3_u32 {
            let message = [&SIGNATURE[..], &kind.to_le_bytes(), &message[12..]].concat();
            read(&message);
            for len in [message.len() / 2, message.len() - 1, 32, 44, 64] {
                read(&message[..len.min(message.len())]);
            }
        }
    }
    if let Ok(response) = NtlmV2Response::parse(message) {
        assert_within(response.temp, message);
        av_pairs(&response.av_pairs, message);
    }
}

pub(crate) fn read(bytes: &[u8]) {
    let message = match Message::parse(bytes) {
        Ok(message) => message,
        Err(error) => return assert!(error.to_string().len() < 400),
    };
    assert!(bytes.starts_with(&SIGNATURE));
    assert!(MessageType::of(bytes).is_some());
    let said = format!("{message:?}").len();
    assert!(said <= 10_000 + 400 * bytes.len(), "{said} bytes are said of {}", bytes.len());
    match &message {
        Message::Negotiate(negotiate) => {
            payloads(&[negotiate.domain_name, negotiate.workstation], bytes);
            texts(&[negotiate.domain_name_text(), negotiate.workstation_text()], bytes);
        }
        Message::Challenge(challenge) => {
            payloads(&[challenge.target_name, challenge.target_info], bytes);
            texts(&[challenge.target_name_text()], bytes);
            av_pairs(&challenge.av_pairs(), bytes);
            assert!(bytes.len() >= ChallengeMessage::MIN_LEN);
            assert_eq!(bytes[20..24], challenge.negotiate_flags.0.to_le_bytes());
        }
        Message::Authenticate(authenticate) => {
            texts(
                &[
                    authenticate.domain_name_text(),
                    authenticate.user_name_text(),
                    authenticate.workstation_text(),
                ],
                bytes,
            );
            let _ = (authenticate.is_anonymous(), authenticate.response_kind());
            if let Some(response) = authenticate.ntlm_v2_response() {
                assert_within(response.temp, bytes);
            }
            av_pairs(&authenticate.av_pairs(), bytes);
        }
    }
}

fn payloads(all: &[Payload<'_>], message: &[u8]) {
    for payload in all {
        let Some(bytes) = payload.bytes else { continue };
        assert_within(bytes, message);
        assert_eq!(bytes.len(), usize::from(payload.len));
    }
}

/// UTF-16 grows by half at most, and a byte of a code page to three.
fn texts(all: &[Option<String>], message: &[u8]) {
    for text in all.iter().flatten() {
        assert!(text.len() <= 3 * message.len());
    }
}

fn av_pairs(pairs: &AvPairs<'_>, message: &[u8]) {
    let mut total = 0;
    for pair in pairs.iter() {
        assert_within(pair.value, message);
        total += 4 + pair.value.len();
        texts(&[pair.text()], message);
        let _ = (pair.id.name(), pair.id.is_text());
    }
    assert!(total <= message.len(), "pairs overlap");
    let _ = (pairs.is_complete(), pairs.flags(), pairs.machine_id(), pairs.channel_bindings());
    let _ = pairs.timestamp().and_then(|time| time.unix_nanoseconds());
    texts(&[pairs.target_name()], message);
}
