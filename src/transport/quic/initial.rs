//! Initial packets: their header (RFC 9000, 17.2.2), keys (RFC 9001, 5.2; RFC 9369, 3.3) and
//! protection (RFC 9001, 5.3 and 5.4).

use aes::Aes128;
use aes::cipher::BlockCipherEncrypt;
use aes_gcm::aead::AeadInOut;
use aes_gcm::{AesGcm, KeyInit, Tag};
use hkdf::Hkdf;
use sha2::Sha256;

/// AEAD_AES_128_GCM.
type Aead = AesGcm<Aes128, aes::cipher::consts::U12>;

/// Bytes of the tag at a packet's end.
const TAG_LEN: usize = 16;

/// Bytes of the longest connection number (RFC 9000, 17.2).
const MAX_ID_LEN: usize = 20;

/// A version of QUIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(pub(super) u32);

/// The salt of version 1, and of the last drafts (RFC 9001, 5.2).
const SALT_1: [u8; 20] = [
    0x38, 0x76, 0x2C, 0xF7, 0xF5, 0x59, 0x34, 0xB3, 0x4D, 0x17, 0x9A, 0xE6, 0xA4, 0xC8, 0x0C, 0xAD,
    0xCC, 0xBB, 0x7F, 0x0A,
];

/// The salt of version 2 (RFC 9369, 3.3.1).
const SALT_2: [u8; 20] = [
    0x0D, 0xED, 0xE3, 0xDE, 0xF7, 0x00, 0xA6, 0xDB, 0x81, 0x93, 0x81, 0xBE, 0x6E, 0x26, 0x9D, 0xCB,
    0xF9, 0xBD, 0x2E, 0xD9,
];

/// The salt of the drafts 29 to 32, which the first Windows with SMB over QUIC spoke.
const SALT_DRAFT_29: [u8; 20] = [
    0xAF, 0xBF, 0xEC, 0x28, 0x99, 0x93, 0xD2, 0x4C, 0x9E, 0x97, 0x86, 0xF1, 0x9C, 0x61, 0x11, 0xE0,
    0x43, 0x90, 0xA8, 0x99,
];

impl Version {
    const V2: Version = Version(0x6B33_43CF);

    /// Whether the keys of its Initial packets are known.
    pub(super) fn is_known(self) -> bool {
        self.salt().is_some()
    }

    fn salt(self) -> Option<&'static [u8; 20]> {
        match self.0 {
            0x0000_0001 | 0xFF00_0021 | 0xFF00_0022 => Some(&SALT_1),
            0xFF00_001D..=0xFF00_0020 => Some(&SALT_DRAFT_29),
            _ if self == Version::V2 => Some(&SALT_2),
            _ => None,
        }
    }

    /// The bits of the packet type that say Initial (RFC 9369, 3.2).
    fn initial_type(self) -> u8 {
        if self == Version::V2 { 1 } else { 0 }
    }
}

/// The parts of a long header that are not encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LongHeader<'a> {
    pub(super) version: Version,
    pub(super) is_initial: bool,
    /// Destination Connection ID.
    pub(super) destination_id: &'a [u8],
    /// Where the packet number starts.
    number_at: usize,
    /// Bytes of the whole packet.
    pub(super) packet_len: usize,
}

impl<'a> LongHeader<'a> {
    /// Reads the header that `bytes` start with. A Retry and a Version Negotiation have none.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<LongHeader<'a>> {
        let (&[first, v0, v1, v2, v3], rest) = bytes.split_first_chunk()?;
        if first & 0xC0 != 0xC0 {
            return None;
        }
        let version = Version(u32::from_be_bytes([v0, v1, v2, v3]));
        let (destination_id, rest) = connection_id(rest)?;
        let (_, mut rest) = connection_id(rest)?;
        let is_initial = (first >> 4) & 3 == version.initial_type();
        if is_initial {
            let (token_len, after) = varint(rest)?;
            rest = after.get(usize::try_from(token_len).ok()?..)?;
        }
        let (len, rest) = varint(rest)?;
        let number_at = bytes.len() - rest.len();
        let packet_len = number_at.checked_add(usize::try_from(len).ok()?)?;
        Some(LongHeader { version, is_initial, destination_id, number_at, packet_len })
    }
}

