//! The key of a redaction, in a file of its own.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::redaction::Key;

/// The key in the file at `path`, which is made with a new one where there is none; without a path a
/// key that is kept nowhere.
pub(super) fn take(path: Option<&Path>) -> Result<Key, String> {
    let Some(path) = path else {
        return new_key().map_err(|error| format!("no key can be made: {error}"));
    };
    let about = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => Key::parse(&text)
            .ok_or_else(|| about(&"it is no redaction key, which is 64 hexadecimal digits")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = new_key().map_err(|error| about(&error))?;
            write(path, &key).map_err(|error| about(&error))?;
            Ok(key)
        }
        Err(error) => Err(about(&error)),
    }
}

fn new_key() -> io::Result<Key> {
    let mut bytes = [0; Key::LEN];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(Key::new(bytes))
}

/// Writes the key to a new file that only its owner can read.
fn write(path: &Path, key: &Key) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut text = Zeroizing::new(String::with_capacity(2 * Key::LEN + 1));
    for byte in key.as_bytes() {
        text.push_str(&format!("{byte:02x}"));
    }
    text.push('\n');
    options.open(path)?.write_all(text.as_bytes())
}
