//! The capture files that the arguments name: files, standard input, and folders with all that is
//! in them.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::analysis;

/// The argument that stands for standard input.
pub(super) const STANDARD_INPUT: &str = "-";

/// Folders inside of folders that are gone into.
const DEPTH: usize = 16;

/// Files that are looked at in a folder.
const FILES: usize = 100_000;

/// Bytes of a file in a folder that tell whether it is a capture.
const START: u64 = 64 << 10;

/// Files that are named in the line about those that were skipped.
const NAMED: usize = 3;

/// A capture to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Capture {
    /// Where it is; [`STANDARD_INPUT`] for standard input.
    pub(super) path: PathBuf,
    /// What the report calls it.
    pub(super) name: String,
}

/// What the arguments name.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// The captures, in the order given; those of a folder in the order of their paths.
    pub(super) captures: Vec<Capture>,
    /// A sentence for each argument or file that cannot be read.
    pub(super) unread: Vec<String>,
    /// A sentence for each folder with files that are no captures, which is no fault.
    pub(super) skipped: Vec<String>,
}

/// Finds the captures that `arguments` name.
pub(super) fn find(arguments: &[String]) -> Named {
    let mut named = Named::default();
    for argument in arguments {
        let path = Path::new(argument);
        if argument == STANDARD_INPUT {
            named.captures.push(Capture { path: path.into(), name: "standard input".to_owned() });
        } else if path.is_dir() {
            named.add_folder(path);
        } else {
            let name = path.file_name().map_or(path.as_os_str(), |name| name);
            let name = name.to_string_lossy().into_owned();
            named.captures.push(Capture { path: path.into(), name });
        }
    }
    tell_apart(&mut named.captures);
    named
}

impl Named {
    /// Adds the captures in a folder and in those inside of it.
    fn add_folder(&mut self, folder: &Path) {
        let mut files = Vec::new();
        let is_whole = collect(folder, &mut files, &mut self.unread);
        files.sort();
        let name_of_folder = folder.file_name().map(PathBuf::from).unwrap_or_default();
        let before = self.captures.len();
        let mut others = Vec::new();
        for path in files {
            let inside = path.strip_prefix(folder).unwrap_or(&path);
            match refuses(&path) {
                Ok(false) => {
                    let name = name_of_folder.join(inside).to_string_lossy().into_owned();
                    self.captures.push(Capture { path, name });
                }
                Ok(true) => others.push(inside.to_string_lossy().into_owned()),
                Err(error) => self.unread.push(cannot_read(&path, &error)),
            }
        }
        let folder = folder.display();
        if self.captures.len() == before {
            self.unread.push(format!("there is no capture in the folder {folder}"));
        } else if !others.is_empty() {
            self.skipped.push(skipped(&folder.to_string(), &others));
        }
        if !is_whole {
            self.unread.push(format!(
                "{folder} was not read whole: it has more than {FILES} files, or folders more than \
                 {DEPTH} deep"
            ));
        }
    }
}

/// Says that a file cannot be read.
pub(super) fn cannot_read(path: &Path, error: &io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}

/// Gathers the files in `folder`, and says whether these are all. Links to folders are not gone
/// into, for they may lead back.
fn collect(folder: &Path, files: &mut Vec<PathBuf>, unread: &mut Vec<String>) -> bool {
    let mut folders = vec![(folder.to_owned(), 0)];
    let mut is_whole = true;
    while let Some((folder, depth)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                unread.push(cannot_read(&folder, &error));
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && depth < DEPTH {
                folders.push((path, depth + 1));
            } else if !is_folder && path.is_file() && files.len() < FILES {
                files.push(path);
            } else if is_folder || path.is_file() {
                is_whole = false;
            }
        }
    }
    is_whole
}

/// Whether a file shows by its first bytes that it is no capture.
fn refuses(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(START).read_to_end(&mut start)?;
    Ok(analysis::refuses(&start, (start.len() as u64) < START))
}

/// The line about the files of a folder that are no captures.
fn skipped(folder: &str, others: &[String]) -> String {
    let (files, are) =
        if others.len() == 1 { ("file", "is no capture") } else { ("files", "are no captures") };
    let mut line = format!("skipped {} {files} in {folder} that {are}: ", others.len());
    line.push_str(&others.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", "));
    if others.len() > NAMED {
        line.push_str(&format!(" and {} more", others.len() - NAMED));
    }
    line
}

/// Gives captures of one name the whole of their paths, so that each finding names one file.
fn tell_apart(captures: &mut [Capture]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for capture in captures.iter() {
        *counts.entry(capture.name.clone()).or_default() += 1;
    }
    for capture in captures.iter_mut() {
        if counts.get(&capture.name).is_some_and(|count| *count > 1) {
            capture.name = capture.path.to_string_lossy().into_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{find, skipped};

    #[test]
    fn files_of_one_name_are_told_apart_by_their_paths() {
        let arguments = ["a/x.pcap", "b/x.pcap", "b/y.pcap", "-"].map(str::to_owned);
        let names: Vec<String> =
            find(&arguments).captures.into_iter().map(|capture| capture.name).collect();
        assert_eq!(names, ["a/x.pcap", "b/x.pcap", "y.pcap", "standard input"]);
    }

    #[test]
    fn files_that_are_skipped_take_one_line() {
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(skipped("logs", &names[..1]), "skipped 1 file in logs that is no capture: a");
        assert_eq!(
            skipped("logs", &names),
            "skipped 5 files in logs that are no captures: a, b, c and 2 more"
        );
    }
}
