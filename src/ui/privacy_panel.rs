//! Why nothing leaves the page, and how to check it.

use yew::prelude::*;

/// What a [`PrivacyPanel`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PrivacyPanelProps {
    /// Requests since the page was ready, as the browser reports them.
    pub requests: u32,
    /// Samples that the user opened since then; each is one request.
    pub samples: u32,
}

/// The number of requests, what the policy forbids, what it cannot, and how to check all of it.
#[component]
pub fn PrivacyPanel(props: &PrivacyPanelProps) -> Html {
    html! {
        <section class="privacy-panel" aria-labelledby="privacy">
            <h2 id="privacy">{ "What you open stays here" }</h2>
            <p class="privacy-panel__measure">
                <output class="privacy-panel__count" aria-labelledby="requests">
                    { props.requests }
                </output>
                <span id="requests">
                    { if props.requests == 1 { "request" } else { "requests" } }
                    { " to any network since this page was ready, measured by your browser" }
                    if props.samples > 0 {
                        { format!(
                            "; {} for {} that you opened",
                            props.samples,
                            if props.samples == 1 { "the sample" } else { "the samples" },
                        ) }
                    }
                </span>
            </p>
            <p>
                { "The page's security policy forbids it and its worker every connection, to its own server too. Captures are read by this browser, on this machine, and forgotten when the page is closed. Passwords and keys that you add are held in memory while their capture is open, and are neither stored nor written to a report. A sample is loaded from this page's own server, only when you choose it." }
            </p>
            <details class="disclosure">
                <summary>{ "Check it yourself" }</summary>
                <ul>
                    <li>{ "Open the developer tools (F12), the Network tab, then a capture: no line appears." }</li>
                    <li>{ "Switch the network off once the page is loaded: captures open as before." }</li>
                    <li>
                        { "Read the policy at the top of the page's source: " }
                        <code>{ "connect-src 'none'" }</code>
                        { " forbids connections, " }<code>{ "form-action 'none'" }</code>
                        { " forms, " }<code>{ "default-src 'none'" }</code>{ " everything not named." }
                    </li>
                </ul>
            </details>
            <details class="disclosure">
                <summary>{ "What the policy cannot do" }</summary>
                <p>
                    { "It cannot bind your browser's extensions, stop a page from navigating away, or tell you that someone serves a changed copy. This page's code does not navigate, opens no windows and sends no forms; use a copy that you trust. Of a password that you type the browser itself makes copies in its memory, which no page can wipe; those of this page's own code are wiped." }
                </p>
            </details>
        </section>
    }
}
