//! The view in which a report is made.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::copy_field::CopyField;
use super::format;
use super::report_state::ReportState;
use crate::web::protocol::{ReportKind, ReportStep, ReportWish};

/// What a [`ReportPanel`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ReportPanelProps {
    /// How far the report is.
    pub state: ReportState,
    /// The rules have judged, so that a report can be written.
    pub is_judged: bool,
    /// Bytes of all files together.
    pub size_bytes: f64,
    /// The user wants a report, under the key in digits that was typed.
    pub on_write: Callback<(ReportWish, String)>,
    /// The user stops it.
    pub on_stop: Callback<()>,
    /// Gives the key that reports of this page are redacted under, if there is one.
    pub on_key: Callback<(), Option<String>>,
}

/// The id of the view's heading.
pub(super) const HEADING: &str = "report";

/// Each kind of file with what it is called and what it is for.
const KINDS: [(ReportKind, &str, &str); 5] = [
    (
        ReportKind::Html,
        "HTML",
        "To read, to print and to hand on: the verdict, findings, hosts, sessions and why. One file without scripts.",
    ),
    (ReportKind::Json, "JSON", "For programs: every field of every session, host and finding."),
    (ReportKind::SessionsCsv, "CSV of the sessions", "For a spreadsheet: a line for each session."),
    (ReportKind::HostsCsv, "CSV of the hosts", "For a spreadsheet: a line for each host."),
    (ReportKind::FindingsCsv, "CSV of the findings", "For a spreadsheet: a line for each finding."),
];

/// What the user chose.
#[derive(Clone, PartialEq)]
struct Chosen {
    wish: ReportWish,
    key: String,
    /// The key, where the user wants to see it.
    shown_key: Option<String>,
}

impl Default for Chosen {
    fn default() -> Chosen {
        let wish = ReportWish { kind: ReportKind::Html, is_redacted: true, has_hashes: true };
        Chosen { wish, key: String::new(), shown_key: None }
    }
}

/// Which kind of file, what is replaced in it, and a button that has it written.
#[component]
pub fn ReportPanel(props: &ReportPanelProps) -> Html {
    let chosen = use_state_eq(Chosen::default);
    let is_working = props.state.is_working();
    let onsubmit = {
        let chosen = chosen.clone();
        props.on_write.reform(move |event: SubmitEvent| {
            event.prevent_default();
            (chosen.wish, chosen.key.clone())
        })
    };
    html! {
        <div class="report-view">
            <header class="view-head">
                <h1 id={HEADING} tabindex="-1">{ "Report" }</h1>
                <p class="muted">{ "Written by this page and handed to your browser as a download; it is sent nowhere." }</p>
            </header>
            <form class="report-form" {onsubmit}>
                { kinds(&chosen) }
                { redaction(&chosen, &props.on_key) }
                { hashes(&chosen, props.size_bytes) }
                <div class="button-row">
                    <button type="submit" class="button button--primary"
                        disabled={is_working || !props.is_judged}>
                        { "Download the report" }
                    </button>
                    if is_working {
                        <button type="button" class="button" onclick={props.on_stop.reform(|_| ())}>
                            { "Cancel" }
                        </button>
                    }
                </div>
                { outcome(&props.state, props.is_judged) }
            </form>
        </div>
    }
}

fn kinds(chosen: &UseStateHandle<Chosen>) -> Html {
    html! {
        <fieldset class="report-form__group">
            <legend>{ "Kind of file" }</legend>
            { for KINDS.iter().enumerate().map(|(place, (kind, label, what))| {
                let id = format!("report-kind-{place}");
                let on_choice = change(chosen, {
                    let kind = *kind;
                    move |chosen, _| chosen.wish.kind = kind
                });
                html! {
                    <div class="choice">
                        <input type="radio" name="report-kind" id={id.clone()}
                            checked={chosen.wish.kind == *kind} onchange={on_choice}
                            aria-describedby={format!("{id}-what")} />
                        <label for={id.clone()}>{ *label }</label>
                        <p id={format!("{id}-what")} class="choice__what">{ *what }</p>
                    </div>
                }
            }) }
        </fieldset>
    }
}

