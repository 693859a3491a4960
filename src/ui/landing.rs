//! What the page shows before anything is opened.

use yew::prelude::*;

use super::file_picker::FilePicker;
use super::privacy_panel::PrivacyPanel;
use super::sample_list::SampleList;
use super::signing_badge::{class, shape};
use crate::report::Tone;
use crate::web::folders::OpenedFile;
use crate::web::page::Sample;

/// What the [`Landing`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct LandingProps {
    /// The samples.
    pub samples: Vec<Sample>,
    /// Requests since the page was ready.
    pub requests: u32,
    /// Samples opened since then.
    pub samples_opened: u32,
    /// Something that did not work, in a sentence.
    pub notice: Option<AttrValue>,
    /// The user opened files.
    pub on_files: Callback<Vec<OpenedFile>>,
    /// The user chose this sample.
    pub on_sample: Callback<Sample>,
}

/// What the page does, the ways to open a capture, and why nothing leaves the page.
#[component]
pub fn Landing(props: &LandingProps) -> Html {
    html! {
        <div class="landing">
            <section class="landing__hero">
                <h1 class="landing__question">{ "Is every SMB session in this capture signed?" }</h1>
                <p class="landing__answer">
                    { "Drop a packet capture anywhere on this page. For each SMB session in it you read whether its messages are signed, what client and server each require, and why, with the packets that show it." }
                </p>
                <div class="landing__open">
                    <div class="button-row">
                        <FilePicker label="Open capture" on_files={props.on_files.clone()} />
                        <FilePicker label="Open folder" is_folder=true on_files={props.on_files.clone()} />
                    </div>
                    <p class="landing__hint">
                        { "pcap or pcapng of any size, also compressed. Several files, or a folder, are read as one, in time order. Nothing is uploaded, although a browser may ask for leave to \u{201c}upload\u{201d} a folder: it means to let this page read it." }
                    </p>
                </div>
                if let Some(notice) = &props.notice {
                    <p class="notice notice--warning" role="alert">{ notice }</p>
                }
                { verdicts() }
            </section>
            <PrivacyPanel requests={props.requests} samples={props.samples_opened} />
            <SampleList samples={props.samples.clone()} on_sample={props.on_sample.clone()} />
        </div>
    }
}

/// The families of verdicts, as a legend of their shapes.
fn verdicts() -> Html {
    const LEGEND: [(Tone, &str, &str); 6] = [
        (Tone::Broken, "Violated", "signing was required and unsigned messages were accepted"),
        (Tone::Unsigned, "Unsigned", "messages can be altered or relayed"),
        (Tone::Mixed, "In part", "some messages are protected, some are not"),
        (Tone::Signed, "Signed", "every message carries a signature"),
        (Tone::Encrypted, "Encrypted", "every message after the setup"),
        (Tone::Undetermined, "Undetermined", "the capture does not show enough, and it says why"),
    ];
    html! {
        <dl class="landing__legend" aria-label="What the verdicts mean">
            { for LEGEND.iter().map(|(tone, word, meaning)| html! {
                <div class={classes!("landing__verdict", class(*tone))}>
                    <dt>{ shape(*tone) }{ *word }</dt>
                    <dd>{ *meaning }</dd>
                </div>
            }) }
        </dl>
    }
}
