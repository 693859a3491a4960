//! Who authenticated and how, read from the setup messages that a session keeps.
//!
//! What is secret in them stays out: of a password in the clear and of responses that a password
//! could be guessed from, only the lengths are told.

use crate::auth::kerberos;
use crate::auth::ntlmssp;
use crate::auth::ntlmssp::authenticate::AuthenticateMessage;
use crate::auth::ntlmssp::av_pair::{AvId, AvPairs};
use crate::auth::ntlmssp::challenge::ChallengeMessage;
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::auth::ntlmssp::negotiate::NegotiateMessage;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::auth::spnego::{Oid, Token};
use crate::flow::Direction;
use crate::report::{Auth, Field, Mechanism, MicState, NtlmVersion, SecretState};
use crate::session::{Generation, KeptMessage, Session};
use crate::smb::smb1::{self, Credentials, SessionSetupResponse as SessionSetupResponse1};
use crate::smb::smb2::{SessionSetupRequest, SessionSetupResponse};

use super::clock;

/// Reads the authentication of `session`.
pub(super) fn read(session: &Session) -> Auth {
    let mut reading = Reading::default();
    for message in deciding_messages(session) {
        match blob(session.generation, message) {
            Some(blob) if !blob.is_empty() => reading.blob(message, blob),
            _ => reading.without_blob(session.generation, message),
        }
    }
    reading.auth
}

/// What the capture's own authentication messages call the server.
pub(super) fn server_name(session: &Session) -> Option<String> {
    deciding_messages(session)
        .filter(|message| message.direction == Direction::ToClient)
        .find_map(|message| {
            let token = Token::parse(blob(session.generation, message)?);
            let challenge = ChallengeMessage::parse(token.ntlmssp()?).ok()?;
            let pairs = challenge.av_pairs();
            pairs.text(AvId::NB_COMPUTER_NAME).or_else(|| pairs.text(AvId::DNS_COMPUTER_NAME))
        })
        .filter(|name| !name.is_empty())
}

/// The messages of the attempt that made the session, or of the last one.
fn deciding_messages(session: &Session) -> impl Iterator<Item = &KeptMessage> {
    let setup = &session.setup;
    let attempt = setup.established_attempt.unwrap_or(setup.attempt);
    setup.messages.iter().filter(move |message| message.attempt == attempt)
}

/// The security buffer of a setup message.
fn blob(generation: Generation, message: &KeptMessage) -> Option<&[u8]> {
    let bytes = &message.bytes;
    match (generation, message.direction) {
        (Generation::Smb2, Direction::ToServer) => {
            Some(SessionSetupRequest::parse(bytes).ok()?.security_buffer.captured())
        }
        (Generation::Smb2, Direction::ToClient) => {
            Some(SessionSetupResponse::parse(bytes).ok()?.security_buffer.captured())
        }
        (Generation::Smb1, Direction::ToServer) => match smb1_request(bytes)?.credentials {
            Credentials::Extended { security_blob, .. } => Some(security_blob.captured()),
            Credentials::NtLanman { .. } | Credentials::Lanman { .. } => None,
        },
        (Generation::Smb1, Direction::ToClient) => {
            let (header, block) = smb1_command(bytes)?;
            let response = SessionSetupResponse1::parse(&block, header.is_unicode()).ok()?;
            Some(response.security_blob?.captured())
        }
    }
}

/// The header of an SMB1 message and its first command.
fn smb1_command(bytes: &[u8]) -> Option<(smb1::Header, smb1::Block<'_>)> {
    let (header, _) = smb1::Header::parse(bytes).ok()?;
    let block = smb1::commands(bytes, &header).next()?.ok()?;
    Some((header, block))
}

fn smb1_request(bytes: &[u8]) -> Option<smb1::SessionSetupRequest<'_>> {
    let (header, block) = smb1_command(bytes)?;
    smb1::SessionSetupRequest::parse(&block, header.is_unicode()).ok()
}

/// An authentication as far as it was read.
#[derive(Default)]
struct Reading {
    auth: Auth,
    packet: u64,
}

impl Reading {
    fn field(&mut self, name: &str, value: impl Into<String>) {
        let packet = Some(self.packet);
        self.auth.fields.push(Field { name: name.to_owned(), value: value.into(), packet });
    }

