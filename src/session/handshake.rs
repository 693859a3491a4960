//! What the two sides said in one attempt to authenticate, brought together for the secrets to be
//! held against.

use super::Generation;
use crate::auth::kerberos::{self, ApRep, ApReq};
use crate::auth::ntlmssp;
use crate::auth::ntlmssp::authenticate::AuthenticateMessage;
use crate::auth::ntlmssp::challenge::ChallengeMessage;
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::auth::spnego::Token;
use crate::crypto::ntlm::{self, Signer};
use crate::crypto::{SecretKey, is_equal};
use crate::flow::Direction;
use crate::keyring::gss::TicketKeys;
use crate::smb::smb1::{self, Credentials, SessionSetupResponse as SessionSetupResponse1};
use crate::smb::smb2::{SessionSetupRequest, SessionSetupResponse};

/// The security buffer of a setup message, given from its protocol identifier on.
pub fn security_buffer(
    generation: Generation,
    direction: Direction,
    bytes: &[u8],
) -> Option<&[u8]> {
    match (generation, direction) {
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

/// The SESSION_SETUP_ANDX request that `bytes` are, from the protocol identifier on.
pub fn smb1_request(bytes: &[u8]) -> Option<smb1::SessionSetupRequest<'_>> {
    let (header, block) = smb1_command(bytes)?;
    smb1::SessionSetupRequest::parse(&block, header.is_unicode()).ok()
}

/// The LM and the NT response of a SESSION_SETUP_ANDX request without extended security.
pub fn plain_responses(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let Plain { lm, nt, .. } = plain(&smb1_request(bytes)?)?;
    Some((lm, nt))
}

/// A message of a handshake.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) direction: Direction,
    /// The message from its protocol identifier on.
    pub(super) bytes: &'a [u8],
}

/// One attempt to authenticate.
#[derive(Default)]
pub(super) struct Handshake<'a> {
    pub(super) negotiate: Option<&'a [u8]>,
    pub(super) challenge: Option<ChallengeMessage<'a>>,
    pub(super) authenticate: Option<AuthenticateMessage<'a>>,
    pub(super) ap_req: Option<ApReq<'a>>,
    pub(super) ap_rep: Option<ApRep<'a>>,
    /// The client's list of mechanisms, over which the two codes are made; empty where it was not
    /// wholly captured.
    pub(super) mech_types: &'a [u8],
    pub(super) client_mech_list_mic: Option<&'a [u8]>,
    pub(super) server_mech_list_mic: Option<&'a [u8]>,
    /// The responses of a client of SMB1 without extended security.
    pub(super) plain: Option<Plain<'a>>,
}

/// What a client of SMB1 without extended security answers to the challenge of NEGOTIATE.
pub(super) struct Plain<'a> {
    pub(super) user: String,
    pub(super) domain: String,
    pub(super) lm: &'a [u8],
    pub(super) nt: &'a [u8],
}

impl<'a> Handshake<'a> {
    /// Brings together what `messages` say, which are in the order in which they were sent.
    pub(super) fn of(
        generation: Generation,
        messages: impl Iterator<Item = Said<'a>>,
    ) -> Handshake<'a> {
        let mut handshake = Handshake::default();
        for said in messages {
            match security_buffer(generation, said.direction, said.bytes) {
                Some(buffer) => handshake.token(said.direction, &Token::parse(buffer)),
                None if generation == Generation::Smb1 && said.direction == Direction::ToServer => {
                    handshake.plain = smb1_request(said.bytes).as_ref().and_then(plain);
                }
                None => {}
            }
        }
        handshake
    }

    fn token(&mut self, direction: Direction, token: &Token<'a>) {
        let mech_types = token.mech_types().der;
        if direction == Direction::ToServer && !mech_types.is_empty() {
            self.mech_types = if token.problem.is_none() { mech_types } else { &[] };
        }
        match (direction, token.mech_list_mic().filter(|_| token.problem.is_none())) {
            (_, None) => {}
            (Direction::ToServer, mic) => self.client_mech_list_mic = mic,
            (Direction::ToClient, mic) => self.server_mech_list_mic = mic,
        }
        if let Some(message) = token.ntlmssp() {
            self.ntlmssp(message);
        } else if let Some(message) = token.kerberos() {
            match kerberos::Message::parse(message) {
                Ok(kerberos::Message::ApReq(request)) => self.ap_req = Some(request),
                Ok(kerberos::Message::ApRep(reply)) => self.ap_rep = Some(reply),
                _ => {}
            }
        }
    }

    fn ntlmssp(&mut self, message: &'a [u8]) {
        match ntlmssp::Message::parse(message) {
            Ok(ntlmssp::Message::Negotiate(_)) => self.negotiate = Some(message),
            Ok(ntlmssp::Message::Challenge(challenge)) => self.challenge = Some(challenge),
            Ok(ntlmssp::Message::Authenticate(authenticate)) => {
                self.authenticate = Some(authenticate);
            }
            Err(_) => {}
        }
    }
}

