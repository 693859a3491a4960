//! What the packets came in, and which of them could not be read for that.

use yew::prelude::*;

use super::format;
use crate::report::CaptureContents;

/// What an [`EncapsulationLine`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EncapsulationLineProps {
    /// What the packets of each capture are.
    pub contents: Vec<CaptureContents>,
}

/// The VLANs, tunnels and the like that packets were inside of, and what was not read of them.
/// Nothing where packets were in none and all were read.
#[component]
pub fn EncapsulationLine(props: &EncapsulationLineProps) -> Html {
    let statements: Vec<String> =
        [inside(&props.contents), not_read(&props.contents)].into_iter().flatten().collect();
    if statements.is_empty() {
        return html! {};
    }
    html! {
        <p class="encapsulations">{ statements.join(" · ") }</p>
    }
}

/// What packets were inside of, with the number of packets.
fn inside(contents: &[CaptureContents]) -> Option<String> {
    let kinds = CaptureContents::encapsulations_of(contents);
    let kinds: Vec<String> = kinds
        .iter()
        .enumerate()
        .map(|(place, (name, packets))| match place {
            0 => format!("{} in {name}", format::counted(*packets, "packet", "packets")),
            _ => format!("{} in {name}", format::count(*packets)),
        })
        .collect();
    (!kinds.is_empty()).then(|| format!("Carried: {}", kinds.join(", ")))
}

/// What was not read, with the number of packets.
fn not_read(contents: &[CaptureContents]) -> Option<String> {
    let mut kinds = Vec::new();
    let encrypted: u64 = contents.iter().map(|it| it.encrypted).sum();
    if encrypted > 0 {
        let packets = format::counted(encrypted, "packet", "packets");
        kinds.push(format!("{packets} encrypted by the link"));
    }
    for (link_type, packets) in contents.iter().flat_map(|it| &it.unknown_link_types) {
        let packets = format::counted(*packets, "packet", "packets");
        kinds.push(format!("{packets} of link type {link_type}"));
    }
    (!kinds.is_empty()).then(|| format!("Not read: {}", kinds.join(", ")))
}
