//! One SMB session as the report tells it.

use serde::{Deserialize, Serialize};

use super::exception::Accepted;
use super::name::SessionNames;
use super::{ListedMessage, Verification};

/// One SMB session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Session {
    /// A name that is stable within the report.
    pub key: String,
    /// SMB1, or SMB 2 and 3.
    pub protocol: Protocol,
    /// SessionId as `0x` hexadecimal text; `None` for SMB1.
    pub session_id: Option<String>,
    /// The client's end of the first connection.
    pub client: Endpoint,
    /// The server's end of the first connection.
    pub server: Endpoint,
    /// The names of the two ends, and where each comes from.
    pub names: SessionNames,
    /// The dialect that the server chose.
    pub dialect: Option<Dialect>,
    /// Whether the session came to be.
    pub outcome: Outcome,
    /// What each side requires.
    pub policy: Policy,
    /// What that combination should give.
    pub expected: Expected,
    /// What the capture shows.
    pub status: SigningStatus,
    /// The status in words, with the way to it.
    pub verdict: Verdict,
    /// The algorithm that signatures are made with.
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// True where a negotiate context named the algorithm; false where it is the dialect's default;
    /// `None` where no algorithm is known.
    pub signing_algorithm_negotiated: Option<bool>,
    /// The cipher that the connection agreed on, such as "AES-128-GCM".
    pub encryption_cipher: Option<String>,
    /// How many messages were signed, unsigned and so on, over all channels.
    pub messages: Messages,
    /// What secrets proved about it; `None` where none was given for it.
    pub verification: Option<Verification>,
    /// Its messages one by one, in order of capture; `None`, and not in JSON, where nobody asked for
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_list: Option<Vec<ListedMessage>>,
    /// Messages that are counted and not in `message_list`, for there was no room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_list_left_out: Option<u64>,
    /// Who authenticated, and how.
    pub auth: Auth,
    /// The shares that were connected to, as UNC paths.
    pub trees: Vec<String>,
    /// The TCP connections that carried it.
    pub channels: Vec<Channel>,
    /// What each side said in NEGOTIATE on the first connection.
    pub negotiate: Negotiate,
    /// The first packet of it.
    pub first_packet: u64,
    /// The last packet of it.
    pub last_packet: u64,
    /// The capture that `first_packet` is in, by its place in the report.
    pub capture: usize,
    /// The time of the first packet; `None` where the capture gives its packets no times.
    pub first_time: Option<String>,
    /// The time of the last packet.
    pub last_time: Option<String>,
    /// What the capture shows of the session, and what it lacks.
    pub coverage: Vec<Coverage>,
    /// The packets that the verdict rests on.
    pub evidence: Vec<Evidence>,
    /// A Wireshark display filter that selects the frames with the session's messages in the
    /// capture that `first_packet` is in.
    pub wireshark_filter: String,
    /// The keys of the sessions that are the same conversation, recorded in another place: on the
    /// other side of a NAT or a load balancer, or behind a forwarder.
    #[serde(default)]
    pub same_as: Vec<String>,
    /// Such a filter for each capture that the session is in, that one first; of sessions in very
    /// many captures, for the first 256.
    pub wireshark_filters: Vec<WiresharkFilter>,
    /// The accepted exception by which it need not be signed.
    #[serde(default)]
    pub exception: Option<Accepted>,
}

/// A Wireshark display filter for one capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WiresharkFilter {
    /// The capture, by its place in the report.
    pub capture: usize,
    /// The filter.
    pub filter: String,
}

/// The SMB generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Protocol {
    /// SMB1, also called CIFS.
    #[serde(rename = "SMB1")]
    Smb1,
    /// SMB 2 and 3.
    #[serde(rename = "SMB2")]
    Smb2,
}

/// One end of a TCP connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Endpoint {
    /// The IP address.
    pub address: String,
    /// The TCP port.
    pub port: u16,
    /// The name that the capture gives the host, of the most reliable source.
    pub name: Option<String>,
}

/// The dialects of SMB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Dialect {
    /// NT LM 0.12 and older.
    #[serde(rename = "1.0")]
    Smb1,
    /// 0x0202.
    #[serde(rename = "2.0.2")]
    Smb202,
    /// 0x0210.
    #[serde(rename = "2.1")]
    Smb210,
    /// 0x0300.
    #[serde(rename = "3.0")]
    Smb300,
    /// 0x0302.
    #[serde(rename = "3.0.2")]
    Smb302,
    /// 0x0311.
    #[serde(rename = "3.1.1")]
    Smb311,
}

