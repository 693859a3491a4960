//! SMB_COM_SESSION_SETUP_ANDX, \[MS-CIFS\] 2.2.4.53 and \[MS-SMB\] 2.2.4.6.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32};

use super::{Block, Capabilities};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, Text};
use crate::smb::wire::wire_flags;

/// The client authenticates, \[MS-CIFS\] 2.2.4.53.1 and \[MS-SMB\] 2.2.4.6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetupRequest<'a> {
    /// What every form says about the connection.
    pub circuit: VirtualCircuit,
    /// Who the user is, and how that is shown.
    pub credentials: Credentials<'a>,
    /// NativeOS: the client's system.
    pub native_os: Text<'a>,
    /// NativeLanMan: the client's software.
    pub native_lan_man: Text<'a>,
}

/// What a client says about its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtualCircuit {
    /// MaxBufferSize, in bytes.
    pub max_buffer_size: u16,
    /// MaxMpxCount: requests that may be open at once.
    pub max_mpx_count: u16,
    /// VcNumber: which connection of the client; 0 for its first.
    pub vc_number: u16,
    /// SessionKey: the number from the server's NEGOTIATE.
    pub session_key: u32,
}

/// Who the user is, by the number of the request's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// 12 words: a security token, \[MS-SMB\] 2.2.4.6.1.
    Extended {
        /// Capabilities, of the client.
        capabilities: Capabilities,
        /// SecurityBlob.
        security_blob: Buffer<'a>,
    },
    /// 13 words: NT LAN Manager without extended security, \[MS-CIFS\] 2.2.4.53.1.
    NtLanman {
        /// Capabilities, of the client.
        capabilities: Capabilities,
        /// OEMPassword: the LM response, or a password in the clear.
        oem_password: Buffer<'a>,
        /// UnicodePassword: the NT response, or a password in the clear.
        unicode_password: Buffer<'a>,
        /// AccountName.
        account_name: Text<'a>,
        /// PrimaryDomain.
        primary_domain: Text<'a>,
    },
    /// 10 words: LAN Manager, \[MS-CIFS\] 2.2.4.53.1.
    Lanman {
        /// The LM response, or a password in the clear.
        password: Buffer<'a>,
        /// AccountName.
        account_name: Text<'a>,
        /// PrimaryDomain.
        primary_domain: Text<'a>,
    },
}

impl<'a> SessionSetupRequest<'a> {
    /// Reads the request from its block; `is_unicode` as the header says.
    pub fn parse(
        block: &Block<'a>,
        is_unicode: bool,
    ) -> Result<SessionSetupRequest<'a>, DecodeError> {
        let word_count = block.word_count_error(Structure::Smb1SessionSetupRequest);
        // The words are as many as their number says, so only the number can be refused.
        match block.word_count {
            12 => {
                let (_, words) = extended_words(block.words).map_err(|_| word_count)?;
                Ok(extended(block, words, is_unicode))
            }
            13 => {
                let (_, words) = nt_lanman_words(block.words).map_err(|_| word_count)?;
                Ok(nt_lanman(block, words, is_unicode))
            }
            10 => {
                let (_, words) = lanman_words(block.words).map_err(|_| word_count)?;
                Ok(lanman(block, words, is_unicode))
            }
            _ => Err(word_count),
        }
    }
}

/// The server's side of the authentication, \[MS-CIFS\] 2.2.4.53.2 and \[MS-SMB\] 2.2.4.6.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetupResponse<'a> {
    /// Action: what kind of session the user got.
    pub action: Action,
    /// SecurityBlob: a security token; `None` without extended security.
    pub security_blob: Option<Buffer<'a>>,
    /// NativeOS: the server's system.
    pub native_os: Text<'a>,
    /// NativeLanMan: the server's software.
    pub native_lan_man: Text<'a>,
    /// PrimaryDomain; with extended security most servers leave it out.
    pub primary_domain: Text<'a>,
}

impl<'a> SessionSetupResponse<'a> {
    /// Reads the response from its block; `is_unicode` as the header says.
    pub fn parse(
        block: &Block<'a>,
        is_unicode: bool,
    ) -> Result<SessionSetupResponse<'a>, DecodeError> {
        let structure = Structure::Smb1SessionSetupResponse;
        let word_count = block.word_count_error(structure);
        let (action, blob_length) = match block.word_count {
            4 => {
                let (_, (action, length)) =
                    extended_response(block.words).map_err(|_| word_count)?;
                (action, Some(usize::from(length)))
            }
            3 => {
                let (_, action) = response(block.words).map_err(|_| word_count)?;
                (action, None)
            }
            _ => return Err(word_count),
        };
        let mut strings = block.strings(blob_length.unwrap_or_default(), is_unicode);
        Ok(SessionSetupResponse {
            action,
            security_blob: blob_length.map(|length| block.buffer(structure, 0, length)),
            native_os: strings.aligned(),
            native_lan_man: strings.aligned(),
            primary_domain: strings.aligned(),
        })
    }
}

