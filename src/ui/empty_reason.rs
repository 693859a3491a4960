//! Why there is less to see than one might expect, and what to do about it.

use yew::prelude::*;

use super::format;
use crate::report::{CaptureContents, Coverage, Overview, SigningStatus};

/// Why a capture shows no session, or no session that can be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmptyReason {
    /// There are no packets at all.
    NoPackets,
    /// The packets are of link types that are not read, named here.
    UnknownLinkType(String),
    /// There are packets, and none is TCP.
    NoTcp,
    /// There is TCP, and no SMB in it.
    NoSmb,
    /// There are SMB connections, and no session on them.
    NoSession,
    /// Every session is encrypted.
    OnlyEncrypted,
    /// Every session began before the capture did.
    StartedInTheMiddle,
}

/// The reason that `overview` gives, if there is one.
pub fn empty_reason(overview: &Overview) -> Option<EmptyReason> {
    if overview.sessions > 0 {
        return reason_among_sessions(overview);
    }
    let packets: u64 = overview.captures.iter().map(|capture| capture.packets).sum();
    let count = |of: fn(&CaptureContents) -> u64| -> u64 {
        overview.captures.iter().map(|capture| of(&capture.contents)).sum()
    };
    // Connections are counted over all captures together, in each of them.
    let has_smb = overview
        .captures
        .iter()
        .any(|it| it.contents.smb_connections > 0 || it.contents.smb_frames > 0);
    let mut unknown: Vec<&str> = overview
        .captures
        .iter()
        .flat_map(|capture| &capture.contents.unknown_link_types)
        .map(|(name, _)| name.as_str())
        .collect();
    unknown.sort_unstable();
    unknown.dedup();
    Some(if packets == 0 {
        EmptyReason::NoPackets
    } else if has_smb {
        EmptyReason::NoSession
    } else if count(|contents| contents.tcp) > 0 {
        EmptyReason::NoSmb
    } else if unknown.is_empty() {
        EmptyReason::NoTcp
    } else {
        EmptyReason::UnknownLinkType(unknown.join(", "))
    })
}

fn reason_among_sessions(overview: &Overview) -> Option<EmptyReason> {
    let with = |coverage: Coverage| {
        let known = overview.by_coverage.iter().find(|count| count.coverage == coverage);
        known.map_or(0, |count| count.sessions)
    };
    let encrypted: u64 = overview
        .by_status
        .iter()
        .filter(|count| {
            matches!(count.status, SigningStatus::Encrypted | SigningStatus::EncryptedVerified)
        })
        .map(|count| count.sessions)
        .sum();
    if with(Coverage::NoSessionSetup) == overview.sessions {
        Some(EmptyReason::StartedInTheMiddle)
    } else if encrypted == overview.sessions {
        Some(EmptyReason::OnlyEncrypted)
    } else {
        None
    }
}

