//! The words for the values of a report, in one place so that a translation is one file.

use super::exception::{Accepted, Exception, ExceptionState};
use super::finding::{Confidence, Severity};
use super::host::{Effect, HostKind, RequiresSigning, Role, UnsignedCause};
use super::message_list::{Bucket, CodeState, ListedMessage, Side, UncheckedReason};
use super::name::{HostName, NameSource};
use super::not_analysable::Transport;
use super::session::{
    Auth, Coverage, Dialect, Endpoint, Expected, Mechanism, NtlmVersion, Outcome, Policy, Protocol,
    SigningAlgorithm, SigningStatus,
};

/// The account of an authentication as DOMAIN\user, with "anonymous" for one without a name.
pub fn account(auth: &Auth) -> Option<String> {
    if auth.anonymous == Some(true) {
        return Some("anonymous".to_owned());
    }
    let user = auth.user.as_deref().filter(|user| !user.is_empty())?;
    let domain = auth.domain.as_deref().or(auth.realm.as_deref()).unwrap_or_default();
    Some(if domain.is_empty() { user.to_owned() } else { format!("{domain}\\{user}") })
}

/// Where a name comes from, after "from".
pub fn name_source(source: NameSource) -> &'static str {
    match source {
        NameSource::NtlmTargetInfo => "the server's NTLM challenge",
        NameSource::Dns => "a DNS answer",
        NameSource::Dhcp => "its DHCP lease",
        NameSource::Nbns => "the NetBIOS name service",
        NameSource::Mdns => "a multicast DNS answer",
        NameSource::Llmnr => "an LLMNR answer",
        NameSource::CaptureFile => "the capture file's own name resolution block",
        NameSource::KerberosService => "the service name in the client's Kerberos ticket",
        NameSource::NtlmWorkstation => {
            "the workstation in the client's NTLM authentication, which nobody checks"
        }
        NameSource::NetbiosSession => "the client's NetBIOS session request",
        NameSource::TlsServerName => "the server name in the client's TLS ClientHello",
        NameSource::Netname => "the name in the client's NEGOTIATE",
        NameSource::TreeConnect => "the share's path in the client's TREE_CONNECT",
    }
}

/// A transport of SMB that is not analysed.
pub fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::SmbOverQuic => "SMB over QUIC",
        Transport::SmbDirect => "SMB Direct (RDMA)",
    }
}

/// Where a name stands: its source, and the packet.
pub fn name_origin(name: &HostName) -> String {
    let source = name_source(name.source);
    match (name.packet, name.offset) {
        (Some(packet), _) => format!("from {source}, packet {packet}"),
        (None, Some(offset)) => format!("from {source}, byte {offset}"),
        (None, None) => format!("from {source}"),
    }
}

/// How much a finding matters.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "HIGH",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// How much a finding matters, as a heading.
pub fn severity_label(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
    }
}

/// What a severity asks of the reader.
pub fn severity_help(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "act now",
        Severity::Medium => "act soon",
        Severity::Low => "act when convenient",
        Severity::Info => "know it",
    }
}

/// What a confidence means, in a sentence.
pub fn confidence_help(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "The evidence proves it.",
        Confidence::Strong => "Ordinary causes are unlikely.",
        Confidence::Weak => "Ordinary causes are as likely.",
    }
}

/// A framework that findings refer to, as it is called.
pub fn framework(name: &str) -> &str {
    match name {
        "cis" => "CIS",
        "mitre_attack" => "MITRE ATT&CK",
        "nist_csf_1_1" => "NIST CSF 1.1",
        "nist_csf_2" => "NIST CSF 2.0",
        "nist_sp_800_207" => "NIST SP 800-207",
        "nist_sp_800_53" => "NIST SP 800-53",
        "owasp_nhi" => "OWASP NHI",
        other => other,
    }
}

/// How sure a finding is.
pub fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "certain",
        Confidence::Strong => "strong",
        Confidence::Weak => "weak",
    }
}

/// What a host is.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::DomainController => "domain controller",
        Role::FileServer => "file server",
        Role::PrintServer => "print server",
        Role::Nas => "NAS",
        Role::AdministrationWorkstation => "administration workstation",
        Role::Workstation => "workstation",
    }
}

