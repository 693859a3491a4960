//! Writing a report in the format that was asked for.

use std::env;
use std::io::{self, IsTerminal, Write};

use comfy_table::Table;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::analysis::{self, Results};
use crate::report::text::{self, Sheet};
use crate::report::{self, SessionCounts, Tool};

use super::args::Format;
use super::escaped::Escaped;

/// A line of ndjson.
#[derive(serde::Serialize)]
struct Line<T> {
    #[serde(rename = "type")]
    line_type: &'static str,
    #[serde(flatten)]
    item: T,
}

/// The report on a run, each session of which is made when it is written, so that a run of many
/// sessions needs no more memory than their state.
struct Streamed<'a>(&'a Results);

impl Serialize for Streamed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Streamed(results) = self;
        let mut report = serializer.serialize_struct("Report", 7)?;
        report.serialize_field("schema", report::SCHEMA)?;
        report.serialize_field("tool", &Tool::this())?;
        report.serialize_field("options", results.options())?;
        report.serialize_field("captures", results.captures())?;
        report.serialize_field("sessions", &Sessions(results))?;
        report.serialize_field("hosts", &Hosts(results))?;
        report.serialize_field("findings", &results.findings())?;
        report.end()
    }
}

/// The sessions of a [`Streamed`] report.
struct Sessions<'a>(&'a Results);

impl Serialize for Sessions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.sessions())
    }
}

/// The hosts of a [`Streamed`] report.
struct Hosts<'a>(&'a Results);

impl Serialize for Hosts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.hosts())
    }
}

/// Writes the report on `results` to `out`.
pub(super) fn write(
    results: &Results,
    format: Format,
    style: text::Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => {
            out.write_all(as_text(results, style).as_bytes())?;
        }
        Format::Json => {
            let mut escaped = Escaped::new(&mut *out);
            serde_json::to_writer_pretty(&mut escaped, &Streamed(results))?;
            escaped.write_all(b"\n")?;
            escaped.flush()?;
        }
        Format::Ndjson => {
            // One session at a time: each line is made when it is written.
            let mut escaped = Escaped::new(&mut *out);
            write_lines(&mut escaped, "capture", results.captures())?;
            write_lines(&mut escaped, "session", results.sessions())?;
            write_lines(&mut escaped, "host", results.hosts())?;
            write_lines(&mut escaped, "finding", results.findings())?;
            escaped.flush()?;
        }
    }
    out.flush()
}

/// Writes the rules, as text or as JSON.
pub(super) fn write_rules(format: Format, out: &mut dyn Write) -> io::Result<()> {
    let catalogue = analysis::catalogue();
    match format {
        Format::Table => out.write_all(text::rules(&catalogue).as_bytes())?,
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

/// The report as text.
fn as_text(results: &Results, style: text::Style) -> String {
    let mut sheet = Sheet::new(results.captures(), style);
    let mut counts = SessionCounts::default();
    for row in results.rows() {
        counts.add(row.status, &row.coverage);
        sheet.add(&row);
    }
    let overview = results.overview_of(&counts);
    let row_of = |key: &str| results.row(results.place_of(key)?);
    text::render(&overview, sheet, row_of, results.servers_not_requiring(), &results.findings())
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
        width: columns.or_else(|| Table::new().width()),
        is_colored: !is_set("NO_COLOR") && !is_dumb,
    }
}

#[cfg(test)]
mod tests {
    use super::Streamed;
    use crate::analysis::{Options, Source, analyze};
    use crate::secrets::Secrets;

    #[test]
    fn a_streamed_report_is_the_report() {
        let capture = include_bytes!("../../samples/two-sessions-one-connection.pcapng");
        let source = Source { name: "sample".to_owned(), reader: capture.as_slice() };
        let results =
            analyze(vec![source], Options::DEFAULT, Secrets::default(), |_| {}).expect("a capture");
        let streamed = serde_json::to_string_pretty(&Streamed(&results)).expect("JSON");
        let whole = serde_json::to_string_pretty(&results.report()).expect("JSON");
        assert_eq!(streamed, whole);
    }
}