impl EmptyReason {
    fn heading(&self) -> &'static str {
        match self {
            EmptyReason::NoPackets => "The capture holds no packets",
            EmptyReason::UnknownLinkType(_) => "The capture is of a link type that is not read",
            EmptyReason::NoTcp => "The capture holds no TCP",
            EmptyReason::NoSmb => "The capture holds no SMB",
            EmptyReason::NoSession => "There is SMB, but no session was set up",
            EmptyReason::OnlyEncrypted => "Everything after the setup is encrypted",
            EmptyReason::StartedInTheMiddle => "Every session began before the capture did",
        }
    }

    fn why(&self) -> String {
        match self {
            EmptyReason::NoPackets => {
                "The file is a capture, and there is no packet in it.".to_owned()
            }
            EmptyReason::UnknownLinkType(names) => {
                format!("Its packets are of link type {names}, whose headers are not known here.")
            }
            EmptyReason::NoTcp => {
                "SMB travels over TCP, and none of the packets is TCP over IPv4 or IPv6. SMB over QUIC travels over UDP and cannot be analysed.".to_owned()
            }
            EmptyReason::NoSmb => {
                "Every TCP connection was looked at, on any port, and none carries SMB. Inside a tunnel or a VPN it could not be seen.".to_owned()
            }
            EmptyReason::NoSession => {
                "Connections speak SMB, but none of them gets as far as a session: a port scan, a negotiation that failed, or a capture that ended early.".to_owned()
            }
            EmptyReason::OnlyEncrypted => {
                "Encrypted messages carry no signature of their own: the encryption protects them from change as well. Only the setup could be read.".to_owned()
            }
            EmptyReason::StartedInTheMiddle => {
                "Negotiation and authentication were not captured, so what each side requires is not known; whether messages carry signatures can still be seen.".to_owned()
            }
        }
    }

    fn what_to_do(&self) -> &'static str {
        match self {
            EmptyReason::NoPackets => {
                "Check that the capture ran on the right interface and that its filter lets SMB through: tcp port 445 or tcp port 139."
            }
            EmptyReason::UnknownLinkType(_) => {
                "Capture on an Ethernet, cooked (Linux any) or raw IP interface, or convert the capture."
            }
            EmptyReason::NoTcp | EmptyReason::NoSmb => {
                "Capture where the client or the server can be heard, with the filter tcp port 445 or tcp port 139, and on a mirror port in both directions."
            }
            EmptyReason::NoSession => {
                "Start the capture, then have the client connect to a share, and stop it afterwards."
            }
            EmptyReason::OnlyEncrypted => {
                "Nothing needs to be done for the protection of these sessions; open one to see what was negotiated."
            }
            EmptyReason::StartedInTheMiddle => {
                "Start the capture before the client connects; on Windows, net use * /delete ends old connections first."
            }
        }
    }
}

/// What an [`EmptyReasonNotice`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EmptyReasonNoticeProps {
    /// The reason.
    pub reason: EmptyReason,
    /// What the packets are.
    pub contents: Vec<CaptureContents>,
}

/// Why there is nothing, or little, to see, what the packets are, and what to do.
#[component]
pub fn EmptyReasonNotice(props: &EmptyReasonNoticeProps) -> Html {
    let has_sessions =
        matches!(props.reason, EmptyReason::OnlyEncrypted | EmptyReason::StartedInTheMiddle);
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
    use crate::report::{Capture, CoverageCount, StatusCount};

    fn overview(packets: u64, contents: CaptureContents) -> Overview {
        let capture = Capture { packets, contents, ..Capture::default() };
        Overview { captures: vec![capture], ..Overview::default() }
    }

    #[test]
    fn a_capture_without_sessions_says_how_far_it_got() {
        let reason = |packets, contents| empty_reason(&overview(packets, contents));
        let none = CaptureContents::default();
        assert_eq!(reason(0, none.clone()), Some(EmptyReason::NoPackets));
        assert_eq!(reason(9, none.clone()), Some(EmptyReason::NoTcp));
        let unknown = vec![("LINKTYPE 147".to_owned(), 9)];
        let contents = CaptureContents { unknown_link_types: unknown, ..none.clone() };
        let expected = EmptyReason::UnknownLinkType("LINKTYPE 147".to_owned());
        assert_eq!(reason(9, contents), Some(expected));
        let contents = CaptureContents { tcp: 9, ..none.clone() };
        assert_eq!(reason(9, contents), Some(EmptyReason::NoSmb));
        let contents = CaptureContents { tcp: 9, smb_connections: 1, ..none };
        assert_eq!(reason(9, contents), Some(EmptyReason::NoSession));
    }

    #[test]
    fn sessions_that_cannot_be_judged_are_explained() {
        let mut seen = overview(9, CaptureContents::default());
        seen.sessions = 2;
        seen.by_status = vec![StatusCount { status: SigningStatus::Encrypted, sessions: 2 }];
        assert_eq!(empty_reason(&seen), Some(EmptyReason::OnlyEncrypted));
        let coverage = Coverage::NoSessionSetup;
        seen.by_coverage = vec![CoverageCount { coverage, sessions: 2 }];
        assert_eq!(empty_reason(&seen), Some(EmptyReason::StartedInTheMiddle));
        seen.sessions = 3;
        assert_eq!(empty_reason(&seen), None);
    }
}
