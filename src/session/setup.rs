//! How connections and sessions of SMB 2 and 3 come to be, \[MS-SMB2\] 3.3.5.4 and 3.3.5.5 as an
//! observer sees them.

use super::connection::Said;
use super::exchange::Detail;
use super::smb2::Message;
use super::validation::{Offered, Reply};
use super::{Arrival, FinalResponse, KeptMessage, Observer, SessionIndex, SetupOutcome};
use crate::flow::Direction;
use crate::smb::smb2::{
    Capabilities, CipherId, Dialect, Header, IoctlRequest, IoctlResponse, NegotiateContextData,
    NegotiateRequest, NegotiateResponse, SessionSetupFlags, SessionSetupRequest,
    SessionSetupResponse, SigningAlgorithmId, ValidateNegotiateInfoRequest,
    ValidateNegotiateInfoResponse,
};
use crate::smb::status::Status;

impl Observer {
    /// Keeps a NEGOTIATE message and takes from it what the connection goes by.
    pub(super) fn negotiate(
        &mut self,
        arrival: &Arrival<'_>,
        direction: Direction,
        header: &Header,
    ) {
        match direction {
            Direction::ToServer => self.negotiate_request(arrival),
            Direction::ToClient if header.status() == Some(Status::STATUS_SUCCESS) => {
                self.negotiate_response(arrival);
            }
            Direction::ToClient => {}
        }
    }

    fn negotiate_request(&mut self, arrival: &Arrival<'_>) {
        let Ok(request) = NegotiateRequest::parse(arrival.message.bytes) else { return };
        let kept = self.keep(arrival, Direction::ToServer);
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        connection.client_security_mode = Some(Said::negotiate(request.security_mode, &kept));
        connection.client_guid = Some(request.client_guid);
        connection.client_capabilities = Some(request.capabilities);
        connection.negotiate_request = Some(kept);
        // The response may have been captured first.
        let response = connection.negotiate_response.as_ref();
        if let Some(Ok(response)) = response.map(|kept| NegotiateResponse::parse(&kept.bytes)) {
            connection.cipher_id = cipher_id(&response, connection.client_capabilities);
        }
    }

    fn negotiate_response(&mut self, arrival: &Arrival<'_>) {
        let Ok(response) = NegotiateResponse::parse(arrival.message.bytes) else { return };
        let kept = self.keep(arrival, Direction::ToClient);
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        connection.server_security_mode = Some(Said::negotiate(response.security_mode, &kept));
        connection.server_guid = Some(response.server_guid);
        connection.negotiate_response = Some(kept);
        if response.dialect_revision == Dialect::WILDCARD {
            return;
        }
        connection.dialect = Some(response.dialect_revision);
        connection.signing_algorithm_id = signing_algorithm_id(&response);
        connection.is_signing_algorithm_known = connection.signing_algorithm_id.is_some()
            || response.dialect_revision != Dialect::SMB_3_1_1
            || arrival.message.missing == 0;
        connection.cipher_id = cipher_id(&response, connection.client_capabilities);
    }

    /// VALIDATE_NEGOTIATE_INFO repeats what was negotiated; where NEGOTIATE was not captured it is
    /// all there is to tell.
    pub(super) fn validate_request(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let Ok(ioctl) = IoctlRequest::parse(message.raw.bytes) else { return };
        let Ok(request) = ValidateNegotiateInfoRequest::parse(&ioctl.input) else { return };
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let said = Said::validation(request.security_mode, message.at);
        connection.client_security_mode.get_or_insert(said);
        connection.client_guid.get_or_insert(request.client_guid);
        connection.client_capabilities.get_or_insert(request.capabilities);
        let validation = connection.validation.get_or_insert_default();
        validation.request.get_or_insert_with(|| Offered::new(message.at, &request));
    }

    /// The server's half of [`Observer::validate_request`].
    pub(super) fn validate_response(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        status: Status,
    ) {
        self.note_validation_reply(arrival, message, status);
        let Ok(ioctl) = IoctlResponse::parse(message.raw.bytes) else { return };
        let Ok(response) = ValidateNegotiateInfoResponse::parse(&ioctl.output) else { return };
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let said = Said::validation(response.security_mode, message.at);
        connection.server_security_mode.get_or_insert(said);
        connection.server_guid.get_or_insert(response.server_guid);
        if connection.dialect.is_none() {
            connection.dialect = Some(response.dialect);
            connection.is_signing_algorithm_known = response.dialect != Dialect::SMB_3_1_1;
        }
    }

    fn note_validation_reply(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        status: Status,
    ) {
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let ioctl = IoctlResponse::parse(message.raw.bytes).ok();
        let chosen = ioctl.and_then(|it| ValidateNegotiateInfoResponse::parse(&it.output).ok());
        let is_signed = message.header.is_signed() && message.header.signature != [0; 16];
        let is_protected = is_signed || arrival.decrypted_in.is_some();
        let validation = connection.validation.get_or_insert_default();
        let reply = Reply { at: message.at, status, is_protected, chosen };
        validation.reply.get_or_insert(reply);
    }

