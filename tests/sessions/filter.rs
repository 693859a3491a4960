//! The display filter that selects a session's frames.

use crate::conversation::smb1::WANTS_SIGNING;
use crate::conversation::{CLIENT, Conversation, SERVER, smb1};
use crate::must_sign;

#[test]
fn it_names_both_ends_and_the_session() {
    let filter = must_sign().only_session().wireshark_filter;
    for part in ["10.0.0.7", "10.0.0.5", "49731", "445", "0x0000400000000009"] {
        assert!(filter.contains(part), "{filter}");
    }
}

#[test]
fn of_smb1_it_names_the_user() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate_smb1(smb1::REQUIRED).log_on_smb1(0x0801, WANTS_SIGNING);
    let filter = talk.only_session().wireshark_filter;
    assert!(filter.contains("smb.uid == 2049"), "{filter}");
}
