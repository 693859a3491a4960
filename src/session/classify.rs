//! Which bucket an SMB2 message falls into, by its header and by what is known of its request.

use super::tally::Bucket;
use crate::smb::smb2::{Command, Header, MessageId};
use crate::smb::status::Status;

/// What a message's signature is, by the header alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// SIGNED is clear; bytes that stand in the field all the same are no signature.
    None,
    /// SIGNED is set over sixteen zero bytes.
    Zero,
    /// It repeats the signature of the request.
    Echo,
    /// A signature of its own.
    Own,
}

impl Signature {
    /// The signature of a message; `request` is that of the request which a response answers.
    pub(super) fn of(header: &Header, request: Option<[u8; 16]>) -> Signature {
        if !header.is_signed() {
            Signature::None
        } else if header.signature == [0; 16] {
            Signature::Zero
        } else if request == Some(header.signature) {
            Signature::Echo
        } else {
            Signature::Own
        }
    }
}

/// What decides a message's bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// The message's signature.
    pub(super) signature: Signature,
    /// It is VALIDATE_NEGOTIATE_INFO, or the answer to it.
    pub(super) is_validate_negotiate: bool,
    /// The session was logged off before.
    pub(super) is_session_over: bool,
}

/// The bucket of a message outside a transform, by the first rule that fits.
pub(super) fn bucket(header: &Header, circumstances: Circumstances) -> Bucket {
    let Circumstances { signature, is_validate_negotiate, is_session_over } = circumstances;
    let is_setup = header.command == Command::SMB2_SESSION_SETUP;
    let is_exempt = is_session_over
        || header.message_id == MessageId::UNSOLICITED
        || header.status() == Some(Status::STATUS_PENDING)
        || is_unsigned_error(header, signature)
        || (is_setup && signature == Signature::None);
    if is_exempt {
        return Bucket::Exempt;
    }
    let is_tree_connect = header.command == Command::SMB2_TREE_CONNECT;
    let is_baseline = is_setup || is_tree_connect || is_validate_negotiate;
    match (is_baseline, signature) {
        (true, Signature::None) => Bucket::BaselineUnsigned,
        (true, Signature::Zero | Signature::Echo | Signature::Own) => Bucket::BaselineSigned,
        (false, Signature::None) => Bucket::Unsigned,
        (false, Signature::Zero) => Bucket::ZeroSignature,
        (false, Signature::Echo | Signature::Own) => Bucket::Signed,
    }
}

/// Whether the message carries a signature that could be checked.
pub(super) fn has_own_signature(header: &Header, signature: Signature) -> bool {
    match signature {
        Signature::None | Signature::Zero => false,
        Signature::Own => true,
        Signature::Echo => {
            let is_interim = header.status() == Some(Status::STATUS_PENDING);
            !is_interim && !is_unsigned_error(header, signature)
        }
    }
}

/// Whether a bucket holds messages that lack the signature which a session that must sign demands.
pub(super) fn is_without_signature(bucket: Bucket) -> bool {
    matches!(bucket, Bucket::Unsigned | Bucket::ZeroSignature | Bucket::BaselineUnsigned)
}

/// Whether a status says that the server took the request up.
pub(super) fn is_acceptance(status: Status) -> bool {
    const SEVERITY_AND_ERROR: u32 = 0x8000_0000;
    status.0 & SEVERITY_AND_ERROR == 0
        || matches!(
            status,
            Status::STATUS_MORE_PROCESSING_REQUIRED
                | Status::STATUS_BUFFER_OVERFLOW
                | Status::STATUS_NO_MORE_FILES
        )
}

/// Whether a response is one that a server sends when it has lost what it would sign with: clients
/// take these errors unsigned, and some servers repeat the request's signature in them.
fn is_unsigned_error(header: &Header, signature: Signature) -> bool {
    is_lost_key_error(header) && matches!(signature, Signature::None | Signature::Echo)
}

/// Whether a response has a status that tells that the server may have no key for it any more.
pub(super) fn is_lost_key_error(header: &Header) -> bool {
    matches!(
        header.status(),
        Some(
            Status::STATUS_USER_SESSION_DELETED
                | Status::STATUS_NETWORK_NAME_DELETED
                | Status::STATUS_FILE_CLOSED
                | Status::STATUS_INVALID_PARAMETER
        )
    )
}
