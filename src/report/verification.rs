//! What secrets proved about a session.

use serde::{Deserialize, Serialize};

use super::SigningAlgorithm;

/// With what a session was checked, and what was not right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verification {
    /// The secret, by what it is and whose: "password of LAB\alice". The secret itself is nowhere.
    pub secret: String,
    /// How the session's key follows from it: "NTLMv2 response".
    pub way: String,
    /// Messages whose signature or authentication tag is not right, in order of capture, as many as
    /// are kept.
    pub failures: Vec<FailedMessage>,
    /// Messages beyond those.
    pub failures_left_out: u64,
}

/// A message whose signature or authentication tag is not right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailedMessage {
    /// The place of its capture in the report.
    pub capture: usize,
    /// The packet that completes it.
    pub packet: u64,
    /// What it is: "WRITE request".
    pub message: String,
    /// MessageId, of SMB1 the multiplex identifier; `None` of a transform.
    pub message_id: Option<String>,
    /// Bytes that the code covers, from the protocol identifier on; of a transform from the nonce on.
    pub covered_bytes: u64,
    /// The code it carries, in hexadecimal.
    pub found: String,
    /// The code that the key gives; `None` of a transform, of which that cannot be told.
    pub expected: Option<String>,
    /// With what it was checked; `None` of a transform.
    pub algorithm: Option<SigningAlgorithm>,
    /// What that says, and what it does not.
    pub meaning: String,
}
