//! Who authenticated and how, read from the setup messages that a session keeps.

use crate::auth::kerberos;
use crate::auth::ntlmssp;
use crate::auth::ntlmssp::authenticate::AuthenticateMessage;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::auth::spnego::Token;
use crate::flow::Direction;
use crate::limits::Limits;
use crate::report::{Auth, Mechanism, MicState, NtlmVersion, SecretState};
use crate::session::{Connection, Generation, KeptMessage, Session, security_buffer, smb1_request};
use crate::smb::smb1::{self, Credentials, SecurityMode};

/// Reads who authenticated and how; the fields are told by `authentication_fields`.
pub(super) fn identity(session: &Session) -> Auth {
    identity_and(session, |_, _| {})
}

/// The same, and shows each message that has a token to `also`, so that it is read once.
pub(super) fn identity_and(
    session: &Session,
    mut also: impl FnMut(&KeptMessage, &Token<'_>),
) -> Auth {
    let mut auth = Auth::default();
    for message in deciding_messages(session) {
        match blob(session.generation, message).filter(|blob| !blob.is_empty()) {
            Some(blob) => {
                let token = Token::parse(blob);
                take_token(&mut auth, &token);
                also(message, &token);
            }
            None => {
                if let Some(credentials) = plain_credentials(session.generation, message) {
                    take_credentials(&mut auth, &credentials);
                }
            }
        }
    }
    auth
}

/// Takes into account that a server of SMB1 may ask for passwords in the clear (\[MS-CIFS\] 2.2.4.52.2,
/// SecurityMode): what is sent then is no response, whatever its length.
pub(super) fn take_policy(auth: &mut Auth, connection: Option<&Connection>) {
    let mode = connection.and_then(|connection| connection.smb1.security_mode);
    let encrypts = SecurityMode::NEGOTIATE_ENCRYPT_PASSWORDS;
    if auth.mechanism == Some(Mechanism::Ntlm) && mode.is_some_and(|mode| !mode.contains(encrypts))
    {
        auth.mechanism = Some(Mechanism::Plaintext);
        auth.ntlm_version = None;
    }
}

/// The messages of the attempt that made the session, or of the last one.
pub(super) fn deciding_messages(session: &Session) -> impl Iterator<Item = &KeptMessage> {
    let setup = &session.setup;
    let attempt = setup.established_attempt.unwrap_or(setup.attempt);
    setup.messages.iter().filter(move |message| message.attempt == attempt)
}

/// The security buffer of a setup message.
pub(super) fn blob(generation: Generation, message: &KeptMessage) -> Option<&[u8]> {
    security_buffer(generation, message.direction, &message.bytes)
}

/// The request of an SMB1 session without extended security.
pub(super) fn plain_request(
    generation: Generation,
    message: &KeptMessage,
) -> Option<smb1::SessionSetupRequest<'_>> {
    let is_request = message.direction == Direction::ToServer;
    let request = smb1_request(&message.bytes).filter(|_| is_request)?;
    let is_plain = !matches!(request.credentials, Credentials::Extended { .. });
    (generation == Generation::Smb1 && is_plain).then_some(request)
}

/// What a request without extended security says about its user.
pub(super) struct PlainCredentials {
    pub(super) user: String,
    pub(super) domain: String,
    /// Bytes of the password or response in the OEM character set.
    pub(super) oem: usize,
    /// Bytes of the password or response in Unicode.
    pub(super) unicode: usize,
}

impl PlainCredentials {
    pub(super) fn of(request: &smb1::SessionSetupRequest<'_>) -> Option<PlainCredentials> {
        let (oem, unicode, user, domain) = match request.credentials {
            Credentials::Extended { .. } => return None,
            Credentials::NtLanman {
                oem_password,
                unicode_password,
                account_name,
                primary_domain,
                ..
            } => (oem_password.length(), unicode_password.length(), account_name, primary_domain),
            Credentials::Lanman { password, account_name, primary_domain } => {
                (password.length(), 0, account_name, primary_domain)
            }
        };
        let (user, domain) = (bounded(user.to_string()), bounded(domain.to_string()));
        Some(PlainCredentials { user, domain, oem, unicode })
    }
}

/// A text of a message, at most as long as is kept.
fn bounded(text: String) -> String {
    Limits::DEFAULT.text(text)
}

fn plain_credentials(generation: Generation, message: &KeptMessage) -> Option<PlainCredentials> {
    PlainCredentials::of(&plain_request(generation, message)?)
}

fn take_token(auth: &mut Auth, token: &Token<'_>) {
    if token.mech_list_mic().is_some() {
        auth.mech_list_mic = MicState::Unchecked;
    }
    if let Some(ntlmssp) = token.ntlmssp() {
        auth.mechanism = Some(Mechanism::Ntlmssp);
        if let Ok(ntlmssp::Message::Authenticate(message)) = ntlmssp::Message::parse(ntlmssp) {
            take_authenticate(auth, &message);
        }
    } else if let Some(kerberos) = token.kerberos() {
        auth.mechanism = Some(Mechanism::Kerberos);
        auth.anonymous = Some(false);
        if let Ok(kerberos::Message::ApReq(request)) = kerberos::Message::parse(kerberos) {
            let ticket = request.ticket;
            auth.service = Some(bounded(ticket.sname.to_string())).filter(|name| !name.is_empty());
            auth.realm = Some(bounded(ticket.realm)).filter(|realm| !realm.is_empty());
        }
    }
}

fn take_authenticate(auth: &mut Auth, message: &AuthenticateMessage<'_>) {
    let is_anonymous = message.is_anonymous();
    auth.user = message.user_name_text().map(bounded);
    auth.domain = message.domain_name_text().map(bounded);
    auth.workstation = message.workstation_text().map(bounded);
    auth.anonymous = Some(is_anonymous);
    auth.ntlm_version = message.response_kind().filter(|_| !is_anonymous).map(ntlm_version);
    auth.mic = if message.mic.is_some() { MicState::Unchecked } else { MicState::Absent };
    if is_anonymous {
        auth.secret = SecretState::NotApplicable;
    }
}

fn take_credentials(auth: &mut Auth, credentials: &PlainCredentials) {
    let PlainCredentials { user, domain, oem, unicode } = credentials;
    let kind = ResponseKind::of(*oem, *unicode, false);
    let is_anonymous = user.is_empty() && *unicode == 0 && *oem <= 1;
    auth.user = Some(user.clone());
    auth.domain = Some(domain.clone());
    auth.anonymous = Some(is_anonymous);
    auth.ntlm_version = kind.filter(|_| !is_anonymous).map(ntlm_version);
    auth.mechanism = Some(match kind {
        _ if is_anonymous => Mechanism::None,
        Some(_) => Mechanism::Ntlm,
        None => Mechanism::Plaintext,
    });
}

fn ntlm_version(kind: ResponseKind) -> NtlmVersion {
    match kind {
        ResponseKind::Lm => NtlmVersion::Lm,
        ResponseKind::NtlmV1 => NtlmVersion::V1,
        ResponseKind::NtlmV1Ess => NtlmVersion::V1Ess,
        ResponseKind::NtlmV2 => NtlmVersion::V2,
    }
}
