//! SMB_COM_NEGOTIATE, \[MS-CIFS\] 2.2.4.52 and \[MS-SMB\] 2.2.4.5.

use nom::IResult;
use nom::number::complete::{le_i16, le_u8, le_u16, le_u32, le_u64};

use super::{Block, Capabilities};
use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
use crate::smb::fields::{Buffer, FileTime, Guid, Text};
use crate::smb::wire::{wire_flags, wire_value};

/// What the client offers, \[MS-CIFS\] 2.2.4.52.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateRequest<'a> {
    /// Dialects, in the order to which DialectIndex of the response counts.
    pub dialects: DialectStrings<'a>,
}

impl<'a> NegotiateRequest<'a> {
    /// The answer may be in SMB2, in dialect 2.0.2.
    pub const SMB_2_002: &'static [u8] = b"SMB 2.002";
    /// The answer may be in SMB2, in a dialect that is negotiated then.
    pub const SMB_2_WILDCARD: &'static [u8] = b"SMB 2.???";

    /// Reads the request from its block.
    pub fn parse(block: &Block<'a>) -> Result<NegotiateRequest<'a>, DecodeError> {
        if block.word_count != 0 {
            return Err(block.word_count_error(Structure::Smb1NegotiateRequest));
        }
        let dialects = DialectStrings { bytes: block.bytes(), offset: block.data_offset() };
        Ok(NegotiateRequest { dialects })
    }
}

/// The dialects of a request. After one that could not be read there are no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialectStrings<'a> {
    bytes: &'a [u8],
    /// Where `bytes` starts, in bytes from the start of the message.
    offset: usize,
}

impl<'a> DialectStrings<'a> {
    /// Before every dialect, \[MS-CIFS\] 2.2.4.52.1.
    const BUFFER_FORMAT: u8 = 2;
}

impl<'a> Iterator for DialectStrings<'a> {
    type Item = Result<Text<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (buffer_format, rest) = self.bytes.split_first()?;
        let offset = self.offset;
        let fail = |kind| Some(Err(Structure::Smb1NegotiateRequest.error(offset, kind)));
        self.bytes = &[];
        if *buffer_format != DialectStrings::BUFFER_FORMAT {
            return fail(DecodeErrorKind::BufferFormat { found: *buffer_format });
        }
        let Some(len) = rest.iter().position(|byte| *byte == 0) else {
            return fail(DecodeErrorKind::UnterminatedText);
        };
        let (dialect, rest) = rest.split_at_checked(len)?;
        // The terminator.
        self.bytes = rest.get(1..).unwrap_or_default();
        self.offset = offset.saturating_add(len + 2);
        Some(Ok(Text::Oem(dialect)))
    }
}

/// What the server chose, \[MS-CIFS\] 2.2.4.52.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateResponse<'a> {
    /// DialectIndex: which of the request's dialects.
    pub dialect_index: DialectIndex,
    /// The rest, which depends on the dialect.
    pub form: NegotiateResponseForm<'a>,
}

/// The forms of a response, by the number of their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NegotiateResponseForm<'a> {
    /// One word: core dialects, or no dialect at all.
    Core,
    /// 13 words: LAN Manager dialects.
    Lanman(LanmanServer<'a>),
    /// 17 words: NT LAN Manager.
    NtLanman(NtLanmanServer<'a>),
}

/// A server that speaks a LAN Manager dialect, \[MS-CIFS\] 2.2.4.52.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanmanServer<'a> {
    /// SecurityMode, whose upper byte is reserved in these dialects.
    pub security_mode: SecurityMode,
    /// MaxBufferSize, in bytes.
    pub max_buffer_size: u16,
    /// SessionKey: a number without a secret.
    pub session_key: u32,
    /// Challenge, of ChallengeLength bytes.
    pub challenge: Buffer<'a>,
    /// PrimaryDomain.
    pub primary_domain: Text<'a>,
}

