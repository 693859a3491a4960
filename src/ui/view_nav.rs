//! The way from view to view.

use yew::prelude::*;

use super::format;
use super::place::{Place, View};

/// What a [`ViewNav`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ViewNavProps {
    /// Where the user is; what is chosen in a view stays so in the others.
    pub place: Place,
    /// How many things each view has, where that is known.
    pub counts: Vec<(View, u64)>,
}

/// A link to each view, with its number as a key.
#[component]
pub fn ViewNav(props: &ViewNavProps) -> Html {
    let count_of = |view: View| {
        let known = props.counts.iter().find(|(of, _)| *of == view);
        known.map(|(_, count)| format::count(*count))
    };
    html! {
        <nav class="view-nav" aria-label="Views">
            <ul class="view-nav__list">
                { for View::ALL.into_iter().map(|view| {
                    let href = Place { view, ..props.place.clone() }.href();
                    let is_here = view == props.place.view;
                    html! {
                        <li>
                            <a class="view-nav__link" {href} aria-current={is_here.then_some("page")}>
                                { view.label() }
                                if let Some(count) = count_of(view) {
                                    { " " }<span class="view-nav__count">{ count }</span>
                                }
                            </a>
                        </li>
                    }
                }) }
            </ul>
        </nav>
    }
}
