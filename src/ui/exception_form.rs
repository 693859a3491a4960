//! Writing an accepted exception.

use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::exceptions_state::Draft;
use crate::report::{Exception, Role, Side, words};

/// What an [`ExceptionForm`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct ExceptionFormProps {
    /// What it says at first.
    pub(super) draft: Draft,
    /// The user wrote it.
    pub(super) on_written: Callback<Exception>,
    /// The user gives it up.
    pub(super) on_close: Callback<()>,
}

/// The id of the heading, which the focus moves to.
const HEADING: &str = "exception";

/// The fields of an exception. What is wrong in them is said by those who check it.
#[component]
pub(super) fn ExceptionForm(props: &ExceptionFormProps) -> Html {
    let written = use_state(|| props.draft.exception.clone());
    {
        let written = written.clone();
        use_effect_with(props.draft.clone(), move |draft| {
            written.set(draft.exception.clone());
            crate::web::page::focus(HEADING);
        });
    }
    let onsubmit = {
        let written = written.clone();
        props.on_written.reform(move |event: SubmitEvent| {
            event.prevent_default();
            (*written).clone()
        })
    };
    let whom = written.host.clone().or_else(|| written.network.clone()).unwrap_or_default();
    let title = if props.draft.place.is_some() { "Edit the exception" } else { "Add an exception" };
    html! {
        <form class="exception-form" {onsubmit} aria-labelledby={HEADING}>
            <h2 id={HEADING} tabindex="-1">{ title }</h2>
            { text("host", "Host or network, such as 10.0.0.5 or 10.0.0.0/24", whom, "text", &written, set_whom) }
            { side(&written) }
            { role(&written) }
            { text("reason", "Why it is accepted", written.reason.clone(), "text", &written, |it, said| it.reason = said) }
            { text("owner", "Who answers for it", written.owner.clone(), "text", &written, |it, said| it.owner = said) }
            { text("accepted", "Accepted on", written.accepted_on.clone(), "date", &written, |it, said| it.accepted_on = said) }
            { text("expires", "Last day; empty for no end", written.expires_on.clone().unwrap_or_default(), "date", &written, |it, said| {
                it.expires_on = Some(said).filter(|said| !said.is_empty());
            }) }
            { lines("controls", "What is done instead, one a line", &written.compensating_controls, &written, |it, said| it.compensating_controls = said) }
            { lines("rules", "Rules whose findings it accepts, one a line; none for not requiring signing", &written.rules, &written, |it, said| it.rules = said) }
            <div class="button-row">
                <button type="submit" class="button button--primary">{ "Accept" }</button>
                <button type="button" class="button" onclick={props.on_close.reform(|_| ())}>{ "Cancel" }</button>
            </div>
        </form>
    }
}

/// A host where it is one address, else a network.
fn set_whom(exception: &mut Exception, said: String) {
    let said = said.trim().to_owned();
    (exception.host, exception.network) = match said.contains('/') {
        true => (None, Some(said)),
        false => (Some(said).filter(|said| !said.is_empty()), None),
    };
}

/// A field of one line.
fn text(
    name: &str,
    label: &'static str,
    value: String,
    kind: &'static str,
    written: &UseStateHandle<Exception>,
    set: fn(&mut Exception, String),
) -> Html {
    let oninput = {
        let written = written.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let mut now = (*written).clone();
                set(&mut now, input.value());
                written.set(now);
            }
        })
    };
    let id = format!("exception-{name}");
    html! {
        <div class="exception-form__field">
            <label for={id.clone()}>{ label }</label>
            <input {id} type={kind} autocomplete="off" {value} {oninput} />
        </div>
    }
}

/// A field of several lines.
fn lines(
    name: &str,
    label: &'static str,
    value: &[String],
    written: &UseStateHandle<Exception>,
    set: fn(&mut Exception, Vec<String>),
) -> Html {
    let onchange = {
        let written = written.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlTextAreaElement>() {
                let text = input.value();
                let said = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let mut now = (*written).clone();
                set(&mut now, said.map(str::to_owned).collect());
                written.set(now);
            }
        })
    };
    let id = format!("exception-{name}");
    html! {
        <div class="exception-form__field">
            <label for={id.clone()}>{ label }</label>
            <textarea {id} rows="2" spellcheck="false" value={value.join("\n")} {onchange} />
        </div>
    }
}

fn side(written: &UseStateHandle<Exception>) -> Html {
    let now = written.side;
    choice(
        "side",
        "What is accepted of it",
        written,
        move |it, value| {
            it.side = if value == "client" { Side::Client } else { Side::Server };
        },
        html! {
            <>
                <option value="server" selected={now == Side::Server}>{ "What it is as a server" }</option>
                <option value="client" selected={now == Side::Client}>{ "What it is as a client" }</option>
            </>
        },
    )
}

fn role(written: &UseStateHandle<Exception>) -> Html {
    let now = written.role;
    choice(
        "role",
        "Only if it is seen to be a",
        written,
        |it, value| {
            it.role = value.parse().ok().and_then(|place: usize| Role::ALL.get(place).copied());
        },
        html! {
            <>
                <option value="" selected={now.is_none()}>{ "(whatever it is)" }</option>
                { for Role::ALL.iter().enumerate().map(|(place, role)| html! {
                    <option value={place.to_string()} selected={now == Some(*role)}>{ words::role(*role) }</option>
                }) }
            </>
        },
    )
}

fn choice(
    name: &str,
    label: &'static str,
    written: &UseStateHandle<Exception>,
    set: impl Fn(&mut Exception, &str) + 'static,
    options: Html,
) -> Html {
    let onchange = {
        let written = written.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                let mut now = (*written).clone();
                set(&mut now, &select.value());
                written.set(now);
            }
        })
    };
    let id = format!("exception-{name}");
    html! {
        <div class="exception-form__field">
            <label for={id.clone()}>{ label }</label>
            <select {id} {onchange}>{ options }</select>
        </div>
    }
}
