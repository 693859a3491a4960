//! Reports as files, part by part, so that none stands in the worker's memory whole and the worker
//! goes on hearing what the page says.

use std::io::{self, Write};

use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag, File};

use super::file_stream::FileStream;
use super::judged::Judged;
use super::pause::Pauses;
use super::protocol::ReportKind;
use crate::analysis::{Edition, FileHash, Learning, RedactionKey, Results};
use crate::report::csv;
use crate::report::html::Document;
use crate::report::json::ObjectWriter;
use crate::report::{Estate, Host, SCHEMA, SessionCounts, Tool};

/// The SHA-256 of each file, `None` of one that could not be read; `tell` hears how many bytes were
/// read, and says whether to go on. Nothing where it said no.
pub(super) async fn hashes_of(
    files: &[File],
    tell: impl Fn(f64) -> bool,
) -> Option<Vec<Option<String>>> {
    let mut hashes = Vec::with_capacity(files.len());
    let mut pauses = Pauses::new();
    let mut read = 0.0;
    for file in files {
        let mut stream = FileStream::new(file.clone());
        let mut hash = FileHash::default();
        let is_whole = loop {
            match stream.next().await {
                Ok(true) => hash.push(stream.piece()),
                Ok(false) => break true,
                Err(_) => break false,
            }
            read += stream.piece().len() as f64;
            if pauses.is_due() && !tell(read) {
                return None;
            }
        };
        hashes.push(is_whole.then(|| hash.finish()));
    }
    Some(hashes)
}

/// The report on a run, redacted where there is a key; `tell` hears how many sessions it learnt names
/// from, and says whether to go on. Nothing where it said no.
pub(super) async fn edition_of<'a>(
    results: &'a Results,
    key: Option<RedactionKey>,
    tell: impl Fn(usize) -> bool,
) -> Option<Edition<'a>> {
    let Some(key) = key else { return Some(Edition::of(results)) };
    let mut pauses = Pauses::new();
    let mut learning = Learning::new(results, key);
    while learning.step() {
        if pauses.may_pause().await && !tell(learning.done()) {
            return None;
        }
    }
    Some(learning.finish())
}

/// The report as a file of a kind; `tell` hears how many sessions are written, and says whether to go
/// on. Nothing where it said no.
pub(super) async fn write(
    edition: &Edition<'_>,
    judged: &Judged,
    counts: &SessionCounts,
    kind: ReportKind,
    tell: impl Fn(usize) -> bool,
) -> io::Result<Option<Blob>> {
    let mut out = BlobWriter::default();
    let findings = || judged.found().iter().map(|it| edition.finding(it.finding.clone()));
    let is_whole = match kind {
        ReportKind::Json => write_json(&mut out, edition, judged, &tell).await?,
        ReportKind::SessionsCsv => write_sessions(&mut out, edition, &tell).await?,
        ReportKind::HostsCsv => {
            csv::hosts(&mut out, edition.hosts())?;
            true
        }
        ReportKind::FindingsCsv => {
            csv::findings(&mut out, edition.captures(), findings())?;
            true
        }
        ReportKind::Html => {
            let hosts: Vec<Host> = edition.hosts().collect();
            let document = Document {
                options: edition.options(),
                overview: &edition.overview_of(counts),
                findings: &findings().collect::<Vec<_>>(),
                estate: &Estate::of(&hosts),
                exceptions: &edition.told(judged.exceptions().clone()),
                frameworks: &judged.catalogue().frameworks,
                rows: edition.rows(),
                hosts: &hosts,
                session_of: |key: &str| edition.session_of(key),
            };
            document.write(&mut out)?;
            true
        }
    };
    if !is_whole {
        return Ok(None);
    }
    out.finish(kind).map(Some)
}

async fn write_json(
    out: &mut BlobWriter,
    edition: &Edition<'_>,
    judged: &Judged,
    tell: &impl Fn(usize) -> bool,
) -> io::Result<bool> {
    let mut pauses = Pauses::new();
    let mut report = ObjectWriter::new(out)?;
    report.member("schema", &SCHEMA)?;
    report.member("tool", &Tool::this())?;
    report.member("options", edition.options())?;
    report.member("captures", &edition.captures())?;
    report.begin_list("sessions")?;
    for (place, session) in edition.sessions().enumerate() {
        report.item(&session)?;
        if pauses.may_pause().await && !tell(place) {
            return Ok(false);
        }
    }
    report.end_list()?;
    report.begin_list("hosts")?;
    edition.hosts().try_for_each(|host| report.item(&host))?;
    report.end_list()?;
    report.member("estate", &edition.estate())?;
    report.begin_list("findings")?;
    let mut found = judged.found().iter().map(|it| edition.finding(it.finding.clone()));
    found.try_for_each(|finding| report.item(&finding))?;
    report.end_list()?;
    report.member("exceptions", &edition.told(judged.exceptions().clone()))?;
    report.finish()?;
    Ok(true)
}

async fn write_sessions(
    out: &mut BlobWriter,
    edition: &Edition<'_>,
    tell: &impl Fn(usize) -> bool,
) -> io::Result<bool> {
    let mut pauses = Pauses::new();
    csv::session_heading(out)?;
    for place in 0..edition.n_sessions() {
        csv::session_lines(out, edition.captures(), edition.session(place).into_iter())?;
        if pauses.may_pause().await && !tell(place) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Gathers what is written into parts of a `Blob`.
#[derive(Default)]
struct BlobWriter {
    parts: Array,
    part: Vec<u8>,
}

impl BlobWriter {
    /// Bytes of a part.
    const PART: usize = 1 << 20;

    fn close_part(&mut self) {
        self.parts.push(&Uint8Array::from(self.part.as_slice()));
        self.part.clear();
    }

    fn finish(mut self, kind: ReportKind) -> io::Result<Blob> {
        self.close_part();
        let options = BlobPropertyBag::new();
        options.set_type(match kind {
            ReportKind::Html => "text/html",
            ReportKind::Json => "application/json",
            ReportKind::SessionsCsv | ReportKind::HostsCsv | ReportKind::FindingsCsv => "text/csv",
        });
        Blob::new_with_u8_array_sequence_and_options(&self.parts, &options)
            .map_err(|error| io::Error::other(format!("{error:?}")))
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= BlobWriter::PART {
            self.close_part();
        }
        Ok(bytes.len())
    }

    /// Parts are closed by their size: some writers flush after every line.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
