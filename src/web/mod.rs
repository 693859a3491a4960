//! The browser, without components: messages between the page and its worker, files as streams,
//! and what is handed to the user as a file.

pub mod client;
pub mod download;
mod file_stream;
pub mod folders;
mod held_exceptions;
mod held_secrets;
mod judged;
pub mod page;
mod pause;
pub mod protocol;
mod report_file;
pub mod worker;
