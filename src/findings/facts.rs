//! What the rules see: the sessions as they were judged, and every authentication on its own, so
//! that one which another protocol carries can stand beside those of SMB.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use foldhash::fast::FixedState;

use crate::auth::kerberos::{ApReq, ErrorCode};
use crate::auth::ntlmssp::authenticate::AuthenticateMessage;
use crate::auth::ntlmssp::challenge::ChallengeMessage;
use crate::auth::ntlmssp::negotiate::NegotiateMessage;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::carriers::Protocol;
use crate::exceptions::Applied;
use crate::limits::Limits;
use crate::names::{Names, Origin, Place, Statement};
use crate::packet::PacketId;
use crate::report::{Dialect, Mechanism, NtlmVersion, Outcome, Policy, SigningStatus};
use crate::session::{self, At, Connection, RemoteCall, Secured, SigningTally, Table};
use crate::smb::fields::Guid;

/// Everything that a run saw.
pub struct Facts<'a> {
    /// Every SMB connection.
    pub connections: &'a Table<Connection>,
    /// Every session, in the order of the report.
    pub sessions: Vec<Session<'a>>,
    /// Every authentication, in the order of their sessions; those that SMB did not carry are last.
    pub exchanges: Vec<Exchange<'a>>,
    /// Calls by which a server can be made to authenticate to somebody.
    pub calls: Vec<Call<'a>>,
    /// What was said about names.
    pub names: &'a Names,
    /// The places of the sessions that began on a connection, by its first packet.
    pub by_connection: HashMap<PacketId, Vec<usize>, FixedState>,
    /// The accepted exceptions, where the run was told any; rules about them see what they accept.
    pub exceptions: Option<Applied>,
}

/// A session and its judgement.
pub struct Session<'a> {
    /// What was observed.
    pub state: &'a session::Session,
    /// The connection that it began on.
    pub connection: &'a Connection,
    /// What secrets told.
    pub secured: Option<&'a Secured>,
    /// What each side requires.
    pub policy: Policy,
    /// The verdict.
    pub status: SigningStatus,
    /// Whether it came to be.
    pub outcome: Outcome,
    /// The dialect.
    pub dialect: Option<Dialect>,
    /// The server made it a guest's.
    pub guest: Option<bool>,
    /// The client gave no credentials.
    pub anonymous: Option<bool>,
    /// How it was authenticated.
    pub mechanism: Option<Mechanism>,
    /// The version of the NTLM response.
    pub ntlm_version: Option<NtlmVersion>,
    /// The account, without its domain.
    pub user: Option<String>,
    /// The account's domain.
    pub domain: Option<String>,
    /// The messages over all channels.
    pub tally: SigningTally,
    /// The first of the sessions that are this conversation, recorded in several places.
    pub conversation: usize,
}

impl Session<'_> {
    /// The client's address.
    pub fn client(&self) -> IpAddr {
        self.connection.client.ip()
    }

    /// The server's address.
    pub fn server(&self) -> IpAddr {
        self.connection.server.ip()
    }

    /// The account as it is written.
    pub fn account(&self) -> String {
        let user = self.user.as_deref().unwrap_or_default();
        match self.domain.as_deref().filter(|domain| !domain.is_empty() && !user.is_empty()) {
            Some(domain) => format!("{domain}\\{user}"),
            None => user.to_owned(),
        }
    }

    /// Whether nothing that follows the setup is signed or encrypted.
    pub fn is_unsigned(&self) -> bool {
        matches!(
            self.status,
            SigningStatus::Unsigned
                | SigningStatus::UnsignedSetupOnly
                | SigningStatus::UnsignedGuest
                | SigningStatus::UnsignedAnonymous
        )
    }
}

/// A call by which a server can be made to authenticate to somebody.
pub struct Call<'a> {
    /// What was observed.
    pub state: &'a RemoteCall,
    /// The session that carried it, by its place; `None` where SMB did not.
    pub session: Option<usize>,
}

/// One authentication: an attempt of a client to get into a server.
pub struct Exchange<'a> {
    /// Its place: that of the session which it is of, or, where SMB did not carry it, one of its own
    /// behind those of all sessions.
    pub place: usize,
    /// What says so where another protocol than SMB carried it.
    pub carried: Option<Carried>,
    /// The first of the sessions that are one conversation with it.
    pub conversation: usize,
    /// The client's end.
    pub client: SocketAddr,
    /// The server's end.
    pub server: SocketAddr,
    /// Identifiers of the two sides, where they have any.
    pub guids: (Option<Guid>, Option<Guid>),
    /// The session's identifier.
    pub session_id: u64,
    /// Its first message.
    pub first: At,
    /// How it ended.
    pub ended: Ended,
    /// Every message of it was captured and kept.
    pub is_whole: bool,
    /// What NTLM said.
    pub ntlm: Option<Box<Ntlm<'a>>>,
    /// What Kerberos said.
    pub kerberos: Option<Box<Kerberos<'a>>>,
}