    fn optional_field(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.field(name, value);
        }
    }

    fn blob(&mut self, message: &KeptMessage, blob: &[u8]) {
        self.packet = message.at.packet.number;
        let token = Token::parse(blob);
        self.spnego(&token);
        if let Some(ntlmssp) = token.ntlmssp() {
            self.auth.mechanism = Some(Mechanism::Ntlmssp);
            match ntlmssp::Message::parse(ntlmssp) {
                Ok(ntlmssp::Message::Negotiate(message)) => self.ntlm_negotiate(&message),
                Ok(ntlmssp::Message::Challenge(message)) => self.ntlm_challenge(&message),
                Ok(ntlmssp::Message::Authenticate(message)) => self.ntlm_authenticate(&message),
                Err(error) => self.field("NTLMSSP message not readable", error.to_string()),
            }
        } else if let Some(kerberos) = token.kerberos() {
            self.auth.mechanism = Some(Mechanism::Kerberos);
            self.auth.anonymous = Some(false);
            match kerberos::Message::parse(kerberos) {
                Ok(message) => self.kerberos(&message),
                Err(error) => self.field("Kerberos token not readable", error.to_string()),
            }
        }
    }

    fn spnego(&mut self, token: &Token<'_>) {
        let offered: Vec<String> = token.mech_types().iter().map(|mech| mech.to_string()).collect();
        self.optional_field("SPNEGO mechTypes", Some(offered.join(", ")));
        self.optional_field("SPNEGO supportedMech", token.supported_mech().map(|m| m.to_string()));
        self.optional_field("SPNEGO negState", token.neg_state().map(|state| state.to_string()));
        if token.mech_list_mic().is_some() {
            self.auth.mech_list_mic = MicState::Unchecked;
            self.field("SPNEGO mechListMIC", "present");
        }
        if token.mechanism() == Some(Oid::NEGOEX) {
            self.field("SPNEGO mechanism", "NegoEx");
        }
    }

    fn ntlm_negotiate(&mut self, message: &NegotiateMessage<'_>) {
        self.flags("NTLM NEGOTIATE NegotiateFlags", message.negotiate_flags);
        self.optional_field("NTLM NEGOTIATE DomainName", message.domain_name_text());
        self.optional_field("NTLM NEGOTIATE Workstation", message.workstation_text());
        self.optional_field("NTLM NEGOTIATE Version", message.version.map(|v| v.to_string()));
    }

    fn ntlm_challenge(&mut self, message: &ChallengeMessage<'_>) {
        self.optional_field("NTLM CHALLENGE TargetName", message.target_name_text());
        self.flags("NTLM CHALLENGE NegotiateFlags", message.negotiate_flags);
        self.field("NTLM CHALLENGE ServerChallenge", hexadecimal(&message.server_challenge));
        self.optional_field("NTLM CHALLENGE Version", message.version.map(|v| v.to_string()));
        self.av_pairs("NTLM CHALLENGE", message.av_pairs());
    }

    fn ntlm_authenticate(&mut self, message: &AuthenticateMessage<'_>) {
        let auth = &mut self.auth;
        auth.user = message.user_name_text();
        auth.domain = message.domain_name_text();
        auth.workstation = message.workstation_text();
        auth.anonymous = Some(message.is_anonymous());
        auth.ntlm_version =
            message.response_kind().filter(|_| !message.is_anonymous()).map(ntlm_version);
        auth.mic = if message.mic.is_some() { MicState::Unchecked } else { MicState::Absent };
        if message.is_anonymous() {
            auth.secret = SecretState::NotApplicable;
        }
        let lengths = [
            ("NTLM AUTHENTICATE LmChallengeResponse", message.lm_challenge_response.len),
            ("NTLM AUTHENTICATE NtChallengeResponse", message.nt_challenge_response.len),
            (
                "NTLM AUTHENTICATE EncryptedRandomSessionKey",
                message.encrypted_random_session_key.len,
            ),
        ];
        self.optional_field("NTLM AUTHENTICATE DomainName", message.domain_name_text());
        self.optional_field("NTLM AUTHENTICATE UserName", message.user_name_text());
        self.optional_field("NTLM AUTHENTICATE Workstation", message.workstation_text());
        for (name, len) in lengths {
            self.field(name, format!("{len} bytes"));
        }
        if let Some(flags) = message.negotiate_flags {
            self.flags("NTLM AUTHENTICATE NegotiateFlags", flags);
        }
        self.optional_field("NTLM AUTHENTICATE Version", message.version.map(|v| v.to_string()));
        self.field(
            "NTLM AUTHENTICATE MIC",
            if message.mic.is_some() { "present" } else { "absent" },
        );
        self.av_pairs("NTLM AUTHENTICATE", message.av_pairs());
    }

    fn flags(&mut self, name: &str, flags: NegotiateFlags) {
        let mut names: Vec<String> =
            flags.names().map(|name| name.trim_start_matches("NTLMSSP_").to_owned()).collect();
        if flags.unnamed().0 != 0 {
            names.push(flags.unnamed().to_string());
        }
        self.field(name, format!("{flags} ({})", names.join(", ")));
    }

    fn av_pairs(&mut self, message: &str, pairs: AvPairs<'_>) {
        for pair in pairs.iter() {
            let value = match pair.id {
                AvId::FLAGS => pairs.flags().map(|flags| flags.to_string()),
                AvId::TIMESTAMP => pairs
                    .timestamp()
                    .and_then(|time| time.unix_nanoseconds())
                    .map(|nanoseconds| clock::rfc3339(crate::time::Timestamp(nanoseconds))),
                _ => pair.text(),
            };
            let value = value.unwrap_or_else(|| hexadecimal(pair.value));
            self.field(&format!("{message} {}", pair.id), value);
        }
    }

    fn kerberos(&mut self, message: &kerberos::Message<'_>) {
        match message {
            kerberos::Message::ApReq(request) => self.kerberos_request(request),
            kerberos::Message::ApRep(reply) => {
                self.field("AP-REP enc-part etype", reply.enc_part.etype.to_string());
            }
            kerberos::Message::KrbError(error) => {
                self.field("KRB-ERROR error-code", error.error_code.to_string());
                self.optional_field("KRB-ERROR e-text", error.e_text.clone());
                self.optional_field("KRB-ERROR realm", error.realm.clone());
                self.optional_field(
                    "KRB-ERROR sname",
                    error.sname.as_ref().map(ToString::to_string),
                );
            }
            kerberos::Message::Other(id) => {
                self.field("Kerberos token id", hexadecimal(&id.0));
            }
        }
    }

    fn kerberos_request(&mut self, request: &kerberos::ApReq<'_>) {
        let ticket = &request.ticket;
        self.auth.service = Some(ticket.sname.to_string()).filter(|name| !name.is_empty());
        self.auth.realm = Some(ticket.realm.clone()).filter(|realm| !realm.is_empty());
        let is_mutual = request.ap_options.contains(kerberos::ApOptions::MUTUAL_REQUIRED);
        self.field(
            "AP-REQ ap-options",
            format!(
                "0x{:08x} ({})",
                request.ap_options.0,
                if is_mutual { "mutual-required" } else { "mutual authentication not asked for" }
            ),
        );
        self.optional_field("AP-REQ ticket realm", self.auth.realm.clone());
        self.optional_field("AP-REQ ticket sname", self.auth.service.clone());
        if let Some(part) = &ticket.enc_part {
            self.field("AP-REQ ticket etype", part.etype.to_string());
            self.optional_field("AP-REQ ticket kvno", part.kvno.map(|kvno| kvno.to_string()));
        }
        if let Some(part) = &request.authenticator {
            self.field("AP-REQ authenticator etype", part.etype.to_string());
        }
    }

    /// A setup message of SMB1 without extended security.
    fn without_blob(&mut self, generation: Generation, message: &KeptMessage) {
        if generation != Generation::Smb1 || message.direction != Direction::ToServer {
            return;
        }
        let Some(request) = smb1_request(&message.bytes) else { return };
        self.packet = message.at.packet.number;
        self.smb1(&request);
    }

    fn smb1(&mut self, request: &smb1::SessionSetupRequest<'_>) {
        let (oem, unicode, account_name, primary_domain) = match request.credentials {
            Credentials::Extended { .. } => return,
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
        let kind = ResponseKind::of(oem, unicode, false);
        let is_anonymous = account_name.is_empty() && unicode == 0 && oem <= 1;
        let auth = &mut self.auth;
        auth.user = Some(account_name.to_string());
        auth.domain = Some(primary_domain.to_string());
        auth.anonymous = Some(is_anonymous);
        auth.ntlm_version = kind.filter(|_| !is_anonymous).map(ntlm_version);
        auth.mechanism = Some(match kind {
            _ if is_anonymous => Mechanism::None,
            Some(_) => Mechanism::Ntlm,
            None => Mechanism::Plaintext,
        });
        self.field("SESSION_SETUP_ANDX AccountName", account_name.to_string());
        self.field("SESSION_SETUP_ANDX PrimaryDomain", primary_domain.to_string());
        self.field("SESSION_SETUP_ANDX OEMPassword", format!("{oem} bytes"));
        self.field("SESSION_SETUP_ANDX UnicodePassword", format!("{unicode} bytes"));
        let native_os = request.native_os.to_string();
        self.optional_field("SESSION_SETUP_ANDX NativeOS", Some(native_os));
        let native_lan_man = request.native_lan_man.to_string();
        self.optional_field("SESSION_SETUP_ANDX NativeLanMan", Some(native_lan_man));
    }
}

fn ntlm_version(kind: ResponseKind) -> NtlmVersion {
    match kind {
        ResponseKind::Lm => NtlmVersion::Lm,
        ResponseKind::NtlmV1 => NtlmVersion::V1,
        ResponseKind::NtlmV1Ess => NtlmVersion::V1Ess,
        ResponseKind::NtlmV2 => NtlmVersion::V2,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
