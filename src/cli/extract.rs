//! Packets of sessions and findings, written to a capture of their own.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::files::{Capture, STANDARD_INPUT};
use super::input;
use crate::analysis::{Options, Results, feed, piece_len};
use crate::extraction::{Extracted, Extraction, Selection};
use crate::packet::SourceId;
use crate::report::Tool;

/// Why packets cannot be extracted from `captures`, which are read a second time for it.
pub(super) fn refusal(captures: &[Capture]) -> Option<String> {
    let is_read_once = |capture: &&Capture| {
        let is_file = std::fs::metadata(&capture.path).is_ok_and(|facts| facts.is_file());
        capture.path.as_os_str() == STANDARD_INPUT || !is_file
    };
    captures.iter().find(is_read_once).map(|capture| {
        format!(
            "--extract reads captures a second time, which cannot be done with {}; \
             save it as a file first",
            capture.name
        )
    })
}

/// Reads `captures` again, of which `results` came, and writes what `selection` selects to `file`.
/// It fails with a sentence.
pub(super) fn run(
    captures: &[Capture],
    results: &Results,
    selection: Selection,
    options: Options,
    file: File,
) -> Result<Extracted, String> {
    let mut opened = input::open_all(captures);
    let tool = Tool::this();
    let program = format!("{} {}", tool.name, tool.version);
    let mut extraction = Extraction::new(selection, options.limits, &program, BufWriter::new(file));
    for source in &opened.sources {
        extraction.add_source(source.name.clone());
    }
    let bar = input::progress_bar(opened.total_bytes);
    let piece_len = piece_len(opened.sources.len(), options);
    let fed = feed(&mut extraction, &mut opened.sources, piece_len, |extraction| {
        input::advance(&bar, extraction.n_bytes());
    });
    bar.finish_and_clear();
    fed.map_err(|error| error.to_string())?;
    let places = 0..opened.sources.len();
    let n_packets: Vec<u64> =
        places.map(|place| extraction.n_packets_of(SourceId(place))).collect();
    let extracted = extraction.finish().map_err(|error| error.to_string())?;
    // Packets are selected by their numbers.
    let before = results.captures().iter().map(|capture| capture.packets);
    if !before.eq(n_packets) {
        return Err("the captures changed while they were read".to_owned());
    }
    Ok(extracted)
}

/// What was written, in a sentence.
pub(super) fn summary(extracted: Extracted, path: &Path) -> String {
    let Extracted { packets, commented, comments_left_out } = extracted;
    let mut said =
        format!("{packets} packets are in {}, {commented} of them with comments", path.display());
    if comments_left_out > 0 {
        said.push_str(&format!("; there was no room for {comments_left_out} further comments"));
    }
    said
}
