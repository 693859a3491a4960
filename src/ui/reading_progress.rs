//! How far reading is.

use yew::prelude::*;

use super::format;
use super::shared::Shared;
use crate::web::protocol::Progress;

/// What [`ReadingProgress`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ReadingProgressProps {
    /// The files, in a few words.
    pub title: AttrValue,
    /// Bytes of all files together.
    pub size_bytes: f64,
    /// The latest progress; `None` before the first.
    pub progress: Option<Shared<Progress>>,
    /// Milliseconds from the begin to the latest progress.
    pub elapsed: f64,
    /// The user cancels.
    pub on_cancel: Callback<()>,
}

/// The id of the heading, which the focus moves to.
const READING: &str = "reading";

/// Bytes, speed, packets and sessions so far, and a way to stop at once.
#[component]
pub fn ReadingProgress(props: &ReadingProgressProps) -> Html {
    use_effect_with((), |()| crate::web::page::focus(READING));
    let read = props.progress.as_ref().map_or(0.0, |progress| progress.bytes_read);
    let share = if props.size_bytes > 0.0 { (read / props.size_bytes).min(1.0) } else { 0.0 };
    let speed = if props.elapsed > 0.0 { read / props.elapsed * 1000.0 } else { 0.0 };
    let sessions = props.progress.as_ref().map_or(0, |progress| progress.overview.sessions);
    let packets = props.progress.as_ref().map_or(0, |progress| progress.packets);
    // Told in steps, so that those who listen are not interrupted all the time.
    let told = format!("{} % read", (share * 10.0).floor() * 10.0);
    html! {
        <section class="reading-progress" aria-labelledby={READING}>
            <h1 id={READING} tabindex="-1">{ format!("Reading {}", props.title) }</h1>
            <progress class="reading-progress__bar" max="1000" aria-labelledby={READING}
                value={format!("{:.0}", share * 1000.0)}></progress>
            <p class="visually-hidden" role="status">{ told }</p>
            <dl class="figures">
                { figure("Read", format!("{} of {}", format::bytes(read), format::bytes(props.size_bytes))) }
                { figure("Speed", format!("{}/s", format::bytes(speed))) }
                { figure("Packets", format::count(packets)) }
                { figure("Sessions so far", format::count(sessions)) }
            </dl>
            <button type="button" class="button" onclick={props.on_cancel.reform(|_| ())}>
                { "Cancel" }
            </button>
        </section>
    }
}

fn figure(name: &'static str, value: String) -> Html {
    html! {
        <div class="figures__figure"><dt>{ name }</dt><dd>{ value }</dd></div>
    }
}