/// Whether a session came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The final SESSION_SETUP response said success, or later traffic shows it.
    Established,
    /// The server refused it.
    Failed,
    /// The capture does not show it.
    Unknown,
}

/// What each side requires; `None` where the capture does not show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Policy {
    /// The client requires signing.
    pub client_requires: Option<bool>,
    /// The server requires signing.
    pub server_requires: Option<bool>,
}

/// What the two policies should give, after guest, anonymous and encryption are taken into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Every message after the setup signed.
    Signed,
    /// Only the setup signed.
    SetupOnly,
    /// Nothing signed.
    Unsigned,
    /// Every message after the setup encrypted.
    Encrypted,
    /// The capture does not show enough.
    Unknown,
}

/// What the capture shows of a session's signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SigningStatus {
    /// A signature is wrong although its key is proven right.
    BadSignature,
    /// Signing was required, and unsigned messages were accepted.
    SigningViolated,
    /// Nothing is signed.
    Unsigned,
    /// Only the setup is signed; what follows is not.
    UnsignedSetupOnly,
    /// Nothing is signed, for the session is a guest's.
    UnsignedGuest,
    /// Nothing is signed, for the session is anonymous.
    UnsignedAnonymous,
    /// Some messages are signed and some are not, and nobody required it.
    Selective,
    /// A part is encrypted, the rest is not.
    EncryptedPartly,
    /// A key is at hand and verifies nothing.
    KeyMismatch,
    /// Every message carries a signature; none was verified.
    SignedUnverified,
    /// Every message carries a signature; some were verified, none failed.
    SignedPartlyVerified,
    /// Every message carries a signature, and each was verified.
    SignedVerified,
    /// Every message after the setup is encrypted.
    Encrypted,
    /// Every message after the setup is encrypted, and each authenticated.
    EncryptedVerified,
    /// The session ended before a message that could tell.
    BaselineOnly,
    /// No session came to be.
    NoSession,
    /// The capture does not show enough to say.
    Unknown,
}

impl SigningStatus {
    /// Every status, the worst first.
    pub const ALL: [SigningStatus; 17] = [
        SigningStatus::BadSignature,
        SigningStatus::SigningViolated,
        SigningStatus::Unsigned,
        SigningStatus::UnsignedSetupOnly,
        SigningStatus::UnsignedGuest,
        SigningStatus::UnsignedAnonymous,
        SigningStatus::Selective,
        SigningStatus::EncryptedPartly,
        SigningStatus::KeyMismatch,
        SigningStatus::SignedUnverified,
        SigningStatus::SignedPartlyVerified,
        SigningStatus::SignedVerified,
        SigningStatus::Encrypted,
        SigningStatus::EncryptedVerified,
        SigningStatus::BaselineOnly,
        SigningStatus::NoSession,
        SigningStatus::Unknown,
    ];
}

/// The status in words, with the way from the packets to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verdict {
    /// The status with its cause, as "Unsigned: neither side requires signing".
    pub phrase: String,
    /// The steps that lead to it, in order.
    pub why: Vec<Reason>,
    /// What would change the verdict.
    pub would_change: String,
}

/// One step of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reason {
    /// The step as a sentence.
    pub text: String,
    /// The specification's section that the step rests on, such as "[MS-SMB2] 3.3.5.5.3".
    pub section: Option<String>,
    /// The packets that show it.
    pub packets: Vec<u64>,
    /// The capture that each of `packets` is in, by its place in the report.
    pub captures: Vec<usize>,
}

/// The codes that sign messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum SigningAlgorithm {
    /// HMAC-SHA256, cut to 16 bytes.
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
    /// AES-128-CMAC.
    #[serde(rename = "AES-128-CMAC")]
    Aes128Cmac,
    /// AES-128-GMAC.
    #[serde(rename = "AES-128-GMAC")]
    Aes128Gmac,
    /// The MD5 of SMB1.
    #[serde(rename = "MD5")]
    Md5,
}

/// The message counts of both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Messages {
    /// What the client sent.
    pub from_client: MessageCounts,
    /// What the server sent.
    pub from_server: MessageCounts,
}