/// A server that speaks NT LM 0.12, \[MS-CIFS\] 2.2.4.52.2 and \[MS-SMB\] 2.2.4.5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NtLanmanServer<'a> {
    /// SecurityMode.
    pub security_mode: SecurityMode,
    /// MaxMpxCount: requests that may be open at once.
    pub max_mpx_count: u16,
    /// MaxNumberVcs: virtual circuits.
    pub max_number_vcs: u16,
    /// MaxBufferSize, in bytes.
    pub max_buffer_size: u32,
    /// MaxRawSize, in bytes.
    pub max_raw_size: u32,
    /// SessionKey: a number without a secret.
    pub session_key: u32,
    /// Capabilities.
    pub capabilities: Capabilities,
    /// SystemTime.
    pub system_time: FileTime,
    /// ServerTimeZone, in minutes behind UTC.
    pub server_time_zone: i16,
    /// How users authenticate.
    pub security: ServerSecurity<'a>,
}

/// How users authenticate to a server: by CAP_EXTENDED_SECURITY of its Capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerSecurity<'a> {
    /// By security tokens, \[MS-SMB\] 2.2.4.5.2.1.
    Extended {
        /// ServerGUID; `None` where the message is cut before its end.
        server_guid: Option<Guid>,
        /// SecurityBlob: a security token, or nothing.
        security_blob: Buffer<'a>,
    },
    /// By an answer to a challenge, \[MS-SMB\] 2.2.4.5.2.2.
    Challenge {
        /// Challenge, of ChallengeLength bytes: 8, or 0 where passwords go in the clear.
        challenge: Buffer<'a>,
        /// DomainName.
        domain_name: Text<'a>,
        /// ServerName; older servers leave it out.
        server_name: Text<'a>,
    },
}

impl<'a> NegotiateResponse<'a> {
    /// SecurityMode; the oldest form has none.
    pub const fn security_mode(&self) -> Option<SecurityMode> {
        match &self.form {
            NegotiateResponseForm::Core => None,
            NegotiateResponseForm::Lanman(server) => Some(server.security_mode),
            NegotiateResponseForm::NtLanman(server) => Some(server.security_mode),
        }
    }

    /// The challenge that clients without extended security answer, where it was wholly captured.
    pub fn challenge(&self) -> Option<&'a [u8]> {
        let challenge = match &self.form {
            NegotiateResponseForm::Core => return None,
            NegotiateResponseForm::Lanman(server) => server.challenge,
            NegotiateResponseForm::NtLanman(server) => match server.security {
                ServerSecurity::Challenge { challenge, .. } => challenge,
                ServerSecurity::Extended { .. } => return None,
            },
        };
        challenge.whole().ok()
    }

    /// Reads the response from its block; `is_unicode` as the header says.
    pub fn parse(
        block: &Block<'a>,
        is_unicode: bool,
    ) -> Result<NegotiateResponse<'a>, DecodeError> {
        let word_count = block.word_count_error(Structure::Smb1NegotiateResponse);
        // The words are as many as their number says, so only the number can be refused.
        match block.word_count {
            1 => {
                let (_, dialect_index) =
                    le_u16::<_, Error<'_>>(block.words).map_err(|_| word_count)?;
                let form = NegotiateResponseForm::Core;
                Ok(NegotiateResponse { dialect_index: DialectIndex(dialect_index), form })
            }
            13 => {
                let (_, words) = lanman_words(block.words).map_err(|_| word_count)?;
                Ok(lanman(block, &words))
            }
            17 => {
                let (_, words) = nt_lanman_words(block.words).map_err(|_| word_count)?;
                Ok(nt_lanman(block, &words, is_unicode))
            }
            _ => Err(word_count),
        }
    }
}

wire_value! {
    /// Which of the client's dialects, from 0.
    DialectIndex(u16) {
        /// None of them.
        NO_DIALECT = 0xffff => "none",
    }
}

wire_flags! {
    /// What the server says about passwords and signing, \[MS-CIFS\] 2.2.4.52.2.
    SecurityMode(u8) {
        /// Users authenticate, not shares.
        NEGOTIATE_USER_SECURITY = 0x01 => "USER_SECURITY",
        /// Passwords are not sent in the clear.
        NEGOTIATE_ENCRYPT_PASSWORDS = 0x02 => "ENCRYPT_PASSWORDS",
        /// The server signs with clients that want to.
        NEGOTIATE_SECURITY_SIGNATURES_ENABLED = 0x04 => "SECURITY_SIGNATURES_ENABLED",
        /// The server requires signing.
        NEGOTIATE_SECURITY_SIGNATURES_REQUIRED = 0x08 => "SECURITY_SIGNATURES_REQUIRED",
    }
}