wire_flags! {
    /// What kind of session the user got, \[MS-CIFS\] 2.2.4.53.2.
    Action(u16) {
        /// The user is a guest.
        SMB_SETUP_GUEST = 0x0001 => "GUEST",
        /// Signing is keyed with the LM response.
        SMB_SETUP_USE_LANMAN_KEY = 0x0002 => "USE_LANMAN_KEY",
    }
}

/// AndXCommand, AndXReserved, AndXOffset, and what every form of the request has then.
fn circuit(input: &[u8]) -> IResult<&[u8], VirtualCircuit> {
    let (input, ()) = and_x(input)?;
    let (input, max_buffer_size) = le_u16(input)?;
    let (input, max_mpx_count) = le_u16(input)?;
    let (input, vc_number) = le_u16(input)?;
    let (input, session_key) = le_u32(input)?;
    Ok((input, VirtualCircuit { max_buffer_size, max_mpx_count, vc_number, session_key }))
}

/// AndXCommand, AndXReserved and AndXOffset, which the chain of commands has read.
fn and_x(input: &[u8]) -> IResult<&[u8], ()> {
    let (input, _and_x_command_and_reserved) = le_u16(input)?;
    let (input, _and_x_offset) = le_u16(input)?;
    Ok((input, ()))
}

struct ExtendedWords {
    circuit: VirtualCircuit,
    security_blob_length: u16,
    capabilities: u32,
}

fn extended_words(input: &[u8]) -> IResult<&[u8], ExtendedWords> {
    let (input, circuit) = circuit(input)?;
    let (input, security_blob_length) = le_u16(input)?;
    let (input, _reserved) = le_u32(input)?;
    let (input, capabilities) = le_u32(input)?;
    Ok((input, ExtendedWords { circuit, security_blob_length, capabilities }))
}

fn extended<'a>(
    block: &Block<'a>,
    words: ExtendedWords,
    is_unicode: bool,
) -> SessionSetupRequest<'a> {
    let length = usize::from(words.security_blob_length);
    let mut strings = block.strings(length, is_unicode);
    SessionSetupRequest {
        circuit: words.circuit,
        credentials: Credentials::Extended {
            capabilities: Capabilities(words.capabilities),
            security_blob: block.buffer(Structure::Smb1SessionSetupRequest, 0, length),
        },
        native_os: strings.aligned(),
        native_lan_man: strings.aligned(),
    }
}

struct NtLanmanWords {
    circuit: VirtualCircuit,
    oem_password_len: u16,
    unicode_password_len: u16,
    capabilities: u32,
}

fn nt_lanman_words(input: &[u8]) -> IResult<&[u8], NtLanmanWords> {
    let (input, circuit) = circuit(input)?;
    let (input, oem_password_len) = le_u16(input)?;
    let (input, unicode_password_len) = le_u16(input)?;
    let (input, _reserved) = le_u32(input)?;
    let (input, capabilities) = le_u32(input)?;
    let words = NtLanmanWords { circuit, oem_password_len, unicode_password_len, capabilities };
    Ok((input, words))
}

fn nt_lanman<'a>(
    block: &Block<'a>,
    words: NtLanmanWords,
    is_unicode: bool,
) -> SessionSetupRequest<'a> {
    let structure = Structure::Smb1SessionSetupRequest;
    let oem_len = usize::from(words.oem_password_len);
    let unicode_len = usize::from(words.unicode_password_len);
    let unicode_place = oem_len + password_padding(block, oem_len, unicode_len, is_unicode);
    let mut strings = block.strings(unicode_place + unicode_len, is_unicode);
    let account_name = strings.aligned();
    let primary_domain = strings.aligned();
    SessionSetupRequest {
        circuit: words.circuit,
        credentials: Credentials::NtLanman {
            capabilities: Capabilities(words.capabilities),
            oem_password: block.buffer(structure, 0, oem_len),
            unicode_password: block.buffer(structure, unicode_place, unicode_len),
            account_name,
            primary_domain,
        },
        native_os: strings.aligned(),
        native_lan_man: strings.aligned(),
    }
}

