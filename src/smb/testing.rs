//! What tests of the decoders share.

/// The bytes of hexadecimal digits, of which blanks are left out.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(|digit| !digit.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// An SMB2 message of `command` with `body`, as a response or not; its other fields are 0.
pub(crate) fn smb2(command: u8, is_response: bool, body: &str) -> Vec<u8> {
    let mut message = hex("fe534d42 4000");
    message.resize(64, 0);
    message[12] = command;
    message[16] = is_response.into();
    message.extend(hex(body));
    message
}

/// An SMB1 message of `command` with `body`; its other fields are 0.
pub(crate) fn smb1(command: u8, body: &str) -> Vec<u8> {
    let mut message = hex("ff534d42");
    message.resize(32, 0);
    message[4] = command;
    message.extend(hex(body));
    message
}

/// Calls `decode` with every prefix of `message`; it says whether the prefix was refused. Prefixes
/// shorter than `fields_end` must be, longer ones must not.
pub(crate) fn check_truncations(message: &[u8], fields_end: usize, decode: impl Fn(&[u8]) -> bool) {
    for len in 0..=message.len() {
        assert_eq!(decode(&message[..len]), len < fields_end, "the first {len} bytes");
    }
}
