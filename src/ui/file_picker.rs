//! Opening files from the user's disk.

use web_sys::{FileList, HtmlInputElement};
use yew::prelude::*;

use crate::web::folders::OpenedFile;

/// What a [`FilePicker`] does.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct FilePickerProps {
    /// What it says.
    pub(super) label: AttrValue,
    /// The user opened files.
    pub(super) on_files: Callback<Vec<OpenedFile>>,
}

/// A file field that looks like a button.
#[component]
pub(super) fn FilePicker(props: &FilePickerProps) -> Html {
    let onchange = {
        let on_files = props.on_files.clone();
        move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let files = files_of(input.files());
            // The field forgets the file, so that the same one can be chosen again.
            input.set_value("");
            if !files.is_empty() {
                on_files.emit(files);
            }
        }
    };
    html! {
        <label class="file-picker button button--primary">
            { &props.label }
            <input type="file" class="file-picker__field" multiple=true {onchange} />
        </label>
    }
}

/// The files of a list.
fn files_of(list: Option<FileList>) -> Vec<OpenedFile> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|place| list.get(place)).map(OpenedFile::named).collect()
}