/// Bytes between the two passwords.
///
/// A password in the clear is text and aligned as text, a response is not. Both have the same
/// lengths, but no NTLMv2 response is shorter than 44 bytes and the older ones come in pairs.
fn password_padding(
    block: &Block<'_>,
    oem_len: usize,
    unicode_len: usize,
    is_unicode: bool,
) -> usize {
    let is_text = is_unicode && oem_len == 0 && (1..44).contains(&unicode_len);
    let is_padded = block.data_offset() % 2 == 1 && block.bytes().first() == Some(&0);
    usize::from(is_text && is_padded)
}

struct LanmanWords {
    circuit: VirtualCircuit,
    password_length: u16,
}

fn lanman_words(input: &[u8]) -> IResult<&[u8], LanmanWords> {
    let (input, circuit) = circuit(input)?;
    let (input, password_length) = le_u16(input)?;
    let (input, _reserved) = le_u32(input)?;
    Ok((input, LanmanWords { circuit, password_length }))
}

fn lanman<'a>(block: &Block<'a>, words: LanmanWords, is_unicode: bool) -> SessionSetupRequest<'a> {
    let length = usize::from(words.password_length);
    let mut strings = block.strings(length, is_unicode);
    let account_name = strings.aligned();
    let primary_domain = strings.aligned();
    SessionSetupRequest {
        circuit: words.circuit,
        credentials: Credentials::Lanman {
            password: block.buffer(Structure::Smb1SessionSetupRequest, 0, length),
            account_name,
            primary_domain,
        },
        native_os: strings.aligned(),
        native_lan_man: strings.aligned(),
    }
}

/// Action.
fn response(input: &[u8]) -> IResult<&[u8], Action> {
    let (input, ()) = and_x(input)?;
    let (input, action) = le_u16(input)?;
    Ok((input, Action(action)))
}

/// Action and SecurityBlobLength.
fn extended_response(input: &[u8]) -> IResult<&[u8], (Action, u16)> {
    let (input, action) = response(input)?;
    let (input, security_blob_length) = le_u16(input)?;
    Ok((input, (action, security_blob_length)))
}

#[cfg(test)]
mod tests {
    use super::{Action, Credentials, SessionSetupRequest, SessionSetupResponse, VirtualCircuit};
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::smb1::{Block, Capabilities, Command};
    use crate::smb::testing::smb1;

