//! Writing a report in the format that was asked for.

use std::env;
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::analysis::{self, Edition};
use crate::report::html::Document;
use crate::report::text::{self, Judged, Posture, Sheet};
use crate::report::{Estate, Host, SessionCounts, csv};

use super::args::{Args, Format, Table};
use super::escaped::Escaped;

/// A line of ndjson.
#[derive(serde::Serialize)]
struct Line<T> {
    #[serde(rename = "type")]
    line_type: &'static str,
    #[serde(flatten)]
    item: T,
}

/// Writes a report to `out`.
pub(super) fn write(
    report: &Edition<'_>,
    args: &Args,
    style: text::Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match args.format {
        Format::Table => {
            out.write_all(as_text(report, style).as_bytes())?;
        }
        Format::Json => {
            let mut escaped = Escaped::new(&mut *out);
            serde_json::to_writer_pretty(&mut escaped, report)?;
            escaped.write_all(b"\n")?;
            escaped.flush()?;
        }
        Format::Ndjson => {
            // One session at a time: each line is made when it is written.
            let mut escaped = Escaped::new(&mut *out);
            write_lines(&mut escaped, "capture", report.captures())?;
            write_lines(&mut escaped, "session", report.sessions())?;
            write_lines(&mut escaped, "host", report.hosts())?;
            write_lines(&mut escaped, "finding", report.findings())?;
            write_lines(&mut escaped, "exception", report.exceptions().list)?;
            escaped.flush()?;
        }
        Format::Csv => write_table(report, args.table, out)?,
        Format::Html => write_html(report, out)?,
    }
    out.flush()
}

fn write_table(report: &Edition<'_>, table: Table, out: &mut dyn Write) -> io::Result<()> {
    let captures = report.captures();
    match table {
        Table::Sessions => csv::sessions(out, captures, report.sessions()),
        Table::Hosts => csv::hosts(out, report.hosts()),
        Table::Findings => csv::findings(out, captures, report.findings().into_iter()),
    }
}

fn write_html(report: &Edition<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut counts = SessionCounts::default();
    let rows = report.rows();
    rows.for_each(|row| counts.add(row.status, &row.coverage, row.exception.is_some()));
    let hosts: Vec<Host> = report.hosts().collect();
    let document = Document {
        options: report.options(),
        overview: &report.overview_of(&counts),
        findings: &report.findings(),
        estate: &Estate::of(&hosts),
        exceptions: &report.exceptions(),
        frameworks: &analysis::catalogue().frameworks,
        rows: report.rows(),
        hosts: &hosts,
        session_of: |key: &str| report.session_of(key),
    };
    document.write(out)
}

/// Writes the rules, as text or as JSON.
pub(super) fn write_rules(format: Format, out: &mut dyn Write) -> io::Result<()> {
    let catalogue = analysis::catalogue();
    match format {
        Format::Table | Format::Csv | Format::Html => {
            out.write_all(text::rules(&catalogue).as_bytes())?;
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &catalogue)?;
            out.write_all(b"\n")?;
        }
        Format::Ndjson => {
            let mut escaped = Escaped::new(&mut *out);
            write_lines(&mut escaped, "rule", catalogue.rules)?;
            write_lines(&mut escaped, "omission", catalogue.omissions)?;
            escaped.flush()?;
        }
    }
    out.flush()
}

/// Writes the frameworks that findings belong to.
pub(super) fn write_references(format: Format, out: &mut dyn Write) -> io::Result<()> {
    let frameworks = analysis::catalogue().frameworks;
    match format {
        Format::Table | Format::Html => {
            out.write_all(text::references(&frameworks).as_bytes())?;
        }
        Format::Csv => csv::references(out, &frameworks)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &frameworks)?;
            out.write_all(b"\n")?;
        }
        Format::Ndjson => {
            let mut escaped = Escaped::new(&mut *out);
            write_lines(&mut escaped, "framework", frameworks)?;
            escaped.flush()?;
        }
    }
    out.flush()
}

/// The report as text.
fn as_text(report: &Edition<'_>, style: text::Style) -> String {
    let mut sheet = Sheet::new(report.captures(), style);
    let mut counts = SessionCounts::default();
    for row in report.rows() {
        counts.add(row.status, &row.coverage, row.exception.is_some());
        sheet.add(&row);
    }
    let overview = report.overview_of(&counts);
    let row_of = |key: &str| report.row_of(key);
    let mut posture = Posture::default();
    report.hosts().for_each(|host| posture.add(&host));
    let judged = Judged {
        posture: &posture,
        findings: &report.findings(),
        exceptions: &report.exceptions(),
    };
    text::render(&overview, sheet, row_of, judged)
}

/// Writes each item as a line.
fn write_lines<T: Serialize>(
    out: &mut Escaped<impl Write>,
    line_type: &'static str,
    items: impl IntoIterator<Item = T>,
) -> io::Result<()> {
    for item in items {
        serde_json::to_writer(&mut *out, &Line { line_type, item })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The width of the terminal on standard output and whether it takes colours; neither where it is
/// none. `NO_COLOR` with any value but the empty one turns colours off.
pub(super) fn style_of_terminal() -> text::Style {
    if !io::stdout().is_terminal() {
        return text::Style::default();
    }
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    text::Style {
        width: columns.or_else(|| comfy_table::Table::new().width()),
        is_colored: !is_set("NO_COLOR") && !is_dumb,
    }
}
