//! SMB over transports that are not analysed.

use countersign::report::empty::EmptyReason;
use countersign::report::{Overview, Transport};

use crate::conversation::Conversation;
use crate::may_sign;

/// SMB_DIRECT Negotiate Request in a SEND of RoCE.
const NEGOTIATE: [u8; 36] = [
    0x04, 0x40, 0xff, 0xff, 0, 0, 0, 0x12, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0xff, 0, 0x54, 5, 0, 0, 0,
    0x20, 0, 0, 0, 0, 0x10, 0, 0xde, 0xad, 0xbe, 0xef,
];

#[test]
fn a_capture_with_nothing_but_smb_direct_says_so() {
    let mut talk = Conversation::over_ethernet();
    talk.datagram("10.0.0.7:49200", "10.0.0.5:4791", &NEGOTIATE);
    talk.datagram("10.0.0.5:49300", "10.0.0.7:4791", &[0x06; 60]);
    let report = talk.report();
    let [found] = &report.captures[0].contents.not_analysable[..] else { panic!("one") };
    assert_eq!(found.transport, Transport::SmbDirect);
    assert_eq!((found.client.address.as_str(), found.client.port), ("10.0.0.7", 4791));
    assert_eq!((found.server.address.as_str(), found.server.port), ("10.0.0.5", 4791));
    assert_eq!((found.packets, found.first_packet), (2, 1));
    let reason = EmptyReason::of(&Overview::of(&report));
    assert_eq!(reason, Some(EmptyReason::OnlyOver(Transport::SmbDirect)));
}

#[test]
fn sessions_beside_it_are_analysed() {
    let mut talk = may_sign();
    talk.datagram("10.0.0.7:49200", "10.0.0.5:4791", &NEGOTIATE);
    let report = talk.report();
    assert_eq!(report.sessions.len(), 1);
    assert_eq!(report.captures[0].contents.not_analysable.len(), 1);
    assert_eq!(EmptyReason::of(&Overview::of(&report)), None);
}
