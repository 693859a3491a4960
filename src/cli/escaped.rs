//! JSON that a terminal can show.

use std::io::{self, Write};

use crate::report::words;

/// A writer of JSON that escapes what a terminal would obey: names in a capture may hold control
/// characters and marks that turn text around, which JSON itself lets stand.
///
/// JSON is written in very many small parts, so they are gathered, and looked at together. What was
/// not flushed is not written.
pub(super) struct Escaped<W> {
    out: W,
    gathered: Vec<u8>,
}

impl<W: Write> Escaped<W> {
    /// Bytes that are looked at together.
    const GATHERED: usize = 64 << 10;

    /// A writer to `out`.
    pub(super) fn new(out: W) -> Escaped<W> {
        Escaped { out, gathered: Vec::with_capacity(Escaped::<W>::GATHERED) }
    }

    /// Hands on what was gathered.
    fn hand_on(&mut self) -> io::Result<()> {
        // Texts are written whole, so a character is never in two parts; what is no text at all is
        // handed on as it is.
        let text = std::str::from_utf8(&self.gathered).unwrap_or_default();
        let (mut done, mut place) = (0, 0);
        while let Some((start, letter)) = next_odd(text, place) {
            place = start + letter.len_utf8();
            if is_escaped(letter) {
                self.out.write_all(self.gathered.get(done..start).unwrap_or_default())?;
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(self.out, "\\u{unit:04x}")?;
                }
                done = place;
            }
        }
        self.out.write_all(self.gathered.get(done..).unwrap_or_default())?;
        self.gathered.clear();
        Ok(())
    }
}

/// The next character of `text` from `place` on that needs a look: nearly all are printable ASCII.
fn next_odd(text: &str, place: usize) -> Option<(usize, char)> {
    let rest = text.get(place..)?;
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    // All bytes of a block together, for that is what processors are fast at.
    let blocks = rest.as_bytes().chunks(64);
    let plain = blocks.take_while(|block| block.iter().fold(true, |all, it| all & is_plain(it)));
    let skipped: usize = plain.map(<[u8]>::len).sum();
    let odd = rest.as_bytes().iter().skip(skipped).position(|byte| !is_plain(byte))? + skipped;
    Some((place + odd, rest.get(odd..)?.chars().next()?))
}

impl<W: Write> Write for Escaped<W> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.gathered.len() + bytes.len() > Escaped::<W>::GATHERED {
            self.hand_on()?;
        }
        self.gathered.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.out.flush()
    }
}

fn is_escaped(letter: char) -> bool {
    words::is_unprintable(letter) && letter != '\n'
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Escaped;

    fn escaped(value: &impl serde::Serialize) -> String {
        let mut json = Vec::new();
        let mut out = Escaped::new(&mut json);
        serde_json::to_writer_pretty(&mut out, value).expect("a vector takes it");
        out.flush().expect("a vector takes it");
        String::from_utf8(json).expect("JSON is UTF-8")
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_means_the_same() {
        let names = ["fs1\u{9b}2J", "\u{202e}gpj", "a\nb\u{1b}", "\u{e0041}\u{7f}", "Jürgen 東京"];
        let json = escaped(&names);
        assert!(!json.contains(|it: char| it.is_control() && it != '\n'));
        assert!(json.contains(r"\u009b2J") && json.contains(r"\udb40\udc41\u007f"), "{json}");
        assert!(json.contains("Jürgen 東京"));
        let read: Vec<String> = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read, names);
    }

    #[test]
    fn nothing_is_lost_where_one_piece_ends_and_the_next_begins() {
        let names: Vec<String> = (0..30_000).map(|number| format!("{number}東\u{202e}")).collect();
        let long = "京".repeat(100_000);
        let read: (Vec<String>, String) =
            serde_json::from_str(&escaped(&(&names, &long))).expect("JSON");
        assert_eq!(read, (names, long));
    }
}
