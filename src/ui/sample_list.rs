//! The captures that come with the page.

use yew::prelude::*;

use crate::web::page::Sample;

/// What a [`SampleList`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct SampleListProps {
    /// The samples.
    pub(super) samples: Vec<Sample>,
    /// The user chose this sample.
    pub(super) on_sample: Callback<Sample>,
}

/// A card for each sample; one click opens it.
#[component]
pub(super) fn SampleList(props: &SampleListProps) -> Html {
    if props.samples.is_empty() {
        return html! {};
    }
    html! {
        <section class="sample-list" aria-labelledby="samples">
            <h2 id="samples">{ "Or look at a sample" }</h2>
            <ul class="sample-list__cards">
                { for props.samples.iter().map(|sample| card(sample, &props.on_sample)) }
            </ul>
        </section>
    }
}

fn card(sample: &Sample, on_sample: &Callback<Sample>) -> Html {
    let onclick = on_sample.reform({
        let sample = sample.clone();
        move |_| sample.clone()
    });
    html! {
        <li>
            <button type="button" class="sample-list__card" {onclick}>
                <span class="sample-list__title">{ &sample.title }</span>
                <span class="sample-list__description">{ &sample.description }</span>
                <span class="sample-list__file">{ &sample.file }</span>
            </button>
        </li>
    }
}
