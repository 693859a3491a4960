//! SMB1 messages, as much of them as the tests need.

use super::{Conversation, ntlm};

const NEGOTIATE: u8 = 0x72;
const SESSION_SETUP_ANDX: u8 = 0x73;
const LOGOFF_ANDX: u8 = 0x74;
const TREE_CONNECT_ANDX: u8 = 0x75;
const TRANSACTION: u8 = 0x25;
const OPEN_ANDX: u8 = 0x2d;
const WRITE_ANDX: u8 = 0x2f;
const LOCKING_ANDX: u8 = 0x24;
const ECHO: u8 = 0x2b;

const FLAGS_REPLY: u8 = 0x80;
/// Flags2: long names, NT status, UTF-16.
const FLAGS2: u16 = 0xc001;
/// Flags2: the client wants signing.
pub(crate) const WANTS_SIGNING: u16 = 0x0004;
/// Flags2: the client requires signing.
pub(crate) const REQUIRES_SIGNING: u16 = 0x0010;
const EXTENDED_SECURITY: u16 = 0x0800;

/// SecurityMode of a server without signing.
pub(crate) const DISABLED: u8 = 0x03;
/// SecurityMode of a server that signs if asked.
pub(crate) const ENABLED: u8 = 0x07;
/// SecurityMode of a server that requires signing.
pub(crate) const REQUIRED: u8 = 0x0f;

const STATUS_MORE_PROCESSING_REQUIRED: u32 = 0xc000_0016;
/// The server refuses the user.
pub(crate) const STATUS_LOGON_FAILURE: u32 = 0xc000_006d;
/// The server refuses the request.
pub(crate) const STATUS_ACCESS_DENIED: u32 = 0xc000_0022;

/// An SMB1 message.
#[derive(Clone, Debug)]
pub(crate) struct Smb1 {
    command: u8,
    pub(super) is_response: bool,
    pub(super) uid: Option<u16>,
    pub(super) mid: Option<u16>,
    status: u32,
    flags2: u16,
    signature: Signature,
    words: Vec<u8>,
    data: Vec<u8>,
}

/// What stands in the SecuritySignature field.
#[derive(Clone, Copy, Debug)]
enum Signature {
    Zero,
    Placeholder,
    Own,
}

impl Smb1 {
    fn new(command: u8, words: Vec<u8>, data: Vec<u8>) -> Smb1 {
        Smb1 {
            command,
            is_response: false,
            uid: None,
            mid: None,
            status: 0,
            flags2: FLAGS2,
            signature: Signature::Zero,
            words,
            data,
        }
    }

    /// With a signature.
    pub(crate) fn signed(self) -> Smb1 {
        Smb1 { signature: Signature::Own, ..self }
    }

    /// With the bytes that stand where a signature will.
    pub(crate) fn with_placeholder(self) -> Smb1 {
        Smb1 { signature: Signature::Placeholder, ..self }
    }

    /// With further bits of Flags2.
    pub(crate) fn flags2(self, flags2: u16) -> Smb1 {
        Smb1 { flags2: self.flags2 | flags2, ..self }
    }

    /// With this status.
    pub(crate) fn status(self, status: u32) -> Smb1 {
        let is_refused = status != 0 && status != STATUS_MORE_PROCESSING_REQUIRED;
        let (words, data) =
            if is_refused { (Vec::new(), Vec::new()) } else { (self.words, self.data) };
        Smb1 { status, words, data, ..self }
    }

    /// Of this user.
    pub(crate) fn uid(self, uid: u16) -> Smb1 {
        Smb1 { uid: Some(uid), ..self }
    }

    /// Told by the server of its own accord.
    pub(crate) fn unsolicited(self) -> Smb1 {
        Smb1 { mid: Some(u16::MAX), ..self }
    }

