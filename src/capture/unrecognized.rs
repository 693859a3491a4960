//! Files that are no captures: what they look like, and what to do with them.

use super::compression::Fault;
use super::pcapng;

/// Bytes from a file's start that tell what it looks like.
pub(super) const START_LEN: usize = 512;

/// Why a file is not read as a capture; its `Display` is the sentence for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NotACapture {
    /// There is not a byte in it.
    #[error("The file is empty. Let the capture end before the file is copied, and copy it again.")]
    Empty,
    /// It starts with nothing but zeros.
    #[error(
        "The file starts with nothing but zeros: it was set aside and never written, or was lost \
         on its way. Copy the capture again."
    )]
    Zeros,
    /// A pcapng file whose first block is damaged.
    #[error(
        "The file starts like pcapng, but its section header is damaged. Capture or copy it again."
    )]
    DamagedPcapng,
    /// Compressed in a way that is read, with a fault before anything came out.
    #[error("{0}")]
    Compressed(Fault),
    /// Compressed in a way that is not read, or once more inside what was read.
    #[error("This is a file compressed with {tool}. Unpack it first, and open what is in it.")]
    StillCompressed {
        /// With what.
        tool: &'static str,
    },
    /// An archive.
    #[error("This is {kind}. Unpack it first, and open the capture that is in it.")]
    Archive {
        /// "a ZIP archive", for instance.
        kind: &'static str,
    },
    /// A capture in another format.
    #[error(
        "This is {kind}, which is not read here. Convert it first: {how}, and open the result."
    )]
    OtherCapture {
        /// "a Network Monitor capture", for instance.
        kind: &'static str,
        /// The command or program that converts it.
        how: &'static str,
    },
    /// Something known that holds no packets.
    #[error("This is {kind}, not a capture. Open a pcap or pcapng file.")]
    OtherFile {
        /// "a PDF document", for instance.
        kind: &'static str,
    },
    /// Text that could be packets written out.
    #[error(
        "This is text that looks like a hex dump. Make a capture of it with text2pcap, which comes \
         with Wireshark, and open that."
    )]
    HexDump,
    /// Nothing here knows it.
    #[error(
        "This does not look like a capture: it starts like neither pcap nor pcapng. Open a file \
         that Wireshark, tcpdump or a like program has written."
    )]
    Unknown,
}

/// A start that tells what a file is.
struct Signature {
    /// Where it stands, in bytes from the file's start.
    at: usize,
    bytes: &'static [u8],
    is: NotACapture,
}

impl Signature {
    const fn new(bytes: &'static [u8], is: NotACapture) -> Signature {
        Signature { at: 0, bytes, is }
    }
}

const fn compressed(tool: &'static str) -> NotACapture {
    NotACapture::StillCompressed { tool }
}

const fn archive(kind: &'static str) -> NotACapture {
    NotACapture::Archive { kind }
}

const fn capture(kind: &'static str) -> NotACapture {
    NotACapture::OtherCapture { kind, how: "editcap -F pcapng IN OUT, which comes with Wireshark" }
}

const fn other(kind: &'static str) -> NotACapture {
    NotACapture::OtherFile { kind }
}

const SIGNATURES: &[Signature] = &[
    Signature::new(&[0x1F, 0x8B], compressed("gzip")),
    Signature::new(&[0x28, 0xB5, 0x2F, 0xFD], compressed("zstd")),
    Signature::new(&[0xFD, b'7', b'z', b'X', b'Z', 0x00], compressed("xz")),
    Signature::new(&[0x04, 0x22, 0x4D, 0x18], compressed("lz4")),
    Signature::new(&[0x02, 0x21, 0x4C, 0x18], compressed("lz4")),
    Signature::new(b"BZh", compressed("bzip2")),
    Signature::new(&[0x5D, 0x00, 0x00], compressed("lzma")),
    Signature::new(&[0x1F, 0x9D], compressed("compress")),
    Signature::new(b"PK\x03\x04", archive("a ZIP archive")),
    Signature::new(b"PK\x05\x06", archive("an empty ZIP archive")),
    Signature::new(b"7z\xBC\xAF\x27\x1C", archive("a 7-Zip archive")),
    Signature::new(b"Rar!\x1A\x07", archive("a RAR archive")),
    Signature::new(b"MSCF", archive("a cabinet file")),
    Signature { at: 257, bytes: b"ustar", is: archive("a tar archive") },
    Signature::new(b"GMBU", capture("a Network Monitor capture")),
    Signature::new(b"RTSS", capture("a Network Monitor 1 capture")),
    Signature::new(b"snoop\0\0\0", capture("a snoop capture")),
    Signature::new(b"btsnoop\0", capture("a Bluetooth snoop capture")),
    Signature::new(b"iptrace ", capture("an AIX iptrace capture")),
    Signature::new(b"TRSNIFF data", capture("a Sniffer capture")),
    Signature::new(b"XCP\0", capture("a Sniffer or NetXRay capture")),
    Signature::new(b"ObserverPktBuffe", capture("an Observer capture")),
    Signature::new(b"\x7Fver", capture("an OmniPeek capture")),
    Signature::new(b"\x05VNF", capture("a Visual Networks capture")),
    Signature::new(&[0xAA, 0xAA, 0xAA, 0xAA], capture("a 5Views capture")),
    Signature::new(&[0x1C, 0x00, 0x01, 0xAC], capture("an Ixia capture")),
    Signature::new(&[0x1C, 0x00, 0x01, 0xAB], capture("an Ixia capture")),
    Signature::new(b"\x7FELF", other("a program")),
    Signature::new(b"MZ", other("a Windows program")),
    Signature::new(&[0xCF, 0xFA, 0xED, 0xFE], other("a macOS program")),
    Signature::new(b"%PDF", other("a PDF document")),
    Signature::new(b"\x89PNG", other("a picture")),
    Signature::new(&[0xFF, 0xD8, 0xFF], other("a picture")),
    Signature::new(b"ElfFile\0", other("a Windows event log")),
    Signature::new(b"SQLite format 3\0", other("a database")),
    Signature::new(b"regf", other("a registry hive")),
    Signature::new(&[0xFF, 0xFE], other("a text")),
    Signature::new(&[0xFE, 0xFF], other("a text")),
    Signature::new(b"\xEF\xBB\xBF", other("a text")),
];

