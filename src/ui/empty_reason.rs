//! Why there is less to see than one might expect, and what to do about it.

use yew::prelude::*;

use super::format;
use crate::report::empty::EmptyReason;
use crate::report::{CaptureContents, Coverage, Overview, SigningStatus};

/// Why a run shows little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LittleToSee {
    /// There is no session.
    NoSession(EmptyReason),
    /// Every session is encrypted.
    OnlyEncrypted,
    /// Every session began before the capture did.
    StartedInTheMiddle,
}

impl LittleToSee {
    /// Why `overview` shows little; `None` where it shows something.
    pub fn of(overview: &Overview) -> Option<LittleToSee> {
        if let Some(reason) = EmptyReason::of(overview) {
            return Some(LittleToSee::NoSession(reason));
        }
        let coverage = overview.by_coverage.iter();
        let in_the_middle: u64 = coverage
            .filter(|count| count.coverage == Coverage::NoSessionSetup)
            .map(|count| count.sessions)
            .sum();
        let encrypted: u64 = overview
            .by_status
            .iter()
            .filter(|count| {
                matches!(count.status, SigningStatus::Encrypted | SigningStatus::EncryptedVerified)
            })
            .map(|count| count.sessions)
            .sum();
        if in_the_middle == overview.sessions {
            Some(LittleToSee::StartedInTheMiddle)
        } else if encrypted == overview.sessions {
            Some(LittleToSee::OnlyEncrypted)
        } else {
            None
        }
    }

    fn heading(self) -> &'static str {
        match self {
            LittleToSee::NoSession(_) => "Why there is nothing to show",
            LittleToSee::OnlyEncrypted => "Everything after the setup is encrypted",
            LittleToSee::StartedInTheMiddle => "Every session began before the capture did",
        }
    }

    fn why(self) -> &'static str {
        match self {
            LittleToSee::NoSession(reason) => reason.what(),
            LittleToSee::OnlyEncrypted => {
                "Encrypted messages carry no signature of their own, for the encryption protects them from change as well; only the setup can be read."
            }
            LittleToSee::StartedInTheMiddle => {
                "Negotiation and authentication were not captured, so what each side requires is not known; whether messages carry signatures can still be seen."
            }
        }
    }

    fn what_to_do(self) -> &'static str {
        match self {
            LittleToSee::NoSession(reason) => reason.what_to_do(),
            LittleToSee::OnlyEncrypted => "Open a session to see what was negotiated.",
            LittleToSee::StartedInTheMiddle => {
                "Start the capture before the client connects; on Windows, net use * /delete ends old connections first."
            }
        }
    }
}

/// What an [`EmptyReasonNotice`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EmptyReasonNoticeProps {
    /// The reason.
    pub reason: LittleToSee,
    /// What the packets are.
    pub contents: Vec<CaptureContents>,
}

/// Why there is nothing, or little, to see, what the packets are, and what to do.
#[component]
pub fn EmptyReasonNotice(props: &EmptyReasonNoticeProps) -> Html {
    let has_sessions = !matches!(props.reason, LittleToSee::NoSession(_));
    let class = if has_sessions { "notice notice--info" } else { "empty-reason" };
    html! {
        <section {class}>
            <h2 class="notice__title">{ props.reason.heading() }</h2>
            <p>{ props.reason.why() }</p>
            <p>{ props.reason.what_to_do() }</p>
            if !has_sessions {
                { packet_kinds(&props.contents) }
            }
        </section>
    }
}

/// What the packets are, for a person to see where the SMB may have gone.
fn packet_kinds(contents: &[CaptureContents]) -> Html {
    let sum = |of: fn(&CaptureContents) -> u64| contents.iter().map(of).sum::<u64>();
    let kinds = [
        ("TCP", sum(|it| it.tcp)),
        ("UDP", sum(|it| it.udp)),
        ("other IP", sum(|it| it.other_ip)),
        ("IP fragments", sum(|it| it.fragments)),
        ("not IP", sum(|it| it.not_ip)),
        ("not decodable", sum(|it| it.undecodable)),
        (
            "of unknown link types",
            sum(|it| it.unknown_link_types.iter().map(|(_, packets)| packets).sum()),
        ),
    ];
    if kinds.iter().all(|(_, packets)| *packets == 0) {
        return html! {};
    }
    html! {
        <dl class="empty-reason__kinds" aria-label="Packets by kind">
            { for kinds.iter().filter(|(_, packets)| *packets > 0).map(|(kind, packets)| html! {
                <div><dt>{ *kind }</dt><dd>{ format::count(*packets) }</dd></div>
            }) }
        </dl>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{CoverageCount, StatusCount};

    #[test]
    fn sessions_that_cannot_be_judged_are_explained() {
        let status = SigningStatus::Encrypted;
        let mut seen = Overview {
            sessions: 2,
            by_status: vec![StatusCount { status, sessions: 2, accepted: 0 }],
            ..Overview::default()
        };
        assert_eq!(LittleToSee::of(&seen), Some(LittleToSee::OnlyEncrypted));
        let coverage = Coverage::NoSessionSetup;
        seen.by_coverage = vec![CoverageCount { coverage, sessions: 2 }];
        assert_eq!(LittleToSee::of(&seen), Some(LittleToSee::StartedInTheMiddle));
        seen.sessions = 3;
        assert_eq!(LittleToSee::of(&seen), None);
    }
}
