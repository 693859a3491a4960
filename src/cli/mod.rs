//! The command line: reads captures, runs the engine over them, and writes the report.
//!
//! Results go to standard output or a file, messages and progress to standard error.

mod args;
mod escaped;
mod exceptions;
mod extract;
mod files;
mod handles;
mod input;
mod output;
mod redaction_key;
mod secrets;

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::civil::Date;

use crate::analysis::{Edition, Listing, Options, Results};
use crate::exceptions::Entry;
use crate::redaction::Key;
use crate::report::{SessionRow, text, words};

use self::args::{Args, Format};
use self::files::{Capture, Named};
use self::input::Run;
use self::secrets::Known;

/// How a run of the command line ended; clap gives 2 for wrong usage by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Analyzed,
    FailOnMatched,
    WrongUsage,
    CaptureNotRead,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(match outcome {
            Outcome::Analyzed => 0,
            Outcome::FailOnMatched => 1,
            Outcome::WrongUsage => 2,
            Outcome::CaptureNotRead => 3,
        })
    }
}

/// Runs the command line with the arguments of the process.
pub fn main() -> ExitCode {
    let args = Args::of_process();
    if args.asks_for_rules() {
        return write_only("the rules", |out| output::write_rules(args.format, out)).into();
    }
    if args.asks_for_references() {
        let write = |out: &mut dyn Write| output::write_references(args.format, out);
        return write_only("the references", write).into();
    }
    if args.asks_for_schema_of_exceptions() {
        let write = |out: &mut dyn Write| out.write_all(SCHEMA_OF_EXCEPTIONS.as_bytes());
        return write_only("the schema", write).into();
    }
    if args.asks_for_schema() {
        return write_only("the schema", |out| out.write_all(SCHEMA.as_bytes())).into();
    }
    let given = match given(&args) {
        Ok(given) => given,
        Err(message) => {
            tell(&message);
            return Outcome::WrongUsage.into();
        }
    };
    let named = files::find(&args.captures);
    if let Some(refusal) = refusal(&args, &named.captures, &given.known.paths) {
        tell(&refusal);
        return Outcome::WrongUsage.into();
    }
    let outcome = match &args.output {
        None => {
            let mut out = io::BufWriter::new(io::stdout().lock());
            run(&args, &given, named, &mut out, output::style_of_terminal())
        }
        Some(path) => match create(path, &named.captures, &given.known.paths) {
            Ok(file) => {
                let mut out = io::BufWriter::new(file);
                run(&args, &given, named, &mut out, text::Style::default())
            }
            Err(error) => {
                tell(&format!("cannot write {}: {error}", path.display()));
                Outcome::WrongUsage
            }
        },
    };
    outcome.into()
}

/// What the files that the arguments name hold.
struct Given {
    known: Known,
    /// The key of the redaction, where one is asked for.
    key: Option<Key>,
    /// The accepted exceptions, and the day to look at them.
    exceptions: Option<(Vec<Entry>, Date)>,
}

/// What the files that the arguments name hold.
fn given(args: &Args) -> Result<Given, String> {
    if args.separate && args.captures.len() > 1 && args.format.is_one_file() {
        return Err("--separate gives several reports, and csv and html write one".to_owned());
    }
    if args.separate && args.captures.len() > 1 && args.extract.is_some() {
        return Err("--separate gives several reports, and --extract writes one file".to_owned());
    }
    let mut known = secrets::read(&args.secrets, &args.keytab)?;
    let path = args.redact_key.as_deref();
    let key = args.redact.then(|| redaction_key::take(path)).transpose()?;
    known.paths.extend(path.map(Path::to_owned));
    let path = args.exceptions.as_deref();
    let entries = path.map(exceptions::read).transpose()?;
    known.paths.extend(path.map(Path::to_owned));
    let exceptions = entries.map(|it| (it, args.as_of.unwrap_or_else(exceptions::today)));
    Ok(Given { known, key, exceptions })
}

/// The JSON Schema of the report.
const SCHEMA: &str = include_str!("../../schema/countersign-report-1.json");

/// That of files of accepted exceptions.
const SCHEMA_OF_EXCEPTIONS: &str = include_str!("../../schema/countersign-exceptions-1.json");

/// Writes something about the program, which is called `what`, instead of a report.
fn write_only(what: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Outcome {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tell(&format!("cannot write {what}: {error}"));
            Outcome::WrongUsage
        }
        _ => Outcome::Analyzed,
    }
}

/// Why packets cannot be extracted, as far as that is known before anything is read.
fn refusal(args: &Args, captures: &[Capture], secrets: &[PathBuf]) -> Option<String> {
    let path = args.extract.as_deref()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let cannot = |why: &str| Some(format!("cannot write {}: {why}", path.display()));
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return cannot("there is no such folder");
    }
    if args.output.as_deref() == Some(path) {
        return cannot("it is the file of the report");
    }
    match is_writable(path, captures, secrets) {
        Ok(()) => extract::refusal(captures),
        Err(error) => cannot(&error.to_string()),
    }
}

