//! Files about which nothing can be said.

use yew::prelude::*;

use super::file_picker::FilePicker;
use super::problem_notice::place;
use crate::report::Problem;
use crate::web::folders::OpenedFile;

/// What a [`FailedNotice`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FailedNoticeProps {
    /// The files, in a few words.
    pub title: AttrValue,
    /// Why.
    pub problem: Problem,
    /// The user opened files.
    pub on_files: Callback<Vec<OpenedFile>>,
    /// The user goes back to the start.
    pub on_close: Callback<()>,
}

/// The id of the heading, which the focus moves to.
const FAILED: &str = "failed";

/// Why nothing can be said, and what to do.
#[component]
pub fn FailedNotice(props: &FailedNoticeProps) -> Html {
    use_effect_with((), |()| crate::web::page::focus(FAILED));
    let (heading, advice) = words(&props.problem.code);
    html! {
        <section class="failed-notice" aria-labelledby={FAILED}>
            <h1 id={FAILED} tabindex="-1">{ heading }</h1>
            <div role="alert">
                if !props.problem.message.contains(props.title.as_str()) {
                    <p class="failed-notice__file">{ &props.title }</p>
                }
                <p class="failed-notice__message">
                    { &props.problem.message }{ place(&props.problem) }
                </p>
            </div>
            <p class="failed-notice__advice">{ advice }</p>
            <div class="button-row">
                <FilePicker label="Open another capture" on_files={props.on_files.clone()} />
                <button type="button" class="button" onclick={props.on_close.reform(|_| ())}>
                    { "Back to the start" }
                </button>
            </div>
        </section>
    }
}

/// The heading for a kind of problem, and what to do about it.
fn words(code: &str) -> (&'static str, &'static str) {
    match code {
        "read-failed" => (
            "The file could not be read",
            "It may have been moved, changed or taken away since it was chosen, or it is a folder. Choose it again.",
        ),
        "no-capture-in-folder" => (
            "There is no capture in the folder",
            "Countersign looks at what is in a file, not at its name, and reads pcap and pcapng. Drop the folder that holds the captures, or the captures themselves.",
        ),
        "stopped" => (
            "The analysis stopped",
            "Nothing was sent anywhere, and no other file is affected. The command line reads the same captures: countersign FILE. If it stops there too, the capture found a fault in this program; please report it.",
        ),
        _ => (
            "This is not a capture that can be read",
            "Countersign reads pcap and pcapng files. Other formats can be converted by Wireshark: open the file there and save it as pcapng, or run editcap -F pcapng IN OUT.pcapng.",
        ),
    }
}