/// The responses of a request; `None` where it holds none, as with a password in the clear.
fn plain<'a>(request: &smb1::SessionSetupRequest<'a>) -> Option<Plain<'a>> {
    let (lm, nt, user, domain) = match request.credentials {
        Credentials::Extended { .. } => return None,
        Credentials::NtLanman {
            oem_password,
            unicode_password,
            account_name,
            primary_domain,
            ..
        } => (
            oem_password.whole().ok()?,
            unicode_password.whole().ok()?,
            account_name,
            primary_domain,
        ),
        Credentials::Lanman { password, account_name, primary_domain } => {
            (password.whole().ok()?, &[][..], account_name, primary_domain)
        }
    };
    ResponseKind::of(lm.len(), nt.len(), false)?;
    Some(Plain { user: user.to_string(), domain: domain.to_string(), lm, nt })
}

impl Handshake<'_> {
    /// Whether the MIC over the three NTLM messages is right (\[MS-NLMP\] 3.1.5.1.2); `None` where
    /// there is none, or not all three were captured.
    pub(super) fn check_mic(&self, exported_session_key: &SecretKey) -> Option<bool> {
        let authenticate = self.authenticate.as_ref()?;
        let mic = authenticate.mic?;
        let mut zeroed = authenticate.bytes.to_vec();
        let place = AuthenticateMessage::MIC_OFFSET;
        zeroed.get_mut(place..place.saturating_add(mic.len()))?.fill(0);
        let messages = [self.negotiate?, self.challenge.as_ref()?.bytes, &zeroed];
        Some(is_equal(&ntlm::mic(exported_session_key, messages), &mic))
    }

    /// Whether the codes over SPNEGO's list of mechanisms are right, all that there are; `None`
    /// where there is none, and without extended session security, which makes them in another way.
    pub(super) fn check_mech_list_mic(&self, exported_session_key: &SecretKey) -> Option<bool> {
        let flags = self.authenticate.as_ref()?.negotiate_flags?;
        if !flags.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)
            || self.mech_types.is_empty()
        {
            return None;
        }
        let seal_key_len = if flags.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_128) {
            16
        } else if flags.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_56) {
            7
        } else {
            5
        };
        let is_key_exchanged = flags.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_KEY_EXCH);
        let is_right = |signer, mic: &[u8]| {
            let types = self.mech_types;
            let own = ntlm::mech_list_mic(
                exported_session_key,
                signer,
                types,
                seal_key_len,
                is_key_exchanged,
            );
            is_equal(&own, mic)
        };
        self.all_right(|signer, mic| Some(is_right(signer, mic)))
    }

    /// The same with the keys of Kerberos (RFC 4178 5, RFC 4121 4.2.6.1); `None` too where what made
    /// one of the codes is not known.
    pub(super) fn check_kerberos_mic(&self, keys: &TicketKeys) -> Option<bool> {
        let types = Some(self.mech_types).filter(|types| !types.is_empty())?;
        self.all_right(|signer, mic| keys.check_mic(signer, mic, types))
    }

    /// Whether all the codes that there are are right; one that is wrong is enough to say that they
    /// are not, and one that is not checked for saying nothing else.
    fn all_right(&self, is_right: impl Fn(Signer, &[u8]) -> Option<bool>) -> Option<bool> {
        let codes = [
            (Signer::Client, self.client_mech_list_mic),
            (Signer::Server, self.server_mech_list_mic),
        ];
        let there = codes.into_iter().filter_map(|(signer, mic)| Some((signer, mic?)));
        let results: Vec<Option<bool>> = there.map(|(signer, mic)| is_right(signer, mic)).collect();
        let is_wrong = results.contains(&Some(false));
        let is_open = results.is_empty() || results.contains(&None);
        if is_wrong { Some(false) } else { (!is_open).then_some(true) }
    }
}
