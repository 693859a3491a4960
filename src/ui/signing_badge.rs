//! A status in words, with a shape that says the same before any colour does.

use yew::prelude::*;

use crate::report::{SigningStatus, Tone, words};

/// The class that carries the colours of a family.
pub(super) fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Broken => "tone tone--broken",
        Tone::Unsigned => "tone tone--unsigned",
        Tone::Mixed => "tone tone--mixed",
        Tone::Signed => "tone tone--signed",
        Tone::Encrypted => "tone tone--encrypted",
        Tone::Undetermined => "tone tone--undetermined",
    }
}

/// What a [`SigningBadge`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SigningBadgeProps {
    /// The status.
    pub status: SigningStatus,
}

/// A status as a shape and a few words.
#[component]
pub fn SigningBadge(props: &SigningBadgeProps) -> Html {
    let tone = Tone::of(props.status);
    html! {
        <span class={classes!("signing-badge", class(tone))} title={words::status_help(props.status)}>
            { shape(tone) }
            <span class="signing-badge__label">{ words::status_label(props.status) }</span>
        </span>
    }
}

/// The shape of a family: triangle, crossed square, half disc, tick, padlock, dashed ring.
pub(super) fn shape(tone: Tone) -> Html {
    let drawing = match tone {
        Tone::Broken => html! {
            <>
                <path class="shape__fill" d="M8 1.2 15.4 14.4H.6Z" />
                <path class="shape__cut" d="M8 5.6v4.2M8 11.6v1.2" />
            </>
        },
        Tone::Unsigned => html! {
            <>
                <rect class="shape__line" x="2" y="2" width="12" height="12" rx="2" />
                <path class="shape__line" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" />
            </>
        },
        Tone::Mixed => html! {
            <>
                <circle class="shape__line" cx="8" cy="8" r="6.2" />
                <path class="shape__fill" d="M8 1.8a6.2 6.2 0 0 0 0 12.4Z" />
            </>
        },
        Tone::Signed => html! {
            <>
                <circle class="shape__fill" cx="8" cy="8" r="7" />
                <path class="shape__cut" d="m4.6 8.3 2.4 2.4 4.5-5" />
            </>
        },
        Tone::Encrypted => html! {
            <>
                <rect class="shape__fill" x="2.4" y="7" width="11.2" height="7.6" rx="1.6" />
                <path class="shape__line" d="M4.9 7V4.7a3.1 3.1 0 0 1 6.2 0V7" />
            </>
        },
        Tone::Undetermined => html! {
            <>
                <circle class="shape__line shape__line--dashed" cx="8" cy="8" r="6.2" />
                <path class="shape__line" d="M5.6 8h4.8" />
            </>
        },
    };
    html! {
        <svg class="shape" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{ drawing }</svg>
    }
}
