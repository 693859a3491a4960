//! The secrets that the arguments name: secrets files, and keytabs beside them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::secrets::{Secrets, file, keytab};

/// Bytes of a secrets file or keytab that is read.
const MOST: u64 = 16 << 20;

/// What was read.
#[derive(Default)]
pub(super) struct Known {
    pub(super) secrets: Secrets,
    /// The files that were read, those that other ones name included.
    pub(super) paths: Vec<PathBuf>,
}

/// Reads secrets files and keytabs, and the keytabs that the former name; where one cannot be read,
/// the sentence that says which and why.
pub(super) fn read(files: &[PathBuf], keytabs: &[PathBuf]) -> Result<Known, String> {
    let mut known = Known::default();
    for path in files {
        known.add_file(path)?;
    }
    for path in keytabs {
        known.add_keytab(path)?;
    }
    Ok(known)
}

impl Known {
    fn add_file(&mut self, path: &Path) -> Result<(), String> {
        let contents = contents(path)?;
        self.paths.push(path.to_owned());
        let text = std::str::from_utf8(&contents)
            .map_err(|_| about(path, &"it is not a text in UTF-8"))?;
        let file = file::parse(text).map_err(|error| about(path, &error))?;
        self.secrets.extend(file.secrets);
        let folder = path.parent().unwrap_or(Path::new(""));
        file.keytabs.iter().try_for_each(|keytab| self.add_keytab(&folder.join(keytab)))
    }

    fn add_keytab(&mut self, path: &Path) -> Result<(), String> {
        let contents = contents(path)?;
        self.paths.push(path.to_owned());
        let keys = keytab::parse(&contents).map_err(|error| about(path, &error))?;
        self.secrets.service_keys.extend(keys);
        Ok(())
    }
}

/// What a file holds.
fn contents(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let read = || -> io::Result<Zeroizing<Vec<u8>>> {
        let file = File::open(path)?;
        let len = file.metadata()?.len().min(MOST);
        // As large as it gets, so that no part of it stays behind when it grows.
        let len = usize::try_from(len).unwrap_or_default().saturating_add(1);
        let mut contents = Zeroizing::new(Vec::with_capacity(len));
        file.take(MOST).read_to_end(&mut contents)?;
        Ok(contents)
    };
    let contents = read().map_err(|error| about(path, &error))?;
    if contents.len() as u64 == MOST {
        return Err(about(path, &"it is too large for a file with secrets"));
    }
    Ok(contents)
}

fn about(path: &Path, what: &dyn std::fmt::Display) -> String {
    format!("{}: {what}", path.display())
}
