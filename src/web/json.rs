//! The report as JSON, session by session, so that it never stands in the worker's memory whole.

use std::io::{self, Write};

use js_sys::{Array, Uint8Array};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use web_sys::{Blob, BlobPropertyBag};

use crate::analysis::Results;
use crate::report::{SCHEMA, Tool};

/// The report in the browser's memory.
pub(super) fn report_blob(results: &Results) -> io::Result<Blob> {
    let mut writer = BlobWriter { parts: Array::new(), part: Vec::new() };
    serde_json::to_writer_pretty(&mut writer, &Whole(results))?;
    writer.write_all(b"\n")?;
    writer.flush()?;
    let options = BlobPropertyBag::new();
    options.set_type("application/json");
    Blob::new_with_u8_array_sequence_and_options(&writer.parts, &options)
        .map_err(|error| io::Error::other(format!("{error:?}")))
}

/// A [`Report`](crate::report::Report) that is told while it is written.
struct Whole<'a>(&'a Results);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("Report", 7)?;
        report.serialize_field("schema", SCHEMA)?;
        report.serialize_field("tool", &Tool::this())?;
        report.serialize_field("options", self.0.options())?;
        report.serialize_field("captures", self.0.captures())?;
        report.serialize_field("sessions", &Sessions(self.0))?;
        report.serialize_field("hosts", &Hosts(self.0))?;
        report.serialize_field("findings", &self.0.findings())?;
        report.end()
    }
}

struct Sessions<'a>(&'a Results);

impl Serialize for Sessions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.sessions())
    }
}

struct Hosts<'a>(&'a Results);

impl Serialize for Hosts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.hosts())
    }
}

/// Gathers what is written into parts of a `Blob`.
struct BlobWriter {
    parts: Array,
    part: Vec<u8>,
}

impl BlobWriter {
    /// Bytes of a part.
    const PART: usize = 1 << 20;
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= BlobWriter::PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.parts.push(&Uint8Array::from(self.part.as_slice()));
        self.part.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Whole;
    use crate::analysis::{Analysis, Options};

    #[test]
    fn what_is_written_in_pieces_is_the_report() {
        let capture = include_bytes!("../../samples/311-server-requires.pcapng");
        let mut analysis = Analysis::new(Options::DEFAULT);
        let source = analysis.add_source("311-server-requires.pcapng");
        analysis.push(source, capture);
        analysis.end(source);
        let results = analysis.finish().unwrap();
        let whole = serde_json::to_string_pretty(&results.report()).unwrap();
        assert_eq!(serde_json::to_string_pretty(&Whole(&results)).unwrap(), whole);
    }
}
