//! How many messages of each direction carry a signature, and how many do not.

use yew::prelude::*;

use super::format;
use crate::report::{MessageCounts, Messages};

/// What [`MessageTallies`] show.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct MessageTalliesProps {
    /// The counts.
    pub(super) messages: Messages,
}

/// A bucket: its name, what falls into it, and its count.
type Bucket = (&'static str, &'static str, fn(&MessageCounts) -> u64);

/// The buckets that tell whether a session is signed, and the others.
const BUCKETS: [Bucket; 15] = [
    ("Signed", "carry a signature", |counts| counts.signed),
    ("Unsigned", "carry none", |counts| counts.unsigned),
    ("Zero signature", "marked as signed, signature all zero", |counts| counts.zero_signature),
    ("Encrypted", "inside a transform", |counts| counts.encrypted),
    ("Unreadable", "header not wholly captured", |counts| counts.unreadable),
    ("Setup, signed", "signed in every session, so they prove nothing", |counts| {
        counts.baseline_signed
    }),
    ("Setup, unsigned", "tree connects without a signature", |counts| counts.baseline_unsigned),
    ("Exempt", "may stand unsigned in a signed session", |counts| counts.exempt),
    ("All messages", "the sum of the above", |counts| counts.total),
    ("Verified", "signatures found right", |counts| counts.verified),
    ("Wrong", "signatures found wrong", |counts| counts.failed),
    ("Unchecked", "signatures not checked, for want of a secret", |counts| counts.unchecked),
    ("Decrypted", "transforms that were opened", |counts| counts.decrypted),
    ("Not authentic", "transforms that failed to authenticate", |counts| counts.decrypt_failed),
    ("Not decrypted", "transforms not tried", |counts| counts.undecrypted),
];

/// The buckets that stand even when they are empty.
const ALWAYS: [&str; 3] = ["Signed", "Unsigned", "All messages"];

/// The counts as a table: a row for each bucket that is not empty, a column for each direction.
#[component]
pub(super) fn MessageTallies(props: &MessageTalliesProps) -> Html {
    let Messages { from_client, from_server } = &props.messages;
    let both = props.messages.both();
    let shown = BUCKETS.iter().filter(|(name, _, of)| ALWAYS.contains(name) || of(&both) > 0);
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Messages per direction">
            <table class="data-table message-tallies">
                <thead>
                    <tr>
                        <th scope="col">{ "Kind" }</th>
                        <th scope="col" class="data-table__number">{ "From client" }</th>
                        <th scope="col" class="data-table__number">{ "From server" }</th>
                    </tr>
                </thead>
                <tbody>
                    { for shown.map(|(name, meaning, of)| html! {
                        <tr class={classes!((*name == "All messages").then_some("data-table__sum"))}>
                            <th scope="row">
                                { *name }<span class="data-table__aside">{ *meaning }</span>
                            </th>
                            <td class="data-table__number">{ format::count(of(from_client)) }</td>
                            <td class="data-table__number">{ format::count(of(from_server)) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}
