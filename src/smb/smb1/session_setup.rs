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
    let mut strings = block.strings(oem_len + unicode_len, is_unicode);
    let account_name = strings.aligned();
    let primary_domain = strings.aligned();
    SessionSetupRequest {
        circuit: words.circuit,
        credentials: Credentials::NtLanman {
            capabilities: Capabilities(words.capabilities),
            oem_password: block.buffer(structure, 0, oem_len),
            unicode_password: block.buffer(structure, oem_len, unicode_len),
            account_name,
            primary_domain,
        },
        native_os: strings.aligned(),
        native_lan_man: strings.aligned(),
    }
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