impl Messages {
    /// The sum over both directions.
    pub fn both(&self) -> MessageCounts {
        let mut sum = self.from_client;
        sum.add(&self.from_server);
        sum
    }

    /// Adds another channel's counts.
    pub fn add(&mut self, other: &Messages) {
        self.from_client.add(&other.from_client);
        self.from_server.add(&other.from_server);
    }
}

/// How many messages of one direction fall into each bucket; every message falls into exactly one
/// of `encrypted`, `unreadable`, `exempt`, the two `baseline_`, `zero_signature`, `signed` and
/// `unsigned`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MessageCounts {
    /// All of them.
    pub total: u64,
    /// Setup messages with a signature.
    pub baseline_signed: u64,
    /// TREE_CONNECT and VALIDATE_NEGOTIATE_INFO without one.
    pub baseline_unsigned: u64,
    /// Messages that tell whether the session is signed.
    pub eligible: u64,
    /// Eligible, with a signature.
    pub signed: u64,
    /// Eligible, without a signature.
    pub unsigned: u64,
    /// Marked as signed, with sixteen zero bytes for a signature.
    pub zero_signature: u64,
    /// Inside a transform.
    pub encrypted: u64,
    /// The header was not wholly captured.
    pub unreadable: u64,
    /// Signatures that were found right.
    pub verified: u64,
    /// Signatures that were found wrong.
    pub failed: u64,
    /// Signatures that were not checked.
    pub unchecked: u64,
    /// Messages that may stand unsigned in a signed session.
    pub exempt: u64,
    /// Transforms that were decrypted.
    pub decrypted: u64,
    /// Transforms that did not authenticate.
    pub decrypt_failed: u64,
    /// Transforms that were not tried.
    pub undecrypted: u64,
}

impl MessageCounts {
    /// Adds `other`, field by field.
    pub fn add(&mut self, other: &MessageCounts) {
        self.total += other.total;
        self.baseline_signed += other.baseline_signed;
        self.baseline_unsigned += other.baseline_unsigned;
        self.eligible += other.eligible;
        self.signed += other.signed;
        self.unsigned += other.unsigned;
        self.zero_signature += other.zero_signature;
        self.encrypted += other.encrypted;
        self.unreadable += other.unreadable;
        self.verified += other.verified;
        self.failed += other.failed;
        self.unchecked += other.unchecked;
        self.exempt += other.exempt;
        self.decrypted += other.decrypted;
        self.decrypt_failed += other.decrypt_failed;
        self.undecrypted += other.undecrypted;
    }
}

/// Who authenticated, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Auth {
    /// The mechanism that carried the authentication.
    pub mechanism: Option<Mechanism>,
    /// The version of the NTLM response.
    pub ntlm_version: Option<NtlmVersion>,
    /// The account.
    pub user: Option<String>,
    /// The account's domain.
    pub domain: Option<String>,
    /// The workstation that the client names.
    pub workstation: Option<String>,
    /// The Kerberos service, such as "cifs/fs1.lab.test".
    pub service: Option<String>,
    /// The Kerberos realm.
    pub realm: Option<String>,
    /// The server made the session a guest's; `None` where its answer was not seen.
    pub guest: Option<bool>,
    /// The client gave no credentials; `None` where its request was not seen.
    pub anonymous: Option<bool>,
    /// The NTLM message integrity code.
    pub mic: MicState,
    /// The SPNEGO mechListMIC.
    pub mech_list_mic: MicState,
    /// What a given secret proved.
    pub secret: SecretState,
    /// Every field of the authentication that can be read, in order.
    pub fields: Vec<Field>,
}

/// The mechanism of an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Mechanism {
    /// NTLMSSP messages, in SPNEGO or bare.
    #[serde(rename = "NTLMSSP")]
    Ntlmssp,
    /// Kerberos.
    Kerberos,
    /// NTLM responses in SMB1 without extended security.
    #[serde(rename = "NTLM")]
    Ntlm,
    /// A password in the clear.
    #[serde(rename = "plaintext")]
    Plaintext,
    /// None at all.
    #[serde(rename = "none")]
    None,
}

