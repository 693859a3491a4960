//! Secrets files and keytabs that are made to take long end in time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::{Duration, Instant};

use countersign::secrets::{file, keytab};

/// Calls `read`, which has to come to an end soon.
fn check_time(what: &str, read: impl FnOnce()) {
    let start = Instant::now();
    read();
    assert!(start.elapsed() < Duration::from_secs(5), "{what} took {:?}", start.elapsed());
}

#[test]
fn large_secrets_files_take_no_longer_than_their_size() {
    let keys: String = (0..20_000).map(|number| format!("key{number} = 1\n")).collect();
    let cases = [
        ("entries", "[[password]]\npassword = \"hunter2\"\n".repeat(10_000), true),
        ("keys", format!("[[password]]\n{keys}"), false),
        ("one key", "[[password]]\n".to_owned() + &"user = \"a\"\n".repeat(20_000), false),
        ("dots", "a.".repeat(100_000) + "a = 1", false),
        ("brackets", "x = ".to_owned() + &"[".repeat(100_000), false),
        ("braces", "x = ".to_owned() + &"{ a = ".repeat(100_000), false),
        ("tables", "[[password.a.b]]\n".repeat(20_000), false),
        ("a text", format!("[[password]]\npassword = '{}'", "a".repeat(1_000_000)), true),
        ("escapes", format!("[[password]]\npassword = \"{}\"", "\\u0061".repeat(150_000)), true),
        ("quotation marks", "\"".repeat(200_000), false),
        ("lines", "\n".repeat(1 << 20), true),
        ("more", "\n".repeat(1 + (1 << 20)), false),
    ];
    for (what, text, is_good) in cases {
        check_time(what, || assert_eq!(file::parse(&text).is_ok(), is_good, "{what}"));
    }
}

#[test]
fn large_keytabs_take_no_longer_than_their_size() {
    // Holes of one byte, and entries that say they have as many names as there can be.
    let holes = [&[5, 2][..], &[0xFF, 0xFF, 0xFF, 0xFF, 0].repeat(200_000)].concat();
    check_time("holes", || assert!(keytab::parse(&holes).is_ok_and(|keys| keys.is_empty())));
    let size = 200_000_u32.to_be_bytes();
    let names = [&[5, 2][..], &size, &[0xFF, 0xFF], &[0; 199_998]].concat();
    check_time("names", || assert!(keytab::parse(&names).is_ok()));
}
