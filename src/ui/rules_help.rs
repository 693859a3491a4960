//! What is looked for and what is not: the catalogue of rules.

use yew::prelude::*;

use super::modal::Modal;
use super::severity_badge::SeverityBadge;
use super::shared::Shared;
use crate::report::{Catalogue, Omission, Rule, words};

/// What [`RulesHelp`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RulesHelpProps {
    /// The rules; `None` until they are here.
    pub catalogue: Option<Shared<Catalogue>>,
    /// The user closed the list.
    pub on_close: Callback<()>,
}

/// A dialog with every rule, and with what has none and why.
#[component]
pub fn RulesHelp(props: &RulesHelpProps) -> Html {
    html! {
        <Modal class="keys-help rules-help" id="rules" title="What is looked for"
            on_close={props.on_close.clone()}>
            if let Some(catalogue) = &props.catalogue {
                <div class="rules-help__list" tabindex="0" role="group" aria-labelledby="rules">
                    { for catalogue.rules.iter().map(rule) }
                    <h3>{ "Not looked for" }</h3>
                    <ul class="text-list">{ for catalogue.omissions.iter().map(omission) }</ul>
                </div>
            } else {
                <p role="status">{ "Asking for the rules …" }</p>
            }
        </Modal>
    }
}

fn rule(rule: &Rule) -> Html {
    let list = |title: &'static str, texts: &[String]| {
        html! {
            <>
                <h3 class="rules-help__title">{ title }</h3>
                <ul class="text-list">{ for texts.iter().map(|text| html! { <li>{ text }</li> }) }</ul>
            </>
        }
    };
    let references: Vec<String> = rule
        .references
        .iter()
        .map(|(framework, names)| format!("{} {}", words::framework(framework), names.join(", ")))
        .collect();
    html! {
        <details class="rules-help__rule">
            <summary>
                <SeverityBadge severity={rule.severity} />
                { " " }{ &rule.summary }{ " " }
                <span class="muted">{ format!("{} ({})", rule.name, rule.codes.join(", ")) }</span>
            </summary>
            <div class="rules-help__texts">
                { list("What else would look the same", &rule.ordinary_causes) }
                { list("What to do", &rule.remediation) }
                <p class="muted">{ references.join(" · ") }</p>
            </div>
        </details>
    }
}

fn omission(omission: &Omission) -> Html {
    html! { <li><strong>{ format!("{}: ", omission.what) }</strong>{ &omission.reason }</li> }
}
