//! SMB2 messages, as much of them as the tests need.

use super::{Conversation, SESSION, ntlm};

pub(crate) const NEGOTIATE: u16 = 0;
pub(crate) const SESSION_SETUP: u16 = 1;
const LOGOFF: u16 = 2;
const TREE_CONNECT: u16 = 3;
const TREE_DISCONNECT: u16 = 4;
const CREATE: u16 = 5;
const CLOSE: u16 = 6;
const READ: u16 = 8;
const WRITE: u16 = 9;
const IOCTL: u16 = 0xb;
const CANCEL: u16 = 0xc;
const ECHO: u16 = 0xd;
const CHANGE_NOTIFY: u16 = 0xf;
const OPLOCK_BREAK: u16 = 0x12;

const FLAGS_SERVER_TO_REDIR: u32 = 0x01;
const FLAGS_ASYNC_COMMAND: u32 = 0x02;
const FLAGS_RELATED_OPERATIONS: u32 = 0x04;
const FLAGS_SIGNED: u32 = 0x08;

pub(crate) const STATUS_PENDING: u32 = 0x0000_0103;
pub(crate) const STATUS_BUFFER_OVERFLOW: u32 = 0x8000_0005;
pub(crate) const STATUS_NO_MORE_FILES: u32 = 0x8000_0006;
pub(crate) const STATUS_STOPPED_ON_SYMLINK: u32 = 0x8000_002d;
pub(crate) const STATUS_INVALID_PARAMETER: u32 = 0xc000_000d;
pub(crate) const STATUS_MORE_PROCESSING_REQUIRED: u32 = 0xc000_0016;
pub(crate) const STATUS_ACCESS_DENIED: u32 = 0xc000_0022;
pub(crate) const STATUS_OBJECT_NAME_NOT_FOUND: u32 = 0xc000_0034;
pub(crate) const STATUS_LOGON_FAILURE: u32 = 0xc000_006d;
pub(crate) const STATUS_NETWORK_NAME_DELETED: u32 = 0xc000_00c9;
pub(crate) const STATUS_FILE_CLOSED: u32 = 0xc000_0128;
pub(crate) const STATUS_USER_SESSION_DELETED: u32 = 0xc000_0203;

/// SecurityMode of a side that does not require signing.
pub(crate) const ENABLED: u16 = 1;
/// SecurityMode of a side that requires it.
pub(crate) const REQUIRED: u16 = 3;

/// What stands in the Signature field, and whether SIGNED is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signing {
    /// Neither.
    Unsigned,
    /// A signature of the message's own.
    Signed,
    /// SIGNED over zeros.
    Zero,
    /// The signature of the request, with SIGNED set or clear.
    Repeated { is_flagged: bool },
}

/// An SMB2 message.
#[derive(Clone, Debug)]
pub(crate) struct Smb2 {
    pub(super) command: u16,
    pub(super) is_response: bool,
    pub(super) message_id: Option<u64>,
    pub(super) session_id: Option<u64>,
    pub(super) signature: [u8; 16],
    signing: Signing,
    status: u32,
    flags: u32,
    next_command: u32,
    body: Vec<u8>,
}

impl Smb2 {
    fn new(command: u16, body: Vec<u8>) -> Smb2 {
        Smb2 {
            command,
            is_response: false,
            message_id: None,
            session_id: None,
            signature: [0; 16],
            signing: Signing::Unsigned,
            status: 0,
            flags: 0,
            next_command: 0,
            body,
        }
    }

    /// With a signature.
    pub(crate) fn signed(self) -> Smb2 {
        Smb2 { signing: Signing::Signed, ..self }
    }

    /// Marked as signed, over zeros.
    pub(crate) fn signed_with_zeros(self) -> Smb2 {
        Smb2 { signing: Signing::Zero, ..self }
    }

    /// Marked as signed, with the signature of the request.
    pub(crate) fn signed_as_asked(self) -> Smb2 {
        Smb2 { signing: Signing::Repeated { is_flagged: true }, ..self }
    }

    /// Not marked as signed, with the signature of the request in place.
    pub(crate) fn unsigned_as_asked(self) -> Smb2 {
        Smb2 { signing: Signing::Repeated { is_flagged: false }, ..self }
    }

    /// With this status; an error has the body of one.
    pub(crate) fn status(self, status: u32) -> Smb2 {
        let is_error = status >> 30 == 3 && status != STATUS_MORE_PROCESSING_REQUIRED;
        let body = if is_error { vec![9, 0, 0, 0, 0, 0, 0, 0, 0] } else { self.body };
        Smb2 { status, body, ..self }
    }

