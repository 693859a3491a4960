//! Protocol data units of DCE/RPC, as much of them as the tests need.

use super::ntlm::utf16;

/// MS-EFSR.
pub(crate) const EFSR: [u8; 16] = [
    0x88, 0xd4, 0x81, 0xc6, 0x50, 0xd8, 0xd0, 0x11, 0x8c, 0x52, 0x00, 0xc0, 0x4f, 0xd9, 0x0f, 0x7e,
];
/// MS-RPRN.
pub(crate) const RPRN: [u8; 16] = [
    0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
];
/// MS-DFSNM.
pub(crate) const DFSNM: [u8; 16] = [
    0xe0, 0x42, 0xc7, 0x4f, 0x10, 0x4a, 0xcf, 0x11, 0x82, 0x73, 0x00, 0xaa, 0x00, 0x4a, 0xe6, 0x73,
];
/// MS-SRVS, of which no function names another host.
pub(crate) const SRVS: [u8; 16] = [
    0xc8, 0x4f, 0x32, 0x4b, 0x70, 0x16, 0xd3, 0x01, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88,
];
const NDR: [u8; 16] = [
    0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60,
];

/// The first and the last fragment.
pub(crate) const WHOLE: u8 = 3;

/// A bind of an interface as context 0.
pub(crate) fn bind(interface: [u8; 16]) -> Vec<u8> {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0];
    body.extend(interface);
    body.extend([1, 0, 0, 0]);
    body.extend(NDR);
    body.extend([2, 0, 0, 0]);
    unit(11, WHOLE, &body)
}

/// The answer to it.
pub(crate) fn bound() -> Vec<u8> {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    body.extend(NDR);
    body.extend([2, 0, 0, 0]);
    unit(12, WHOLE, &body)
}

/// A call with these pfc_flags.
pub(crate) fn request(opnum: u16, flags: u8, arguments: &[u8]) -> Vec<u8> {
    let mut body = (arguments.len() as u32).to_le_bytes().to_vec();
    body.extend([0, 0]);
    body.extend(opnum.to_le_bytes());
    body.extend(arguments);
    unit(0, flags, &body)
}

/// The answer to a call, which gives this back.
pub(crate) fn response(value: u32) -> Vec<u8> {
    let mut body = vec![4, 0, 0, 0, 0, 0, 0, 0];
    body.extend(value.to_le_bytes());
    unit(2, WHOLE, &body)
}

/// A call was refused.
pub(crate) fn fault(status: u32) -> Vec<u8> {
    let mut body = vec![0; 8];
    body.extend(status.to_le_bytes());
    body.extend([0; 4]);
    unit(3, WHOLE, &body)
}

/// A text as NDR has it: conformant and varying.
pub(crate) fn string(text: &str) -> Vec<u8> {
    let count = (text.encode_utf16().count() as u32 + 1).to_le_bytes();
    let mut bytes = [count, [0; 4], count].concat();
    bytes.extend(utf16(text));
    bytes.extend([0, 0]);
    bytes
}

/// The same unit with a verifier of NTLM that says its arguments are encrypted.
pub(crate) fn sealed(mut unit: Vec<u8>) -> Vec<u8> {
    unit.extend([10, 6, 0, 0, 0, 0, 0, 0]);
    unit.extend([0x5e; 16]);
    let len = (unit.len() as u16).to_le_bytes();
    unit[8..10].copy_from_slice(&len);
    unit[10] = 16;
    unit
}

fn unit(kind: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let len = (16 + body.len() as u16).to_le_bytes();
    let mut unit = vec![5, 0, kind, flags, 0x10, 0, 0, 0];
    unit.extend(len);
    unit.extend([0, 0, 1, 0, 0, 0]);
    unit.extend(body);
    unit
}
