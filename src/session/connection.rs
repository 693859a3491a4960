//! One TCP connection that carries SMB: the Connection of \[MS-SMB2\] 3.2.1.2 and 3.3.1.7 as an
//! observer sees it.

use std::net::SocketAddr;

use super::exchange::Exchange;
use super::keys::Algorithm;
use super::losses::Losses;
use super::seldom::Seldom;
use super::smb1::Smb1Connection;
use super::{At, KeptMessage, SessionIndex, Validation};
use crate::flow::{Direction, PerDirection};
use crate::packet::PacketId;
use crate::smb::fields::Guid;
use crate::smb::smb2::{
    Capabilities, CipherId, Dialect, SecurityMode, SessionId, SigningAlgorithmId,
};

/// A connection, by its place among those of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub usize);

/// What the lower layers know of a connection when SMB is found in it.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionStart {
    /// The end that is taken for the client.
    pub client: SocketAddr,
    /// The end that is taken for the server.
    pub server: SocketAddr,
    /// The VLANs and tunnels around it, as a number: hosts in different ones may have the same
    /// address.
    pub network: u64,
    /// The TCP handshake was captured, so the roles are certain.
    pub handshake_seen: bool,
    /// The connection's first packet.
    pub first_packet: PacketId,
}

/// A connection.
#[derive(Debug)]
pub struct Connection {
    /// The end that asks.
    pub client: SocketAddr,
    /// The end that answers.
    pub server: SocketAddr,
    /// The VLANs and tunnels around it, as a number.
    pub network: u64,
    /// The connection's first packet.
    pub first_packet: PacketId,
    /// The SMB2 NEGOTIATE request.
    pub negotiate_request: Option<KeptMessage>,
    /// The SMB2 NEGOTIATE response that chose the dialect.
    pub negotiate_response: Option<KeptMessage>,
    /// The client's SecurityMode.
    pub client_security_mode: Option<Said>,
    /// The server's SecurityMode.
    pub server_security_mode: Option<Said>,
    /// The dialect that the server chose.
    pub dialect: Option<Dialect>,
    /// The algorithm that the server's SIGNING_CAPABILITIES context chose.
    pub signing_algorithm_id: Option<SigningAlgorithmId>,
    /// What `signing_algorithm_id` and the dialect say is all that the server said; false where the
    /// context may stand in bytes that were not captured.
    pub is_signing_algorithm_known: bool,
    /// The cipher of the connection.
    pub cipher_id: Option<CipherId>,
    /// ClientGuid.
    pub client_guid: Option<Guid>,
    /// ServerGuid.
    pub server_guid: Option<Guid>,
    /// The client's Capabilities.
    pub client_capabilities: Option<Capabilities>,
    /// What was said in VALIDATE_NEGOTIATE_INFO.
    pub validation: Option<Box<Validation>>,
    /// What was lost of the connection.
    pub losses: Seldom<Losses>,
    /// Packets of it were captured in another order than they were sent.
    pub is_in_disorder: bool,
    /// A session of which the setup was seen uses it.
    pub has_session: bool,
    /// What only SMB1 has.
    pub smb1: Seldom<Smb1Connection>,
    pub(super) exchange: Exchange,
    pub(super) previous_session_id: PerDirection<SessionId>,
    pub(super) recent: Option<Recent>,
    roles: Roles,
}

/// A side's SecurityMode, and the message that says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// SecurityMode.
    pub security_mode: SecurityMode,
    /// The packet.
    pub packet: PacketId,
    /// The message is VALIDATE_NEGOTIATE_INFO, for NEGOTIATE was not captured.
    pub is_validation: bool,
}

impl Said {
    pub(super) fn negotiate(security_mode: SecurityMode, kept: &KeptMessage) -> Said {
        Said { security_mode, packet: kept.at.packet, is_validation: false }
    }

    pub(super) fn validation(security_mode: SecurityMode, at: At) -> Said {
        Said { security_mode, packet: at.packet, is_validation: true }
    }
}

/// The session that a connection's last message belonged to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent {
    pub(super) session_id: SessionId,
    pub(super) session: SessionIndex,
    pub(super) channel: usize,
}

/// How sure it is which end is the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Roles {
    /// Guessed from the ports.
    Guessed,
    /// As the flow has them.
    Certain,
    /// The other way round than the flow has them.
    Reversed,
}

impl Connection {
    /// A connection of which nothing but `start` is known.
    pub(super) fn new(start: ConnectionStart) -> Connection {
        Connection {
            client: start.client,
            server: start.server,
            network: start.network,
            first_packet: start.first_packet,
            negotiate_request: None,
            negotiate_response: None,
            client_security_mode: None,
            server_security_mode: None,
            dialect: None,
            signing_algorithm_id: None,
            is_signing_algorithm_known: false,
            cipher_id: None,
            client_guid: None,
            server_guid: None,
            client_capabilities: None,
            validation: None,
            losses: Seldom::default(),
            is_in_disorder: false,
            has_session: false,
            smb1: Seldom::default(),
            exchange: Exchange::default(),
            previous_session_id: PerDirection::default(),
            recent: None,
            roles: if start.handshake_seen { Roles::Certain } else { Roles::Guessed },
        }
    }

    /// How its SMB 2 and 3 messages are signed: as the context chose, else the dialect's default
    /// (\[MS-SMB2\] 3.1.4.1); `None` where neither is known.
    pub fn signing_algorithm(&self) -> Option<Algorithm> {
        let by_dialect = match self.dialect? {
            Dialect::SMB_2_0_2 | Dialect::SMB_2_1 => Algorithm::HmacSha256,
            Dialect::SMB_3_0 | Dialect::SMB_3_0_2 | Dialect::SMB_3_1_1 => Algorithm::AesCmac,
            _ => return None,
        };
        match self.signing_algorithm_id {
            None => self.is_signing_algorithm_known.then_some(by_dialect),
            Some(SigningAlgorithmId::HMAC_SHA256) => Some(Algorithm::HmacSha256),
            Some(SigningAlgorithmId::AES_CMAC) => Some(Algorithm::AesCmac),
            Some(SigningAlgorithmId::AES_GMAC) => Some(Algorithm::AesGmac),
            Some(_) => None,
        }
    }

    /// The direction of a message, given the direction that the flow says and whether the message
    /// is a response; the first message that says so settles a guess.
    pub(super) fn direction(&mut self, of_flow: Direction, is_response: bool) -> Direction {
        if self.roles == Roles::Guessed {
            let of_message = if is_response { Direction::ToClient } else { Direction::ToServer };
            if of_message == of_flow {
                self.roles = Roles::Certain;
            } else {
                self.roles = Roles::Reversed;
                std::mem::swap(&mut self.client, &mut self.server);
            }
        }
        self.direction_as_known(of_flow)
    }

    /// The direction of a message that does not say whether it is a response.
    pub(super) fn direction_as_known(&self, of_flow: Direction) -> Direction {
        match self.roles {
            Roles::Reversed => of_flow.reverse(),
            Roles::Guessed | Roles::Certain => of_flow,
        }
    }
}
