//! Typing a secret, pasting a secrets file, or choosing a file with secrets.
//!
//! Nothing that is typed is state of the page: it stands in its fields, goes to the worker, and the
//! fields are emptied when it was taken and when the form goes away.

use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;
use zeroize::Zeroizing;

use super::secret_fields::{ENCRYPTION_TYPES, Field, Input, KINDS, Kind, MOST_FIELDS, Subject};
use crate::web::protocol::GivenSecret;

/// What a [`SecretForm`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct SecretFormProps {
    /// The session that fills the fields in.
    pub(super) subject: Subject,
    /// Counts what was taken; the fields are emptied when it changes.
    pub(super) n_taken: u32,
    /// The user gave a secret.
    pub(super) on_secret: Callback<GivenSecret>,
}

/// How a secret is given: typed, or in a secrets file that is pasted or chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The fields of the kind at this place.
    Typed(usize),
    /// A file.
    File,
    /// The text of a secrets file.
    Pasted,
}

/// The value of the switch for files.
const FILE: &str = "file";
/// The value of the switch for pasted text.
const PASTED: &str = "pasted";

/// The elements that hold what was typed.
#[derive(Clone, PartialEq)]
struct Fields {
    inputs: [NodeRef; MOST_FIELDS],
    text: NodeRef,
}

impl Fields {
    /// The value of a field.
    fn value(&self, place: usize) -> Zeroizing<String> {
        let Some(node) = self.inputs.get(place) else { return Zeroizing::default() };
        let input = node.cast::<HtmlInputElement>().map(|input| input.value());
        let value = input.or_else(|| node.cast::<HtmlSelectElement>().map(|it| it.value()));
        Zeroizing::new(value.unwrap_or_default())
    }

    fn pasted(&self) -> Zeroizing<String> {
        let text = self.text.cast::<HtmlTextAreaElement>().map(|text| text.value());
        Zeroizing::new(text.unwrap_or_default())
    }

    /// Fills in what is known of the subject. It is no attribute of the fields, which would take the
    /// place of what was typed whenever the form is drawn again.
    fn fill_in(&self, kind: &Kind, subject: &Subject) {
        for (field, node) in kind.fields.iter().zip(&self.inputs) {
            if matches!(field.input, Input::Text | Input::Needed)
                && let Some(input) = node.cast::<HtmlInputElement>()
            {
                input.set_value(&subject.value(kind, field));
            }
        }
    }

    /// Empties what is secret.
    fn wipe(&self) {
        let inputs = self.inputs.iter().filter_map(|node| node.cast::<HtmlInputElement>());
        for input in inputs.filter(|input| input.class_list().contains(IS_SECRET)) {
            input.set_value("");
        }
        if let Some(text) = self.text.cast::<HtmlTextAreaElement>() {
            text.set_value("");
        }
    }
}

/// The class of fields that hold a secret.
const IS_SECRET: &str = "secret-form__secret";

/// The fields of one kind of secret, and a switch between the kinds.
#[component]
pub(super) fn SecretForm(props: &SecretFormProps) -> Html {
    let way = use_state_eq(|| Way::Typed(props.subject.kind()));
    let is_shown = use_state_eq(|| false);
    let fields = use_memo((), |()| Fields {
        inputs: std::array::from_fn(|_| NodeRef::default()),
        text: NodeRef::default(),
    });
    {
        let (fields, is_shown) = (fields.clone(), is_shown.setter());
        use_effect_with(props.n_taken, move |_| {
            fields.wipe();
            is_shown.set(false);
        });
    }
    {
        let fields = fields.clone();
        use_effect_with((), move |()| move || fields.wipe());
    }
    {
        let (fields, subject) = (fields.clone(), props.subject.clone());
        use_effect_with(*way, move |way| {
            if let Way::Typed(place) = way
                && let Some(kind) = KINDS.get(*place)
            {
                fields.fill_in(kind, &subject);
            }
        });
    }
    let on_way = {
        let (way, fields) = (way.setter(), fields.clone());
        move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
            fields.wipe();
            way.set(way_of(&select.value()));
        }
    };
    let onsubmit = {
        let (way, fields, on_secret) = (*way, fields.clone(), props.on_secret.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            match way {
                Way::Typed(place) => {
                    let Some(kind) = KINDS.get(place) else { return };
                    let values: Vec<Zeroizing<String>> =
                        (0..kind.fields.len()).map(|place| fields.value(place)).collect();
                    let entry = kind.entry(values.iter().map(|value| value.as_str()));
                    on_secret.emit(GivenSecret::Entry(entry));
                }
                Way::Pasted => on_secret.emit(GivenSecret::Text(fields.pasted())),
                Way::File => {}
            }
        }
    };
    let on_show = {
        let (is_shown, shows) = (is_shown.setter(), !*is_shown);
        move |_: MouseEvent| is_shown.set(shows)
    };
    let body = match *way {
        Way::Typed(place) => KINDS.get(place).map(|kind| typed(kind, &fields, *is_shown)),
        Way::File => Some(file(&props.on_secret)),
        Way::Pasted => Some(pasted(&fields, *is_shown)),
    };
    html! {
        <form class="secret-form" autocomplete="off" aria-label="Add a secret" {onsubmit}>
            <div class="secret-form__field">
                <label for="secret-kind">{ "Kind of secret" }</label>
                <select id="secret-kind" onchange={on_way}>
                    { for KINDS.iter().enumerate().map(|(place, kind)| html! {
                        <option value={place.to_string()} selected={*way == Way::Typed(place)}>
                            { kind.name }
                        </option>
                    }) }
                    <option value={FILE}>{ "Keytab or secrets file" }</option>
                    <option value={PASTED}>{ "Text of a secrets file" }</option>
                </select>
            </div>
            { body }
            if *way != Way::File {
                <div class="button-row">
                    <button type="submit" class="button button--primary">{ "Add" }</button>
                    <button type="button" class="button" aria-pressed={is_shown.to_string()}
                        onclick={on_show}>
                        { "Show what is typed" }
                    </button>
                </div>
            }
        </form>
    }
}