impl SecurityMode {
    /// Whether the server requires signing.
    pub const fn is_signing_required(self) -> bool {
        self.contains(SecurityMode::NEGOTIATE_SECURITY_SIGNATURES_REQUIRED)
    }
}

/// What `nom` says when bytes are missing.
type Error<'a> = nom::error::Error<&'a [u8]>;

/// The words of a LAN Manager response.
struct LanmanWords {
    dialect_index: u16,
    security_mode: u8,
    max_buffer_size: u16,
    session_key: u32,
    challenge_length: u16,
}

fn lanman_words(input: &[u8]) -> IResult<&[u8], LanmanWords> {
    let (input, dialect_index) = le_u16(input)?;
    let (input, security_mode) = le_u8(input)?;
    let (input, _security_mode_reserved) = le_u8(input)?;
    let (input, max_buffer_size) = le_u16(input)?;
    let (input, _max_mpx_count) = le_u16(input)?;
    let (input, _max_number_vcs) = le_u16(input)?;
    let (input, _raw_mode) = le_u16(input)?;
    let (input, session_key) = le_u32(input)?;
    let (input, _server_time) = le_u16(input)?;
    let (input, _server_date) = le_u16(input)?;
    let (input, _server_time_zone) = le_u16(input)?;
    let (input, challenge_length) = le_u16(input)?;
    let (input, _reserved) = le_u16(input)?;
    let words = LanmanWords {
        dialect_index,
        security_mode,
        max_buffer_size,
        session_key,
        challenge_length,
    };
    Ok((input, words))
}

fn lanman<'a>(block: &Block<'a>, words: &LanmanWords) -> NegotiateResponse<'a> {
    let challenge_length = usize::from(words.challenge_length);
    let server = LanmanServer {
        security_mode: SecurityMode(words.security_mode),
        max_buffer_size: words.max_buffer_size,
        session_key: words.session_key,
        challenge: block.buffer(Structure::Smb1NegotiateResponse, 0, challenge_length),
        primary_domain: block.strings(challenge_length, false).oem(),
    };
    NegotiateResponse {
        dialect_index: DialectIndex(words.dialect_index),
        form: NegotiateResponseForm::Lanman(server),
    }
}

/// The words of an NT LAN Manager response.
struct NtLanmanWords {
    dialect_index: u16,
    security_mode: u8,
    max_mpx_count: u16,
    max_number_vcs: u16,
    max_buffer_size: u32,
    max_raw_size: u32,
    session_key: u32,
    capabilities: u32,
    system_time: u64,
    server_time_zone: i16,
    challenge_length: u8,
}

fn nt_lanman_words(input: &[u8]) -> IResult<&[u8], NtLanmanWords> {
    let (input, dialect_index) = le_u16(input)?;
    let (input, security_mode) = le_u8(input)?;
    let (input, max_mpx_count) = le_u16(input)?;
    let (input, max_number_vcs) = le_u16(input)?;
    let (input, max_buffer_size) = le_u32(input)?;
    let (input, max_raw_size) = le_u32(input)?;
    let (input, session_key) = le_u32(input)?;
    let (input, capabilities) = le_u32(input)?;
    let (input, system_time) = le_u64(input)?;
    let (input, server_time_zone) = le_i16(input)?;
    let (input, challenge_length) = le_u8(input)?;
    let words = NtLanmanWords {
        dialect_index,
        security_mode,
        max_mpx_count,
        max_number_vcs,
        max_buffer_size,
        max_raw_size,
        session_key,
        capabilities,
        system_time,
        server_time_zone,
        challenge_length,
    };
    Ok((input, words))
}

fn nt_lanman<'a>(
    block: &Block<'a>,
    words: &NtLanmanWords,
    is_unicode: bool,
) -> NegotiateResponse<'a> {
    let capabilities = Capabilities(words.capabilities);
    let security = if capabilities.contains(Capabilities::CAP_EXTENDED_SECURITY) {
        extended_security(block)
    } else {
        // Windows NT says in its capabilities alone that these texts are in UTF-16.
        let is_unicode = is_unicode || capabilities.contains(Capabilities::CAP_UNICODE);
        challenge(block, words.challenge_length.into(), is_unicode)
    };
    let server = NtLanmanServer {
        security_mode: SecurityMode(words.security_mode),
        max_mpx_count: words.max_mpx_count,
        max_number_vcs: words.max_number_vcs,
        max_buffer_size: words.max_buffer_size,
        max_raw_size: words.max_raw_size,
        session_key: words.session_key,
        capabilities,
        system_time: FileTime(words.system_time),
        server_time_zone: words.server_time_zone,
        security,
    };
    NegotiateResponse {
        dialect_index: DialectIndex(words.dialect_index),
        form: NegotiateResponseForm::NtLanman(server),
    }
}

