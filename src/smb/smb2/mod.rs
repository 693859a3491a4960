//! Structures of SMB 2 and 3, \[MS-SMB2\] 2.2.
//!
//! `message` is always one message from its ProtocolId on: of a compound, one element. What ends
//! before a structure's fixed fields do is refused; lists and buffers that are cut keep what was
//! captured.

mod capabilities;
mod close;
mod compression_transform_header;
mod create;
mod dialect;
mod error_response;
mod file_id;
mod header;
mod ioctl;
mod logoff;
mod negotiate;
mod negotiate_context;
mod read;
mod security_mode;
mod session_setup;
mod transform_header;
mod tree_connect;
mod validate_negotiate;
mod write;

pub use capabilities::Capabilities;
pub use close::CloseRequest;
pub use compression_transform_header::{
    CompressionPayload, CompressionPayloads, CompressionTransformHeader,
};
pub use create::{CreateRequest, CreateResponse};
pub use dialect::Dialect;
pub use error_response::ErrorResponse;
pub use file_id::FileId;
pub use header::{Command, Flags, Header, MessageId, PartialHeader, SessionId, TreeId};
pub use ioctl::{CtlCode, IoctlFlags, IoctlRequest, IoctlResponse};
pub use logoff::{LogoffRequest, LogoffResponse};
pub use negotiate::{NegotiateRequest, NegotiateResponse};
pub use negotiate_context::{
    CipherId, CompressionAlgorithmId, CompressionFlags, HashAlgorithmId, NegotiateContext,
    NegotiateContextData, NegotiateContextType, NegotiateContexts, RdmaTransformId,
    SigningAlgorithmId, TransportFlags,
};
pub use read::{ReadRequest, ReadResponse};
pub use security_mode::SecurityMode;
pub use session_setup::{
    SessionFlags, SessionSetupFlags, SessionSetupRequest, SessionSetupResponse,
};
pub use transform_header::{TransformFlags, TransformHeader};
pub use tree_connect::{
    ShareCapabilities, ShareFlags, ShareType, TreeConnectFlags, TreeConnectRequest,
    TreeConnectResponse,
};
pub use validate_negotiate::{ValidateNegotiateInfoRequest, ValidateNegotiateInfoResponse};
pub use write::WriteRequest;