/// What the hosts in a row of the estate are.
pub fn host_kind(kind: HostKind) -> &'static str {
    match kind {
        HostKind::DomainController => "domain controllers",
        HostKind::AdministrationWorkstation => "administration workstations",
        HostKind::FileServer => "file servers and NAS",
        HostKind::Other => "others",
        HostKind::Unknown => "not known what",
    }
}

/// What a host requires, in a few words.
pub fn requires_signing(requires: Option<RequiresSigning>) -> &'static str {
    match requires {
        Some(RequiresSigning::Yes) => "requires signing",
        Some(RequiresSigning::No) => "does not require signing",
        Some(RequiresSigning::Contradictory) => {
            "says both that it requires signing and that it does not"
        }
        None => "not seen",
    }
}

/// Why sessions were neither signed nor encrypted.
pub fn unsigned_cause(cause: UnsignedCause) -> &'static str {
    match cause {
        UnsignedCause::PlaintextPassword => "a password in the clear gives no key to sign with",
        UnsignedCause::Smb1WithoutExtendedSecurity => {
            "SMB1 without extended security, which servers are seen to leave unsigned"
        }
        UnsignedCause::Guest => "a guest's session has no key to sign with",
        UnsignedCause::Anonymous => "a session without credentials has no key to sign with",
        UnsignedCause::Smb1NotOffered => {
            "SMB1, and the client does not offer to sign: whether it could is not seen"
        }
        UnsignedCause::SetupNotSeen => "the setup was not captured",
        UnsignedCause::Smb1NotRequired => "SMB1, and nobody required it; the client offers to sign",
        UnsignedCause::NotRequired => "nobody required it; every client of SMB 2 and 3 can sign",
    }
}

/// What becomes of sessions once their server requires signing.
pub fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::CannotSign => "cannot be signed: some servers then refuse it, others let it go on",
        Effect::Unknown => "not known whether it can be signed",
        Effect::Signs => "is signed once it is required",
    }
}

/// What an exception is for, as "10.0.0.0/24 as a server".
pub fn exception_for(exception: &Exception) -> String {
    let host = exception.host.as_deref().or(exception.network.as_deref()).unwrap_or_default();
    let side = match exception.side {
        Side::Server => "as a server",
        Side::Client => "as a client",
    };
    match exception.role {
        Some(of) => format!("{host} {side}, if it is a {}", role(of)),
        None => format!("{host} {side}"),
    }
}

/// Whether an exception holds.
pub fn exception_state(state: ExceptionState) -> &'static str {
    match state {
        ExceptionState::Used => "holds",
        ExceptionState::Unused => "holds, and is not needed",
        ExceptionState::Expired => "expired",
        ExceptionState::NotYet => "does not hold yet",
    }
}

/// A status in two or three words, for a badge.
pub fn status_label(status: SigningStatus) -> &'static str {
    match status {
        SigningStatus::BadSignature => "Bad signature",
        SigningStatus::SigningViolated => "Signing violated",
        SigningStatus::Unsigned => "Unsigned",
        SigningStatus::UnsignedSetupOnly => "Unsigned, setup signed",
        SigningStatus::UnsignedGuest => "Unsigned guest",
        SigningStatus::UnsignedAnonymous => "Unsigned anonymous",
        SigningStatus::Selective => "Partly signed",
        SigningStatus::EncryptedPartly => "Partly encrypted",
        SigningStatus::KeyMismatch => "Key mismatch",
        SigningStatus::SignedUnverified => "Signed, unverified",
        SigningStatus::SignedPartlyVerified => "Signed, partly verified",
        SigningStatus::SignedVerified => "Signed, verified",
        SigningStatus::Encrypted => "Encrypted",
        SigningStatus::EncryptedVerified => "Encrypted, verified",
        SigningStatus::BaselineOnly => "Setup only",
        SigningStatus::NoSession => "No session",
        SigningStatus::Unknown => "Undetermined",
    }
}

