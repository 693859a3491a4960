//! The common header of every protocol data unit, C706 12.6.3.1 and \[MS-RPCE\] 2.2.2.1.

use nom::IResult;
use nom::number::Endianness;
use nom::number::complete::{u16, u32};

use super::error::{DecodeError, DecodeErrorKind, Structure};
use super::verifier::AuthVerifier;
use crate::smb::wire::{wire_flags, wire_value};

/// The common header.
///
/// The range before each field is its place in the protocol data unit, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// `[1..2]` rpc_vers_minor, 0 or 1.
    pub minor_version: u8,
    /// `[2..3]` PTYPE.
    pub packet_type: PacketType,
    /// `[3..4]` pfc_flags.
    pub flags: PfcFlags,
    /// `[4..8]` packed_drep, as far as it tells the order of bytes in integers.
    pub byte_order: ByteOrder,
    /// `[8..10]` frag_length: bytes of the protocol data unit, this header included.
    pub frag_length: u16,
    /// `[10..12]` auth_length: bytes of the token in the verifier; 0 where there is no verifier.
    pub auth_length: u16,
    /// `[12..16]` call_id.
    pub call_id: u32,
}

impl Header {
    /// Bytes in a header.
    pub const LEN: usize = 16;

    /// Reads the header that `bytes` start with.
    pub fn parse(bytes: &[u8]) -> Result<Header, DecodeError> {
        let fail = |kind| Structure::Header.error(kind);
        let available = bytes.len();
        let truncated = fail(DecodeErrorKind::Truncated { needed: Header::LEN, available });
        let (start, rest) = bytes.split_first_chunk().ok_or(truncated)?;
        let [major, minor, packet_type, flags, representation, _, _, _] = *start;
        if major != 5 || minor > 1 {
            return Err(fail(DecodeErrorKind::Version { major, minor }));
        }
        let byte_order = ByteOrder::of(representation)
            .ok_or(fail(DecodeErrorKind::DataRepresentation { found: representation }))?;
        let (_, (frag_length, auth_length, call_id)) =
            lengths(rest, byte_order).map_err(|_| truncated)?;
        let header = Header {
            minor_version: minor,
            packet_type: PacketType(packet_type),
            flags: PfcFlags(flags),
            byte_order,
            frag_length,
            auth_length,
            call_id,
        };
        let least = Header::LEN as u32 + header.verifier_len();
        if u32::from(frag_length) < least {
            return Err(fail(DecodeErrorKind::FragmentLength { found: frag_length, least }));
        }
        Ok(header)
    }

    /// Bytes of the verifier, its token included.
    pub(super) fn verifier_len(&self) -> u32 {
        match self.auth_length {
            0 => 0,
            token => AuthVerifier::FIELDS as u32 + u32::from(token),
        }
    }
}

fn lengths(input: &[u8], order: ByteOrder) -> IResult<&[u8], (u16, u16, u32)> {
    let (input, frag_length) = u16(order.endianness())(input)?;
    let (input, auth_length) = u16(order.endianness())(input)?;
    let (input, call_id) = u32(order.endianness())(input)?;
    Ok((input, (frag_length, auth_length, call_id)))
}

/// The order of bytes in integers, which each sender chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The least significant byte comes first.
    Little,
    /// The most significant byte comes first.
    Big,
}

impl ByteOrder {
    /// The order that the first byte of packed_drep names, C706 14.1.
    fn of(representation: u8) -> Option<ByteOrder> {
        match representation >> 4 {
            0 => Some(ByteOrder::Big),
            1 => Some(ByteOrder::Little),
            _ => None,
        }
    }

    pub(super) fn endianness(self) -> Endianness {
        match self {
            ByteOrder::Little => Endianness::Little,
            ByteOrder::Big => Endianness::Big,
        }
    }
}

