//! Countersign reads packet captures and says, for every SMB session in them, whether its messages
//! are signed, what each side requires, and why.
//!
//! The modules stand in the order in which bytes become a report.

pub mod limits;
pub mod packet;
pub mod time;

pub mod capture;
pub mod net;

pub mod extraction;

pub mod flow;

pub mod auth;
pub mod smb;

pub mod rpc;

pub mod crypto;
pub mod secrets;

pub mod kdc;
pub mod keyring;

pub mod session;

pub mod names;

pub mod carriers;
pub mod services;

pub mod transport;

pub mod report;

pub mod exceptions;

pub mod redaction;

pub mod findings;

pub mod analysis;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(feature = "web")]
pub mod web;

#[cfg(feature = "web")]
pub mod ui;