/// What a status means, in a sentence.
pub fn status_help(status: SigningStatus) -> &'static str {
    match status {
        SigningStatus::BadSignature => {
            "A signature is wrong although its key is proven right: the message was altered, or a side is at fault."
        }
        SigningStatus::SigningViolated => {
            "Signing was required, yet unsigned messages were accepted."
        }
        SigningStatus::Unsigned => "No message of the session is signed.",
        SigningStatus::UnsignedSetupOnly => {
            "Only messages that are always signed, such as the end of the setup, carry a signature; everything after it can be altered."
        }
        SigningStatus::UnsignedGuest => {
            "The server made the user a guest, and a guest's session cannot be signed."
        }
        SigningStatus::UnsignedAnonymous => {
            "The client gave no credentials, and a session without them cannot be signed."
        }
        SigningStatus::Selective => {
            "Some messages are signed and some are not; what is not signed can be altered."
        }
        SigningStatus::EncryptedPartly => {
            "A part of the session is encrypted and the rest is in the clear."
        }
        SigningStatus::KeyMismatch => {
            "The key that was given verifies no signature; the secret is likely wrong."
        }
        SigningStatus::SignedUnverified => {
            "Every message carries a signature; without a secret none could be checked."
        }
        SigningStatus::SignedPartlyVerified => {
            "Every message carries a signature; some were checked and none failed."
        }
        SigningStatus::SignedVerified => "Every message carries a signature, and each was checked.",
        SigningStatus::Encrypted => {
            "Every message after the setup is encrypted, which protects it from change as well."
        }
        SigningStatus::EncryptedVerified => {
            "Every message after the setup is encrypted, and each was checked."
        }
        SigningStatus::BaselineOnly => {
            "The session ended after its setup, so nothing shows whether its messages would be signed."
        }
        SigningStatus::NoSession => "The server refused the session, or it was never finished.",
        SigningStatus::Unknown => "The capture does not show enough to say.",
    }
}

/// An expectation in words.
pub fn expected(expected: Expected) -> &'static str {
    match expected {
        Expected::Signed => "signed",
        Expected::SetupOnly => "only the setup signed",
        Expected::Unsigned => "unsigned",
        Expected::Encrypted => "encrypted",
        Expected::Unknown => "not known",
    }
}

/// A dialect as it is called.
pub fn dialect(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Smb1 => "1.0",
        Dialect::Smb202 => "2.0.2",
        Dialect::Smb210 => "2.1",
        Dialect::Smb300 => "3.0",
        Dialect::Smb302 => "3.0.2",
        Dialect::Smb311 => "3.1.1",
    }
}

/// A generation of SMB as it is called.
pub fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Smb1 => "SMB1",
        Protocol::Smb2 => "SMB2",
    }
}

/// An outcome in words.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Established => "established",
        Outcome::Failed => "failed",
        Outcome::Unknown => "not seen",
    }
}

/// A mechanism as it is called.
pub fn mechanism(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Ntlmssp => "NTLMSSP",
        Mechanism::Kerberos => "Kerberos",
        Mechanism::Ntlm => "NTLM",
        Mechanism::Plaintext => "plaintext",
        Mechanism::None => "none",
    }
}

/// A version of an NTLM response as it is called.
pub fn ntlm_version(version: NtlmVersion) -> &'static str {
    match version {
        NtlmVersion::Lm => "LM",
        NtlmVersion::V1 => "NTLMv1",
        NtlmVersion::V1Ess => "NTLMv1 with extended session security",
        NtlmVersion::V2 => "NTLMv2",
    }
}

/// The state of a message in a few words: what its code said, or why there is none.
pub fn message_state(message: &ListedMessage) -> String {
    let said = match message.code {
        CodeState::None => return without_code(message.bucket).to_owned(),
        CodeState::Verified => "signature verified",
        CodeState::Failed => "signature wrong",
        CodeState::Unchecked => "signature unchecked",
        CodeState::Decrypted => "decrypted",
        CodeState::DecryptFailed => "not authentic",
        CodeState::Undecrypted => "not decrypted",
    };
    match message.reason {
        Some(reason) => format!("{said}: {}", unchecked_reason(reason)),
        None => said.to_owned(),
    }
}

/// What a message is that carries no code of its own.
fn without_code(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Encrypted => "encrypted",
        Bucket::Unreadable => "header not wholly captured",
        Bucket::Exempt => "exempt: may stand unsigned",
        Bucket::BaselineSigned | Bucket::Signed => "repeats its request's signature",
        Bucket::BaselineUnsigned => "unsigned, a setup message",
        Bucket::ZeroSignature => "marked as signed, signature all zero",
        Bucket::Unsigned => "unsigned",
    }
}

/// Why nothing is said of a code.
fn unchecked_reason(reason: UncheckedReason) -> &'static str {
    match reason {
        UncheckedReason::NoSecret => "no secret was given",
        UncheckedReason::NoKey => "no secret made a key for it",
        UncheckedReason::Cut => "not wholly captured",
        UncheckedReason::NotHeld => "large, and its key was not known when it came",
        UncheckedReason::NotProven => "it is not right by a key that no message proves",
        UncheckedReason::Excused => "it is not right, as may be of such messages",
    }
}

