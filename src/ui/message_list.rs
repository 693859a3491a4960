//! The messages of a session one by one, each with what its code said.

use yew::prelude::*;

use super::format;
use super::shared::Shared;
use super::state::MessagesView;
use crate::report::{CodeState, ListedMessage, MessagePage, Session, Side, words};

/// What a [`MessageTable`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct MessageTableProps {
    /// What the page knows of the messages.
    pub view: MessagesView,
    /// The session.
    pub session: Shared<Session>,
    /// The names of the captures of the run, in order.
    pub captures: Vec<String>,
    /// Bytes of all files together.
    pub size_bytes: f64,
    /// The files are being read again for secrets, and cannot be for this meanwhile.
    pub is_busy: bool,
    /// The user wants the messages listed.
    pub on_list: Callback<()>,
    /// The user stops that.
    pub on_stop: Callback<()>,
    /// The user wants messages: whether only those that are not verified, and from which place on.
    pub on_page: Callback<(bool, usize)>,
}

/// A button that has the messages listed, how far that is, then the messages as a table that grows.
#[component]
pub fn MessageTable(props: &MessageTableProps) -> Html {
    let content = match &props.view {
        MessagesView::NotAsked => html! {
            <>
                <p class="muted">
                    { "Every message can be listed with its state; for that the files are read once more." }
                </p>
                <p>
                    <button type="button" class="button" disabled={props.is_busy}
                        onclick={props.on_list.reform(|_| ())}>
                        { "List the messages" }
                    </button>
                </p>
            </>
        },
        MessagesView::Reading { bytes_read, .. } => {
            progress(*bytes_read, props.size_bytes, &props.on_stop)
        }
        MessagesView::Refused { message, .. } => html! {
            <p class="notice notice--warning" role="alert">{ message }</p>
        },
        MessagesView::Here { is_open_only, page, .. } => listed(props, *is_open_only, page),
    };
    html! { <div class="message-list">{ content }</div> }
}

fn progress(read: f64, size: f64, on_stop: &Callback<()>) -> Html {
    let share = if size > 0.0 { (read / size).min(1.0) } else { 0.0 };
    html! {
        <div class="again-progress">
            <p role="status">
                { format!("Reading for the messages: {} of {}", format::bytes(read), format::bytes(size)) }
            </p>
            <progress class="reading-progress__bar" max="1000" aria-label="Reading for the messages"
                value={format!("{:.0}", share * 1000.0)}></progress>
            <button type="button" class="button" onclick={on_stop.reform(|_| ())}>{ "Cancel" }</button>
        </div>
    }
}

fn listed(props: &MessageTableProps, is_open_only: bool, page: &MessagePage) -> Html {
    let on_filter = props.on_page.reform(move |_: Event| (!is_open_only, 0));
    let shown = page.messages.len();
    let on_more = props.on_page.reform(move |_: MouseEvent| (is_open_only, shown));
    html! {
        <>
            <div class="message-list__bar">
                <label class="message-list__filter">
                    <input type="checkbox" checked={is_open_only} onchange={on_filter} />
                    { " Only those that are not verified" }
                </label>
                <p class="muted" role="status">
                    { format!("{} of {}", format::count(shown as u64), format::counted(page.total as u64, "message", "messages")) }
                </p>
            </div>
            if page.left_out > 0 {
                <p class="muted">
                    { format!("{} further ones are counted and not listed: there are more than the page can hold.", format::count(page.left_out)) }
                </p>
            }
            if shown > 0 {
                { table(props, &page.messages) }
            }
            if shown < page.total {
                <p>
                    <button type="button" class="button" onclick={on_more}>
                        { "More" }<span class="visually-hidden">{ " messages" }</span>
                    </button>
                </p>
            }
        </>
    }
}

fn table(props: &MessageTableProps, messages: &[ListedMessage]) -> Html {
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Messages one by one">
            <table class="data-table message-list__table">
                <thead>
                    <tr>
                        <th scope="col">{ "Packet, time (UTC)" }</th>
                        <th scope="col">{ "Message" }</th>
                        <th scope="col">{ "State" }</th>
                    </tr>
                </thead>
                <tbody>{ for messages.iter().map(|message| row(props, message)) }</tbody>
            </table>
        </div>
    }
}

fn row(props: &MessageTableProps, message: &ListedMessage) -> Html {
    let capture = props.captures.get(message.capture).filter(|_| props.captures.len() > 1);
    let from = match message.from {
        Side::Client => "client → server",
        Side::Server => "server → client",
    };
    let id = message.message_id.as_ref().map(|id| format!(" {id}"));
    let time = message.time.as_deref().map(format::time_of_day).unwrap_or("not known");
    html! {
        <tr>
            <th scope="row" class="data-table__number">
                { message.packet }
                <span class="data-table__aside">{ time }</span>
                if let Some(capture) = capture {
                    <span class="data-table__aside message-list__capture">{ capture }</span>
                }
            </th>
            <td class="data-table__value">
                { &message.message }<span class="muted">{ id }</span>
                <span class="data-table__aside">{ from }</span>
            </td>
            <td>{ state(message) }{ details(&props.session, message) }</td>
        </tr>
    }
}

/// The state in words, with a mark before it of a shape of its own.
fn state(message: &ListedMessage) -> Html {
    let (mark, kind) = match message.code {
        CodeState::Verified | CodeState::Decrypted => ("✓", "right"),
        CodeState::Failed | CodeState::DecryptFailed => ("✕", "wrong"),
        CodeState::Unchecked | CodeState::Undecrypted => ("?", "open"),
        CodeState::None => ("–", "none"),
    };
    html! {
        <>
            <span class={format!("message-list__mark message-list__mark--{kind}")} aria-hidden="true">
                { mark }
            </span>
            { words::message_state(message) }
        </>
    }
}

/// The id of the place that tells more about a message whose code is wrong.
pub(super) fn failure_id(capture: usize, packet: u64, message_id: Option<&str>) -> String {
    format!("failed-{capture}-{packet}-{}", message_id.unwrap_or("none"))
}

/// A way to what is told of a message whose code is wrong, where that is kept.
fn details(session: &Session, message: &ListedMessage) -> Html {
    let is_it = |failed: &crate::report::FailedMessage| {
        (failed.capture, failed.packet) == (message.capture, message.packet)
            && failed.message_id == message.message_id
    };
    let is_wrong = matches!(message.code, CodeState::Failed | CodeState::DecryptFailed);
    let failures = session.verification.iter().flat_map(|known| &known.failures);
    if !is_wrong || !failures.into_iter().any(is_it) {
        return html! {};
    }
    let id = failure_id(message.capture, message.packet, message.message_id.as_deref());
    let onclick = Callback::from(move |_: MouseEvent| crate::web::page::focus(&id));
    html! {
        <>
            { " " }
            <button type="button" class="button button--quiet" {onclick}>
                { "Details" }
                <span class="visually-hidden">{ format!(" of packet {}", message.packet) }</span>
            </button>
        </>
    }
}