/// Creates the file for the report, unless it holds evidence.
fn create(path: &Path, captures: &[Capture], secrets: &[PathBuf]) -> io::Result<File> {
    is_writable(path, captures, secrets)?;
    File::create(path)
}

/// Whether a file may be written: not if it is one of the captures or a file with secrets, for
/// evidence is not overwritten.
fn is_writable(path: &Path, captures: &[Capture], secrets: &[PathBuf]) -> io::Result<()> {
    if let Ok(existing) = fs::canonicalize(path) {
        let is_it = |path: &Path| fs::canonicalize(path).is_ok_and(|it| it == existing);
        if captures.iter().any(|capture| is_it(&capture.path)) {
            return Err(io::Error::other("it is one of the captures"));
        }
        if secrets.iter().any(|path| is_it(path)) {
            return Err(io::Error::other("it is a file with secrets or exceptions"));
        }
    }
    Ok(())
}

/// Analyses the captures and writes what was found to `out`.
fn run(
    args: &Args,
    given: &Given,
    named: Named,
    out: &mut dyn Write,
    style: text::Style,
) -> Outcome {
    let Named { captures, unread, skipped } = named;
    let mut outcome = Outcome::Analyzed;
    for message in unread.iter().chain(&skipped) {
        tell(message);
    }
    if !unread.is_empty() {
        outcome = Outcome::CaptureNotRead;
    }
    let runs: Vec<&[Capture]> = match () {
        () if captures.is_empty() => Vec::new(),
        () if args.separate => captures.chunks(1).collect(),
        () => vec![captures.as_slice()],
    };
    let n_runs = runs.len();
    // A table has no place for them.
    let lists = args.messages && matches!(args.format, Format::Json | Format::Ndjson);
    if args.messages && !lists {
        tell("only --format json and --format ndjson list messages");
    }
    let listing = if lists { Listing::All } else { Listing::Nobody };
    // A table is for a glance, and has no place for it.
    let hashing = args.format != Format::Table;
    let options = Options { listing, hashing, ..Options::DEFAULT };
    for (number, captures) in runs.into_iter().enumerate() {
        let Run { results, unread } = input::run(captures, given.known.secrets.clone(), options);
        for message in &unread {
            tell(message);
        }
        if !unread.is_empty() {
            outcome = outcome.max(Outcome::CaptureNotRead);
        }
        let Some(mut results) = results else { continue };
        results.options_mut().separate = args.separate;
        if let Some((entries, day)) = &given.exceptions {
            results.accept(entries.clone(), *day);
        }
        if has_status(&results, args) {
            outcome = outcome.max(Outcome::FailOnMatched);
        }
        let edition = match &given.key {
            Some(key) => Edition::redacted(&results, key.clone()),
            None => Edition::of(&results),
        };
        if let Err(error) = output::write(&edition, args, style, out) {
            // Whoever reads the output may stop before its end, as `head` does.
            if error.kind() != io::ErrorKind::BrokenPipe {
                tell(&format!("cannot write the report: {error}"));
                outcome = outcome.max(Outcome::WrongUsage);
            }
            break;
        }
        if let Some(path) = &args.extract
            && let Err(message) = extract(path, &args.only, captures, &results, options)
        {
            tell(&message);
            outcome = outcome.max(Outcome::WrongUsage);
        }
        if number + 1 == n_runs {
            // The process ends; taking apart what it found would only take time.
            mem::forget(results);
        }
    }
    outcome
}

/// Writes the packets that `only` names to the file at `path`.
fn extract(
    path: &Path,
    only: &[String],
    captures: &[Capture],
    results: &Results,
    options: Options,
) -> Result<(), String> {
    let selection = results.selection(only).map_err(|error| error.to_string())?;
    let cannot = |error: &dyn Display| format!("cannot write {}: {error}", path.display());
    let file = File::create(path).map_err(|error| cannot(&error))?;
    let extracted = extract::run(captures, results, selection, options, file);
    tell(&extract::summary(extracted.map_err(|error| cannot(&error))?, path));
    Ok(())
}

fn has_status(results: &Results, args: &Args) -> bool {
    let is_such = |row: SessionRow| {
        args.fail_on.contains(&row.status) && !(args.ignore_accepted && row.exception.is_some())
    };
    !args.fail_on.is_empty() && results.rows().any(is_such)
}

/// Writes a message to standard error.
fn tell(message: &str) {
    // A message may hold the name of a file, which is no more to be trusted than what is in it.
    let lines: Vec<String> = message.lines().map(words::printable).collect();
    // Nothing can be said where standard error is closed.
    let _ = writeln!(io::stderr(), "countersign: {}", lines.join("\n"));
}
