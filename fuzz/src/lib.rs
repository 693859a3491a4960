//! What has to hold of Countersign for every input, one module a fuzz target.
//!
//! Each module's `check` takes any bytes and panics where something does not hold. The fuzz targets
//! call it with what the fuzzer invents; `tests/fuzz_properties.rs` includes this file and calls it
//! with the committed seeds, with what was found before, and with random changes of both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check fails by panicking"
)]
#![allow(unreachable_pub, reason = "a test includes it, and the targets use it as a library")]

mod choices;

pub mod carriers;
pub mod compression;
pub mod container;
pub mod dialogue;
pub mod frame;
pub mod kdc;
pub mod ntlmssp;
pub mod packet;
pub mod rpc;
pub mod secrets;
pub mod smb1;
pub mod smb2;
pub mod spnego;
pub mod stream;
pub mod whole_file;

/// A check of an input.
pub type Check = fn(&[u8]);

/// Every target and its check.
pub const TARGETS: [(&str, Check); 15] = [
    ("whole_file", whole_file::check),
    ("dialogue", dialogue::check),
    ("container", container::check),
    ("packet", packet::check),
    ("stream", stream::check),
    ("frame", frame::check),
    ("smb1", smb1::check),
    ("smb2", smb2::check),
    ("compression", compression::check),
    ("spnego", spnego::check),
    ("ntlmssp", ntlmssp::check),
    ("kdc", kdc::check),
    ("rpc", rpc::check),
    ("carriers", carriers::check),
    ("secrets", secrets::check),
];

/// Makes sure that `part` lies in `whole`, which it was read from without a copy.
fn assert_within(part: &[u8], whole: &[u8]) {
    if !part.is_empty() {
        let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
        assert!(whole.start <= part.start && part.end <= whole.end, "bytes from elsewhere");
    }
}
