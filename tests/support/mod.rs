//! What the tests of the whole engine share.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};

use countersign::analysis::{Analysis, Listing, Options};
use countersign::report::Report;
use countersign::secrets::Secrets;

/// The project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The report on one capture, or the sentence that says why there is none.
pub(crate) fn analyze(name: &str, bytes: &[u8]) -> Result<Report, String> {
    analyze_in_pieces(name, bytes, bytes.len())
}

/// The same, pushed `piece` bytes at a time.
pub(crate) fn analyze_in_pieces(name: &str, bytes: &[u8], piece: usize) -> Result<Report, String> {
    let mut analysis = Analysis::new(Options::DEFAULT);
    let source = analysis.add_source(name.to_owned());
    for piece in bytes.chunks(piece.max(1)) {
        analysis.push(source, piece);
    }
    analysis.end(source);
    analysis.finish().map(|results| results.report()).map_err(|error| error.to_string())
}

/// The captures in `samples/`, by name.
pub(crate) fn samples() -> Vec<PathBuf> {
    let mut samples: Vec<PathBuf> = fs::read_dir(root().join("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng")
        })
        .collect();
    samples.sort();
    assert!(samples.len() >= 10, "samples/ holds {} captures", samples.len());
    samples
}

/// A file's name as text.
pub(crate) fn name_of(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// The report on one capture with secrets.
pub(crate) fn analyze_with(name: &str, bytes: &[u8], secrets: Secrets) -> Report {
    analyze_as(Options::DEFAULT, name, bytes, secrets)
}

/// The same, with every message listed.
pub(crate) fn analyze_listing(name: &str, bytes: &[u8], secrets: Secrets) -> Report {
    let options = Options { listing: Listing::All, ..Options::DEFAULT };
    analyze_as(options, name, bytes, secrets)
}

fn analyze_as(options: Options, name: &str, bytes: &[u8], secrets: Secrets) -> Report {
    let mut analysis = Analysis::with_secrets(options, secrets);
    let source = analysis.add_source(name.to_owned());
    for piece in bytes.chunks(1 << 20) {
        analysis.push(source, piece);
    }
    analysis.end(source);
    analysis.finish().unwrap().report()
}
