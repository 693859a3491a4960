//! Per-message tokens of the Kerberos mechanism that hold a code and no message: RFC 4121 4.2.6.1,
//! and of RC4 RFC 4757 7.2.

use super::TokenId;
use crate::auth::der::Reader;
use crate::auth::error::Structure;

/// A token of GSS_GetMIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicToken<'a> {
    /// That of RFC 4121.
    Cfx {
        /// Flags.
        flags: MicFlags,
        /// The first 16 bytes, which the code covers after the message.
        header: &'a [u8; 16],
        /// SGN_CKSUM.
        checksum: &'a [u8],
    },
    /// That of RFC 4757.
    Rc4 {
        /// The first 8 bytes, which the code covers before the message.
        header: &'a [u8; 8],
        /// SGN_CKSUM.
        checksum: &'a [u8; 8],
    },
}

/// Flags of a token, RFC 4121 4.2.2. Bits without a name are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MicFlags(pub u8);

impl MicFlags {
    /// The acceptor's subkey made the code.
    pub const ACCEPTOR_SUBKEY: MicFlags = MicFlags(0x04);

    /// Whether every bit of `other` is set.
    pub fn contains(self, other: MicFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// SGN_ALG and Filler of RFC 4757 7.2: HMAC.
const SGN_ALG_HMAC: [u8; 6] = [0x11, 0x00, 0xff, 0xff, 0xff, 0xff];

impl<'a> MicToken<'a> {
    /// Reads a token; `None` for anything else, as the response that Windows 2000 repeats instead.
    pub fn parse(bytes: &'a [u8]) -> Option<MicToken<'a>> {
        if bytes.first() == Some(&0x60) {
            return MicToken::rc4(bytes);
        }
        let (header, checksum) = bytes.split_first_chunk::<16>()?;
        let [first, second, flags, filler @ .., _, _, _, _, _, _, _, _] = *header;
        let is_mic = TokenId([first, second]) == TokenId::MIC && filler == [0xff; 5];
        is_mic.then_some(MicToken::Cfx { flags: MicFlags(flags), header, checksum })
    }

    fn rc4(bytes: &'a [u8]) -> Option<MicToken<'a>> {
        let outer = Reader::new(Structure::KerberosToken, bytes, 0).next()?;
        let mut inner = Reader::contents(Structure::KerberosToken, &outer);
        let _this_mech = inner.next()?;
        let (token, _) = inner.rest();
        let (header, rest) = token.split_first_chunk::<8>()?;
        let (_sequence, checksum) = rest.split_first_chunk::<8>()?;
        let (id, algorithm) = header.split_first_chunk()?;
        let is_mic = TokenId(*id) == TokenId::MIC_RC4 && algorithm == SGN_ALG_HMAC;
        is_mic.then_some(MicToken::Rc4 { header, checksum: checksum.try_into().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::der::test::{element, nested};

    #[test]
    fn a_token_of_either_kind_is_read_and_nothing_else() {
        let cfx = [&[4, 4, 5][..], &[0xff; 5], &[0, 0, 0, 0, 0, 0, 0, 7], &[0xcc; 12]].concat();
        let Some(MicToken::Cfx { flags, header, checksum }) = MicToken::parse(&cfx) else {
            panic!()
        };
        assert!(flags.contains(MicFlags::ACCEPTOR_SUBKEY));
        assert_eq!((header.as_slice(), checksum), (&cfx[..16], &[0xcc; 12][..]));
        let body = [&[1, 1][..], &SGN_ALG_HMAC, &[7; 8], &[0xcc; 8]].concat();
        let oid = element(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);
        let rc4 = nested(0x60, &[oid.clone(), body]);
        let Some(MicToken::Rc4 { header, checksum }) = MicToken::parse(&rc4) else { panic!() };
        assert_eq!((header, checksum), (&[1, 1, 0x11, 0, 0xff, 0xff, 0xff, 0xff], &[0xcc; 8]));
        for len in 0..16 {
            assert_eq!(MicToken::parse(&cfx[..len]), None);
        }
        for len in 0..rc4.len() {
            assert_eq!(MicToken::parse(&rc4[..len]), None);
        }
        let ap_rep = nested(0x60, &[oid, vec![2, 0], element(0x6f, &[0; 40])]);
        assert_eq!(MicToken::parse(&ap_rep), None);
    }
}
