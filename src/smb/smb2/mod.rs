//! Structures of SMB 2 and 3, \[MS-SMB2\] 2.2.
//!
//! `message` is always one message from its ProtocolId on: of a compound, one element. What ends
//! before a structure's fixed fields do is refused; lists and buffers that are cut keep what was
//! captured.

mod capabilities;
mod dialect;
mod header;
mod negotiate;
mod negotiate_context;
mod security_mode;
mod session_setup;

pub use capabilities::Capabilities;
pub use dialect::Dialect;
pub use header::{Command, Flags, Header, MessageId, PartialHeader, SessionId, TreeId};
pub use negotiate::{NegotiateRequest, NegotiateResponse};
pub use negotiate_context::{
    CipherId, CompressionAlgorithmId, CompressionFlags, HashAlgorithmId, NegotiateContext,
    NegotiateContextData, NegotiateContextType, NegotiateContexts, RdmaTransformId,
    SigningAlgorithmId, TransportFlags,
};
pub use security_mode::SecurityMode;
pub use session_setup::{
    SessionFlags, SessionSetupFlags, SessionSetupRequest, SessionSetupResponse,
};
