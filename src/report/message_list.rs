//! The messages of a session, one by one.

use serde::{Deserialize, Serialize};

/// A message of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListedMessage {
    /// The place of its capture in the report.
    pub capture: usize,
    /// The packet that completes it.
    pub packet: u64,
    /// The time of that packet; `None` where the capture gives its packets no times.
    pub time: Option<String>,
    /// Who sent it.
    pub from: Side,
    /// What it is: "WRITE request".
    pub message: String,
    /// MessageId, of SMB1 the multiplex identifier; `None` where it cannot be read.
    pub message_id: Option<String>,
    /// Which bucket it counts in.
    pub bucket: Bucket,
    /// What its code said.
    pub code: CodeState,
    /// Why nothing is said of its code; `None` where something is, or there is none.
    pub reason: Option<UncheckedReason>,
}

/// A side of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// Where a message counts; each counts in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Inside a transform.
    Encrypted,
    /// Its header was not wholly captured.
    Unreadable,
    /// It may stand unsigned in a signed session, or its signature must not be judged.
    Exempt,
    /// A setup message with a signature.
    BaselineSigned,
    /// A setup message without one.
    BaselineUnsigned,
    /// Marked as signed, with zeros for a signature.
    ZeroSignature,
    /// With a signature.
    Signed,
    /// Without one.
    Unsigned,
}

/// What the code of a message said: its signature, or the authentication tag of the transform that
/// it was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// It carries none that could be checked.
    None,
    /// The signature is right.
    Verified,
    /// The signature is not right.
    Failed,
    /// The signature was not checked.
    Unchecked,
    /// It was in a transform that was decrypted.
    Decrypted,
    /// A transform that does not authenticate.
    DecryptFailed,
    /// A transform that was not decrypted.
    Undecrypted,
}

/// Why nothing is said of a message's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UncheckedReason {
    /// No secret was given.
    NoSecret,
    /// None of those given makes a key for it.
    NoKey,
    /// Not all of the message was captured.
    Cut,
    /// The message is large, and its key was not known when it came.
    NotHeld,
    /// It is not right, and no message proves the key.
    NotProven,
    /// It is not right, and servers send such messages without a right one.
    Excused,
}

/// Some of a session's messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    /// The place of the first of them among those that were selected, from 0.
    pub first: usize,
    /// How many were selected in all.
    pub total: usize,
    /// Messages of the session that are counted and not listed, for there was no room.
    pub left_out: u64,
    /// The messages.
    pub messages: Vec<ListedMessage>,
}
