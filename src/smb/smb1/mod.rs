//! Structures of SMB1, \[MS-CIFS\] 2.2 and \[MS-SMB\] 2.2.
//!
//! `message` is always one message from its protocol identifier on. [`commands`] gives its commands,
//! one and those that AndX chains to it, and each command's structure is read from its [`Block`].

mod and_x;
mod block;
mod capabilities;
mod header;
mod logoff;
mod negotiate;
mod open;
mod read_write;
mod session_setup;
mod strings;
mod tree_connect;

pub use and_x::{Commands, commands};
pub use block::Block;
pub use capabilities::Capabilities;
pub use header::{Command, Flags, Flags2, Header, ResponseStatus, SecuritySignature};
pub use logoff::{LogoffRequest, LogoffResponse};
pub use negotiate::{
    DialectIndex, DialectStrings, LanmanServer, NegotiateRequest, NegotiateResponse,
    NegotiateResponseForm, NtLanmanServer, SecurityMode, ServerSecurity,
};
pub use open::{OpenRequest, OpenResponse};
pub use read_write::{Written, given, read_from};
pub use session_setup::{
    Action, Credentials, SessionSetupRequest, SessionSetupResponse, VirtualCircuit,
};
pub use tree_connect::{
    OptionalSupport, TreeConnectFlags, TreeConnectRequest, TreeConnectResponse,
};
