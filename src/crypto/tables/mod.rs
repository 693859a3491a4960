//! AES and GHASH by tables, for WebAssembly.
//!
//! It has no instructions for either, and there a table is several times as fast as computing with
//! bits side by side. How long it takes depends on the key, as far as somebody who shares the
//! processor's caches can see; the keys are those of sessions that are over. Where the processor has
//! instructions the libraries use them, and these tables serve only the tests that compare both.

mod aes;
mod ghash;

pub use aes::Aes128;
pub use ghash::Ghash;
