//! What tests of this layer share: protocol data units in hexadecimal digits.

/// A bind of MS-EFSR as context 7, with NDR.
pub(crate) const BIND: &str = "0500 0b03 10000000 4800 0000 01000000 b810 b810 00000000 01 00 0000
    0700 01 00 88d481c650d8d0118c5200c04fd90f7e 01000000
    045d888aeb1cc9119fe808002b104860 02000000";

/// The same with the most significant byte of integers first.
pub(crate) const BIG_BIND: &str =
    "0500 0b03 00000000 0048 0000 00000001 10b8 10b8 00000000 01 00 0000
    0007 01 00 c681d488d85011d08c5200c04fd90f7e 00000001
    8a885d041ceb11c99fe808002b104860 00000002";

/// The answer to a bind of two interfaces, of which the server has the first.
pub(crate) const BIND_ACK: &str = "0500 0c03 10000000 5c00 0000 01000000 b810 b810 f0530000
    0c00 5c504950455c6c7361737300 0000 02 00 0000
    0000 0000 045d888aeb1cc9119fe808002b104860 02000000
    0200 0100 00000000000000000000000000000000 00000000";

/// A call of function 4 of context 7 with six bytes of arguments.
pub(crate) const REQUEST: &str =
    "0500 0003 10000000 1e00 0000 02000000 06000000 0700 0400 616263646566";

/// Its answer, ERROR_BAD_NETPATH.
pub(crate) const RESPONSE: &str =
    "0500 0203 10000000 1c00 0000 02000000 04000000 0700 00 00 35000000";

/// `pdu` with `padding` bytes and a verifier of NTLM with privacy that holds `token`.
pub(crate) fn with_verifier(pdu: &[u8], padding: u8, token: &[u8]) -> Vec<u8> {
    let mut pdu = pdu.to_vec();
    pdu.extend(vec![0; padding.into()]);
    pdu.extend([0x0a, 6, padding, 0, 9, 0, 0, 0]);
    pdu.extend(token);
    let len = (pdu.len() as u16).to_le_bytes();
    pdu[8..10].copy_from_slice(&len);
    pdu[10..12].copy_from_slice(&(token.len() as u16).to_le_bytes());
    pdu
}

/// A call of `opnum` of a context, call 2, with these pfc_flags and arguments.
pub(crate) fn request(context_id: u8, opnum: u8, flags: u8, arguments: &[u8]) -> Vec<u8> {
    let mut pdu = crate::smb::testing::hex(REQUEST);
    (pdu[3], pdu[20], pdu[22]) = (flags, context_id, opnum);
    pdu.truncate(24);
    pdu.extend(arguments);
    let len = (pdu.len() as u16).to_le_bytes();
    pdu[8..10].copy_from_slice(&len);
    pdu
}
