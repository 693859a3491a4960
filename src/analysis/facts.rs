//! What the rules of findings see, made of the state of the layers below.

mod carried;

use std::collections::{BTreeMap, HashMap};

use crate::auth::kerberos;
use crate::auth::ntlmssp;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::auth::spnego::Token;
use crate::carriers::Carriers;
use crate::exceptions::Applied;
use crate::findings::facts::{Call, Ended, Exchange, Facts, Kerberos, Ntlm, Response, Session};
use crate::flow::Direction;
use crate::kdc::fetched::Fetched;
use crate::names::Names;
use crate::session;
use crate::session::{
    At, Connection, Generation, KeptMessage, Observer, RemoteCall, plain_responses,
};
use crate::smb::smb1::{self, SecurityMode};
use crate::smb::smb2;
use crate::smb::status::Status;

use super::authentication::{self, blob};
use super::judgement::Judgement;
use super::views::Views;

/// The facts of a run; `order` is that of the report's sessions.
pub(super) fn of<'a>(
    observer: &'a Observer,
    order: &[usize],
    views: &Views,
    names: &'a Names,
    carriers: &'a Carriers,
    fetched: &Fetched,
    exceptions: Option<&Applied>,
) -> Facts<'a> {
    let mut facts = Facts {
        connections: observer.connections(),
        sessions: Vec::with_capacity(order.len()),
        exchanges: Vec::with_capacity(order.len()),
        calls: calls(observer, order),
        names,
        by_connection: HashMap::default(),
        exceptions: exceptions.cloned(),
    };
    let states = order.iter().filter_map(|place| observer.sessions().get(*place));
    for (place, state) in states.enumerate() {
        let first = state.channels.first();
        let connection = first.and_then(|channel| observer.connection(channel.connection));
        let Some(connection) = connection else { continue };
        let conversation =
            views.others(place).iter().copied().min().map_or(place, |it| it.min(place));
        facts.by_connection.entry(connection.first_packet).or_default().push(place);
        facts.sessions.push(session(observer, state, connection, conversation));
        exchanges(observer, state, place, conversation, &mut facts.exchanges);
    }
    carried::exchanges(carriers, facts.sessions.len(), &mut facts.exchanges);
    for kerberos in facts.exchanges.iter_mut().filter_map(|it| it.kerberos.as_deref_mut()) {
        if let Some(part) = kerberos.request.ticket.enc_part.filter(|part| part.is_whole) {
            let clients = fetched.of(part.cipher).iter();
            kerberos.fetched = clients.map(|it| (it.client, it.packet)).collect();
        }
    }
    facts
}

/// The calls of a run, each with the place of its session.
fn calls<'a>(observer: &'a Observer, order: &[usize]) -> Vec<Call<'a>> {
    let calls = observer.calls().all();
    if calls.is_empty() {
        return Vec::new();
    }
    let places: HashMap<usize, usize> =
        order.iter().enumerate().map(|(place, session)| (*session, place)).collect();
    let call = |state: &'a RemoteCall| {
        let session = state.pipe.as_ref().and_then(|(session, _)| places.get(&session.0).copied());
        Call { state, session }
    };
    calls.iter().map(call).collect()
}

fn session<'a>(
    observer: &'a Observer,
    state: &'a session::Session,
    connection: &'a Connection,
    conversation: usize,
) -> Session<'a> {
    let mut auth = authentication::identity(state);
    authentication::take_policy(&mut auth, Some(connection));
    let judgement = Judgement::of(observer, state, auth.anonymous);
    Session {
        state,
        connection,
        secured: observer.secured(state),
        policy: judgement.policy,
        status: judgement.status,
        outcome: judgement.outcome,
        dialect: judgement.dialect,
        guest: judgement.guest,
        anonymous: judgement.anonymous,
        mechanism: auth.mechanism,
        ntlm_version: auth.ntlm_version,
        user: auth.user.filter(|user| !user.is_empty()),
        domain: auth.domain,
        tally: judgement.tally,
        conversation,
    }
}

/// The authentications of a session, one for each attempt on each connection.
fn exchanges<'a>(
    observer: &'a Observer,
    state: &'a session::Session,
    place: usize,
    conversation: usize,
    exchanges: &mut Vec<Exchange<'a>>,
) {
    let mut attempts: BTreeMap<(u32, usize), Vec<&KeptMessage>> = BTreeMap::new();
    for message in &state.setup.messages {
        attempts.entry((message.attempt, message.connection.0)).or_default().push(message);
    }
    for messages in attempts.into_values() {
        let Some(first) = messages.first() else { continue };
        let Some(connection) = observer.connection(first.connection) else { continue };
        let mut exchange = Exchange {
            place,
            carried: None,
            conversation,
            client: connection.client,
            server: connection.server,
            guids: (connection.client_guid, connection.server_guid),
            session_id: state.session_id,
            first: first.at,
            ended: Ended::Unknown,
            is_whole: messages.iter().all(|it| it.is_whole && it.is_complete),
            ntlm: None,
            kerberos: None,
        };
        for message in messages {
            take(&mut exchange, state.generation, connection, message);
        }
        if exchange.ntlm.is_some() || exchange.kerberos.is_some() {
            exchanges.push(exchange);
        }
    }
}

