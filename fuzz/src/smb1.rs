//! Messages of SMB1.

use countersign::smb::fields::Text;
use countersign::smb::smb1::{
    self, Block, Command, Credentials, Header, LogoffRequest, LogoffResponse, NegotiateRequest,
    NegotiateResponse, NegotiateResponseForm, ServerSecurity, SessionSetupRequest,
    SessionSetupResponse, TreeConnectRequest, TreeConnectResponse,
};

use super::assert_within;
use super::smb2::{buffer, modest};

/// Reads `message` as every structure there is, whole and cut.
pub fn check(message: &[u8]) {
    read(message);
    if message.len() < 5 {
        return;
    }
    // Behind the right identifier, whatever the input begins with, as each command.
    let mut message = [b"\xffSMB", &message[4..]].concat();
    for command in [None, Some(0x72), Some(0x73), Some(0x74), Some(0x75)] {
        message[4] = command.unwrap_or(message[4]);
        read(&message);
    }
    for len in message.len().saturating_sub(40)..message.len() {
        read(&message[..len]);
    }
}

fn read(message: &[u8]) {
    let Ok((header, rest)) = Header::parse(message) else { return };
    assert_eq!(&message[..4], b"\xffSMB");
    assert_eq!(rest.len() + Header::LEN, message.len());
    assert_eq!(header.command, Command(message[4]));
    assert_eq!(header.is_response(), message[9] & 0x80 != 0);
    assert_eq!(header.is_unicode(), message[11] & 0x80 != 0);
    let number = |at: usize| u16::from_le_bytes([message[at], message[at + 1]]);
    assert_eq!(header.pid(), u32::from(number(12)) << 16 | u32::from(number(26)));
    assert_eq!((header.uid, header.mid), (number(28), number(30)));
    modest(&header, message);
    let mut before = 0;
    let mut count = 0;
    for block in smb1::commands(message, &header) {
        count += 1;
        let Ok(block) = block else { continue };
        assert!(block.offset >= Header::LEN && block.offset > before, "a chain leads forward");
        before = block.offset;
        read_block(&block, message);
    }
    assert!(count <= 1 + message.len() / 7, "{count} commands in {} bytes", message.len());
}

fn read_block(block: &Block<'_>, message: &[u8]) {
    assert_within(block.words, message);
    assert_within(block.bytes(), message);
    assert_eq!(block.words.len(), 2 * usize::from(block.word_count));
    assert!(block.bytes().len() <= usize::from(block.byte_count.unwrap_or(0)));
    if let Ok(request) = NegotiateRequest::parse(block) {
        modest(&request, message);
    }
    let _ = LogoffRequest::parse(block);
    let _ = LogoffResponse::parse(block);
    for is_unicode in [false, true] {
        negotiate_response(block, is_unicode, message);
        if let Ok(request) = SessionSetupRequest::parse(block, is_unicode) {
            credentials(&request.credentials, message);
            texts(&[request.native_os, request.native_lan_man], message);
        }
        if let Ok(response) = SessionSetupResponse::parse(block, is_unicode) {
            if let Some(blob) = &response.security_blob {
                buffer(blob, message);
            }
            texts(&[response.native_os, response.native_lan_man, response.primary_domain], message);
        }
        if let Ok(request) = TreeConnectRequest::parse(block, is_unicode) {
            buffer(&request.password, message);
            texts(&[request.path, request.service], message);
        }
        if let Ok(response) = TreeConnectResponse::parse(block, is_unicode) {
            texts(&[response.service, response.native_file_system], message);
        }
    }
}

fn negotiate_response(block: &Block<'_>, is_unicode: bool, message: &[u8]) {
    let Ok(response) = NegotiateResponse::parse(block, is_unicode) else { return };
    modest(&response, message);
    match &response.form {
        NegotiateResponseForm::Lanman(server) => {
            buffer(&server.challenge, message);
            texts(&[server.primary_domain], message);
        }
        NegotiateResponseForm::NtLanman(server) => {
            let _ = server.system_time.unix_nanoseconds();
            if let ServerSecurity::Extended { security_blob, .. } = &server.security {
                buffer(security_blob, message);
            }
        }
        _ => assert!(response.security_mode().is_none()),
    }
}

fn credentials(credentials: &Credentials<'_>, message: &[u8]) {
    modest(credentials, message);
}

fn texts(all: &[Text<'_>], message: &[u8]) {
    for text in all {
        assert_within(text.bytes(), message);
        assert!(text.to_string().len() <= 3 + 2 * text.bytes().len());
    }
}
