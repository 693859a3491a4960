//! What is wrong with a file of exceptions, where, and what to do.

/// Why a file of exceptions was not taken. It is taken whole or not at all: a line that was left out
/// would be an exception that somebody believes in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is larger than any such file.
    #[error("it is larger than {most} bytes, which no file of exceptions needs to be")]
    TooLarge {
        /// Bytes that are read.
        most: usize,
    },
    /// It is no JSON, or not of the form that the schema says.
    #[error("{what}; `countersign schema exceptions` writes the schema that it has to follow")]
    NotOfTheSchema {
        /// What the reader of JSON says, with line and column.
        what: String,
    },
    /// It is of another version.
    #[error("its schema is {found:?}; this program reads {expected:?}")]
    OtherSchema {
        /// What it says.
        found: String,
        /// What is read.
        expected: &'static str,
    },
    /// There are more exceptions than are read.
    #[error(
        "it has {n} exceptions and {most} are read; accept networks or fix what so many hosts have in common"
    )]
    TooMany {
        /// How many there are.
        n: usize,
        /// How many are read.
        most: usize,
    },
    /// One of them says something that cannot be.
    #[error("exception {number}: {fault}")]
    Entry {
        /// Which, from 1, in the order of the file.
        number: usize,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// What is wrong with an exception.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Neither host nor network.
    #[error("it names neither a host nor a network; give \"host\" or \"network\"")]
    NoHost,
    /// Host and network.
    #[error(
        "it names a host and a network; give one of the two, and another exception for the other"
    )]
    HostAndNetwork,
    /// The host is no address.
    #[error(
        "host {0:?} is no IP address; write one, such as \"10.0.0.5\", for names can be claimed by anybody"
    )]
    Host(String),
    /// The network is none.
    #[error(
        "network {0:?} is none; write an address and the length of its prefix, such as \"10.0.0.0/24\""
    )]
    Network(String),
    /// The network's address has bits beyond its prefix.
    #[error("network {found:?} has bits beyond its prefix; did you mean {meant:?}?")]
    NetworkBits {
        /// As it is written.
        found: String,
        /// Without these bits.
        meant: String,
    },
    /// A date that is none.
    #[error("{field} {found:?} is no date; write it as YYYY-MM-DD, such as \"2026-03-31\"")]
    Date {
        /// The field.
        field: &'static str,
        /// What it says.
        found: String,
    },
    /// It ends before it begins.
    #[error(
        "it expires on {expires_on}, before it was accepted on {accepted_on}; swap or correct the dates"
    )]
    Dates {
        /// Its last day.
        expires_on: String,
        /// Its first day.
        accepted_on: String,
    },
    /// A text that has to say something and does not.
    #[error("{0} says nothing; an exception without it cannot be judged by anybody")]
    Empty(&'static str),
    /// A text that is longer than anybody reads.
    #[error(
        "{field} is longer than {most} characters; keep the long form elsewhere and name it here"
    )]
    TooLong {
        /// The field.
        field: &'static str,
        /// Characters that are read.
        most: usize,
    },
    /// A list that is longer than anybody reads.
    #[error("{field} has more than {most} entries; leave out what does not matter")]
    ListTooLong {
        /// The field.
        field: &'static str,
        /// Entries that are read.
        most: usize,
    },
    /// No rule has this name.
    #[error("there is no rule {0:?}; `countersign rules` lists their names")]
    Rule(String),
    /// A rule about exceptions.
    #[error(
        "findings of the rule {0:?} are about exceptions and cannot be accepted; change the exception that they are about"
    )]
    RuleOfExceptions(String),
}