fn connection_id(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first()?;
    let len = usize::from(*len);
    (len <= MAX_ID_LEN).then(|| rest.split_at_checked(len))?
}

/// Reads a variable-length integer (RFC 9000, 16).
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, _) = bytes.split_first()?;
    let (number, rest) = bytes.split_at_checked(1 << (first >> 6))?;
    let value = number.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    // The two bits above the number are those of its length.
    Some((value & (u64::MAX >> (64 - 8 * number.len() + 2)), rest))
}

/// The keys of one direction.
pub(super) struct Keys {
    aead: Aead,
    iv: [u8; 12],
    header: Aes128,
}

/// Keys are not shown.
impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys of the client's Initial packets, from the connection number that it chose for the
    /// server.
    pub(super) fn of_client(version: Version, destination_id: &[u8]) -> Option<Keys> {
        let (key, iv, header) = Keys::derive(version, destination_id)?;
        Some(Keys { aead: Aead::new(&key.into()), iv, header: Aes128::new(&header.into()) })
    }

    /// Key, initialization vector and header protection key.
    fn derive(version: Version, destination_id: &[u8]) -> Option<([u8; 16], [u8; 12], [u8; 16])> {
        let initial = Hkdf::<Sha256>::new(Some(version.salt()?), destination_id);
        let mut secret = [0; 32];
        expand_label(&initial, "client in", &mut secret)?;
        let client = Hkdf::<Sha256>::from_prk(&secret).ok()?;
        let labels = if version == Version::V2 {
            ["quicv2 key", "quicv2 iv", "quicv2 hp"]
        } else {
            ["quic key", "quic iv", "quic hp"]
        };
        let [key_label, iv_label, header_label] = labels;
        let (mut key, mut iv, mut header) = ([0; 16], [0; 12], [0; 16]);
        expand_label(&client, key_label, &mut key)?;
        expand_label(&client, iv_label, &mut iv)?;
        expand_label(&client, header_label, &mut header)?;
        Some((key, iv, header))
    }

    /// The frames in a packet; `None` where it was not encrypted with these keys.
    pub(super) fn decrypt(&self, header: &LongHeader<'_>, packet: &[u8]) -> Option<Vec<u8>> {
        let sample = packet.get(header.number_at + 4..)?.first_chunk::<16>()?;
        let [mask_first, mask_number @ ..] = *self.mask(*sample).first_chunk::<5>()?;
        let first = packet.first()? ^ (mask_first & 0x0F);
        let number_len = usize::from(first & 3) + 1;
        let (associated, protected) = packet.split_at_checked(header.number_at + number_len)?;
        let mut associated = associated.to_vec();
        *associated.first_mut()? = first;
        let mut number = 0_u32;
        for (byte, mask) in associated.get_mut(header.number_at..)?.iter_mut().zip(mask_number) {
            *byte ^= mask;
            number = number << 8 | u32::from(*byte);
        }
        let (sealed, tag) = protected.split_at_checked(protected.len().checked_sub(TAG_LEN)?)?;
        let mut frames = sealed.to_vec();
        let tag = Tag::try_from(tag).ok()?;
        let nonce = self.nonce(number).into();
        self.aead
            .decrypt_inout_detached(&nonce, &associated, frames.as_mut_slice().into(), &tag)
            .ok()?;
        Some(frames)
    }

    /// What protects the header, from a sample of what is encrypted.
    fn mask(&self, sample: [u8; 16]) -> [u8; 16] {
        let mut block = sample.into();
        self.header.encrypt_block(&mut block);
        block.into()
    }

    /// The first packets' numbers are written whole, so nothing has to be added to them.
    fn nonce(&self, number: u32) -> [u8; 12] {
        let mut nonce = self.iv;
        for (byte, number) in nonce.iter_mut().skip(8).zip(number.to_be_bytes()) {
            *byte ^= number;
        }
        nonce
    }
}

/// HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1) without a context.
fn expand_label(secret: &Hkdf<Sha256>, label: &str, out: &mut [u8]) -> Option<()> {
    const PREFIX: &[u8] = b"tls13 ";
    let len = u16::try_from(out.len()).ok()?.to_be_bytes();
    let label_len = [u8::try_from(PREFIX.len() + label.len()).ok()?];
    let info = [&len[..], &label_len, PREFIX, label.as_bytes(), &[0]].concat();
    secret.expand(&info, out).ok()
}

#[cfg(test)]
pub(super) mod test {
    use super::*;

    /// A packet with `frames`, encrypted as a client does; `header` ends with a number of 4 bytes.
    pub(crate) fn seal(version: u32, id: &[u8], header: &[u8], frames: &[u8]) -> Vec<u8> {
        let keys = Keys::of_client(Version(version), id).unwrap();
        let number_at = header.len() - 4;
        let number = u32::from_be_bytes(*header[number_at..].first_chunk().unwrap());
        let mut sealed = frames.to_vec();
        let nonce = keys.nonce(number).into();
        let tag =
            keys.aead.encrypt_inout_detached(&nonce, header, sealed.as_mut_slice().into()).unwrap();
        let mut packet = [header, &sealed, &tag].concat();
        let mask = keys.mask(*packet[number_at + 4..].first_chunk().unwrap());
        packet[0] ^= mask[0] & 0x0F;
        for place in 0..4 {
            packet[number_at + place] ^= mask[1 + place];
        }
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::hex;
    use super::*;

    /// The connection number of the examples in RFC 9001, A and RFC 9369, A.
    const ID: &str = "8394c8f03e515708";

    #[test]
    fn keys_are_those_of_the_specifications() {
        let (key, iv, header) = Keys::derive(Version(1), &hex(ID)).unwrap();
        assert_eq!(key[..], hex("1f369613dd76d5467730efcbe3b1a22d"));
        assert_eq!(iv[..], hex("fa044b2f42a3fd3b46fb255c"));
        assert_eq!(header[..], hex("9f50449e04a0e810283a1e9933adedd2"));
        let (key, iv, header) = Keys::derive(Version::V2, &hex(ID)).unwrap();
        assert_eq!(key[..], hex("8b1a0bc121284290a29e0971b5cd045d"));
        assert_eq!(iv[..], hex("91f73e2351d8fa91660e909f"));
        assert_eq!(header[..], hex("45b95e15235d6f45a6b19cbcb0294ba9"));
        assert!(Keys::derive(Version(0x0A0A_0A0A), &hex(ID)).is_none());
    }

    #[test]
    fn the_client_initial_of_rfc_9001_is_encrypted_and_decrypted() {
        let crypto = hex(concat!(
            "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868",
            "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578",
            "616d706c652e636f6dff01000100000a00080006001d00170018001000070005",
            "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba",
            "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400",
            "0d0010000e0403050306030203080408050806002d00020101001c0002400100",
            "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000",
            "75300901100f088394c8f03e51570806048000ffff",
        ));
        let frames = [crypto, vec![0; 917]].concat();
        let header = hex("c300000001088394c8f03e5157080000449e00000002");
        let packet = test::seal(1, &hex(ID), &header, &frames);
        // The start and the tag, which is over everything, of the packet in A.2.
        let start = hex("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11");
        assert_eq!((packet.len(), &packet[..32]), (1_200, &start[..]));
        assert_eq!(packet[1_184..], hex("e221af44860018ab0856972e194cd934"));
        let header = LongHeader::parse(&packet).unwrap();
        assert_eq!((header.is_initial, header.packet_len), (true, 1_200));
        let keys = Keys::of_client(header.version, header.destination_id).unwrap();
        assert_eq!(keys.decrypt(&header, &packet), Some(frames));
    }

    #[test]
    fn integers_are_those_of_rfc_9000() {
        for (bytes, value) in [
            ("c2197c5eff14e88c", 151_288_809_941_952_652),
            ("9d7f3e7d", 494_878_333),
            ("7bbd", 15_293),
            ("25", 37),
        ] {
            let bytes = hex(bytes);
            assert_eq!(varint(&bytes), Some((value, &[][..])));
            assert_eq!(varint(&bytes[..bytes.len() - 1]), None);
        }
    }
}
