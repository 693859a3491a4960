//! The packets that a verdict rests on.

use yew::prelude::*;

use crate::report::{Evidence, words};

/// What an [`EvidenceList`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct EvidenceListProps {
    /// The evidence, in order.
    pub(super) evidence: Vec<Evidence>,
    /// The names of the captures, where there are several.
    pub(super) captures: Vec<String>,
}

/// Each packet with the field and the value that stand in it, and what they mean.
#[component]
pub(super) fn EvidenceList(props: &EvidenceListProps) -> Html {
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Evidence">
            <table class="data-table data-table--sentences">
                <thead>
                    <tr>
                        <th scope="col" class="data-table__number">{ "Packet" }</th>
                        <th scope="col">{ "Field" }</th>
                        <th scope="col">{ "Value" }</th>
                        <th scope="col">{ "Meaning" }</th>
                    </tr>
                </thead>
                <tbody>
                    { for props.evidence.iter().map(|evidence| row(evidence, &props.captures)) }
                </tbody>
            </table>
        </div>
    }
}

fn row(evidence: &Evidence, captures: &[String]) -> Html {
    let capture = captures.get(evidence.capture).filter(|_| captures.len() > 1);
    html! {
        <tr>
            <th scope="row" class="data-table__number">
                { evidence.packet }
                if let Some(capture) = capture {
                    <span class="data-table__aside">{ capture }</span>
                }
            </th>
            <td>{ &evidence.field }</td>
            <td class="mono data-table__value">{ words::printable(&evidence.value) }</td>
            <td>{ words::printable(&evidence.meaning) }</td>
        </tr>
    }
}