fn take<'a>(
    exchange: &mut Exchange<'a>,
    generation: Generation,
    connection: &'a Connection,
    message: &'a KeptMessage,
) {
    if message.direction == Direction::ToClient {
        exchange.ended = ended(generation, message).unwrap_or(exchange.ended);
    }
    let Some(blob) = blob(generation, message).filter(|blob| !blob.is_empty()) else {
        // Where the server asks for passwords in the clear there is no response.
        let encrypts = SecurityMode::NEGOTIATE_ENCRYPT_PASSWORDS;
        let is_response = connection.smb1.security_mode.is_none_or(|mode| mode.contains(encrypts));
        if let Some(response) = plain(generation, message).filter(|_| is_response) {
            let ntlm = exchange.ntlm.get_or_insert_default();
            ntlm.server_challenge = plain_challenge(connection);
            ntlm.response = Some((message.at, response));
        }
        return;
    };
    let is_from_client = message.direction == Direction::ToServer;
    take_token(exchange, message.at, is_from_client, blob);
}

/// Takes what a token says.
fn take_token<'a>(exchange: &mut Exchange<'a>, at: At, is_from_client: bool, bytes: &'a [u8]) {
    let token = Token::parse(bytes);
    if let Some(bytes) = token.ntlmssp() {
        take_ntlm(exchange.ntlm.get_or_insert_default(), at, is_from_client, bytes);
    } else if let Some(bytes) = token.kerberos() {
        take_kerberos(&mut exchange.kerberos, at, bytes);
    }
}

fn take_ntlm<'a>(ntlm: &mut Ntlm<'a>, at: At, is_from_client: bool, bytes: &'a [u8]) {
    match (ntlmssp::Message::parse(bytes), is_from_client) {
        (Ok(ntlmssp::Message::Negotiate(found)), true) => {
            ntlm.negotiate = Some((at, found));
        }
        (Ok(ntlmssp::Message::Challenge(found)), false) => {
            ntlm.server_challenge = Some((at, found.server_challenge));
            ntlm.challenge = Some((at, found));
        }
        (Ok(ntlmssp::Message::Authenticate(found)), true) => {
            let lm = found.lm_challenge_response.bytes;
            let nt = found.nt_challenge_response.bytes;
            let kind = found.response_kind().filter(|_| !found.is_anonymous());
            if let (Some(lm), Some(nt), Some(kind)) = (lm, nt, kind) {
                ntlm.response = Some((at, Response { lm, nt, kind }));
            }
            ntlm.authenticate = Some((at, found));
        }
        _ => {}
    }
}

fn take_kerberos<'a>(kerberos: &mut Option<Box<Kerberos<'a>>>, at: At, bytes: &'a [u8]) {
    match kerberos::Message::parse(bytes) {
        Ok(kerberos::Message::ApReq(request)) => {
            *kerberos = Some(Box::new(Kerberos {
                at,
                request,
                is_answered: false,
                error: None,
                fetched: Vec::new(),
            }));
        }
        Ok(kerberos::Message::ApRep(_)) => {
            if let Some(known) = kerberos {
                known.is_answered = true;
            }
        }
        Ok(kerberos::Message::KrbError(error)) => {
            if let Some(known) = kerberos {
                known.error = Some((at.packet, error.error_code));
            }
        }
        _ => {}
    }
}

/// How an authentication ended, as a response to it says; `None` where it goes on.
fn ended(generation: Generation, message: &KeptMessage) -> Option<Ended> {
    let packet = message.at.packet;
    match generation {
        Generation::Smb2 => {
            let (header, _) = smb2::Header::parse(&message.bytes).ok()?;
            match header.status()? {
                Status::STATUS_SUCCESS => Some(Ended::Accepted(packet)),
                Status::STATUS_PENDING | Status::STATUS_MORE_PROCESSING_REQUIRED => None,
                status => Some(Ended::Refused(packet, status.0)),
            }
        }
        Generation::Smb1 => {
            let (header, _) = smb1::Header::parse(&message.bytes).ok()?;
            let status = header.response_status()?;
            if status.is_more_processing_required() {
                return None;
            }
            Some(match (status.is_error(), status) {
                (false, _) => Ended::Accepted(packet),
                (true, smb1::ResponseStatus::Nt(status)) => Ended::Refused(packet, status.0),
                (true, _) => Ended::Refused(packet, Status::STATUS_LOGON_FAILURE.0),
            })
        }
    }
}

/// The answer of a client of SMB1 without extended security.
fn plain(generation: Generation, message: &KeptMessage) -> Option<Response<'_>> {
    if generation != Generation::Smb1 || message.direction != Direction::ToServer {
        return None;
    }
    let (lm, nt) = plain_responses(&message.bytes)?;
    Some(Response { lm, nt, kind: ResponseKind::of(lm.len(), nt.len(), false)? })
}

/// The challenge that such a client answers.
fn plain_challenge(connection: &Connection) -> Option<(At, [u8; 8])> {
    let kept = connection.smb1.negotiate_response.as_ref()?;
    let (header, _) = smb1::Header::parse(&kept.bytes).ok()?;
    let block = smb1::commands(&kept.bytes, &header).next()?.ok()?;
    let response = smb1::NegotiateResponse::parse(&block, header.is_unicode()).ok()?;
    Some((kept.at, response.challenge()?.try_into().ok()?))
}
