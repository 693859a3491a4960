//! NTLMSSP messages, as bare security tokens.

const SIGNATURE: &[u8] = b"NTLMSSP\0";
const NEGOTIATE_FLAGS: u32 = 0x6008_8215;
const NEGOTIATE_ANONYMOUS: u32 = 0x0000_0800;

/// NEGOTIATE_MESSAGE.
pub(crate) fn negotiate() -> Vec<u8> {
    let mut message = start(1);
    message.extend(NEGOTIATE_FLAGS.to_le_bytes());
    message.extend([0; 16]);
    message
}

/// CHALLENGE_MESSAGE of a server without a name.
pub(crate) fn challenge() -> Vec<u8> {
    let mut message = start(2);
    message.extend(buffer(0, 56));
    message.extend(NEGOTIATE_FLAGS.to_le_bytes());
    message.extend(*b"\x01\x23\x45\x67\x89\xab\xcd\xef");
    message.extend([0; 8]);
    message.extend(buffer(0, 56));
    message.extend([0; 8]);
    message
}

/// AUTHENTICATE_MESSAGE of a user with an NTLMv2 response.
pub(crate) fn authenticate(user: &str) -> Vec<u8> {
    authentication(user, 24, 60, NEGOTIATE_FLAGS)
}

/// AUTHENTICATE_MESSAGE without credentials.
pub(crate) fn authenticate_anonymously() -> Vec<u8> {
    authentication("", 1, 0, NEGOTIATE_FLAGS | NEGOTIATE_ANONYMOUS)
}

fn authentication(user: &str, lm_len: u16, nt_len: u16, flags: u32) -> Vec<u8> {
    const FIELDS_END: u32 = 88;
    let user: Vec<u8> = user.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let user_len = u16::try_from(user.len()).unwrap();
    let lm_at = FIELDS_END + u32::from(user_len);
    let nt_at = lm_at + u32::from(lm_len);
    let mut message = start(3);
    message.extend(buffer(lm_len, lm_at));
    message.extend(buffer(nt_len, nt_at));
    message.extend(buffer(0, FIELDS_END));
    message.extend(buffer(user_len, FIELDS_END));
    message.extend(buffer(0, FIELDS_END));
    message.extend(buffer(0, FIELDS_END));
    message.extend(flags.to_le_bytes());
    message.extend([0; 8]);
    message.extend([0; 16]);
    message.extend(user);
    message.extend(vec![0; usize::from(lm_len)]);
    message.extend(vec![1; usize::from(nt_len)]);
    message
}

fn start(message_type: u32) -> Vec<u8> {
    [SIGNATURE, &message_type.to_le_bytes()].concat()
}

fn buffer(len: u16, offset: u32) -> Vec<u8> {
    [&len.to_le_bytes()[..], &len.to_le_bytes(), &offset.to_le_bytes()].concat()
}
