//! The report as JSON, session by session, so that it never stands in the worker's memory whole.

use std::io::{self, Write};

use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag};

use crate::analysis::{Edition, Results};

/// The report in the browser's memory.
pub(super) fn report_blob(results: &Results) -> io::Result<Blob> {
    let mut writer = BlobWriter { parts: Array::new(), part: Vec::new() };
    serde_json::to_writer_pretty(&mut writer, &Edition::of(results))?;
    writer.write_all(b"\n")?;
    writer.flush()?;
    let options = BlobPropertyBag::new();
    options.set_type("application/json");
    Blob::new_with_u8_array_sequence_and_options(&writer.parts, &options)
        .map_err(|error| io::Error::other(format!("{error:?}")))
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