/// The version of an NTLM response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum NtlmVersion {
    /// Only the LM response.
    #[serde(rename = "LM")]
    Lm,
    /// NTLMv1.
    #[serde(rename = "NTLMv1")]
    V1,
    /// NTLMv1 with extended session security.
    #[serde(rename = "NTLMv1-ESS")]
    V1Ess,
    /// NTLMv2.
    #[serde(rename = "NTLMv2")]
    V2,
}

/// The state of an integrity code over the authentication.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MicState {
    /// There is none.
    #[default]
    Absent,
    /// There is one, and it was not checked.
    Unchecked,
    /// There is one, and it is right.
    Valid,
    /// There is one, and it is wrong.
    Invalid,
}

/// What a secret that was given proved about a session.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SecretState {
    /// No secret was given for it.
    #[default]
    None,
    /// The secret is right.
    Right,
    /// The secret is wrong.
    Wrong,
    /// A secret has no use here, as for a guest.
    NotApplicable,
}

/// A named value as it was read, and the packet it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Field {
    /// The specification's name.
    pub name: String,
    /// The value as text.
    pub value: String,
    /// The packet.
    pub packet: Option<u64>,
}

/// One TCP connection of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Channel {
    /// The client's end.
    pub client: Endpoint,
    /// The server's end.
    pub server: Endpoint,
    /// What each side requires on this connection.
    pub policy: Policy,
    /// The algorithm that signatures are made with on this connection.
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// The message counts of this connection.
    pub messages: Messages,
    /// The session's first packet on this connection.
    pub first_packet: u64,
}

/// What each side said in NEGOTIATE.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Negotiate {
    /// The client's request.
    pub client: Option<NegotiateSide>,
    /// The server's response.
    pub server: Option<NegotiateSide>,
}

/// One side's NEGOTIATE.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NegotiateSide {
    /// The packet it stands in.
    pub packet: u64,
    /// SecurityMode as on the wire, such as "0x0003".
    pub security_mode: Option<String>,
    /// The names of the bits that are set in SecurityMode.
    pub security_mode_names: Vec<String>,
    /// The dialects that are offered; of the server the one that it chose.
    pub dialects: Vec<String>,
    /// The names of the bits that are set in Capabilities.
    pub capabilities: Vec<String>,
    /// ClientGuid or ServerGuid.
    pub guid: Option<String>,
    /// The negotiate contexts, in order.
    pub contexts: Vec<NegotiateContext>,
    /// Every other field, in order.
    pub fields: Vec<Field>,
}

/// One negotiate context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NegotiateContext {
    /// The type as on the wire, such as "0x0008".
    #[serde(rename = "type")]
    pub context_type: String,
    /// The specification's name of the type, or "unknown".
    pub name: String,
    /// What it says, one value a line.
    pub values: Vec<String>,
}

/// What the capture shows of a session, or what it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Nothing is missing.
    Complete,
    /// NEGOTIATE was not captured.
    NoNegotiate,
    /// No SESSION_SETUP was captured.
    NoSessionSetup,
    /// The final SESSION_SETUP response was not captured.
    NoFinalSessionSetupResponse,
    /// Nothing that the client sent was captured.
    FromClientMissing,
    /// Nothing that the server sent was captured.
    FromServerMissing,
    /// Bytes are missing within NEGOTIATE or SESSION_SETUP.
    GapInSetup,
    /// Bytes are missing.
    Gap,
    /// Packets were cut by the snap length.
    Truncated,
    /// Only later channels of the session were captured.
    NoFirstChannel,
}

impl Coverage {
    /// Every coverage, in the order of the report's documentation.
    pub const ALL: [Coverage; 10] = [
        Coverage::Complete,
        Coverage::NoNegotiate,
        Coverage::NoSessionSetup,
        Coverage::NoFinalSessionSetupResponse,
        Coverage::FromClientMissing,
        Coverage::FromServerMissing,
        Coverage::GapInSetup,
        Coverage::Gap,
        Coverage::Truncated,
        Coverage::NoFirstChannel,
    ];
}

/// A packet that a statement rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Evidence {
    /// The capture, by its place in the report.
    pub capture: usize,
    /// The packet.
    pub packet: u64,
    /// The message and the field, such as "NEGOTIATE response SecurityMode".
    pub field: String,
    /// The value as on the wire.
    pub value: String,
    /// What it means, as a sentence.
    pub meaning: String,
}
