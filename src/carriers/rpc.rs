//! DCE/RPC over TCP: the verifiers of bind, alter_context and rpc_auth_3, and of their answers
//! (\[MS-RPCE\] 2.2.2.11, 3.3.1.5.2).

use super::reader::{Conversation, Heard};
use super::stream::Step;
use super::{Protocol, Side, number_of};
use crate::rpc::{Body, Header, PacketType, Pdu};

/// A connection of DCE/RPC.
#[derive(Debug)]
pub(super) struct Rpc;

/// status of a fault: the call is denied, as RPC and as Windows say it.
const ACCESS_DENIED: [u32; 2] = [0x1c01_0003, 5];

impl Rpc {
    /// Who says `bytes`, if that is DCE/RPC.
    pub(super) fn side_of(bytes: &[u8]) -> Option<Side> {
        side_of(&Header::parse(bytes).ok()?)
    }

    /// The token of a protocol data unit, and what a server's says about the authentication.
    fn read(side: Side, bytes: &[u8], heard: &mut Heard<'_>) {
        let Ok(pdu) = Pdu::parse(bytes) else { return };
        if let Ok(Some(verifier)) = pdu.verifier() {
            heard.token(side, verifier.token, number_of(bytes));
        }
        match (pdu.header.packet_type, pdu.body()) {
            (PacketType::BIND_ACK | PacketType::ALTER_CONTEXT_RESP, _) => heard.accepted(0),
            (PacketType::BIND_NAK, _) => heard.refused(0),
            (_, Ok(Body::Fault(fault))) if ACCESS_DENIED.contains(&fault.status) => {
                heard.refused(fault.status);
            }
            _ => {}
        }
    }
}

fn side_of(header: &Header) -> Option<Side> {
    match header.packet_type {
        PacketType::REQUEST
        | PacketType::BIND
        | PacketType::ALTER_CONTEXT
        | PacketType::RPC_AUTH_3 => Some(Side::Client),
        PacketType::RESPONSE
        | PacketType::FAULT
        | PacketType::BIND_ACK
        | PacketType::BIND_NAK
        | PacketType::ALTER_CONTEXT_RESP => Some(Side::Server),
        _ => None,
    }
}

impl Conversation for Rpc {
    fn protocol(&self) -> Protocol {
        Protocol::Rpc
    }

    fn starts(&self, side: Side, bytes: &[u8]) -> bool {
        Rpc::side_of(bytes) == Some(side)
    }

    fn step(&mut self, side: Side, bytes: &[u8], _seen: usize, heard: &mut Heard<'_>) -> Step {
        let header = match Header::parse(bytes) {
            Ok(header) => header,
            Err(_) if bytes.len() < Header::LEN => return Step::Wait(Some(Header::LEN)),
            Err(_) => return Step::Lost,
        };
        let len = usize::from(header.frag_length);
        match header.packet_type {
            PacketType::REQUEST => {}
            PacketType::RESPONSE => heard.accepted(0),
            _ if side_of(&header) != Some(side) => {}
            _ => match bytes.get(..len) {
                Some(whole) => Rpc::read(side, whole, heard),
                None => return Step::Wait(Some(len)),
            },
        }
        Step::Took(len as u64)
    }
}