/// ServerGUID and SecurityBlob, which takes the rest of ByteCount.
fn extended_security<'a>(block: &Block<'a>) -> ServerSecurity<'a> {
    let length = usize::from(block.byte_count.unwrap_or_default()).saturating_sub(16);
    ServerSecurity::Extended {
        server_guid: block.bytes().first_chunk::<16>().copied().map(Guid),
        security_blob: block.buffer(Structure::Smb1NegotiateResponse, 16, length),
    }
}

/// Challenge, DomainName and ServerName. The texts are not aligned.
fn challenge<'a>(block: &Block<'a>, length: usize, is_unicode: bool) -> ServerSecurity<'a> {
    let mut strings = block.strings(length, is_unicode);
    ServerSecurity::Challenge {
        challenge: block.buffer(Structure::Smb1NegotiateResponse, 0, length),
        domain_name: strings.unaligned(),
        server_name: strings.unaligned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        DialectIndex, NegotiateRequest, NegotiateResponse, NegotiateResponseForm, NtLanmanServer,
        SecurityMode, ServerSecurity,
    };
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::fields::FileTime;
    use crate::smb::smb1::{Block, Capabilities, Command};
    use crate::smb::testing::smb1;

    fn block(message: &[u8]) -> Block<'_> {
        Block::parse(Command::SMB_COM_NEGOTIATE, message, 32).unwrap()
    }

    #[test]
    fn a_request_lists_dialects() {
        let body = "00 1800 024e54204c4d20302e313200 02534d4220322e3f3f3f00";
        let message = smb1(0x72, body);
        let request = NegotiateRequest::parse(&block(&message)).unwrap();
        let dialects: Vec<_> = request.dialects.map(|dialect| dialect.unwrap().bytes()).collect();
        assert_eq!(dialects, [b"NT LM 0.12", NegotiateRequest::SMB_2_WILDCARD]);
    }

    #[test]
    fn a_list_that_is_broken_ends_with_what_is_wrong() {
        let message = smb1(0x72, "00 0900 024100 024200 0343 00");
        let request = NegotiateRequest::parse(&block(&message)).unwrap();
        let dialects: Vec<_> = request.dialects.collect();
        let kind = DecodeErrorKind::BufferFormat { found: 3 };
        let error = Structure::Smb1NegotiateRequest.error(41, kind);
        assert!(matches!(dialects.as_slice(), [Ok(_), Ok(_), Err(found)] if *found == error));
        for len in 35..message.len() {
            let request = NegotiateRequest::parse(&block(&message[..len])).unwrap();
            assert!(request.dialects.count() <= 3);
        }
        let message = smb1(0x72, "00 0300 024142");
        let mut request = NegotiateRequest::parse(&block(&message)).unwrap();
        let kind = DecodeErrorKind::UnterminatedText;
        let error = Structure::Smb1NegotiateRequest.error(35, kind);
        assert_eq!(request.dialects.next(), Some(Err(error)));
        assert_eq!(request.dialects.next(), None);
    }

    fn nt_lanman(message: &[u8], is_unicode: bool) -> NtLanmanServer<'_> {
        let response = NegotiateResponse::parse(&block(message), is_unicode).unwrap();
        assert_eq!(response.dialect_index, DialectIndex(1));
        let NegotiateResponseForm::NtLanman(server) = response.form else { panic!() };
        server
    }

    #[test]
    fn a_server_with_extended_security_sends_a_token() {
        // Samba 4.17 that requires signing; the token is cut to four bytes.
        let message = smb1(
            0x72,
            "11 0100 0f 3200 0100 04410000 00000100 a97d0000 fcf30080 64ab4599687add01 0000 00 1400
             736d6273727600000000000000000000 60480606",
        );
        let server = nt_lanman(&message, true);
        assert_eq!(server.security_mode, SecurityMode(0x0f));
        assert!(server.security_mode.is_signing_required());
        assert_eq!(server.max_mpx_count, 50);
        assert_eq!(server.max_number_vcs, 1);
        assert_eq!(server.max_buffer_size, 0x4104);
        assert_eq!(server.max_raw_size, 0x0001_0000);
        assert_eq!(server.session_key, 0x7da9);
        assert!(server.capabilities.contains(Capabilities::CAP_UNICODE));
        assert_eq!(server.system_time, FileTime(0x01dd_7a68_9945_ab64));
        assert_eq!(server.server_time_zone, 0);
        let ServerSecurity::Extended { server_guid, security_blob } = server.security else {
            panic!()
        };
        assert_eq!(server_guid.unwrap().0[..6], *b"smbsrv");
        assert_eq!(security_blob.whole(), Ok(&[0x60, 0x48, 6, 6][..]));
        let cut = nt_lanman(&message[..message.len() - 5], true);
        let ServerSecurity::Extended { server_guid, security_blob } = cut.security else {
            panic!()
        };
        assert_eq!(server_guid, None);
        assert!(security_blob.whole().is_err());
    }

    /// Samba 4.17.
    const CHALLENGE: &str = "11 0100 0f 3200 0100 04410000 00000100 8a7e0000 fcf30000
        88f1559e687add01 0000 08 2400 54595e1a5a0a9d3a
        4c00410042004700520050000000 53004d0042005300520056000000";

    #[test]
    fn a_server_without_it_sends_a_challenge() {
        let message = smb1(0x72, CHALLENGE);
        // Its capabilities say UTF-16 too.
        for is_unicode in [true, false] {
            let server = nt_lanman(&message, is_unicode);
            let ServerSecurity::Challenge { challenge, domain_name, server_name } = server.security
            else {
                panic!()
            };
            assert_eq!(challenge.whole().unwrap(), b"\x54\x59\x5e\x1a\x5a\x0a\x9d\x3a");
            assert_eq!(domain_name.to_string(), "LABGRP");
            assert_eq!(server_name.to_string(), "SMBSRV");
        }
    }

    #[test]
    fn a_response_that_is_cut_keeps_its_words() {
        let message = smb1(0x72, CHALLENGE);
        for len in 0..message.len() {
            let block = Block::parse(Command::SMB_COM_NEGOTIATE, &message[..len], 32);
            assert_eq!(block.is_err(), len < 67);
            if let Ok(block) = block {
                let response = NegotiateResponse::parse(&block, true).unwrap();
                let NegotiateResponseForm::NtLanman(server) = response.form else { panic!() };
                assert_eq!(server.security_mode, SecurityMode(0x0f));
            }
        }
    }

    #[test]
    fn lan_manager_has_thirteen_words() {
        // A server for OS/2.
        let message = smb1(
            0x72,
            "0d 0300 0300 0411 2000 0100 0000 00000000 3328 3a5b 4a01 0800 0000 1200
             1122334455667788 574f524b47524f555000",
        );
        let response = NegotiateResponse::parse(&block(&message), false).unwrap();
        assert_eq!(response.dialect_index, DialectIndex(3));
        let NegotiateResponseForm::Lanman(server) = response.form else { panic!() };
        assert_eq!(server.security_mode.names(), ["USER_SECURITY", "ENCRYPT_PASSWORDS"]);
        assert_eq!(server.max_buffer_size, 0x1104);
        assert_eq!(server.session_key, 0);
        assert_eq!(server.challenge.whole().unwrap().len(), 8);
        assert_eq!(server.primary_domain.to_string(), "WORKGROUP");
    }

    #[test]
    fn core_has_one_word() {
        let message = smb1(0x72, "01 ffff 0000");
        let response = NegotiateResponse::parse(&block(&message), false).unwrap();
        assert_eq!(response.dialect_index, DialectIndex::NO_DIALECT);
        assert_eq!(response.form, NegotiateResponseForm::Core);
        let message = smb1(0x72, "02 0000 0000 0000");
        let kind = DecodeErrorKind::WordCount { found: 2 };
        let error = Structure::Smb1NegotiateResponse.error(32, kind);
        assert_eq!(NegotiateResponse::parse(&block(&message), false), Err(error));
    }
}
