//! The boundary: what a run found, as plain data in the user's words.
//!
//! A [`Report`] is the JSON file that other programs read and what the worker tells the page.
//! It names no other layer; `analysis` fills it.
//! Times are RFC 3339 in UTC with nanoseconds, packet numbers count from 1 as Wireshark's
//! `frame.number` does, identifiers wider than 32 bits are `0x` hexadecimal text, and a value that
//! the capture does not show is `None`, which is `null` in JSON, never a default.

mod about_file;
#[cfg(feature = "documents")]
pub mod csv;
pub mod empty;
mod estate;
mod exception;
mod finding;
mod finding_list;
pub mod headline;
mod host;
mod host_list;
#[cfg(feature = "documents")]
pub mod html;
#[cfg(feature = "web")]
pub mod json;
mod message_list;
mod name;
mod not_analysable;
mod options;
mod overview;
mod query;
mod rule;
#[cfg(test)]
mod schema;
mod session;
#[cfg(feature = "cli")]
pub mod text;
mod verification;
pub mod words;

use serde::{Deserialize, Serialize};

pub use self::about_file::{Comment, Interface, SecretsBlock};
pub use self::estate::{Estate, EstateCounts, EstateRow};
pub use self::exception::{
    Accepted, EXCEPTIONS_SCHEMA, Exception, ExceptionFile, ExceptionState, Exceptions,
    ToldException,
};
pub use self::finding::{Confidence, Finding, Severity};
pub use self::finding_list::{FindingGroup, FindingLine, FindingList, FindingView, group_findings};
pub use self::headline::Tone;
pub use self::host::{
    AsClient, AsServer, Effect, Exposure, Host, HostKind, Remark, RemarkKind, RequiresSigning,
    Role, RoleEvidence, Software, UnsignedCause, UnsignedClient,
};
pub use self::host_list::{HostLine, HostPage, HostQuery, HostView, select_hosts};
pub use self::message_list::{
    Bucket, CodeState, ListedMessage, MessagePage, Side, UncheckedReason,
};
pub use self::name::{HostName, NameSource, SessionNames};
pub use self::not_analysable::{NotAnalysable, Transport};
pub use self::options::{RunOptions, SecretCounts};
pub use self::overview::{
    CaptureContents, CoverageCount, Overview, SessionCounts, SessionRow, StatusCount,
};
pub use self::query::{Only, RowPage, RowQuery, SortColumn, select_rows};
pub use self::rule::{Catalogue, Framework, FrameworkItem, Omission, Rule};
pub use self::session::{
    Auth, Channel, Coverage, Dialect, Endpoint, Evidence, Expected, Field, Mechanism,
    MessageCounts, Messages, MicState, Negotiate, NegotiateContext, NegotiateSide, NtlmVersion,
    Outcome, Policy, Protocol, Reason, SecretState, Session, SigningAlgorithm, SigningStatus,
    Verdict, WiresharkFilter,
};
pub use self::verification::{FailedMessage, Verification};

/// The version of the report's format.
pub const SCHEMA: &str = "countersign-report/1";

/// Everything that one run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// What made the report.
    pub tool: Tool,
    /// What the run was told.
    #[serde(default)]
    pub options: RunOptions,
    /// The captures of the run, in the order given; evidence names them by their place here.
    pub captures: Vec<Capture>,
    /// Every SMB session, in order of its first packet.
    pub sessions: Vec<Session>,
    /// Every address that took part in SMB, as server and as client.
    pub hosts: Vec<Host>,
    /// What the hosts are, against what they require.
    #[serde(default)]
    pub estate: Estate,
    /// What a responder should act on.
    pub findings: Vec<Finding>,
    /// The accepted exceptions that the run was told.
    #[serde(default)]
    pub exceptions: Exceptions,
}

/// What made a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tool {
    /// "countersign".
    pub name: String,
    /// The version, as in the package.
    pub version: String,
}

impl Tool {
    /// This build.
    pub fn this() -> Tool {
        Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// One capture file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Capture {
    /// The name it was given by, without its folder.
    pub name: String,
    /// Bytes read of it, as it is: of a compressed file those of the file, not of its contents.
    pub size_bytes: u64,
    /// SHA-256 of the file as it is, compressed or not, in hexadecimal; `None` where it was not
    /// computed, or not all of the file was read.
    #[serde(default)]
    pub sha256: Option<String>,
    /// "pcap" or "pcapng"; `None` where it is neither.
    pub format: Option<String>,
    /// The compression around it, told by content: "gzip", "zstd", "lz4", "xz" or "zip", or one of
    /// them in another, such as "gzip in zip"; `None` for none.
    pub compression: Option<String>,
    /// The link types of its packets, by their LINKTYPE names.
    pub link_types: Vec<String>,
    /// Packets in it.
    pub packets: u64,
    /// The earliest time of a packet.
    pub first_time: Option<String>,
    /// The latest time of a packet.
    pub last_time: Option<String>,
    /// Packets of which fewer bytes were kept than were on the wire.
    pub truncated_packets: u64,
    /// The interfaces that its packets were captured on; one without a name for a pcap file.
    pub interfaces: Vec<Interface>,
    /// The comments in it, in its order.
    pub comments: Vec<Comment>,
    /// The secrets in it, which are not read.
    pub secrets_blocks: Vec<SecretsBlock>,
    /// The program that wrote it.
    pub application: Option<String>,
    /// The operating system that it was captured on.
    pub os: Option<String>,
    /// The hardware that it was captured on.
    pub hardware: Option<String>,
    /// What of its packets was read and what was not.
    pub contents: CaptureContents,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
}

/// Something that was wrong with a capture, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Problem {
    /// A stable name for the kind of problem, in kebab case.
    pub code: String,
    /// Where in the file, in bytes from its start; of a compressed file, in what is compressed,
    /// unless the problem is one of the compression itself.
    pub offset: Option<u64>,
    /// The packet it was met at.
    pub packet: Option<u64>,
    /// A sentence that says what is wrong and what to do.
    pub message: String,
}
