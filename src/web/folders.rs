//! Files that the user drops, and folders with all that is in them.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
    FileSystemFileEntry,
};

/// Folders inside of folders that are gone into.
const DEPTH: usize = 16;

/// Files that are taken of what was dropped.
const FILES: usize = 20_000;

/// A file that the user opened.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedFile {
    /// The file.
    pub file: File,
    /// What the report calls it: its name, and that of the folders around it where it was in one.
    pub name: String,
    /// It was in a folder, so the user did not name it: it is no fault where it is no capture.
    pub is_from_folder: bool,
}

impl OpenedFile {
    /// A file that the user named.
    pub fn named(file: File) -> OpenedFile {
        OpenedFile { name: file.name(), file, is_from_folder: false }
    }

    /// The files of a folder that the user chose, in the order of their names.
    pub fn of_folder(files: impl Iterator<Item = File>) -> Vec<OpenedFile> {
        let mut files: Vec<OpenedFile> = files
            .take(FILES)
            .map(|file| {
                let path = Reflect::get(&file, &"webkitRelativePath".into()).ok();
                let path = path.and_then(|path| path.as_string()).filter(|path| !path.is_empty());
                let name = path.unwrap_or_else(|| file.name());
                OpenedFile { file, name, is_from_folder: true }
            })
            .collect();
        files.sort_by(|one, other| one.name.cmp(&other.name));
        files
    }

    /// Whether its name is that of a file of accepted exceptions.
    pub fn is_of_exceptions(&self) -> bool {
        self.name.to_ascii_lowercase().ends_with(".json")
    }

    /// Whether its name is that of a file with secrets: a keytab or a secrets file.
    pub fn is_secret(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        [".keytab", ".toml"].iter().any(|end| name.ends_with(end))
    }
}

/// What was dropped, as far as it has to be known before the drop is over.
pub struct Dropped {
    entries: Vec<FileSystemEntry>,
    /// The files of a browser that tells no entries.
    files: Vec<File>,
}

impl Dropped {
    /// Takes what was dropped. The browser forgets it when the event is over.
    pub fn of(transfer: &DataTransfer) -> Dropped {
        let items = transfer.items();
        let entries: Vec<FileSystemEntry> = (0..items.length())
            .filter_map(|place| items.get(place))
            .filter(|item| item.kind() == "file")
            .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
            .collect();
        let files = transfer
            .files()
            .map(|list| (0..list.length()).filter_map(|place| list.get(place)).collect())
            .unwrap_or_default();
        // A file may have no entry, as where a program made it; then none can be told from the rest.
        let is_told = entries.len() as u32 == items.length() && !entries.is_empty();
        Dropped { entries: if is_told { entries } else { Vec::new() }, files }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.files.is_empty()
    }

    /// The files, with those in folders, in the order of their names.
    pub async fn into_files(self) -> Vec<OpenedFile> {
        if self.entries.is_empty() {
            return self.files.into_iter().map(OpenedFile::named).collect();
        }
        let mut found = Vec::new();
        for entry in self.entries {
            gather(entry, &mut found).await;
        }
        found
    }
}

/// Adds a file, or the files of a folder and of those inside of it. What cannot be listed is left
/// out, as where it was taken away meanwhile.
async fn gather(entry: FileSystemEntry, found: &mut Vec<OpenedFile>) {
    let is_from_folder = entry.is_directory();
    let mut entries = vec![(entry, 0)];
    let begin = found.len();
    while let Some((entry, depth)) = entries.pop() {
        if found.len() >= FILES {
            break;
        }
        if entry.is_directory() {
            if depth < DEPTH {
                let inside = entries_of(entry.unchecked_into()).await;
                entries.extend(inside.into_iter().map(|entry| (entry, depth + 1)));
            }
            continue;
        }
        let name = entry.full_path().trim_start_matches('/').to_owned();
        if let Some(file) = file_of(entry.unchecked_into()).await {
            found.push(OpenedFile { file, name, is_from_folder });
        }
    }
    if let Some(new) = found.get_mut(begin..) {
        new.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

/// What is in a folder; the browser tells it in parts, the last of which is empty.
async fn entries_of(folder: FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader: FileSystemDirectoryReader = folder.create_reader();
    let mut entries = Vec::new();
    while entries.len() < FILES {
        let part = answer(|told, refused| {
            reader.read_entries_with_callback_and_callback(told, refused).is_ok()
        });
        let Some(part) = part.await.map(|part| Array::from(&part)) else { break };
        if part.length() == 0 {
            break;
        }
        entries.extend(part.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
    entries
}

async fn file_of(entry: FileSystemFileEntry) -> Option<File> {
    let file = answer(|told, refused| {
        entry.file_with_callback_and_callback(told, refused);
        true
    });
    file.await?.dyn_into().ok()
}

/// Asks what is answered through one of two functions; `None` where the second one is called.
async fn answer(ask: impl FnOnce(&Function, &Function) -> bool) -> Option<JsValue> {
    let ask = Rc::new(RefCell::new(Some(ask)));
    let promise = Promise::new(&mut |resolve, reject| {
        let is_asked = ask.borrow_mut().take().is_some_and(|ask| ask(&resolve, &reject));
        if !is_asked {
            // The promise is settled either way.
            let _settled = reject.call0(&JsValue::UNDEFINED);
        }
    });
    JsFuture::from(promise).await.ok()
}

/// Has `task` called with the files of `dropped` once they are known.
pub fn when_known(dropped: Dropped, task: impl FnOnce(Vec<OpenedFile>) + 'static) {
    wasm_bindgen_futures::spawn_local(async move { task(dropped.into_files().await) });
}