/// What another protocol than SMB says of an authentication that it carries.
pub struct Carried {
    /// The protocol.
    pub protocol: Protocol,
    /// A number for each message of it, with what it says around its token: NEGOTIATE, CHALLENGE
    /// and AUTHENTICATE, or AP-REQ and AP-REP. Where they are equal, one conversation was recorded
    /// in two places, or a proxy passed it on.
    pub messages: [Option<u64>; 3],
    /// The code with which the server answered, as [`crate::carriers::Ended`] has it.
    pub code: u32,
}

impl Carried {
    /// Whether two are one conversation, as far as both were captured.
    pub fn is_one_with(&self, other: &Carried) -> bool {
        let both = self.messages.iter().zip(&other.messages);
        let mut seen = both.filter_map(|(one, other)| Some(((*one)?, (*other)?))).peekable();
        self.protocol == other.protocol
            && seen.peek().is_some()
            && seen.all(|(one, other)| one == other)
    }
}

impl Exchange<'_> {
    /// The protocol that carried it.
    pub fn protocol(&self) -> String {
        self.carried.as_ref().map_or_else(|| "SMB".to_owned(), |it| it.protocol.to_string())
    }

    /// What is said of it where another protocol than SMB carried it, as nobody needs to be told of
    /// SMB: " over LDAP".
    pub fn over(&self) -> String {
        self.carried.as_ref().map_or_else(String::new, |it| format!(" over {}", it.protocol))
    }

    /// What carried the client's messages.
    pub fn request(&self) -> String {
        let carried = self.carried.as_ref();
        carried.map_or_else(|| "SESSION_SETUP".to_owned(), |it| it.protocol.to_string())
    }

    /// The field of the message by which it ended, and its value.
    pub fn status(&self) -> Option<(&'static str, String)> {
        let is_accepted = match self.ended {
            Ended::Unknown => return None,
            Ended::Accepted(_) => true,
            Ended::Refused(..) => false,
        };
        let Some(Carried { protocol, code, .. }) = self.carried else {
            let status = if let Ended::Refused(_, status) = self.ended { status } else { 0 };
            return Some(("SESSION_SETUP response Status", format!("0x{status:08x}")));
        };
        let either = |accepted: &str, refused: &str| {
            if is_accepted { accepted.to_owned() } else { refused.to_owned() }
        };
        Some(match protocol {
            Protocol::Http => ("HTTP status", code.to_string()),
            Protocol::Ldap => ("LDAP bindResponse resultCode", code.to_string()),
            Protocol::Mssql if is_accepted => ("TDS token", "LOGINACK".to_owned()),
            Protocol::Mssql => ("TDS ERROR Number", code.to_string()),
            Protocol::Smtp => ("SMTP reply", code.to_string()),
            Protocol::Imap => ("IMAP response", either("OK", "NO")),
            Protocol::Pop3 => ("POP3 response", either("+OK", "-ERR")),
            Protocol::Rpc if code != 0 => ("RPC fault status", format!("0x{code:08x}")),
            Protocol::Rpc => ("RPC PTYPE", either("response", "bind_nak")),
        })
    }
}

/// How an authentication ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// The capture does not show it.
    #[default]
    Unknown,
    /// The server let the client in; the packet says so.
    Accepted(PacketId),
    /// The server refused; of SMB with this status.
    Refused(PacketId, u32),
}

/// The messages of NTLM, as far as they were captured.
#[derive(Default)]
pub struct Ntlm<'a> {
    /// NEGOTIATE.
    pub negotiate: Option<(At, NegotiateMessage<'a>)>,
    /// CHALLENGE.
    pub challenge: Option<(At, ChallengeMessage<'a>)>,
    /// AUTHENTICATE.
    pub authenticate: Option<(At, AuthenticateMessage<'a>)>,
    /// ServerChallenge, of SMB1 without extended security that of NEGOTIATE.
    pub server_challenge: Option<(At, [u8; 8])>,
    /// What the client answered to it.
    pub response: Option<(At, Response<'a>)>,
}

/// A client's answer to a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Response<'a> {
    /// LmChallengeResponse.
    pub lm: &'a [u8],
    /// NtChallengeResponse.
    pub nt: &'a [u8],
    /// What kind it is.
    pub kind: ResponseKind,
}

impl<'a> Response<'a> {
    /// What is the same wherever this answer goes, and in no other: NTProofStr, or the responses
    /// before NTLMv2. `None` for bytes that no password gives.
    pub fn proof(&self) -> Option<(&'a [u8], &'a [u8])> {
        let proof = match self.kind {
            ResponseKind::NtlmV2 => (self.nt.get(..16)?, &[][..]),
            _ => (self.nt, self.lm),
        };
        let is_real =
            [proof.0, proof.1].iter().any(|it| it.iter().any(|byte| Some(byte) != it.first()));
        is_real.then_some(proof)
    }
}

impl Ntlm<'_> {
    /// The value of an AV pair of CHALLENGE, as text.
    pub fn target(&self, id: crate::auth::ntlmssp::av_pair::AvId) -> Option<String> {
        let (_, challenge) = self.challenge.as_ref()?;
        challenge.av_pairs().text(id).filter(|text| !text.is_empty())
    }

    /// The names that the server gives itself.
    pub fn server_names(&self) -> impl Iterator<Item = String> {
        use crate::auth::ntlmssp::av_pair::AvId;
        [AvId::NB_COMPUTER_NAME, AvId::DNS_COMPUTER_NAME]
            .into_iter()
            .filter_map(|id| self.target(id))
    }

    /// The workstation that the client names.
    pub fn workstation(&self) -> Option<String> {
        let (_, authenticate) = self.authenticate.as_ref()?;
        authenticate.workstation_text().filter(|text| !text.is_empty())
    }
}

/// The ticket that a client showed.
pub struct Kerberos<'a> {
    /// Where.
    pub at: At,
    /// The request.
    pub request: ApReq<'a>,
    /// The server could read it.
    pub is_answered: bool,
    /// What the server said against it.
    pub error: Option<(PacketId, ErrorCode)>,
    /// To whom the KDC gave the ticket, and in which packet; empty where that was not captured.
    pub fetched: Vec<(IpAddr, PacketId)>,
}

