//! Every field of an authentication that can be read, from the setup messages that a session keeps.
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
use crate::auth::spnego::{Oid, Token};
use crate::limits::Limits;
use crate::report::Field;
use crate::session::Session;
use crate::smb::smb1;

use super::authentication::{PlainCredentials, blob, deciding_messages, plain_request};
use super::clock;

/// Reads the fields of `session`'s authentication, in order of the messages.
pub(super) fn of(session: &Session) -> Vec<Field> {
    let mut fields = Fields::default();
    for message in deciding_messages(session) {
        fields.packet = message.at.packet.number;
        match blob(session.generation, message).filter(|blob| !blob.is_empty()) {
            Some(blob) => fields.token(&Token::parse(blob)),
            None => {
                if let Some(request) = plain_request(session.generation, message) {
                    fields.plain(&request);
                }
            }
        }
    }
    fields.told
}

/// The fields as far as they were read.
#[derive(Default)]
struct Fields {
    told: Vec<Field>,
    /// The packet of the message being read.
    packet: u64,
}

impl Fields {
    fn field(&mut self, name: &str, value: impl Into<String>) {
        let packet = Some(self.packet);
        let value = Limits::DEFAULT.text(value.into());
        self.told.push(Field { name: name.to_owned(), value, packet });
    }

    fn optional_field(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.field(name, value);
        }
    }

    fn token(&mut self, token: &Token<'_>) {
        self.spnego(token);
        if let Some(ntlmssp) = token.ntlmssp() {
            match ntlmssp::Message::parse(ntlmssp) {
                Ok(ntlmssp::Message::Negotiate(message)) => self.ntlm_negotiate(&message),
                Ok(ntlmssp::Message::Challenge(message)) => self.ntlm_challenge(&message),
                Ok(ntlmssp::Message::Authenticate(message)) => self.ntlm_authenticate(&message),
                Err(error) => self.field("NTLMSSP message not readable", error.to_string()),
            }
        } else if let Some(kerberos) = token.kerberos() {
            match kerberos::Message::parse(kerberos) {
                Ok(message) => self.kerberos(&message),
                Err(error) => self.field("Kerberos token not readable", error.to_string()),
            }
        }
    }

    fn spnego(&mut self, token: &Token<'_>) {
        let offered = token.mech_types();
        let offered = Limits::DEFAULT.list(offered.iter().map(|mech| mech.to_string()));
        self.optional_field("SPNEGO mechTypes", Some(offered.join(", ")));
        self.optional_field("SPNEGO supportedMech", token.supported_mech().map(|m| m.to_string()));
        self.optional_field("SPNEGO negState", token.neg_state().map(|state| state.to_string()));
        if token.mech_list_mic().is_some() {
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
        let most = Limits::DEFAULT.listed_values;
        for pair in pairs.iter().take(most) {
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
        if let more @ 1.. = pairs.iter().skip(most).count() {
            self.field(&format!("{message} further AV pairs"), more.to_string());
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
        let is_mutual = request.ap_options.contains(kerberos::ApOptions::MUTUAL_REQUIRED);
        self.field(
            "AP-REQ ap-options",
            format!(
                "0x{:08x} ({})",
                request.ap_options.0,
                if is_mutual { "mutual-required" } else { "mutual authentication not asked for" }
            ),
        );
        self.optional_field("AP-REQ ticket realm", Some(ticket.realm.clone()));
        self.optional_field("AP-REQ ticket sname", Some(ticket.sname.to_string()));
        if let Some(part) = &ticket.enc_part {
            self.field("AP-REQ ticket etype", part.etype.to_string());
            self.optional_field("AP-REQ ticket kvno", part.kvno.map(|kvno| kvno.to_string()));
        }
        if let Some(part) = &request.authenticator {
            self.field("AP-REQ authenticator etype", part.etype.to_string());
        }
    }

    /// A request of SMB1 without extended security.
    fn plain(&mut self, request: &smb1::SessionSetupRequest<'_>) {
        let Some(credentials) = PlainCredentials::of(request) else { return };
        let PlainCredentials { user, domain, oem, unicode } = credentials;
        self.field("SESSION_SETUP_ANDX AccountName", user);
        self.field("SESSION_SETUP_ANDX PrimaryDomain", domain);
        self.field("SESSION_SETUP_ANDX OEMPassword", format!("{oem} bytes"));
        self.field("SESSION_SETUP_ANDX UnicodePassword", format!("{unicode} bytes"));
        let native_os = request.native_os.to_string();
        self.optional_field("SESSION_SETUP_ANDX NativeOS", Some(native_os));
        let native_lan_man = request.native_lan_man.to_string();
        self.optional_field("SESSION_SETUP_ANDX NativeLanMan", Some(native_lan_man));
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
