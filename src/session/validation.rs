//! What a connection says in VALIDATE_NEGOTIATE_INFO (\[MS-SMB2\] 3.2.5.14.12, 3.3.5.15.12), kept to
//! be held against what it said in NEGOTIATE.

use super::At;
use crate::smb::fields::Guid;
use crate::smb::smb2::{
    Capabilities, Dialect, SecurityMode, ValidateNegotiateInfoRequest,
    ValidateNegotiateInfoResponse,
};
use crate::smb::status::Status;

/// The first check of a connection.
#[derive(Clone, Debug, Default)]
pub struct Validation {
    /// What the client says that it offered.
    pub request: Option<Offered>,
    /// The server's answer.
    pub reply: Option<Reply>,
}

/// What a client says that it offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Where.
    pub at: At,
    /// Capabilities.
    pub capabilities: Capabilities,
    /// ClientGuid.
    pub client_guid: Guid,
    /// SecurityMode.
    pub security_mode: SecurityMode,
    /// Dialects, where they were captured and are not more than anybody offers.
    pub dialects: Option<Box<[Dialect]>>,
}

/// A server's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Where.
    pub at: At,
    /// Status.
    pub status: Status,
    /// It carries a signature of its own, or came encrypted.
    pub is_protected: bool,
    /// What the server says that it chose; `None` in an error, or where it was cut.
    pub chosen: Option<ValidateNegotiateInfoResponse>,
}

impl Offered {
    /// Dialects that are kept.
    const DIALECTS: usize = 16;

    pub(super) fn new(at: At, request: &ValidateNegotiateInfoRequest<'_>) -> Offered {
        let is_kept = request.dialects.is_whole()
            && usize::from(request.dialects.count()) <= Offered::DIALECTS;
        Offered {
            at,
            capabilities: request.capabilities,
            client_guid: request.client_guid,
            security_mode: request.security_mode,
            dialects: is_kept.then(|| request.dialects.iter().collect()),
        }
    }
}
