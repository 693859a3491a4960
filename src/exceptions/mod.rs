//! Weaknesses that somebody accepted: the file of them, and which of them hold for a host on a day.
//!
//! An exception hides nothing. It marks what it is about, and is reported itself once it is over, is
//! not needed, or covers more than anybody can have meant.
//! Nothing here reads a clock: the day is given.

mod error;
mod file;
mod network;
mod register;

pub use self::error::{Fault, FileError};
pub use self::file::{date, parse};
pub use self::network::Network;
pub use self::register::{Applied, Entry, Holds, Party, RULES_OF_SIGNING, Register, SeenHost};
