//! JSON that a terminal can show.

use std::io::{self, Write};

use crate::report::words;

/// A writer of JSON that escapes what a terminal would obey: names in a capture may hold control
/// characters and marks that turn text around, which JSON itself lets stand.
pub(super) struct Escaped<W>(pub(super) W);

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Texts are written whole, so a character is never in two parts. Outside of texts there
        // are line breaks and nothing else that is escaped here.
        if bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
            self.0.write_all(bytes)?;
            return Ok(bytes.len());
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(is_escaped) => {
                let mut escaped = String::with_capacity(text.len() + 16);
                for letter in text.chars() {
                    if is_escaped(letter) {
                        let units = letter.encode_utf16(&mut [0; 2]).to_vec();
                        escaped.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
                    } else {
                        escaped.push(letter);
                    }
                }
                self.0.write_all(escaped.as_bytes())?;
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn is_escaped(letter: char) -> bool {
    words::is_unprintable(letter) && letter != '\n'
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_means_the_same() {
        let names = ["fs1\u{9b}2J", "\u{202e}gpj", "a\nb\u{1b}", "\u{e0041}\u{7f}", "Jürgen 東京"];
        let mut json = Vec::new();
        serde_json::to_writer_pretty(Escaped(&mut json), &names).expect("a vector takes it");
        let json = String::from_utf8(json).expect("JSON is UTF-8");
        assert!(!json.contains(|it: char| it.is_control() && it != '\n'));
        assert!(json.contains(r"\u009b2J") && json.contains(r"\udb40\udc41\u007f"), "{json}");
        assert!(json.contains("Jürgen 東京"));
        let read: Vec<String> = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read, names);
    }
}
