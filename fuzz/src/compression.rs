//! Compressed messages.

use countersign::smb::compression::decompress;

/// Bytes that a message may have.
const MOST: usize = 1 << 20;

/// Decompresses `message` as it is and as each algorithm in one part, whole and cut.
pub fn check(message: &[u8]) {
    read(message);
    if message.len() > 16 {
        for algorithm in 0..=6 {
            let size = &message[4..8];
            let header = [b"\xfcSMB", size, &[algorithm, 0, 0, 0, 0, 0, 0, 0]].concat();
            read(&[&header, &message[16..]].concat());
        }
        read(&[b"\xfcSMB", &message[4..]].concat());
    }
}

fn read(message: &[u8]) {
    let mut whole = Vec::new();
    let done = decompress(message, MOST, &mut whole);
    assert!(whole.len() <= MOST);
    if let Err(error) = done {
        assert!(error.to_string().len() < 400);
    }
    // What is there before makes no difference, nor does a bound that is just kept.
    let mut again = b"something else".to_vec();
    if done.is_ok() {
        assert_eq!(decompress(message, whole.len(), &mut again), Ok(()));
        if let Some(fewer) = whole.len().checked_sub(1) {
            assert!(decompress(message, fewer, &mut Vec::new()).is_err());
        }
    } else {
        assert_eq!(decompress(message, MOST, &mut again), done);
    }
    assert!(whole == again, "the same message gives other bytes");
    for len in [message.len() / 2, message.len().saturating_sub(1)] {
        let cut = &message[..len];
        let _ = decompress(cut, MOST, &mut again);
        // Of a part that is too long nothing may come, and of its start everything.
        let is_start = whole.starts_with(&again) || done.is_err() && again.starts_with(&whole);
        assert!(is_start, "a cut message gives other bytes");
    }
}