    /// The interim response to a request.
    pub(crate) fn pending(self) -> Smb2 {
        let flags = self.flags | FLAGS_ASYNC_COMMAND;
        Smb2 { flags, body: vec![9, 0, 0, 0, 0, 0, 0, 0, 0], ..self }.status(STATUS_PENDING)
    }

    /// With this MessageId.
    pub(crate) fn id(self, message_id: u64) -> Smb2 {
        Smb2 { message_id: Some(message_id), ..self }
    }

    /// Told by the server of its own accord.
    pub(crate) fn unsolicited(self) -> Smb2 {
        self.id(u64::MAX)
    }

    /// With this SessionId.
    pub(crate) fn session(self, session_id: u64) -> Smb2 {
        Smb2 { session_id: Some(session_id), ..self }
    }

    /// Related to the element before it, whose SessionId it stands for.
    pub(crate) fn related(self) -> Smb2 {
        let flags = self.flags | FLAGS_RELATED_OPERATIONS;
        Smb2 { flags, ..self }.session(u64::MAX)
    }

    pub(super) fn sign(&mut self, fresh: [u8; 16], repeated: [u8; 16]) {
        let (signature, is_flagged) = match self.signing {
            Signing::Unsigned => ([0; 16], false),
            Signing::Signed => (fresh, true),
            Signing::Zero => ([0; 16], true),
            Signing::Repeated { is_flagged } => (repeated, is_flagged),
        };
        self.signature = signature;
        if is_flagged {
            self.flags |= FLAGS_SIGNED;
        }
    }