    fn block(message: &[u8]) -> Block<'_> {
        Block::parse(Command::SMB_COM_SESSION_SETUP_ANDX, message, 32).unwrap()
    }

    /// Samba 4.17, the token cut to four bytes.
    const EXTENDED: &str = "0c ff000000 ffff 0200 0100 00000000 0400 00000000 54c00080 1b00
        60480606 00 55006e00690078000000 530061006d00620061000000";

    #[test]
    fn a_request_with_extended_security_has_a_token() {
        let message = smb1(0x73, EXTENDED);
        let request = SessionSetupRequest::parse(&block(&message), true).unwrap();
        let circuit = VirtualCircuit {
            max_buffer_size: 0xffff,
            max_mpx_count: 2,
            vc_number: 1,
            session_key: 0,
        };
        assert_eq!(request.circuit, circuit);
        let Credentials::Extended { capabilities, security_blob } = request.credentials else {
            panic!()
        };
        assert!(capabilities.contains(Capabilities::CAP_EXTENDED_SECURITY));
        assert_eq!(security_blob.whole(), Ok(&[0x60, 0x48, 6, 6][..]));
        assert_eq!(request.native_os.to_string(), "Unix");
        assert_eq!(request.native_lan_man.to_string(), "Samba");
    }

    #[test]
    fn a_request_that_is_cut_keeps_what_is_there() {
        let message = smb1(0x73, EXTENDED);
        for len in 57..message.len() {
            let request = SessionSetupRequest::parse(&block(&message[..len]), true).unwrap();
            let Credentials::Extended { security_blob, .. } = request.credentials else { panic!() };
            assert_eq!(security_blob.whole().is_ok(), len >= 63, "the first {len} bytes");
        }
        for len in 0..57 {
            let block = Block::parse(Command::SMB_COM_SESSION_SETUP_ANDX, &message[..len], 32);
            assert!(block.is_err());
        }
    }

    #[test]
    fn a_token_beyond_byte_count_is_refused() {
        let mut message = smb1(0x73, EXTENDED);
        message[47..49].copy_from_slice(&[0x1c, 0]);
        let request = SessionSetupRequest::parse(&block(&message), true).unwrap();
        let Credentials::Extended { security_blob, .. } = request.credentials else { panic!() };
        let kind = DecodeErrorKind::BufferLength { offset: 59, length: 28, available: 86 };
        let error = Structure::Smb1SessionSetupRequest.error(32, kind);
        assert_eq!(security_blob.whole(), Err(error));
    }

    #[test]
    fn a_request_of_nt_lan_manager_has_two_responses() {
        // Samba 4.17, the responses cut to two and three bytes.
        let message = smb1(
            0x73,
            "0d ff000000 ffff 0200 897e 8a7e0000 0200 0300 00000000 54c00000 2d00
             dab2 634589 61006c006900630065000000 4c00410042000000
             55006e00690078000000 530061006d0062006100",
        );
        let request = SessionSetupRequest::parse(&block(&message), true).unwrap();
        let Credentials::NtLanman {
            capabilities,
            oem_password,
            unicode_password,
            account_name,
            primary_domain,
        } = request.credentials
        else {
            panic!()
        };
        assert_eq!(capabilities, Capabilities(0xc054));
        assert_eq!(oem_password.whole(), Ok(&[0xda, 0xb2][..]));
        assert_eq!(unicode_password.whole(), Ok(&[0x63, 0x45, 0x89][..]));
        assert_eq!(account_name.to_string(), "alice");
        assert_eq!(primary_domain.to_string(), "LAB");
        assert_eq!(request.native_os.to_string(), "Unix");
        assert_eq!(request.native_lan_man.to_string(), "Samba");
        assert_eq!(request.circuit.session_key, 0x7e8a);
    }

    #[test]
    fn a_password_in_the_clear_is_aligned() {
        // Samba 4.17.
        let message = smb1(
            0x73,
            "0d ff000000 ffff 0200 907f 927f0000 0000 0600 00000000 54c00000 0d00
             00 500077000000 61006c000000",
        );
        let request = SessionSetupRequest::parse(&block(&message), true).unwrap();
        let Credentials::NtLanman { unicode_password, account_name, .. } = request.credentials
        else {
            panic!()
        };
        assert_eq!(unicode_password.whole(), Ok(&b"P\0w\0\0\0"[..]));
        assert_eq!(account_name.to_string(), "al");
    }

    #[test]
    fn a_request_of_lan_manager_has_one() {
        let message = smb1(
            0x73,
            "0a ff000000 0411 0200 0100 00000000 0300 00000000 1000
             aabbcc 616c69636500 4c414200 4f5300",
        );
        let request = SessionSetupRequest::parse(&block(&message), false).unwrap();
        let Credentials::Lanman { password, account_name, primary_domain } = request.credentials
        else {
            panic!()
        };
        assert_eq!(password.whole(), Ok(&[0xaa, 0xbb, 0xcc][..]));
        assert_eq!(account_name.to_string(), "alice");
        assert_eq!(primary_domain.to_string(), "LAB");
        assert_eq!(request.native_os.to_string(), "OS");
        assert!(request.native_lan_man.is_empty());
    }

    #[test]
    fn a_response_says_what_session_it_is() {
        let message = smb1(0x73, "03 ff000000 0100 0f00 00 570069006e000000 530000004c00");
        let response = SessionSetupResponse::parse(&block(&message), true).unwrap();
        assert_eq!(response.action, Action::SMB_SETUP_GUEST);
        assert_eq!(response.security_blob, None);
        assert_eq!(response.native_os.to_string(), "Win");
        assert_eq!(response.native_lan_man.to_string(), "S");
        assert_eq!(response.primary_domain.to_string(), "L");

        let message = smb1(0x73, "04 ff000000 0601 0200 0700 a11b 570069 006e00");
        let response = SessionSetupResponse::parse(&block(&message), false).unwrap();
        assert_eq!(response.action.names(), ["USE_LANMAN_KEY", "0x0104"]);
        assert_eq!(response.security_blob.unwrap().whole(), Ok(&[0xa1, 0x1b][..]));
        assert_eq!(response.native_os.to_string(), "W");
    }

    #[test]
    fn another_number_of_words_is_refused() {
        let message = smb1(0x73, "02 ff000000 0000");
        let kind = DecodeErrorKind::WordCount { found: 2 };
        let error = Structure::Smb1SessionSetupRequest.error(32, kind);
        assert_eq!(SessionSetupRequest::parse(&block(&message), true), Err(error));
        let error = Structure::Smb1SessionSetupResponse.error(32, kind);
        assert_eq!(SessionSetupResponse::parse(&block(&message), true), Err(error));
    }
}
