//! The verifier at the end of a protocol data unit: the token of an authentication, or the
//! signature of what stands before it. C706 13.2.6.1 and \[MS-RPCE\] 2.2.2.11.

use crate::smb::wire::wire_value;

/// A verifier, which \[MS-RPCE\] calls sec_trailer, with its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthVerifier<'a> {
    /// auth_type: who made the token.
    pub auth_type: AuthType,
    /// auth_level: what is protected.
    pub auth_level: AuthLevel,
    /// auth_pad_length: bytes of padding before the verifier.
    pub auth_pad_length: u8,
    /// auth_context_id.
    pub auth_context_id: u32,
    /// The token, as far as it was captured; the header's auth_length says how long it is.
    pub token: &'a [u8],
}

impl AuthVerifier<'_> {
    /// Bytes before the token.
    pub const FIELDS: usize = 8;
}

wire_value! {
    /// auth_type: the security provider, \[MS-RPCE\] 2.2.1.1.7.
    AuthType(u8) {
        /// None.
        RPC_C_AUTHN_NONE = 0x00 => "none",
        /// SPNEGO.
        RPC_C_AUTHN_GSS_NEGOTIATE = 0x09 => "SPNEGO",
        /// NTLM.
        RPC_C_AUTHN_WINNT = 0x0a => "NTLM",
        /// TLS.
        RPC_C_AUTHN_GSS_SCHANNEL = 0x0e => "TLS",
        /// Kerberos.
        RPC_C_AUTHN_GSS_KERBEROS = 0x10 => "Kerberos",
        /// The secure channel of Netlogon.
        RPC_C_AUTHN_NETLOGON = 0x44 => "Netlogon",
        /// Whatever the transport has.
        RPC_C_AUTHN_DEFAULT = 0xff => "default",
    }
}

wire_value! {
    /// auth_level: what a token protects, \[MS-RPCE\] 2.2.1.1.8.
    AuthLevel(u8) {
        /// What is usual for the provider.
        RPC_C_AUTHN_LEVEL_DEFAULT = 0 => "default",
        /// Nothing.
        RPC_C_AUTHN_LEVEL_NONE = 1 => "none",
        /// The client is known when it connects.
        RPC_C_AUTHN_LEVEL_CONNECT = 2 => "connect",
        /// The client is known at each call.
        RPC_C_AUTHN_LEVEL_CALL = 3 => "call",
        /// All data come from the client.
        RPC_C_AUTHN_LEVEL_PKT = 4 => "packet",
        /// All data are signed.
        RPC_C_AUTHN_LEVEL_PKT_INTEGRITY = 5 => "integrity",
        /// All data are signed and encrypted.
        RPC_C_AUTHN_LEVEL_PKT_PRIVACY = 6 => "privacy",
    }
}