fn redaction(chosen: &UseStateHandle<Chosen>, on_key: &Callback<(), Option<String>>) -> Html {
    let on_choice = change(chosen, |chosen, input| chosen.wish.is_redacted = input.checked());
    let on_typed = change(chosen, |chosen, input| chosen.key = input.value());
    let on_show = {
        let (chosen, on_key) = (chosen.clone(), on_key.clone());
        Callback::from(move |_: MouseEvent| {
            let shown_key = match &chosen.shown_key {
                Some(_) => None,
                None => Some(on_key.emit(()).unwrap_or_default()),
            };
            chosen.set(Chosen { shown_key, ..(*chosen).clone() });
        })
    };
    html! {
        <fieldset class="report-form__group">
            <legend>{ "Names" }</legend>
            <div class="choice">
                <input type="checkbox" id="report-redacted" checked={chosen.wish.is_redacted}
                    onchange={on_choice} aria-describedby="report-redacted-what" />
                <label for="report-redacted">{ "Replace names, accounts and addresses" }</label>
                <p id="report-redacted-what" class="choice__what">
                    { "Hosts, users, domains, shares, addresses and names of files are replaced, always by the same. Verdicts, times, packet numbers and counts stay." }
                </p>
            </div>
            if chosen.wish.is_redacted {
                <details class="disclosure">
                    <summary>{ "The key of the replacements" }</summary>
                    <p class="choice__what">
                        { "What stands for a name is made of the name and a key. The page makes a random key for the captures that are open and forgets it when they are closed. With the same key a later report replaces alike. Who has the key can try names, so keep it to yourself." }
                    </p>
                    <p><label for="report-key">{ "A key from an earlier report; empty for this page's own" }</label></p>
                    <input id="report-key" class="report-form__key mono" type="text" autocomplete="off"
                        spellcheck="false" maxlength="64" placeholder="64 hexadecimal digits"
                        value={chosen.key.clone()} oninput={on_typed} />
                    <div>
                        <button type="button" class="button" onclick={on_show}
                            aria-expanded={chosen.shown_key.is_some().to_string()}>
                            { if chosen.shown_key.is_some() { "Hide this page's key" } else { "Show this page's key" } }
                        </button>
                    </div>
                    if let Some(key) = &chosen.shown_key {
                        <CopyField label="Key of the replacements" text={key.clone()} />
                    }
                </details>
            } else {
                <p class="notice notice--warning">
                    { "The report will name hosts, accounts, domains, shares and addresses as they were captured." }
                </p>
            }
        </fieldset>
    }
}

fn hashes(chosen: &UseStateHandle<Chosen>, size_bytes: f64) -> Html {
    let on_choice = change(chosen, |chosen, input| chosen.wish.has_hashes = input.checked());
    html! {
        <fieldset class="report-form__group">
            <legend>{ "Captures" }</legend>
            <div class="choice">
                <input type="checkbox" id="report-hashes" checked={chosen.wish.has_hashes}
                    onchange={on_choice} aria-describedby="report-hashes-what" />
                <label for="report-hashes">{ "Name the SHA-256 of each capture" }</label>
                <p id="report-hashes-what" class="choice__what">
                    { format!("So that it can be proven which files were read. For the first report they are read once more, {}.", format::bytes(size_bytes)) }
                </p>
            </div>
        </fieldset>
    }
}

/// A callback that changes what was chosen by what an input says.
fn change<E: JsEvent>(
    chosen: &UseStateHandle<Chosen>,
    change: impl Fn(&mut Chosen, &HtmlInputElement) + 'static,
) -> Callback<E> {
    let chosen = chosen.clone();
    Callback::from(move |event: E| {
        if let Some(input) = event.input() {
            let mut now = (*chosen).clone();
            change(&mut now, &input);
            chosen.set(now);
        }
    })
}

/// An event of an input.
trait JsEvent: 'static {
    fn input(&self) -> Option<HtmlInputElement>;
}

impl JsEvent for Event {
    fn input(&self) -> Option<HtmlInputElement> {
        self.target_dyn_into()
    }
}

impl JsEvent for InputEvent {
    fn input(&self) -> Option<HtmlInputElement> {
        self.target_dyn_into()
    }
}

fn outcome(state: &ReportState, is_judged: bool) -> Html {
    match state {
        ReportState::Idle if !is_judged => html! {
            <p role="status">{ "The rules are at work; the report can be written when they are done." }</p>
        },
        ReportState::Idle => html! { <p role="status"></p> },
        ReportState::Working { step } => working(*step),
        ReportState::Done { wish } => html! {
            <p role="status">
                { if wish.is_redacted {
                    "The report was handed to your browser, with names replaced."
                } else {
                    "The report was handed to your browser, with names as they were captured."
                } }
            </p>
        },
        ReportState::Refused { message } => html! {
            <p class="notice notice--warning" role="alert">{ message }</p>
        },
    }
}

fn working(step: Option<(ReportStep, f64, f64)>) -> Html {
    let (what, done, total) = match step {
        None => ("Writing the report".to_owned(), 0.0, 0.0),
        Some((ReportStep::Hashing, done, total)) => (
            format!("Reading for the SHA-256: {} of {}", format::bytes(done), format::bytes(total)),
            done,
            total,
        ),
        Some((ReportStep::Learning, done, total)) => {
            (format!("Gathering names: {}", of_sessions(done, total)), done, total)
        }
        Some((ReportStep::Writing, done, total)) => {
            (format!("Writing: {}", of_sessions(done, total)), done, total)
        }
    };
    let share = if total > 0.0 { (done / total).min(1.0) } else { 0.0 };
    html! {
        <div class="again-progress">
            <p role="status">{ what }</p>
            <progress class="reading-progress__bar" max="1000" aria-label="Writing the report"
                value={format!("{:.0}", share * 1000.0)}></progress>
        </div>
    }
}

fn of_sessions(done: f64, total: f64) -> String {
    format!(
        "{} of {}",
        format::count(done as u64),
        format::counted(total as u64, "session", "sessions")
    )
}
