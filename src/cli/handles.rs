//! Files that are open for no longer than they are read from: systems let a program have only so
//! many open at once, and a run may be of thousands.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::rc::{Rc, Weak};

/// Files that are open at once: a quarter of what the strictest common system allows.
const MOST_OPEN: usize = 64;

/// A file that may be taken away from who reads it.
type Place = RefCell<Option<File>>;

/// The files that are open, those opened first in front.
#[derive(Clone, Debug, Default)]
pub(super) struct Handles(Rc<RefCell<VecDeque<Weak<Place>>>>);

impl Handles {
    /// Takes a file in, and closes the one that was opened first where there are too many.
    fn take_in(&self, handle: &Rc<Place>) {
        let mut open = self.0.borrow_mut();
        open.retain(|handle| handle.upgrade().is_some_and(|handle| handle.borrow().is_some()));
        while open.len() >= MOST_OPEN {
            if let Some(oldest) = open.pop_front().and_then(|handle| handle.upgrade()) {
                oldest.borrow_mut().take();
            }
        }
        open.push_back(Rc::downgrade(handle));
    }
}

/// A regular file that is read from its start to its end, and closed and opened again in between
/// where others need the place.
#[derive(Debug)]
pub(super) struct PatientFile {
    path: PathBuf,
    /// Where the next byte is in the file, in bytes.
    offset: u64,
    handle: Rc<Place>,
    handles: Handles,
}

impl PatientFile {
    /// The file at `path`, which is open as `file` and was not read from.
    pub(super) fn new(path: PathBuf, file: File, handles: &Handles) -> PatientFile {
        let handle = Rc::new(RefCell::new(None));
        handles.take_in(&handle);
        handle.replace(Some(file));
        PatientFile { path, offset: 0, handle, handles: handles.clone() }
    }
}

impl Read for PatientFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.handle.borrow().is_none() {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(self.offset))?;
            self.handles.take_in(&self.handle);
            self.handle.replace(Some(file));
        }
        let mut handle = self.handle.borrow_mut();
        let Some(file) = handle.as_mut() else { return Ok(0) };
        let len = file.read(buffer)?;
        self.offset += len as u64;
        if len == 0 {
            handle.take();
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Read;

    use super::{Handles, MOST_OPEN, PatientFile};

    #[test]
    fn many_files_are_read_in_turns_with_few_open() {
        let folder = std::env::temp_dir().join(format!("countersign-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let handles = Handles::default();
        let mut files: Vec<PatientFile> = (0..3 * MOST_OPEN)
            .map(|place| {
                let path = folder.join(place.to_string());
                fs::write(&path, format!("{place:06}")).unwrap();
                let file = File::open(&path).unwrap();
                PatientFile::new(path, file, &handles)
            })
            .collect();
        let mut texts = vec![Vec::new(); files.len()];
        for _ in 0..4 {
            for (file, text) in files.iter_mut().zip(&mut texts) {
                let mut two = [0; 2];
                let len = file.read(&mut two).unwrap();
                text.extend_from_slice(&two[..len]);
                let open = handles.0.borrow().iter().filter(|it| it.upgrade().is_some()).count();
                assert!(open <= MOST_OPEN);
            }
        }
        for (place, text) in texts.iter().enumerate() {
            assert_eq!(text, format!("{place:06}").as_bytes());
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