/// Who authenticates.
pub struct User {
    /// The account, without its domain.
    pub user: String,
    /// The account as it is written.
    pub account: String,
}

/// What the report calls the session at a place.
pub fn key(place: usize) -> String {
    format!("s{}", place + 1)
}

impl<'a> Facts<'a> {
    /// The session that an authentication is of; `None` where SMB did not carry it.
    pub fn session_of(&self, exchange: &Exchange<'_>) -> Option<&Session<'a>> {
        self.sessions.get(exchange.place)
    }

    /// The account that authenticates by NTLM or a ticket's client, without its domain and with it;
    /// `None` where it gives no credentials or was not captured.
    pub fn user_of(&self, exchange: &Exchange<'_>) -> Option<User> {
        if let Some(session) = self.session_of(exchange) {
            let user = session.user.clone().filter(|_| session.anonymous != Some(true))?;
            return Some(User { account: session.account(), user });
        }
        let (_, message) = exchange.ntlm.as_deref()?.authenticate.as_ref()?;
        let text = |text: Option<String>| {
            text.map(|it| Limits::DEFAULT.text(it)).filter(|it| !it.is_empty())
        };
        let user = text(message.user_name_text()).filter(|_| !message.is_anonymous())?;
        let account = match text(message.domain_name_text()) {
            Some(domain) => format!("{domain}\\{user}"),
            None => user.clone(),
        };
        Some(User { user, account })
    }

    /// The authentications of NTLM.
    pub fn ntlm(&self) -> impl Iterator<Item = (&Exchange<'a>, &Ntlm<'a>)> {
        self.exchanges.iter().filter_map(|it| Some((it, it.ntlm.as_deref()?)))
    }

    /// The authentications of Kerberos.
    pub fn kerberos(&self) -> impl Iterator<Item = (&Exchange<'a>, &Kerberos<'a>)> {
        self.exchanges.iter().filter_map(|it| Some((it, it.kerberos.as_deref()?)))
    }

    /// The places of the sessions that began on a connection.
    pub fn sessions_on(&self, connection: &Connection) -> Vec<usize> {
        self.by_connection.get(&connection.first_packet).cloned().unwrap_or_default()
    }

    /// The authentications of the session at a place.
    pub fn exchanges_of(&self, place: usize) -> &[Exchange<'a>] {
        let start = self.exchanges.partition_point(|it| it.place < place);
        let end = self.exchanges.partition_point(|it| it.place <= place);
        self.exchanges.get(start..end).unwrap_or_default()
    }

    /// What is said of an address's names by others than those who want something of it.
    pub fn names_of(&self, address: IpAddr) -> impl Iterator<Item = &Statement> {
        let is_independent = |said: &&Statement| {
            matches!(
                said.origin,
                Origin::Dns
                    | Origin::Mdns
                    | Origin::Llmnr
                    | Origin::Nbns
                    | Origin::Dhcp
                    | Origin::CaptureFile
            ) && !said.is_group
        };
        self.names.of(address).iter().filter(is_independent)
    }

    /// The name that a finding calls a host by: its address, and what its challenge says it is.
    pub fn host(&self, address: IpAddr) -> String {
        let statements = self.names.of(address);
        let named = statements.iter().find(|said| said.origin == Origin::NtlmTargetInfo);
        match named.or_else(|| self.names_of(address).next()) {
            Some(said) => format!("{address} ({})", said.name),
            None => address.to_string(),
        }
    }
}

/// The packet that a statement stands in.
pub fn packet_of(said: &Statement) -> Option<PacketId> {
    match said.place {
        Place::Packet(packet) => Some(packet),
        Place::File { .. } => None,
    }
}

/// The first label of a host's name in small letters: a NetBIOS name and a DNS name of one host
/// have it in common. An address stays whole.
pub fn label(name: &str) -> String {
    let name = name.trim_end_matches('$').trim_end_matches('.').to_lowercase();
    if name.parse::<IpAddr>().is_ok() {
        return name;
    }
    name.split('.').next().unwrap_or_default().to_owned()
}