wire_value! {
    /// PTYPE: what a protocol data unit is, C706 12.6.4 and \[MS-RPCE\] 2.2.2.10.
    PacketType(u8) {
        /// The client calls.
        REQUEST = 0 => "request",
        /// The server answers.
        RESPONSE = 2 => "response",
        /// The call failed.
        FAULT = 3 => "fault",
        /// The client names the interfaces that it will call.
        BIND = 11 => "bind",
        /// The server says which of them it has.
        BIND_ACK = 12 => "bind_ack",
        /// The server has none.
        BIND_NAK = 13 => "bind_nak",
        /// The client names further interfaces.
        ALTER_CONTEXT = 14 => "alter_context",
        /// The server says which of those it has.
        ALTER_CONTEXT_RESP = 15 => "alter_context_resp",
        /// The client's last token of an authentication.
        RPC_AUTH_3 = 16 => "rpc_auth_3",
        /// The server is going down.
        SHUTDOWN = 17 => "shutdown",
        /// The client waits no longer for an answer.
        CO_CANCEL = 18 => "co_cancel",
        /// The client gives a call up.
        ORPHANED = 19 => "orphaned",
    }
}

wire_flags! {
    /// pfc_flags, C706 12.6.3.1 and \[MS-RPCE\] 2.2.2.3.
    PfcFlags(u8) {
        /// It is the first fragment of a call.
        PFC_FIRST_FRAG = 0x01 => "FIRST_FRAG",
        /// It is the last fragment of a call.
        PFC_LAST_FRAG = 0x02 => "LAST_FRAG",
        /// A cancel is pending; of a bind, headers can be signed.
        PFC_PENDING_CANCEL = 0x04 => "PENDING_CANCEL",
        /// Several calls may be under way at once.
        PFC_CONC_MPX = 0x10 => "CONC_MPX",
        /// The call that failed was not carried out.
        PFC_DID_NOT_EXECUTE = 0x20 => "DID_NOT_EXECUTE",
        /// The call may be carried out or not.
        PFC_MAYBE = 0x40 => "MAYBE",
        /// The call is for an object, which the request names.
        PFC_OBJECT_UUID = 0x80 => "OBJECT_UUID",
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteOrder, Header, PacketType, PfcFlags};
    use crate::rpc::error::{DecodeErrorKind, Structure};
    use crate::smb::testing::{check_truncations, hex};

    #[test]
    fn a_header_is_read_in_either_order() {
        for (digits, byte_order) in [
            ("0500 0b03 10000000 4800 0000 01000000", ByteOrder::Little),
            ("0500 0b03 00000000 0048 0000 00000001", ByteOrder::Big),
        ] {
            let bytes = hex(digits);
            let header = Header::parse(&bytes).unwrap();
            assert_eq!(header.packet_type, PacketType::BIND);
            assert_eq!(header.flags.names(), ["FIRST_FRAG", "LAST_FRAG"]);
            assert!(header.flags.contains(PfcFlags::PFC_LAST_FRAG));
            assert_eq!((header.byte_order, header.frag_length), (byte_order, 72));
            assert_eq!((header.auth_length, header.call_id), (0, 1));
            check_truncations(&bytes, Header::LEN, |bytes| Header::parse(bytes).is_err());
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        let kind = |digits| Header::parse(&hex(digits)).unwrap_err().kind;
        assert_eq!(
            kind("0400 0003 10000000 1000 0000 01000000"),
            DecodeErrorKind::Version { major: 4, minor: 0 }
        );
        assert_eq!(
            kind("0502 0003 10000000 1000 0000 01000000"),
            DecodeErrorKind::Version { major: 5, minor: 2 }
        );
        assert_eq!(
            kind("0500 0003 20000000 1000 0000 01000000"),
            DecodeErrorKind::DataRepresentation { found: 0x20 }
        );
        assert_eq!(
            kind("0500 0003 10000000 0f00 0000 01000000"),
            DecodeErrorKind::FragmentLength { found: 15, least: 16 }
        );
        let error = Header::parse(&hex("0500 0003 10000000 2700 1000 01000000")).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::FragmentLength { found: 39, least: 40 });
        assert_eq!(error.structure, Structure::Header);
        assert_eq!(error.to_string(), "RPC header: frag_length 39, at least 40 expected");
    }
}