fn way_of(value: &str) -> Way {
    match value {
        FILE => Way::File,
        PASTED => Way::Pasted,
        place => Way::Typed(place.parse().unwrap_or(0)),
    }
}

fn typed(kind: &'static Kind, fields: &Fields, is_shown: bool) -> Html {
    let places = kind.fields.iter().zip(&fields.inputs);
    html! {
        // The elements of another kind are other elements.
        <div class="secret-form__fields" key={kind.name}>
            <p class="muted">{ kind.help }</p>
            { for places.map(|(field, node)| input(field, node, is_shown)) }
        </div>
    }
}

fn input(field: &'static Field, node: &NodeRef, is_shown: bool) -> Html {
    let id = format!("secret-{}", field.key);
    let node = node.clone();
    let entered = match field.input {
        Input::EncryptionType => html! {
            <select id={id.clone()} ref={node}>
                { for ENCRYPTION_TYPES.iter().map(|(number, name)| html! {
                    <option value={*number}>{ *name }</option>
                }) }
            </select>
        },
        Input::Secret => html! {
            <input id={id.clone()} ref={node} class={IS_SECRET} required=true
                type={if is_shown { "text" } else { "password" }} autocomplete="off"
                autocapitalize="none" spellcheck="false" />
        },
        Input::Text | Input::Needed | Input::Number => html! {
            <input id={id.clone()} ref={node} type="text" autocomplete="off" autocapitalize="none"
                spellcheck="false" required={field.input == Input::Needed}
                inputmode={(field.input == Input::Number).then_some("numeric")} />
        },
    };
    html! {
        <div class="secret-form__field">
            <label for={id}>
                { field.label }
                if !field.hint.is_empty() {
                    <span class="secret-form__hint">{ format!(" ({})", field.hint) }</span>
                }
            </label>
            { entered }
        </div>
    }
}

fn pasted(fields: &Fields, is_shown: bool) -> Html {
    html! {
        <div class="secret-form__fields" key={PASTED}>
            <p class="muted" id="secret-text-help">
                { "The text of a secrets file: TOML with an entry such as [[password]] for each secret." }
            </p>
            <div class="secret-form__field">
                <label for="secret-text">{ "Text" }</label>
                <textarea id="secret-text" ref={fields.text.clone()} rows="7" required=true
                    class={classes!(IS_SECRET, (!is_shown).then_some("secret-form__secret--hidden"))}
                    autocomplete="off" autocapitalize="none" spellcheck="false"
                    aria-describedby="secret-text-help" />
            </div>
        </div>
    }
}

fn file(on_secret: &Callback<GivenSecret>) -> Html {
    let onchange = {
        let on_secret = on_secret.clone();
        move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let files = input.files();
            // The field forgets the file, so that the same one can be chosen again.
            if let Some(files) = files {
                for file in (0..files.length()).filter_map(|place| files.get(place)) {
                    on_secret.emit(GivenSecret::File(file));
                }
            }
            input.set_value("");
        }
    };
    html! {
        <div class="secret-form__fields" key={FILE}>
            <p class="muted">
                { "A keytab (MIT format) or a secrets file (TOML). They can be dropped here too, or on the page." }
            </p>
            <label class="file-picker button button--primary">
                { "Choose files" }
                <input type="file" class="file-picker__field" multiple=true {onchange} />
            </label>
        </div>
    }
}