    /// Makes room for a next element.
    pub(super) fn pad(&mut self) {
        self.body.resize(self.body.len().next_multiple_of(8), 0);
        self.next_command = (64 + self.body.len()) as u32;
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let direction = if self.is_response { FLAGS_SERVER_TO_REDIR } else { 0 };
        let mut bytes = b"\xfeSMB".to_vec();
        bytes.extend([64, 0, 1, 0]);
        bytes.extend(self.status.to_le_bytes());
        bytes.extend(self.command.to_le_bytes());
        bytes.extend([1, 0]);
        bytes.extend((self.flags | direction).to_le_bytes());
        bytes.extend(self.next_command.to_le_bytes());
        bytes.extend(self.message_id.unwrap().to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(self.session_id.unwrap().to_le_bytes());
        bytes.extend(self.signature);
        bytes.extend(&self.body);
        bytes
    }
}

/// A message in the clear inside a transform header, with bytes that nobody can read.
pub(super) fn transform(session_id: u64) -> Vec<u8> {
    const CIPHERTEXT: [u8; 80] = [0xc3; 80];
    let mut bytes = b"\xfdSMB".to_vec();
    bytes.extend([0x77; 16]);
    bytes.extend([0x33; 16]);
    bytes.extend((CIPHERTEXT.len() as u32).to_le_bytes());
    bytes.extend([0, 0, 1, 0]);
    bytes.extend(session_id.to_le_bytes());
    bytes.extend(CIPHERTEXT);
    bytes
}

/// NEGOTIATE request.
pub(crate) fn negotiate(security_mode: u16, dialects: &[u16]) -> Smb2 {
    let mut body = vec![36, 0];
    body.extend((dialects.len() as u16).to_le_bytes());
    body.extend(security_mode.to_le_bytes());
    body.extend([0; 2]);
    body.extend([0; 4]);
    body.extend([0xc1; 16]);
    body.extend([0; 8]);
    body.extend(dialects.iter().flat_map(|dialect| dialect.to_le_bytes()));
    Smb2::new(NEGOTIATE, body).session(0)
}

/// The same of the client with this ClientGuid.
pub(crate) fn negotiate_by(security_mode: u16, dialects: &[u16], client_guid: [u8; 16]) -> Smb2 {
    let mut message = negotiate(security_mode, dialects);
    message.body[12..28].copy_from_slice(&client_guid);
    message
}

/// NEGOTIATE response without contexts.
pub(crate) fn negotiated(security_mode: u16, dialect: u16) -> Smb2 {
    negotiated_by(security_mode, dialect, [0x5e; 16])
}

/// NEGOTIATE response of the server with this ServerGuid.
pub(crate) fn negotiated_by(security_mode: u16, dialect: u16, server_guid: [u8; 16]) -> Smb2 {
    let mut body = vec![65, 0];
    body.extend(security_mode.to_le_bytes());
    body.extend(dialect.to_le_bytes());
    body.extend([0; 2]);
    body.extend(server_guid);
    body.extend([0; 4]);
    body.extend([0, 0, 16, 0].repeat(3));
    body.extend([0; 16]);
    body.extend([128, 0, 0, 0]);
    body.extend([0; 4]);
    Smb2::new(NEGOTIATE, body).session(0)
}

/// NEGOTIATE request of 3.1.1 and 3.0 with an ENCRYPTION_CAPABILITIES context of AES-128-GCM.
pub(crate) fn negotiate_with_ciphers() -> Smb2 {
    let mut message = negotiate(ENABLED, &[0x0300, 0x0311]);
    // The dialects end at 104, from where contexts stand.
    message.body[28..34].copy_from_slice(&[104, 0, 0, 0, 1, 0]);
    message.body.extend([2, 0, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0]);
    message
}

/// NEGOTIATE response of 3.1.1 whose ENCRYPTION_CAPABILITIES context chooses `cipher`.
pub(crate) fn negotiated_with_cipher(cipher: u16) -> Smb2 {
    let mut message = negotiated_with_algorithm(ENABLED, 1);
    let at = message.body.len() - 12;
    message.body.truncate(at);
    message.body.extend([2, 0, 4, 0, 0, 0, 0, 0, 1, 0]);
    message.body.extend(cipher.to_le_bytes());
    message
}

/// The same with these bytes for MaxTransactSize, MaxReadSize and MaxWriteSize.
pub(crate) fn negotiated_with_sizes(
    security_mode: u16,
    dialect: u16,
    server_guid: [u8; 16],
    sizes: u32,
) -> Smb2 {
    let mut message = negotiated_by(security_mode, dialect, server_guid);
    message.body[28..40].copy_from_slice(&sizes.to_le_bytes().repeat(3));
    message
}

/// NEGOTIATE response of 3.1.1 with a SIGNING_CAPABILITIES context that chooses `algorithm`.
pub(crate) fn negotiated_with_algorithm(security_mode: u16, algorithm: u16) -> Smb2 {
    let mut message = negotiated(security_mode, 0x0311);
    message.body[6..8].copy_from_slice(&1_u16.to_le_bytes());
    message.body[60..64].copy_from_slice(&128_u32.to_le_bytes());
    message.body.extend([8, 0, 4, 0, 0, 0, 0, 0, 1, 0]);
    message.body.extend(algorithm.to_le_bytes());
    message
}

/// SESSION_SETUP request of a client that does not require signing.
pub(crate) fn setup(token: &[u8]) -> Smb2 {
    setup_with(0, ENABLED, token)
}

/// SESSION_SETUP request of a client that requires signing.
pub(crate) fn setup_requiring(token: &[u8]) -> Smb2 {
    setup_with(0, REQUIRED, token)
}

/// SESSION_SETUP request that binds the session to a further connection.
pub(crate) fn binding(token: &[u8]) -> Smb2 {
    setup_with(1, ENABLED, token)
}

fn setup_with(flags: u8, security_mode: u16, token: &[u8]) -> Smb2 {
    let mut body = vec![25, 0, flags, security_mode as u8];
    body.extend([0; 8]);
    body.extend([88, 0]);
    body.extend((token.len() as u16).to_le_bytes());
    body.extend([0; 8]);
    body.extend(token);
    Smb2::new(SESSION_SETUP, body)
}

/// SESSION_SETUP response that asks for more.
pub(crate) fn challenged() -> Smb2 {
    setup_response(0, &ntlm::challenge()).status(STATUS_MORE_PROCESSING_REQUIRED)
}

/// SESSION_SETUP response that asks for more with this token.
pub(crate) fn challenged_with(token: &[u8]) -> Smb2 {
    setup_response(0, token).status(STATUS_MORE_PROCESSING_REQUIRED)
}

/// The final SESSION_SETUP response with this token.
pub(crate) fn welcomed_with(token: &[u8]) -> Smb2 {
    setup_response(0, token)
}

/// The final SESSION_SETUP response of a user with an account.
pub(crate) fn welcomed() -> Smb2 {
    setup_response(0, &[])
}

/// The final SESSION_SETUP response with these SessionFlags.
pub(crate) fn welcomed_as(session_flags: u16) -> Smb2 {
    setup_response(session_flags, &[])
}

/// SessionFlags of a guest.
pub(crate) const GUEST: u16 = 1;
/// SessionFlags of a user without credentials.
pub(crate) const NULL: u16 = 2;
/// SessionFlags of a session whose server demands encryption.
pub(crate) const ENCRYPT_DATA: u16 = 4;

fn setup_response(session_flags: u16, token: &[u8]) -> Smb2 {
    let mut body = vec![9, 0];
    body.extend(session_flags.to_le_bytes());
    body.extend([72, 0]);
    body.extend((token.len() as u16).to_le_bytes());
    body.extend(token);
    Smb2::new(SESSION_SETUP, body)
}

/// TREE_CONNECT request.
pub(crate) fn tree_connect(path: &str) -> Smb2 {
    let path: Vec<u8> = path.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut body = vec![9, 0, 0, 0, 72, 0];
    body.extend((path.len() as u16).to_le_bytes());
    body.extend(path);
    Smb2::new(TREE_CONNECT, body)
}

/// TREE_CONNECT response.
pub(crate) fn tree_connected() -> Smb2 {
    tree_connected_as(1)
}

/// TREE_CONNECT response of a share of this ShareType.
pub(crate) fn tree_connected_as(share_type: u8) -> Smb2 {
    let mut body = vec![16, 0, share_type, 0];
    body.extend([0; 12]);
    Smb2::new(TREE_CONNECT, body)
}

const FSCTL_VALIDATE_NEGOTIATE_INFO: u32 = 0x0014_0204;
const FSCTL_PIPE_TRANSCEIVE: u32 = 0x0011_c017;

/// IOCTL request that checks the negotiation.
pub(crate) fn validate_negotiate() -> Smb2 {
    ioctl_request(FSCTL_VALIDATE_NEGOTIATE_INFO)
}

/// The answer to it.
pub(crate) fn negotiate_validated() -> Smb2 {
    ioctl_response(FSCTL_VALIDATE_NEGOTIATE_INFO)
}

/// IOCTL request that checks the negotiation of the client with this ClientGuid.
pub(crate) fn validate_negotiate_of(client_guid: [u8; 16], mode: u16, dialects: &[u16]) -> Smb2 {
    let mut input = vec![0; 4];
    input.extend(client_guid);
    input.extend(mode.to_le_bytes());
    input.extend((dialects.len() as u16).to_le_bytes());
    input.extend(dialects.iter().flat_map(|dialect| dialect.to_le_bytes()));
    let mut message = validate_negotiate();
    message.body.truncate(56);
    message.body[28..32].copy_from_slice(&(input.len() as u32).to_le_bytes());
    message.body.extend(input);
    message
}

/// The answer of the server with this ServerGuid.
pub(crate) fn negotiate_validated_by(server_guid: [u8; 16], mode: u16, dialect: u16) -> Smb2 {
    let mut message = negotiate_validated();
    message.body.truncate(48);
    message.body[32..36].copy_from_slice(&112_u32.to_le_bytes());
    message.body[36..40].copy_from_slice(&24_u32.to_le_bytes());
    message.body.extend([0; 4]);
    message.body.extend(server_guid);
    message.body.extend(mode.to_le_bytes());
    message.body.extend(dialect.to_le_bytes());
    message
}

/// IOCTL request that calls a procedure.
pub(crate) fn transceive() -> Smb2 {
    ioctl_request(FSCTL_PIPE_TRANSCEIVE)
}

/// The answer to it.
pub(crate) fn transceived() -> Smb2 {
    ioctl_response(FSCTL_PIPE_TRANSCEIVE)
}

fn ioctl_request(code: u32) -> Smb2 {
    let mut body = vec![57, 0, 0, 0];
    body.extend(code.to_le_bytes());
    body.extend([0xff; 16]);
    body.extend([120, 0, 0, 0, 24, 0, 0, 0]);
    body.extend([0; 24]);
    body.extend([0; 24]);
    Smb2::new(IOCTL, body)
}

fn ioctl_response(code: u32) -> Smb2 {
    let mut body = vec![49, 0, 0, 0];
    body.extend(code.to_le_bytes());
    body.extend([0xff; 16]);
    body.extend([0; 24]);
    Smb2::new(IOCTL, body)
}

/// CREATE request of a pipe.
pub(crate) fn create_pipe(name: &str) -> Smb2 {
    let name = ntlm::utf16(name);
    let mut body = vec![0; 56];
    body[0] = 57;
    body[44..46].copy_from_slice(&120_u16.to_le_bytes());
    body[46..48].copy_from_slice(&(name.len() as u16).to_le_bytes());
    body.extend(name);
    Smb2::new(CREATE, body)
}

/// The answer to it, with this byte for a FileId.
pub(crate) fn created(file: u8) -> Smb2 {
    let mut body = vec![0; 88];
    body[0] = 89;
    body[64..80].fill(file);
    Smb2::new(CREATE, body)
}

/// WRITE request to a file.
pub(crate) fn write_to(file: u8, data: &[u8]) -> Smb2 {
    let mut body = vec![0; 48];
    (body[0], body[2]) = (49, 112);
    body[4..8].copy_from_slice(&(data.len() as u32).to_le_bytes());
    body[16..32].fill(file);
    body.extend(data);
    Smb2::new(WRITE, body)
}

/// READ request from a file.
pub(crate) fn read_from(file: u8) -> Smb2 {
    let mut body = vec![0; 49];
    body[0] = 49;
    body[16..32].fill(file);
    Smb2::new(READ, body)
}

/// READ response with data.
pub(crate) fn read_out(data: &[u8]) -> Smb2 {
    let mut body = vec![0; 16];
    (body[0], body[2]) = (17, 80);
    body[4..8].copy_from_slice(&(data.len() as u32).to_le_bytes());
    body.extend(data);
    Smb2::new(READ, body)
}

/// CLOSE request of a file.
pub(crate) fn close_file(file: u8) -> Smb2 {
    let mut message = close();
    message.body[8..24].fill(file);
    message
}

/// IOCTL request that writes to a pipe and reads its answer.
pub(crate) fn transceive_with(file: u8, data: &[u8]) -> Smb2 {
    let mut message = transceive();
    message.body.truncate(56);
    message.body[8..24].fill(file);
    message.body[28..32].copy_from_slice(&(data.len() as u32).to_le_bytes());
    message.body.extend(data);
    message
}

/// The answer to it.
pub(crate) fn transceived_with(file: u8, data: &[u8]) -> Smb2 {
    let mut message = transceived();
    message.body.truncate(48);
    message.body[8..24].fill(file);
    message.body[32..36].copy_from_slice(&112_u32.to_le_bytes());
    message.body[36..40].copy_from_slice(&(data.len() as u32).to_le_bytes());
    message.body.extend(data);
    message
}

/// A message whose body nobody looks at.
fn plain(command: u16, structure_size: u8, len: usize) -> Smb2 {
    let mut body = vec![0; len];
    body[0] = structure_size;
    Smb2::new(command, body)
}

/// An error in answer to a request that was encrypted.
pub(crate) fn refused_in_the_clear(status: u32) -> Smb2 {
    plain(CREATE, 9, 9).status(status)
}

pub(crate) fn tree_disconnect() -> Smb2 {
    plain(TREE_DISCONNECT, 4, 4)
}

pub(crate) fn create() -> Smb2 {
    plain(CREATE, 57, 60)
}

pub(crate) fn close() -> Smb2 {
    plain(CLOSE, 24, 24)
}

pub(crate) fn read() -> Smb2 {
    plain(READ, 49, 50)
}

pub(crate) fn write() -> Smb2 {
    plain(WRITE, 49, 50)
}

pub(crate) fn echo() -> Smb2 {
    plain(ECHO, 4, 4)
}

pub(crate) fn cancel() -> Smb2 {
    plain(CANCEL, 4, 4)
}

pub(crate) fn change_notify() -> Smb2 {
    plain(CHANGE_NOTIFY, 32, 32)
}

pub(crate) fn oplock_break() -> Smb2 {
    plain(OPLOCK_BREAK, 24, 24)
}

pub(crate) fn logoff() -> Smb2 {
    plain(LOGOFF, 4, 4)
}

impl Conversation {
    /// The two sides agree on `dialect`, each with its SecurityMode.
    pub(crate) fn negotiate(
        &mut self,
        client: u16,
        server: u16,
        dialect: u16,
    ) -> &mut Conversation {
        self.client(negotiate(client, &[dialect])).server(negotiated(server, dialect))
    }

    /// Alice logs on with a password, and gets the session [`SESSION`].
    pub(crate) fn log_on(&mut self) -> &mut Conversation {
        self.log_on_until("alice", welcomed().signed())
    }

    /// A user logs on with a password, and is answered with `last`.
    pub(crate) fn log_on_until(&mut self, user: &str, last: Smb2) -> &mut Conversation {
        self.client(setup(&ntlm::negotiate()).session(0))
            .session(SESSION)
            .server(challenged())
            .client(setup(&ntlm::authenticate(user)))
            .server(last)
    }
}
