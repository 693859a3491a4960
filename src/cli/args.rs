//! The arguments of the command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use jiff::civil::Date;

use crate::exceptions;
use crate::report::SigningStatus;

/// Says for every SMB session in packet captures whether it was signed, what each side required,
/// and why.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP)]
pub(super) struct Args {
    /// pcap or pcapng files, compressed or not (gzip, zstd, lz4, xz, ZIP), or folders with such files;
    /// - reads standard input
    #[arg(required = true, value_name = "CAPTURE")]
    pub(super) captures: Vec<String>,

    /// How the report is written
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: Format,

    /// Writes the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// The table that csv writes
    #[arg(long, value_enum, default_value = "sessions")]
    pub(super) table: Table,

    /// Replaces names, accounts and addresses, always by the same
    #[arg(long)]
    pub(super) redact: bool,

    /// Takes the key of the replacements from this file, and makes it where there is none: reports
    /// with one key replace alike, and who has it can try names. Without it the key is kept nowhere
    #[arg(long, value_name = "FILE", requires = "redact")]
    pub(super) redact_key: Option<PathBuf>,

    /// A file with accepted exceptions, in JSON: what they are for is marked, and stays in the report
    #[arg(long, value_name = "FILE")]
    pub(super) exceptions: Option<PathBuf>,

    /// The day for which it is told whether exceptions hold; without it today, in UTC
    #[arg(long, value_name = "YYYY-MM-DD", requires = "exceptions", value_parser = day)]
    pub(super) as_of: Option<Date>,

    /// A file with passwords and keys, in TOML; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(super) secrets: Vec<PathBuf>,

    /// A keytab with keys of Kerberos services; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(super) keytab: Vec<PathBuf>,

    /// Lists every message of every session, with what its signature said; in json and ndjson
    #[arg(long)]
    pub(super) messages: bool,

    /// One report for each capture; without it several captures are one, in time order
    #[arg(long)]
    pub(super) separate: bool,

    /// Writes the packets of all SMB connections to a pcapng file, those that verdicts and findings
    /// rest on with comments that say so
    #[arg(long, value_name = "FILE", conflicts_with = "redact")]
    pub(super) extract: Option<PathBuf>,

    /// Extracts only the connections of the sessions with these keys (as s1) and those of the findings with these rules
    /// (as ntlm-relay)
    #[arg(long, value_name = "KEY|RULE", value_delimiter = ',', requires = "extract")]
    pub(super) only: Vec<String>,

    /// Exits with 1 if a session has one of these statuses
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = status)]
    pub(super) fail_on: Vec<SigningStatus>,

    /// Sessions that an exception accepts do not count for --fail-on
    #[arg(long, requires = "fail_on", requires = "exceptions")]
    pub(super) ignore_accepted: bool,
}

const AFTER_HELP: &str = "\
Exit status: 0 the captures were analysed, also where they hold no SMB; 1 --fail-on matched; \
2 wrong usage; 3 a capture could not be read at all.
Of a folder, every capture in it and in the folders inside is read; what is no capture is skipped.\n\
With --separate, json writes one object after another; csv and html write one file, so they take one report.\n\
'countersign rules' lists what is looked for (with --format json, all that is said of it), and \
'countersign references' lists the frameworks that findings belong to (with --format json or csv, as data); \
'countersign schema' writes the JSON Schema of the report, and 'countersign schema exceptions' that of a file of accepted exceptions; \
captures of these names are read as ./rules, ./references and ./schema.";

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table for people
    Table,
    /// The whole report as one JSON object
    Json,
    /// One JSON object a line: captures, sessions, hosts and findings, each with its "type"
    Ndjson,
    /// Comma-separated values: the table that --table names
    Csv,
    /// One HTML file to read and to print, without scripts
    Html,
}

/// A table of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Table {
    /// A line for each session
    Sessions,
    /// A line for each address
    Hosts,
    /// A line for each finding
    Findings,
}

