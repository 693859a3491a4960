//! Writing a report in the format that was asked for.

use std::env;
use std::io::{self, IsTerminal, Write};

use comfy_table::Table;
use serde::Serialize;

use crate::analysis::Results;
use crate::report::text;

use super::args::Format;

/// A line of ndjson.
#[derive(Serialize)]
struct Line<T> {
    #[serde(rename = "type")]
    line_type: &'static str,
    #[serde(flatten)]
    item: T,
}

/// Writes the report on `results` to `out`.
pub(super) fn write(
    results: &Results,
    format: Format,
    style: text::Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(text::render(&results.report(), style).as_bytes())?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &results.report())?;
            out.write_all(b"\n")?;
        }
        Format::Ndjson => {
            // One session at a time: each line is made when it is written.
            write_lines(out, "capture", results.captures())?;
            write_lines(out, "session", results.sessions())?;
            write_lines(out, "host", results.hosts())?;
        }
    }
    out.flush()
}

/// Writes each item as a line.
fn write_lines<T: Serialize>(
    out: &mut dyn Write,
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
