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

/// What a server challenges with.
#[derive(Clone)]
pub(crate) struct Challenge {
    pub(crate) server_challenge: [u8; 8],
    pub(crate) flags: u32,
    pub(crate) pairs: Vec<(u16, Vec<u8>)>,
}

/// A challenge of the server with this name in lab.test, which tells its time.
pub(crate) fn challenge_of(name: &str, server_challenge: [u8; 8]) -> Challenge {
    let pairs = vec![
        (2, utf16("LAB")),
        (1, utf16(name)),
        (4, utf16("lab.test")),
        (3, utf16(&format!("{name}.lab.test"))),
        (7, vec![0, 0x80, 0x3e, 0xd5, 0xde, 0xb1, 0x9d, 1]),
    ];
    Challenge { server_challenge, flags: NEGOTIATE_FLAGS, pairs }
}

impl Challenge {
    /// CHALLENGE_MESSAGE.
    pub(crate) fn message(&self) -> Vec<u8> {
        let pairs = av_pairs(&self.pairs);
        let mut message = start(2);
        message.extend(buffer(0, 56));
        message.extend(self.flags.to_le_bytes());
        message.extend(self.server_challenge);
        message.extend([0; 8]);
        message.extend(buffer(pairs.len() as u16, 56));
        message.extend([0; 8]);
        message.extend(pairs);
        message
    }
}

/// What a client answers with.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) user: &'static str,
    pub(crate) workstation: &'static str,
    pub(crate) flags: u32,
    pub(crate) lm: Vec<u8>,
    /// NTProofStr, or a whole response of 24 bytes.
    pub(crate) proof: Vec<u8>,
    pub(crate) pairs: Vec<(u16, Vec<u8>)>,
    pub(crate) mic: Option<[u8; 16]>,
}

/// The NTLMv2 answer of alice to `challenge`, aimed at `target` and with an integrity code.
pub(crate) fn answer_to(challenge: &Challenge, target: &str, seed: u8) -> Answer {
    let mut pairs = challenge.pairs.clone();
    pairs.push((6, vec![2, 0, 0, 0]));
    pairs.push((9, utf16(target)));
    Answer {
        user: "alice",
        workstation: "WS1",
        flags: NEGOTIATE_FLAGS,
        lm: vec![0; 24],
        proof: (0..16).map(|byte| byte ^ seed).collect(),
        pairs,
        mic: Some([0x4d; 16]),
    }
}

impl Answer {
    /// AUTHENTICATE_MESSAGE.
    pub(crate) fn message(&self) -> Vec<u8> {
        let mut nt = self.proof.clone();
        if nt.len() == 16 {
            nt.extend([1, 1]);
            nt.extend([0; 14]);
            nt.extend([0xcc; 8]);
            nt.extend([0; 4]);
            nt.extend(av_pairs(&self.pairs));
            nt.extend([0; 4]);
        }
        let payloads =
            [self.lm.clone(), nt, utf16("LAB"), utf16(self.user), utf16(self.workstation)];
        let mut at = if self.mic.is_some() { 88 } else { 72 };
        let mut message = start(3);
        for payload in &payloads {
            message.extend(buffer(payload.len() as u16, at));
            at += payload.len() as u32;
        }
        message.extend(buffer(0, at));
        message.extend(self.flags.to_le_bytes());
        message.extend([0; 8]);
        message.extend(self.mic.iter().flatten());
        message.extend(payloads.concat());
        message
    }
}

/// NEGOTIATE_MESSAGE with these flags.
pub(crate) fn negotiate_with(flags: u32) -> Vec<u8> {
    let mut message = negotiate();
    message[12..16].copy_from_slice(&flags.to_le_bytes());
    message
}

/// Text of AV pairs and of Unicode payloads.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn av_pairs(pairs: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (id, value) in pairs {
        bytes.extend(id.to_le_bytes());
        bytes.extend((value.len() as u16).to_le_bytes());
        bytes.extend(value);
    }
    bytes.extend([0; 4]);
    bytes
}
