//! Opening files from the user's disk.

use web_sys::{File, FileList, HtmlInputElement};
use yew::prelude::*;

use crate::web::folders::OpenedFile;

/// What a [`FilePicker`] does.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct FilePickerProps {
    /// What it says.
    pub(super) label: AttrValue,
    /// It opens a folder with all that is in it, and is the lesser of two.
    #[prop_or_default]
    pub(super) is_folder: bool,
    /// What it opens is not what the page is for.
    #[prop_or_default]
    pub(super) is_lesser: bool,
    /// The user opened files.
    pub(super) on_files: Callback<Vec<OpenedFile>>,
}

/// A file field that looks like a button.
#[component]
pub(super) fn FilePicker(props: &FilePickerProps) -> Html {
    let onchange = {
        let (on_files, is_folder) = (props.on_files.clone(), props.is_folder);
        move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let list = input.files().map(files_of).into_iter().flatten();
            let files = match is_folder {
                true => OpenedFile::of_folder(list),
                false => list.map(OpenedFile::named).collect(),
            };
            // The field forgets the file, so that the same one can be chosen again.
            input.set_value("");
            if !files.is_empty() {
                on_files.emit(files);
            }
        }
    };
    html! {
        <label class={classes!("file-picker", "button", (!props.is_folder && !props.is_lesser).then_some("button--primary"))}>
            { &props.label }
            <input type="file" class="file-picker__field" multiple=true
                webkitdirectory={props.is_folder} {onchange} />
        </label>
    }
}

/// The files of a list.
fn files_of(list: FileList) -> impl Iterator<Item = File> {
    (0..list.length()).filter_map(move |place| list.get(place))
}