    /// A SESSION_SETUP request: of a known session it joins the setup, else it waits for the
    /// response that names the session.
    pub(super) fn setup_request(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) -> Detail {
        let kept = self.keep(arrival, message.direction);
        match message.place {
            None => Detail::Setup(Box::new(kept)),
            Some(place) => {
                self.join_setup(place.session, kept, self.is_answered(arrival, message));
                Detail::Nothing
            }
        }
    }

    /// Adds a SESSION_SETUP request to the setup of its session. One that came after its response
    /// belongs to the attempt that the response did, and begins no other.
    pub(super) fn join_setup(
        &mut self,
        session: SessionIndex,
        kept: KeptMessage,
        is_answered: bool,
    ) {
        let facts = SessionSetupRequest::parse(&kept.bytes)
            .map(|request| (request.security_mode.is_signing_required(), is_binding(&request)));
        let Some(connection) = self.connections.get_mut(kept.connection.0) else { return };
        connection.has_session = true;
        if let Some(known) = self.sessions.get_mut(session.0) {
            known.extend(kept.at);
            if !is_answered {
                known.setup.begin(kept.at);
            }
            known.setup.is_cut |= !kept.is_whole;
            let is_made = known.setup.outcome == SetupOutcome::Succeeded && !is_answered;
            let channel = known.channels.iter_mut().find(|c| c.connection == kept.connection);
            match (channel, facts) {
                // In a reauthentication the client requires what the session already does.
                (Some(_), Ok((_, false))) if is_made => {}
                (Some(channel), Ok((requires, is_binding))) => {
                    channel.client_requires |= requires;
                    channel.is_setup_seen = true;
                    channel.is_bound |= is_binding;
                    known.setup.client_requires(requires, kept.at.packet);
                }
                _ => {}
            }
        }
        self.keep_in_setup(session, kept);
    }

    /// A SESSION_SETUP response: the final one decides the attempt.
    pub(super) fn setup_response(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        status: Status,
    ) {
        let Some(place) = message.place else { return };
        if status == Status::STATUS_PENDING {
            return;
        }
        let kept = self.keep(arrival, message.direction);
        if let Some(session) = self.sessions.get_mut(place.session.0) {
            session.setup.begin(kept.at);
            session.setup.is_answered = true;
            session.setup.is_cut |= !kept.is_whole;
        }
        self.keep_in_setup(place.session, kept);
        if status == Status::STATUS_MORE_PROCESSING_REQUIRED {
            return;
        }
        let Some(session) = self.sessions.get_mut(place.session.0) else { return };
        session.setup.decide(message.at);
        let is_bound = session.channels.get(place.channel).is_some_and(|c| c.is_bound);
        if session.setup.outcome == SetupOutcome::Succeeded {
            return;
        }
        if status != Status::STATUS_SUCCESS {
            if !is_bound || session.channels.len() == 1 {
                session.setup.outcome = SetupOutcome::Failed(status.0);
            }
            return;
        }
        let response = SessionSetupResponse::parse(message.raw.bytes).ok();
        session.setup.outcome = SetupOutcome::Succeeded;
        session.setup.established_attempt = Some(session.setup.attempt);
        session.setup.final_response = Some(FinalResponse {
            at: message.at,
            status: status.0,
            is_signed: message.header.is_signed(),
            session_flags: response.map(|response| response.session_flags),
        });
    }

    /// The LOGOFF response ends a session on all its channels.
    pub(super) fn log_off(&mut self, message: &Message<'_>) {
        let Some(place) = message.place else { return };
        if let Some(session) = self.sessions.get_mut(place.session.0) {
            session.logged_off.get_or_insert(message.at);
        }
    }
}

/// Whether a SESSION_SETUP request binds an existing session to its connection.
pub(super) fn is_binding(request: &SessionSetupRequest<'_>) -> bool {
    request.flags.contains(SessionSetupFlags::SMB2_SESSION_FLAG_BINDING)
}

/// The algorithm that the response's SIGNING_CAPABILITIES context chooses.
fn signing_algorithm_id(response: &NegotiateResponse<'_>) -> Option<SigningAlgorithmId> {
    response.negotiate_contexts.iter().flatten().find_map(|context| match context.data {
        NegotiateContextData::Signing { algorithms } => algorithms.iter().next(),
        _ => None,
    })
}

/// The cipher of the connection: of 3.1.1 the one that the context chooses, of 3.0 and 3.0.2 the
/// only one there is, where both sides have the capability.
fn cipher_id(
    response: &NegotiateResponse<'_>,
    client_capabilities: Option<Capabilities>,
) -> Option<CipherId> {
    match response.dialect_revision {
        Dialect::SMB_3_1_1 => {
            response.negotiate_contexts.iter().flatten().find_map(|context| match context.data {
                NegotiateContextData::Encryption { ciphers } => {
                    ciphers.iter().next().filter(|cipher| *cipher != CipherId(0))
                }
                _ => None,
            })
        }
        Dialect::SMB_3_0 | Dialect::SMB_3_0_2 => {
            let both = [Some(response.capabilities), client_capabilities];
            both.into_iter()
                .all(|capabilities| {
                    capabilities.is_some_and(|capabilities| {
                        capabilities.contains(Capabilities::SMB2_GLOBAL_CAP_ENCRYPTION)
                    })
                })
                .then_some(CipherId::AES_128_CCM)
        }
        _ => None,
    }
}
