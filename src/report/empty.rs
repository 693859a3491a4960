//! Why a run found no session, as far as its captures tell.

use super::{Overview, Transport};

/// Why there is no session, the most telling reason only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyReason {
    /// No capture holds a packet.
    NoPackets,
    /// There is SMB, all of it over this transport.
    OnlyOver(Transport),
    /// No packet's link type is one that is read.
    UnknownLinkType,
    /// There are packets, and none is of TCP.
    NoTcp,
    /// There is TCP, and no SMB in it.
    NoSmb,
    /// There is SMB, and no session in it.
    NoSession,
}

impl EmptyReason {
    /// The reason why `overview` has no session; `None` where it has one.
    pub fn of(overview: &Overview) -> Option<EmptyReason> {
        if overview.sessions > 0 {
            return None;
        }
        let contents = || overview.captures.iter().map(|capture| &capture.contents);
        let packets: u64 = overview.captures.iter().map(|capture| capture.packets).sum();
        let unknown: u64 =
            contents().flat_map(|it| &it.unknown_link_types).map(|(_, packets)| packets).sum();
        Some(if packets == 0 {
            EmptyReason::NoPackets
        } else if let (Some(found), true) = (
            contents().flat_map(|it| &it.not_analysable).next(),
            contents().all(|it| it.smb_messages == 0),
        ) {
            EmptyReason::OnlyOver(found.transport)
        } else if unknown == packets {
            EmptyReason::UnknownLinkType
        } else if contents().all(|it| it.tcp == 0) {
            EmptyReason::NoTcp
        } else if contents().all(|it| it.smb_messages == 0) {
            EmptyReason::NoSmb
        } else {
            EmptyReason::NoSession
        })
    }

    /// What is not there, in a short sentence.
    pub fn what(self) -> &'static str {
        match self {
            EmptyReason::NoPackets => "There is no packet in it.",
            EmptyReason::OnlyOver(Transport::SmbOverQuic) => {
                "There is SMB over QUIC in it, of which all but the first packets are encrypted: whether its messages are signed cannot be seen."
            }
            EmptyReason::OnlyOver(Transport::SmbDirect) => {
                "There is SMB Direct in it, which is SMB over RDMA and is not analysed."
            }
            EmptyReason::UnknownLinkType => "Its packets are of a link type that is not read.",
            EmptyReason::NoTcp => "There are packets in it, and none is of TCP.",
            EmptyReason::NoSmb => "There is TCP in it, and no SMB.",
            EmptyReason::NoSession => "There is SMB in it, and no session.",
        }
    }

    /// What to do about it.
    pub fn what_to_do(self) -> &'static str {
        match self {
            EmptyReason::NoPackets => {
                "Look whether the capture filter let anything through, or whether the file was cut."
            }
            EmptyReason::OnlyOver(Transport::SmbOverQuic) => {
                "The encryption of QUIC protects these messages from change. To see what the two sides require, capture them while they connect over TCP."
            }
            EmptyReason::OnlyOver(Transport::SmbDirect) => {
                "The session is negotiated and set up over TCP first where both sides have another network: capture that too, or let the client connect without RDMA."
            }
            EmptyReason::UnknownLinkType => {
                "Capture on an Ethernet, Wi-Fi, PPP, Linux cooked, BSD loopback or raw IP interface."
            }
            EmptyReason::NoTcp => {
                "SMB runs over TCP, mostly to port 445: look whether the capture filter let it through."
            }
            EmptyReason::NoSmb => {
                "Capture while a client works with the server. SMB inside TLS, QUIC or an encrypted tunnel is not seen."
            }
            EmptyReason::NoSession => {
                "Clients only negotiated, or the capture ended before anyone logged on: capture for longer."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EmptyReason;
    use crate::report::{Capture, CaptureContents, Endpoint, NotAnalysable, Overview, Transport};

    fn overview(packets: u64, contents: CaptureContents) -> Overview {
        let capture = Capture { packets, contents, ..Capture::default() };
        Overview { captures: vec![capture], ..Overview::default() }
    }

    #[test]
    fn the_most_telling_reason_is_given() {
        let reason = |packets, contents| EmptyReason::of(&overview(packets, contents));
        let none = CaptureContents::default();
        assert_eq!(reason(0, none.clone()), Some(EmptyReason::NoPackets));
        let unknown = vec![("LINKTYPE 147".to_owned(), 5)];
        let contents = CaptureContents { unknown_link_types: unknown, ..none.clone() };
        assert_eq!(reason(5, contents), Some(EmptyReason::UnknownLinkType));
        assert_eq!(reason(5, CaptureContents { udp: 5, ..none.clone() }), Some(EmptyReason::NoTcp));
        assert_eq!(reason(5, CaptureContents { tcp: 5, ..none.clone() }), Some(EmptyReason::NoSmb));
        let found = NotAnalysable {
            transport: Transport::SmbDirect,
            client: Endpoint::default(),
            server: Endpoint::default(),
            name: None,
            packets: 5,
            capture: 0,
            first_packet: 1,
        };
        let direct = CaptureContents { udp: 5, not_analysable: vec![found], ..none.clone() };
        assert_eq!(reason(5, direct.clone()), Some(EmptyReason::OnlyOver(Transport::SmbDirect)));
        let both = CaptureContents { tcp: 5, smb_messages: 2, ..direct };
        assert_eq!(reason(5, both), Some(EmptyReason::NoSession));
        let smb = CaptureContents { tcp: 5, smb_messages: 2, ..none };
        assert_eq!(reason(5, smb.clone()), Some(EmptyReason::NoSession));
        let with_session = Overview { sessions: 1, ..overview(5, smb) };
        assert_eq!(EmptyReason::of(&with_session), None);
    }
}
