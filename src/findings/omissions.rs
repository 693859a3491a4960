//! What could be seen in captures and is not looked for, each with its reason.

/// A number of the catalogue without a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Omission {
    /// The number.
    pub code: &'static str,
    /// What would be looked for.
    pub what: &'static str,
    /// Why it is not.
    pub reason: &'static str,
}

const fn omission(code: &'static str, what: &'static str, reason: &'static str) -> Omission {
    Omission { code, what, reason }
}

/// Every omission.
pub const OMISSIONS: &[Omission] = &[
    omission(
        "D11",
        "a compressed message whose signature fits its compressed form only",
        "it tells of the program that reads, not of the network",
    ),
    omission(
        "I2",
        "a MessageId used twice",
        "the number of every message would have to be kept, and retransmissions and CANCEL look the same",
    ),
    omission("I3", "a MessageId beyond the credits", "lost packets look the same"),
    omission(
        "I4",
        "a response that nobody asked for",
        "a capture that begins late or lost packets looks the same",
    ),
    omission(
        "I6",
        "a nonce used twice with one key",
        "the nonce of every message would have to be kept",
    ),
    omission(
        "H7",
        "a hash used in place of a password",
        "it looks the same as the password on the wire",
    ),
    omission(
        "H8",
        "a machine's account used like a person's",
        "what is ordinary for an account is not in a capture",
    ),
];