/// A signing algorithm as it is called.
pub fn signing_algorithm(algorithm: SigningAlgorithm) -> &'static str {
    match algorithm {
        SigningAlgorithm::HmacSha256 => "HMAC-SHA256",
        SigningAlgorithm::Aes128Cmac => "AES-128-CMAC",
        SigningAlgorithm::Aes128Gmac => "AES-128-GMAC",
        SigningAlgorithm::Md5 => "MD5",
    }
}

/// What a side requires, in a word.
pub fn requires(requires: Option<bool>) -> &'static str {
    match requires {
        Some(true) => "required",
        Some(false) => "not required",
        None => "not seen",
    }
}

/// Who requires signing, in a few words.
pub fn required_by(policy: Policy) -> &'static str {
    match (policy.client_requires, policy.server_requires) {
        (Some(true), Some(true)) => "both",
        (Some(true), Some(false)) => "client only",
        (Some(false), Some(true)) => "server only",
        (Some(false), Some(false)) => "neither",
        (Some(true), None) => "client; server not seen",
        (Some(false), None) => "not client; server not seen",
        (None, Some(true)) => "server; client not seen",
        (None, Some(false)) => "not server; client not seen",
        (None, None) => "not seen",
    }
}

/// That something is accepted, by whom, why and until when.
pub fn accepted(accepted: &Accepted) -> String {
    let Accepted { reason, owner, expires_on, .. } = accepted;
    let until = expires_on.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
    format!("Accepted by {}{until}: {}", printable(owner), printable(reason))
}

/// A coverage in words.
pub fn coverage(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Complete => "complete",
        Coverage::NoNegotiate => "NEGOTIATE was not captured",
        Coverage::NoSessionSetup => "SESSION_SETUP was not captured",
        Coverage::NoFinalSessionSetupResponse => {
            "the final SESSION_SETUP response was not captured"
        }
        Coverage::FromClientMissing => "nothing from the client was captured",
        Coverage::FromServerMissing => "nothing from the server was captured",
        Coverage::GapInSetup => "bytes are missing within the setup",
        Coverage::Gap => "bytes are missing",
        Coverage::Truncated => "packets were cut by the snap length",
        Coverage::NoFirstChannel => "the session's first connection was not captured",
    }
}

/// The ends of a session, as "10.0.0.7:49731 → 10.0.0.5:445".
pub fn between(client: &Endpoint, server: &Endpoint) -> String {
    format!("{} → {}", end(client), end(server))
}

/// One end of a connection, as "10.0.0.5:445".
pub fn end(end: &Endpoint) -> String {
    match end.address.contains(':') {
        true => format!("[{}]:{}", end.address, end.port),
        false => format!("{}:{}", end.address, end.port),
    }
}

/// A number with its thousands apart, as "1 234 567" with narrow spaces that do not break.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number with what is counted, as "1 session" or "2 sessions".
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// That a session's conversation was recorded in other places too, as the sessions with these keys.
pub fn same_as(keys: &[String]) -> String {
    let sessions = if keys.len() == 1 { "session" } else { "sessions" };
    format!("The same conversation was also recorded as {sessions} {}.", keys.join(", "))
}

/// Packets that were recorded more than once, as "1204 packets were recorded twice and counted
/// once"; `shown` is their number as it is to be written.
pub fn recorded_twice(packets: u64, shown: &str) -> String {
    match packets {
        1 => format!("{shown} packet was recorded twice and counted once"),
        _ => format!("{shown} packets were recorded twice and counted once"),
    }
}

/// Text of a capture as it may be written to a terminal: control characters, which could move the
/// cursor or change what stands there, and marks that cannot be seen are shown by their numbers.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_unprintable(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Whether a character changes how others are shown, or cannot be seen at all: controls, marks that
/// turn the order of text around, spaces without width, ends of lines, and tags.
pub fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_a_terminal_would_obey_is_shown_by_its_number() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
        assert_eq!(
            printable("fs1\u{200b}\u{2028}\u{feff}\u{9b}"),
            "fs1\\u{200b}\\u{2028}\\u{feff}\\u{9b}"
        );
        assert_eq!(printable("Jürgen 東京"), "Jürgen 東京");
    }
}