impl NotACapture {
    /// What a file looks like that begins with `start` and is no capture.
    pub(super) fn of(start: &[u8]) -> NotACapture {
        if start.is_empty() {
            return NotACapture::Empty;
        }
        if start.iter().all(|byte| *byte == 0) {
            return NotACapture::Zeros;
        }
        if start.starts_with(&pcapng::MAGIC) {
            return NotACapture::DamagedPcapng;
        }
        let known = SIGNATURES.iter().find(|signature| {
            start.get(signature.at..).is_some_and(|rest| rest.starts_with(signature.bytes))
        });
        match known {
            Some(signature) => signature.is,
            None if is_event_trace(start) => NotACapture::OtherCapture {
                kind: "a Windows event trace (ETL)",
                how: "etl2pcapng IN OUT, or pktmon etl2pcap IN on Windows",
            },
            None => text(start).unwrap_or(NotACapture::Unknown),
        }
    }
}

/// Whether `start` is that of a Windows event trace: the header of a buffer, then that of the event
/// which describes the trace, with its type and the two bits that every event header has.
fn is_event_trace(start: &[u8]) -> bool {
    const EVENT_AT: usize = 0x48;
    matches!(start.get(EVENT_AT..), Some(&[_, _, 0x01 | 0x02, 0xC0, ..]))
}

/// What kind of text `start` is, if any.
fn text(start: &[u8]) -> Option<NotACapture> {
    // A character may be cut where the bytes looked at end.
    let text = match str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(start.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    if text.chars().any(|char| char.is_control() && !char.is_ascii_whitespace()) {
        return None;
    }
    let text = text.trim_start();
    let begins =
        |word: &str| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    Some(match text {
        _ if begins("<!doctype html") || begins("<html") => {
            other("a web page, perhaps a download's error message")
        }
        _ if begins("<?xml") => other("an XML file"),
        _ if begins("{") || begins("[") => other("a JSON file"),
        _ if is_hex_dump(text) => NotACapture::HexDump,
        _ => other("a text"),
    })
}

/// Whether the first line is an offset and at least four bytes, all in hexadecimal.
fn is_hex_dump(text: &str) -> bool {
    let mut words = text.lines().next().unwrap_or("").split_ascii_whitespace();
    let is_hex = |word: &str| word.chars().all(|char| char.is_ascii_hexdigit());
    let is_offset = |word: &str| word.len() >= 3 && is_hex(word.trim_end_matches(':'));
    words.next().is_some_and(is_offset)
        && words.by_ref().take(4).filter(|word| matches!(word.len(), 2 | 4) && is_hex(word)).count()
            == 4
}

#[cfg(test)]
mod tests {
    use super::NotACapture;

    fn sentence(start: &[u8]) -> String {
        NotACapture::of(start).to_string()
    }

    #[test]
    fn each_kind_of_file_is_named_with_what_to_do() {
        let mut tar = vec![b'a'; 257];
        tar.extend_from_slice(b"ustar\0");
        let mut trace = vec![0; 0x48];
        trace[1] = 1;
        trace.extend_from_slice(&[2, 0, 2, 0xC0]);
        let cases: [(&[u8], &str); 14] = [
            (b"", "The file is empty."),
            (&[0; 512], "nothing but zeros"),
            (b"\x0A\x0D\x0D\x0A\x1C\0\0\0abcd", "section header is damaged"),
            (b"\x1F\x8B\x08\0", "compressed with gzip. Unpack it first"),
            (b"\x28\xB5\x2F\xFD", "compressed with zstd"),
            (b"PK\x03\x04", "a ZIP archive. Unpack"),
            (&tar, "a tar archive"),
            (b"GMBU\x02\x00", "a Network Monitor capture, which is not read here. Convert it"),
            (&trace, "a Windows event trace (ETL)"),
            (b"MZ\x90\0", "a Windows program"),
            (b"%PDF-1.7", "a PDF document"),
            (b"\r\n<!DOCTYPE HTML><html>", "a web page"),
            (b"0000  00 0c 29 aa bb cc", "a hex dump"),
            (b"Dear all,\n", "This is a text, not a capture."),
        ];
        for (start, expected) in cases {
            let said = sentence(start);
            assert!(said.contains(expected), "{said:?} does not say {expected:?}");
            assert!(said.ends_with('.'), "{said:?}");
        }
        assert_eq!(NotACapture::of(b"\x01\x02\x03\x04"), NotACapture::Unknown);
    }

    #[test]
    fn text_may_end_inside_a_character() {
        assert_eq!(sentence("Größe".as_bytes().get(..3).unwrap()), sentence(b"Gr"));
        assert_eq!(NotACapture::of(b"Gr\xFFabc"), NotACapture::Unknown);
    }
}
