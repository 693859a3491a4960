//! Why a token could not be decoded.

use std::fmt;

/// A structure that could not be decoded, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{structure} at byte {offset}: {kind}")]
pub struct DecodeError {
    /// The structure being read.
    pub structure: Structure,
    /// Where it failed, in bytes from the start of what was given to be read.
    pub offset: usize,
    /// What was wrong with it.
    pub kind: DecodeErrorKind,
}

/// What was wrong with a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes end before the structure does; both counts start at the error's offset.
    #[error("{needed} bytes needed, {available} captured")]
    Truncated {
        /// Bytes that the structure takes.
        needed: usize,
        /// Bytes that the capture holds.
        available: usize,
    },
    /// The message does not start with the eight bytes of every NTLMSSP message.
    #[error("the NTLMSSP signature is missing")]
    Signature,
    /// MessageType is not one of NTLMSSP.
    #[error("unknown message type {found:#010x}")]
    MessageType {
        /// The type that was found.
        found: u32,
    },
    /// RespType or HiRespType of an NTLMv2 response is not 1.
    #[error("response type {found:#04x}, 0x01 expected")]
    ResponseType {
        /// The type that was found.
        found: u8,
    },
    /// No ASN.1 element starts here.
    #[error("no ASN.1 element")]
    NotAnElement,
    /// Another ASN.1 element stands where one is needed.
    #[error("ASN.1 element with the identifier {found:#04x}, {expected:#04x} expected")]
    Identifier {
        /// The identifier octet that belongs here.
        expected: u8,
        /// The identifier octet that was found.
        found: u8,
    },
    /// A field that must be there is not.
    #[error("the field [{field}] is missing")]
    MissingField {
        /// The field's context-specific tag.
        field: u32,
    },
}

/// The structures of this layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The wrapper of an initial token, RFC 2743 3.1.
    GssToken,
    /// NegTokenInit or NegTokenInit2, RFC 4178 4.2.1 and \[MS-SPNG\] 2.2.1.
    NegTokenInit,
    /// NegTokenResp, RFC 4178 4.2.2.
    NegTokenResp,
    /// Any NTLMSSP message, \[MS-NLMP\] 2.2.1.
    NtlmMessage,
    /// NEGOTIATE_MESSAGE, \[MS-NLMP\] 2.2.1.1.
    NegotiateMessage,
    /// CHALLENGE_MESSAGE, \[MS-NLMP\] 2.2.1.2.
    ChallengeMessage,
    /// AUTHENTICATE_MESSAGE, \[MS-NLMP\] 2.2.1.3.
    AuthenticateMessage,
    /// NTLMv2_RESPONSE, \[MS-NLMP\] 2.2.2.8.
    NtlmV2Response,
    /// A token of the Kerberos mechanism, RFC 4121 4.1.
    KerberosToken,
    /// AP-REQ, RFC 4120 5.5.1.
    ApReq,
    /// Ticket, RFC 4120 5.3.
    Ticket,
    /// AP-REP, RFC 4120 5.5.2.
    ApRep,
    /// KRB-ERROR, RFC 4120 5.9.1.
    KrbError,
    /// A message to or from the KDC, RFC 4120 5.4.
    KdcMessage,
    /// PA-DATA, RFC 4120 5.2.7, and what is in it.
    PaData,
    /// EncryptedData, RFC 4120 5.2.9.
    EncryptedData,
    /// PrincipalName, RFC 4120 5.2.2.
    PrincipalName,
    /// EncTicketPart, RFC 4120 5.3.
    EncTicketPart,
    /// Authenticator, RFC 4120 5.5.1.
    Authenticator,
    /// EncAPRepPart, RFC 4120 5.5.2.
    EncApRepPart,
    /// EncKDCRepPart, RFC 4120 5.4.2.
    EncKdcRepPart,
    /// EncryptionKey, RFC 4120 5.2.9.
    EncryptionKey,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Structure::GssToken => "GSS-API token",
            Structure::NegTokenInit => "SPNEGO NegTokenInit",
            Structure::NegTokenResp => "SPNEGO NegTokenResp",
            Structure::NtlmMessage => "NTLMSSP message",
            Structure::NegotiateMessage => "NTLMSSP NEGOTIATE message",
            Structure::ChallengeMessage => "NTLMSSP CHALLENGE message",
            Structure::AuthenticateMessage => "NTLMSSP AUTHENTICATE message",
            Structure::NtlmV2Response => "NTLMv2 response",
            Structure::KerberosToken => "Kerberos token",
            Structure::ApReq => "Kerberos AP-REQ",
            Structure::Ticket => "Kerberos ticket",
            Structure::ApRep => "Kerberos AP-REP",
            Structure::KrbError => "Kerberos KRB-ERROR",
            Structure::KdcMessage => "Kerberos KDC message",
            Structure::PaData => "Kerberos PA-DATA",
            Structure::EncryptedData => "Kerberos EncryptedData",
            Structure::PrincipalName => "Kerberos PrincipalName",
            Structure::EncTicketPart => "Kerberos EncTicketPart",
            Structure::Authenticator => "Kerberos Authenticator",
            Structure::EncApRepPart => "Kerberos EncAPRepPart",
            Structure::EncKdcRepPart => "Kerberos EncKDCRepPart",
            Structure::EncryptionKey => "Kerberos EncryptionKey",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_a_sentence() {
        let error = DecodeError {
            structure: Structure::ChallengeMessage,
            offset: 12,
            kind: DecodeErrorKind::Truncated { needed: 32, available: 20 },
        };
        assert_eq!(
            error.to_string(),
            "NTLMSSP CHALLENGE message at byte 12: 32 bytes needed, 20 captured"
        );
    }
}