impl Format {
    /// Whether it is one file, in which several reports have no place.
    pub(super) fn is_one_file(self) -> bool {
        matches!(self, Format::Csv | Format::Html)
    }
}

impl Args {
    /// The arguments of this process; where they are wrong, or ask for help, it ends here.
    pub(super) fn of_process() -> Args {
        Args::parse()
    }

    /// Whether the schema of the report is to be written, and no capture is to be read.
    pub(super) fn asks_for_schema(&self) -> bool {
        self.captures == ["schema"]
    }

    /// Whether the schema of files of exceptions is to be written.
    pub(super) fn asks_for_schema_of_exceptions(&self) -> bool {
        self.captures == ["schema", "exceptions"]
    }

    /// Whether the frameworks that findings belong to are to be listed.
    pub(super) fn asks_for_references(&self) -> bool {
        self.captures == ["references"]
    }

    /// Whether the rules are to be listed, and no capture is to be read.
    pub(super) fn asks_for_rules(&self) -> bool {
        self.captures == ["rules"]
    }
}

/// Takes a day, written as YYYY-MM-DD.
fn day(text: &str) -> Result<Date, String> {
    exceptions::date("the day", text).map_err(|fault| fault.to_string())
}

/// Takes a status by its name in the report.
fn status(name: &str) -> Result<SigningStatus, String> {
    serde_json::from_value(name.into()).map_err(|_| {
        let names = SigningStatus::ALL.map(|status| serde_json::json!(status));
        let names: Vec<&str> = names.iter().filter_map(|name| name.as_str()).collect();
        format!("the statuses are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::{CommandFactory, Parser};

    use super::{Args, Format};
    use crate::report::SigningStatus;

    #[test]
    fn arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn statuses_are_a_list() {
        let words = ["countersign", "--fail-on", "unsigned,signing_violated", "-", "--format=json"];
        let args = Args::try_parse_from(words).unwrap();
        assert_eq!(args.fail_on, [SigningStatus::Unsigned, SigningStatus::SigningViolated]);
        assert_eq!(args.captures, ["-"]);
        assert_eq!(args.format, Format::Json);
        assert!(Args::try_parse_from(["countersign", "--fail-on", "nonsense", "x"]).is_err());
        assert!(Args::try_parse_from(["countersign"]).is_err());
        let asks = |words: &[&str]| Args::try_parse_from(words).unwrap().asks_for_rules();
        assert!(
            asks(&["countersign", "rules"]) && asks(&["countersign", "rules", "--format=json"])
        );
        assert!(!asks(&["countersign", "./rules"]) && !asks(&["countersign", "rules", "x.pcap"]));
        let asks = |words: &[&str]| Args::try_parse_from(words).unwrap().asks_for_schema();
        assert!(asks(&["countersign", "schema"]) && !asks(&["countersign", "./schema"]));
        let asks = |words: &[&str]| Args::try_parse_from(words).unwrap().asks_for_references();
        assert!(asks(&["countersign", "references"]) && !asks(&["countersign", "./references"]));
        let parse = |words: &[&str]| Args::try_parse_from([&["countersign", "x"], words].concat());
        assert!(parse(&["--as-of", "2026-01-31"]).is_err(), "without exceptions");
        let args = parse(&["--exceptions", "e", "--as-of", "2026-01-31"]).unwrap();
        assert_eq!(args.as_of.unwrap().to_string(), "2026-01-31");
        assert!(parse(&["--exceptions", "e", "--as-of", "31.1.2026"]).is_err());
        assert!(parse(&["--exceptions", "e", "--ignore-accepted"]).is_err(), "without --fail-on");
        let words = ["countersign", "--secrets", "a", "x", "--secrets=b", "--keytab", "c"];
        let args = Args::try_parse_from(words).unwrap();
        assert_eq!(args.secrets, ["a", "b"].map(PathBuf::from));
        assert_eq!(args.keytab, [PathBuf::from("c")]);
    }
}