    pub(super) fn bytes(&self, fresh: [u8; 8]) -> Vec<u8> {
        let is_break = self.mid == Some(u16::MAX);
        let flags = if self.is_response && !is_break { FLAGS_REPLY } else { 0 };
        let signature = match self.signature {
            Signature::Zero => [0; 8],
            Signature::Placeholder => *b"BSRSPYL ",
            Signature::Own => fresh,
        };
        let mut bytes = b"\xffSMB".to_vec();
        bytes.push(self.command);
        bytes.extend(self.status.to_le_bytes());
        bytes.push(flags);
        bytes.extend(self.flags2.to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(signature);
        bytes.extend([0; 2]);
        bytes.extend([1, 0]);
        bytes.extend([0x34, 0x12]);
        bytes.extend(self.uid.unwrap().to_le_bytes());
        bytes.extend(self.mid.unwrap().to_le_bytes());
        bytes.push((self.words.len() / 2) as u8);
        bytes.extend(&self.words);
        bytes.extend((self.data.len() as u16).to_le_bytes());
        bytes.extend(&self.data);
        bytes
    }
}

/// NEGOTIATE request.
pub(crate) fn negotiate(dialects: &[&str]) -> Smb1 {
    let data = dialects.iter().flat_map(|dialect| [&[2], dialect.as_bytes(), &[0]].concat());
    Smb1::new(NEGOTIATE, Vec::new(), data.collect())
}

/// NEGOTIATE response of a server with extended security, in NT LM 0.12.
pub(crate) fn negotiated(security_mode: u8) -> Smb1 {
    const CAP_EXTENDED_SECURITY: u32 = 0x8000_0000;
    let words = negotiate_words(security_mode, CAP_EXTENDED_SECURITY, 0);
    Smb1::new(NEGOTIATE, words, vec![0x5e; 16]).flags2(EXTENDED_SECURITY)
}

/// NEGOTIATE response of a server without extended security, in NT LM 0.12.
pub(crate) fn negotiated_without_extended_security(security_mode: u8) -> Smb1 {
    Smb1::new(NEGOTIATE, negotiate_words(security_mode, 0, 8), vec![1; 8])
}

fn negotiate_words(security_mode: u8, capabilities: u32, challenge_len: u8) -> Vec<u8> {
    let mut words = vec![0, 0, security_mode];
    words.extend([50, 0, 1, 0]);
    words.extend([0, 64, 0, 0]);
    words.extend([0, 0, 1, 0]);
    words.extend([0; 4]);
    words.extend(capabilities.to_le_bytes());
    words.extend([0; 8]);
    words.extend([0; 2]);
    words.push(challenge_len);
    words
}

/// SESSION_SETUP_ANDX request with a security token.
pub(crate) fn setup(token: &[u8]) -> Smb1 {
    let mut words = vec![0xff, 0, 0, 0];
    words.extend([0, 64, 50, 0, 0, 0]);
    words.extend([0; 4]);
    words.extend((token.len() as u16).to_le_bytes());
    words.extend([0; 4]);
    words.extend(0x8000_0000_u32.to_le_bytes());
    let data = [token, &[0; 4]].concat();
    Smb1::new(SESSION_SETUP_ANDX, words, data).flags2(EXTENDED_SECURITY)
}

/// SESSION_SETUP_ANDX request without extended security, with responses of NTLMv1.
pub(crate) fn setup_without_extended_security(user: &str) -> Smb1 {
    let mut words = vec![0xff, 0, 0, 0];
    words.extend([0, 64, 50, 0, 0, 0]);
    words.extend([0; 4]);
    words.extend([24, 0, 24, 0]);
    words.extend([0; 4]);
    words.extend([0; 4]);
    let mut data = vec![7; 48];
    // UTF-16 begins at an even distance from the start of the message.
    data.push(0);
    data.extend(user.encode_utf16().chain([0, 0, 0, 0]).flat_map(u16::to_le_bytes));
    Smb1::new(SESSION_SETUP_ANDX, words, data)
}

/// SESSION_SETUP_ANDX response that asks for more.
pub(crate) fn challenged() -> Smb1 {
    setup_response(0, &ntlm::challenge()).status(STATUS_MORE_PROCESSING_REQUIRED)
}

/// The final SESSION_SETUP_ANDX response of a user with an account.
pub(crate) fn welcomed() -> Smb1 {
    setup_response(0, &[])
}

/// The final SESSION_SETUP_ANDX response of a guest.
pub(crate) fn welcomed_as_guest() -> Smb1 {
    setup_response(1, &[])
}

fn setup_response(action: u16, token: &[u8]) -> Smb1 {
    let mut words = vec![0xff, 0, 0, 0];
    words.extend(action.to_le_bytes());
    words.extend((token.len() as u16).to_le_bytes());
    let data = [token, &[0; 4]].concat();
    Smb1::new(SESSION_SETUP_ANDX, words, data).flags2(EXTENDED_SECURITY)
}

/// TREE_CONNECT_ANDX request.
pub(crate) fn tree_connect(path: &str) -> Smb1 {
    let words = vec![0xff, 0, 0, 0, 0, 0, 1, 0];
    let mut data = vec![0];
    let unicode = path.encode_utf16().chain([0]).flat_map(u16::to_le_bytes);
    // UTF-16 begins at an even distance from the start of the message, which the password's one
    // byte gives it.
    data.extend(unicode);
    data.extend(b"?????\0");
    Smb1::new(TREE_CONNECT_ANDX, words, data)
}

/// TREE_CONNECT_ANDX response.
pub(crate) fn tree_connected() -> Smb1 {
    Smb1::new(TREE_CONNECT_ANDX, vec![0xff, 0, 0, 0, 0, 0], b"A:\0\0\0".to_vec())
}

/// A message about a file.
pub(crate) fn open() -> Smb1 {
    Smb1::new(OPEN_ANDX, vec![0xff, 0, 0, 0], Vec::new())
}

/// WRITE_ANDX request.
pub(crate) fn write_to(fid: u16, data: &[u8]) -> Smb1 {
    let mut words = vec![0; 28];
    words[0] = 0xff;
    words[4..6].copy_from_slice(&fid.to_le_bytes());
    words[20..22].copy_from_slice(&(data.len() as u16).to_le_bytes());
    words[22..24].copy_from_slice(&63_u16.to_le_bytes());
    Smb1::new(WRITE_ANDX, words, data.to_vec())
}

/// TRANSACTION request that writes to a pipe and reads its answer.
pub(crate) fn transact(fid: u16, data: &[u8]) -> Smb1 {
    let mut words = vec![0; 32];
    words[22..24].copy_from_slice(&(data.len() as u16).to_le_bytes());
    words[24..26].copy_from_slice(&67_u16.to_le_bytes());
    words[26] = 2;
    words[28] = 0x26;
    words[30..32].copy_from_slice(&fid.to_le_bytes());
    Smb1::new(TRANSACTION, words, data.to_vec())
}

/// The answer to it.
pub(crate) fn transacted(data: &[u8]) -> Smb1 {
    let mut words = vec![0; 20];
    words[12..14].copy_from_slice(&(data.len() as u16).to_le_bytes());
    words[14..16].copy_from_slice(&55_u16.to_le_bytes());
    Smb1::new(TRANSACTION, words, data.to_vec())
}

pub(crate) fn echo() -> Smb1 {
    Smb1::new(ECHO, vec![1, 0], vec![0x2a])
}

/// A lock, or from the server the break of an oplock.
pub(crate) fn locking() -> Smb1 {
    Smb1::new(LOCKING_ANDX, [vec![0xff], vec![0; 15]].concat(), Vec::new())
}

pub(crate) fn logoff() -> Smb1 {
    Smb1::new(LOGOFF_ANDX, vec![0xff, 0, 0, 0], Vec::new())
}

impl Conversation {
    /// The two sides agree on SMB1; the server with this SecurityMode and extended security.
    pub(crate) fn negotiate_smb1(&mut self, security_mode: u8) -> &mut Conversation {
        self.client(negotiate(&["NT LM 0.12"])).server(negotiated(security_mode))
    }

    /// A user logs on with these further Flags2, and gets the number `uid`.
    pub(crate) fn log_on_smb1(&mut self, uid: u16, flags2: u16) -> &mut Conversation {
        self.user(0)
            .client(setup(&ntlm::negotiate()).flags2(flags2).with_placeholder())
            .user(uid)
            .server(challenged().with_placeholder())
            .client(setup(&ntlm::authenticate("alice")).flags2(flags2).with_placeholder())
            .server(welcomed().signed())
    }
}
