//! The room that rows out of view take.

use web_sys::HtmlElement;
use yew::prelude::*;

/// What a [`Spacer`] stands for.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct SpacerProps {
    /// Its height in pixels.
    pub(super) height: f64,
}

/// A row without cells that is as high as the rows it stands for. The height is set through the
/// object model, for the page's policy refuses style attributes.
#[component]
pub(super) fn Spacer(props: &SpacerProps) -> Html {
    let row = use_node_ref();
    {
        let row = row.clone();
        use_effect_with(props.height, move |height| {
            if let Some(row) = row.cast::<HtmlElement>() {
                let _unset = row.style().set_property("height", &format!("{height}px"));
            }
        });
    }
    html! { <tr ref={row} class="spacer" aria-hidden="true"></tr> }
}
