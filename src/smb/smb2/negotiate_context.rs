//! SMB2 NEGOTIATE_CONTEXT, \[MS-SMB2\] 2.2.3.1 and 2.2.4.1: what 3.1.1 negotiates beyond the dialect.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32};

use super::Header;
use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
use crate::smb::fields::{Guid, List, Text, bytes, read_fields};
use crate::smb::wire::{wire_flags, wire_value};

/// The contexts of a NEGOTIATE message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateContexts<'a> {
    message: &'a [u8],
    offset: usize,
    count: u16,
}

impl<'a> NegotiateContexts<'a> {
    /// `count` contexts, of which the first is `offset` bytes from the start of `message`.
    pub(crate) fn new(message: &'a [u8], offset: u32, count: u16) -> NegotiateContexts<'a> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        NegotiateContexts { message, offset, count }
    }

    /// No contexts.
    pub(crate) const fn none() -> NegotiateContexts<'a> {
        NegotiateContexts { message: &[], offset: 0, count: 0 }
    }

    /// The number of contexts that the message says it has.
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// The contexts in their order. After one that could not be read there are no more.
    pub fn iter(&self) -> impl Iterator<Item = Result<NegotiateContext<'a>, DecodeError>> + 'a {
        Contexts { message: self.message, offset: self.offset, left: self.count }
    }
}

/// One context.
///
/// The range before each field is its place in the context, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateContext<'a> {
    /// `[0..2]` ContextType.
    pub context_type: NegotiateContextType,
    /// `[2..4]` DataLength, in bytes.
    pub data_length: u16,
    /// `[8..]` Data.
    pub data: NegotiateContextData<'a>,
    /// What of the data is missing or wrong; `data` holds what could be read nevertheless.
    pub problem: Option<DecodeError>,
}

/// What a context says. Lists that are cut hold what was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NegotiateContextData<'a> {
    /// \[MS-SMB2\] 2.2.3.1.1.
    PreauthIntegrity {
        /// HashAlgorithms: what the sender can hash with, or chose.
        hash_algorithms: List<'a, HashAlgorithmId>,
        /// Salt: random bytes.
        salt: &'a [u8],
    },
    /// \[MS-SMB2\] 2.2.3.1.2.
    Encryption {
        /// Ciphers, the preferred first.
        ciphers: List<'a, CipherId>,
    },
    /// \[MS-SMB2\] 2.2.3.1.3.
    Compression {
        /// Flags.
        flags: CompressionFlags,
        /// CompressionAlgorithms.
        algorithms: List<'a, CompressionAlgorithmId>,
    },
    /// \[MS-SMB2\] 2.2.3.1.4.
    NetName {
        /// NetName: the server's name as the client knows it.
        name: Text<'a>,
    },
    /// \[MS-SMB2\] 2.2.3.1.5.
    Transport {
        /// Flags.
        flags: TransportFlags,
    },
    /// \[MS-SMB2\] 2.2.3.1.6.
    RdmaTransform {
        /// RDMATransformIds.
        transforms: List<'a, RdmaTransformId>,
    },
    /// \[MS-SMB2\] 2.2.3.1.7.
    Signing {
        /// SigningAlgorithms, the preferred first.
        algorithms: List<'a, SigningAlgorithmId>,
    },
    /// The POSIX extensions of Samba and Linux, in a type that \[MS-SMB2\] reserves.
    PosixExtensions {
        /// Which extensions.
        guid: Guid,
    },
    /// Of a type without a name, or too short to say anything.
    Unknown {
        /// Data as captured.
        data: &'a [u8],
    },
}

wire_value! {
    /// What a context is about, \[MS-SMB2\] 2.2.3.1.
    NegotiateContextType(u16) {
        /// Hashes over the setup.
        SMB2_PREAUTH_INTEGRITY_CAPABILITIES = 0x0001 => "PREAUTH_INTEGRITY_CAPABILITIES",
        /// Ciphers.
        SMB2_ENCRYPTION_CAPABILITIES = 0x0002 => "ENCRYPTION_CAPABILITIES",
        /// Compression.
        SMB2_COMPRESSION_CAPABILITIES = 0x0003 => "COMPRESSION_CAPABILITIES",
        /// The server's name.
        SMB2_NETNAME_NEGOTIATE_CONTEXT_ID = 0x0005 => "NETNAME_NEGOTIATE_CONTEXT_ID",
        /// The transport's security.
        SMB2_TRANSPORT_CAPABILITIES = 0x0006 => "TRANSPORT_CAPABILITIES",
        /// Transforms over RDMA.
        SMB2_RDMA_TRANSFORM_CAPABILITIES = 0x0007 => "RDMA_TRANSFORM_CAPABILITIES",
        /// Signing algorithms.
        SMB2_SIGNING_CAPABILITIES = 0x0008 => "SIGNING_CAPABILITIES",
        /// Reserved; POSIX extensions where Samba or Linux sends it.
        SMB2_CONTEXTTYPE_RESERVED = 0x0100 => "POSIX_EXTENSIONS",
    }
}

wire_value! {
    /// A hash over the setup, \[MS-SMB2\] 2.2.3.1.1.
    HashAlgorithmId(u16) {
        /// SHA-512.
        SHA_512 = 0x0001 => "SHA-512",
    }
}

wire_value! {
    /// A cipher, \[MS-SMB2\] 2.2.3.1.2.
    CipherId(u16) {
        /// In a response: no cipher that both sides have.
        NONE = 0x0000 => "none",
        /// AES-128-CCM.
        AES_128_CCM = 0x0001 => "AES-128-CCM",
        /// AES-128-GCM.
        AES_128_GCM = 0x0002 => "AES-128-GCM",
        /// AES-256-CCM.
        AES_256_CCM = 0x0003 => "AES-256-CCM",
        /// AES-256-GCM.
        AES_256_GCM = 0x0004 => "AES-256-GCM",
    }
}

wire_value! {
    /// A compression algorithm, \[MS-SMB2\] 2.2.3.1.3.
    CompressionAlgorithmId(u16) {
        /// No compression.
        NONE = 0x0000 => "none",
        /// LZNT1.
        LZNT1 = 0x0001 => "LZNT1",
        /// LZ77.
        LZ77 = 0x0002 => "LZ77",
        /// LZ77 with Huffman codes.
        LZ77_HUFFMAN = 0x0003 => "LZ77+Huffman",
        /// One byte, many times.
        PATTERN_V1 = 0x0004 => "Pattern_V1",
        /// LZ4.
        LZ4 = 0x0005 => "LZ4",
    }
}

wire_flags! {
    /// How messages are compressed, \[MS-SMB2\] 2.2.3.1.3.
    CompressionFlags(u32) {
        /// Several algorithms in one message.
        SMB2_COMPRESSION_CAPABILITIES_FLAG_CHAINED = 0x0000_0001 => "CHAINED",
    }
}

wire_flags! {
    /// What of the transport is relied on, \[MS-SMB2\] 2.2.3.1.5.
    TransportFlags(u32) {
        /// The transport's encryption stands for SMB's own.
        SMB2_ACCEPT_TRANSPORT_LEVEL_SECURITY = 0x0000_0001 => "ACCEPT_TRANSPORT_LEVEL_SECURITY",
    }
}

wire_value! {
    /// A transform of what goes over RDMA, \[MS-SMB2\] 2.2.3.1.6.
    RdmaTransformId(u16) {
        /// None.
        SMB2_RDMA_TRANSFORM_NONE = 0x0000 => "none",
        /// Encryption.
        SMB2_RDMA_TRANSFORM_ENCRYPTION = 0x0001 => "encryption",
        /// Signing.
        SMB2_RDMA_TRANSFORM_SIGNING = 0x0002 => "signing",
    }
}

wire_value! {
    /// A signing algorithm, \[MS-SMB2\] 2.2.3.1.7.
    SigningAlgorithmId(u16) {
        /// HMAC-SHA256.
        HMAC_SHA256 = 0x0000 => "HMAC-SHA256",
        /// AES-128-CMAC.
        AES_CMAC = 0x0001 => "AES-128-CMAC",
        /// AES-128-GMAC.
        AES_GMAC = 0x0002 => "AES-128-GMAC",
    }
}

/// Bytes of a context before its data.
const CONTEXT_HEADER_LEN: usize = 8;

/// The contexts that are still to be read.
struct Contexts<'a> {
    message: &'a [u8],
    /// Of the next context, from the start of the message.
    offset: usize,
    left: u16,
}

impl<'a> Iterator for Contexts<'a> {
    type Item = Result<NegotiateContext<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let context = context(self.message, self.offset);
        match &context {
            Ok(context) => {
                // Every context starts 8-byte aligned, so the one before it is filled up.
                let len = CONTEXT_HEADER_LEN + usize::from(context.data_length);
                self.offset = self.offset.saturating_add(len.next_multiple_of(8));
            }
            Err(_) => self.left = 0,
        }
        Some(context)
    }
}

/// The context at `offset` of `message`.
fn context(message: &[u8], offset: usize) -> Result<NegotiateContext<'_>, DecodeError> {
    let structure = Structure::Smb2NegotiateContext;
    if offset < Header::LEN {
        let kind = DecodeErrorKind::BufferOffset { offset, start: Header::LEN };
        return Err(structure.error(offset, kind));
    }
    let (context_type, data_length) =
        read_fields(structure, message, offset, CONTEXT_HEADER_LEN, context_header)?;
    let data_offset = offset.saturating_add(CONTEXT_HEADER_LEN);
    let from_data = message.get(data_offset..).unwrap_or_default();
    let needed = usize::from(data_length);
    let (captured, is_cut) = match from_data.get(..needed) {
        Some(whole) => (whole, false),
        None => (from_data, true),
    };
    let (data, is_whole) = read_data(context_type, captured);
    let problem = (is_cut || !is_whole).then(|| {
        let available = CONTEXT_HEADER_LEN + captured.len();
        // Where the data is all there, it is what its counts say that is not.
        let needed = if is_cut { CONTEXT_HEADER_LEN + needed } else { available + 1 };
        structure.error(offset, DecodeErrorKind::Truncated { needed, available })
    });
    Ok(NegotiateContext { context_type, data_length, data, problem })
}

/// ContextType and DataLength.
fn context_header(input: &[u8]) -> IResult<&[u8], (NegotiateContextType, u16)> {
    let (input, context_type) = le_u16(input)?;
    let (input, data_length) = le_u16(input)?;
    let (input, _reserved) = le_u32(input)?;
    Ok((input, (NegotiateContextType(context_type), data_length)))
}

/// What `data` says in a context of `context_type`, and whether it holds all that it should.
fn read_data(context_type: NegotiateContextType, data: &[u8]) -> (NegotiateContextData<'_>, bool) {
    let read = match context_type {
        NegotiateContextType::SMB2_PREAUTH_INTEGRITY_CAPABILITIES => preauth_integrity(data),
        NegotiateContextType::SMB2_ENCRYPTION_CAPABILITIES => encryption(data),
        NegotiateContextType::SMB2_COMPRESSION_CAPABILITIES => compression(data),
        NegotiateContextType::SMB2_NETNAME_NEGOTIATE_CONTEXT_ID => {
            let name = Text::Utf16(data);
            return (NegotiateContextData::NetName { name }, true);
        }
        NegotiateContextType::SMB2_TRANSPORT_CAPABILITIES => transport(data),
        NegotiateContextType::SMB2_RDMA_TRANSFORM_CAPABILITIES => rdma_transform(data),
        NegotiateContextType::SMB2_SIGNING_CAPABILITIES => signing(data),
        NegotiateContextType::SMB2_CONTEXTTYPE_RESERVED => posix_extensions(data),
        _ => return (NegotiateContextData::Unknown { data }, true),
    };
    match read {
        Ok((_, (context, is_whole))) => (context, is_whole),
        Err(_) => (NegotiateContextData::Unknown { data }, false),
    }
}

/// A context, and whether its lists are whole.
type Read<'a> = IResult<&'a [u8], (NegotiateContextData<'a>, bool)>;

fn preauth_integrity(input: &[u8]) -> Read<'_> {
    let (input, hash_algorithm_count) = le_u16(input)?;
    let (input, salt_length) = le_u16(input)?;
    let hash_algorithms = List::new(input, hash_algorithm_count);
    let from_salt = input.get(usize::from(hash_algorithm_count) * 2..).unwrap_or_default();
    let whole_salt = from_salt.get(..usize::from(salt_length));
    let is_whole = hash_algorithms.is_whole() && whole_salt.is_some();
    let salt = whole_salt.unwrap_or(from_salt);
    Ok((&[], (NegotiateContextData::PreauthIntegrity { hash_algorithms, salt }, is_whole)))
}

fn encryption(input: &[u8]) -> Read<'_> {
    let (input, cipher_count) = le_u16(input)?;
    let ciphers = List::new(input, cipher_count);
    let is_whole = ciphers.is_whole();
    Ok((&[], (NegotiateContextData::Encryption { ciphers }, is_whole)))
}

fn compression(input: &[u8]) -> Read<'_> {
    let (input, algorithm_count) = le_u16(input)?;
    let (input, _padding) = le_u16(input)?;
    let (input, flags) = le_u32(input)?;
    let algorithms = List::new(input, algorithm_count);
    let is_whole = algorithms.is_whole();
    let flags = CompressionFlags(flags);
    Ok((&[], (NegotiateContextData::Compression { flags, algorithms }, is_whole)))
}

fn transport(input: &[u8]) -> Read<'_> {
    let (input, flags) = le_u32(input)?;
    let flags = TransportFlags(flags);
    Ok((input, (NegotiateContextData::Transport { flags }, true)))
}

fn rdma_transform(input: &[u8]) -> Read<'_> {
    let (input, transform_count) = le_u16(input)?;
    let (input, _reserved1) = le_u16(input)?;
    let (input, _reserved2) = le_u32(input)?;
    let transforms = List::new(input, transform_count);
    let is_whole = transforms.is_whole();
    Ok((&[], (NegotiateContextData::RdmaTransform { transforms }, is_whole)))
}

fn signing(input: &[u8]) -> Read<'_> {
    let (input, signing_algorithm_count) = le_u16(input)?;
    let algorithms = List::new(input, signing_algorithm_count);
    let is_whole = algorithms.is_whole();
    Ok((&[], (NegotiateContextData::Signing { algorithms }, is_whole)))
}

fn posix_extensions(input: &[u8]) -> Read<'_> {
    // Early clients sent eight reserved bytes in the same type.
    if input.len() == 8 {
        return Ok((&[], (NegotiateContextData::Unknown { data: input }, true)));
    }
    let (input, guid) = bytes(input)?;
    Ok((input, (NegotiateContextData::PosixExtensions { guid: Guid(guid) }, true)))
}

#[cfg(test)]
mod tests {
    use super::{
        CipherId, CompressionAlgorithmId, CompressionFlags, HashAlgorithmId, NegotiateContext,
        NegotiateContextData, NegotiateContextType, NegotiateContexts, RdmaTransformId,
        SigningAlgorithmId, TransportFlags,
    };
    use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
    use crate::smb::testing::hex;

    /// A message that is 64 zero bytes and `contexts`.
    fn message(contexts: &str) -> Vec<u8> {
        let mut message = vec![0; 64];
        message.extend(hex(contexts));
        message
    }

    fn contexts(message: &[u8], count: u16) -> Vec<Result<NegotiateContext<'_>, DecodeError>> {
        NegotiateContexts::new(message, 64, count).iter().collect()
    }

    /// The one context of `message`, which must be read without a problem.
    fn only(message: &[u8]) -> NegotiateContextData<'_> {
        let contexts = contexts(message, 1);
        let [Ok(context)] = contexts.as_slice() else { panic!("{contexts:?}") };
        assert_eq!(context.problem, None);
        context.data
    }

    #[test]
    fn a_samba_client_sends_its_contexts_aligned() {
        let message = message(
            "0100 2600 00000000 0100 2000 0100
             8baaf8ecda5b720fdf38248910e9e6d9881da4db99ddaab5c4d3ba945ac9ca72 0000
             0200 0a00 00000000 0400 0200 0100 0400 0300 000000000000
             0800 0800 00000000 0300 0200 0100 0000
             0500 1400 00000000 3100390032002e0030002e0032002e0031003000",
        );
        let contexts = contexts(&message, 4);
        let data: Vec<_> = contexts.iter().map(|context| context.unwrap().data).collect();
        let [preauth, encryption, signing, netname] = data.as_slice() else { panic!("{data:?}") };
        let NegotiateContextData::PreauthIntegrity { hash_algorithms, salt } = preauth else {
            panic!("{preauth:?}")
        };
        assert_eq!(hash_algorithms.iter().collect::<Vec<_>>(), [HashAlgorithmId::SHA_512]);
        assert_eq!(salt.len(), 32);
        let NegotiateContextData::Encryption { ciphers } = encryption else {
            panic!("{encryption:?}")
        };
        let expected = [
            CipherId::AES_128_GCM,
            CipherId::AES_128_CCM,
            CipherId::AES_256_GCM,
            CipherId::AES_256_CCM,
        ];
        assert_eq!(ciphers.iter().collect::<Vec<_>>(), expected);
        let NegotiateContextData::Signing { algorithms } = signing else { panic!("{signing:?}") };
        let expected = [
            SigningAlgorithmId::AES_GMAC,
            SigningAlgorithmId::AES_CMAC,
            SigningAlgorithmId::HMAC_SHA256,
        ];
        assert_eq!(algorithms.iter().collect::<Vec<_>>(), expected);
        let NegotiateContextData::NetName { name } = netname else { panic!("{netname:?}") };
        assert_eq!(name.to_string(), "192.0.2.10");
    }

    #[test]
    fn the_other_types_are_read() {
        let compression = message("0300 0e00 00000000 0300 0000 01000000 0400 0200 0900");
        let NegotiateContextData::Compression { flags, algorithms } = only(&compression) else {
            panic!()
        };
        assert_eq!(flags, CompressionFlags::SMB2_COMPRESSION_CAPABILITIES_FLAG_CHAINED);
        let expected = [
            CompressionAlgorithmId::PATTERN_V1,
            CompressionAlgorithmId::LZ77,
            CompressionAlgorithmId(9),
        ];
        assert_eq!(algorithms.iter().collect::<Vec<_>>(), expected);

        let flags = TransportFlags::SMB2_ACCEPT_TRANSPORT_LEVEL_SECURITY;
        let transport = message("0600 0400 00000000 01000000");
        assert_eq!(only(&transport), NegotiateContextData::Transport { flags });

        let rdma = message("0700 0c00 00000000 0200 0000 00000000 0100 0200");
        let NegotiateContextData::RdmaTransform { transforms } = only(&rdma) else { panic!() };
        let expected = [
            RdmaTransformId::SMB2_RDMA_TRANSFORM_ENCRYPTION,
            RdmaTransformId::SMB2_RDMA_TRANSFORM_SIGNING,
        ];
        assert_eq!(transforms.iter().collect::<Vec<_>>(), expected);

        let posix = message("0001 1000 00000000 93ad25509cb411e7b42383de968bcd7c");
        let NegotiateContextData::PosixExtensions { guid } = only(&posix) else { panic!() };
        assert_eq!(guid.to_string(), "5025ad93-b49c-e711-b423-83de968bcd7c");

        let early_posix = message("0001 0800 00000000 0000000000000000");
        assert_eq!(only(&early_posix), NegotiateContextData::Unknown { data: &[0; 8] });
    }

    #[test]
    fn an_unknown_type_is_kept() {
        let message = message("3412 0300 00000000 aabbcc 0000000000 0600 0400 00000000 00000000");
        let contexts = contexts(&message, 2);
        let context = contexts[0].unwrap();
        assert_eq!(context.context_type, NegotiateContextType(0x1234));
        assert_eq!(context.context_type.name(), "0x1234");
        assert_eq!(context.data, NegotiateContextData::Unknown { data: &[0xaa, 0xbb, 0xcc] });
        assert_eq!(context.problem, None);
        let context_type = NegotiateContextType::SMB2_TRANSPORT_CAPABILITIES;
        assert_eq!(contexts[1].unwrap().context_type, context_type);
    }

    #[test]
    fn a_context_that_is_cut_gives_what_is_there() {
        let whole = message("0800 0800 00000000 0300 0200 0100 0000");
        let cut = &whole[..whole.len() - 3];
        let context = contexts(cut, 1)[0].unwrap();
        let NegotiateContextData::Signing { algorithms } = context.data else { panic!() };
        assert_eq!(algorithms.iter().collect::<Vec<_>>(), [SigningAlgorithmId::AES_GMAC]);
        let kind = DecodeErrorKind::Truncated { needed: 16, available: 13 };
        let problem = Structure::Smb2NegotiateContext.error(64, kind);
        assert_eq!(context.problem, Some(problem));
        for len in 0..whole.len() {
            let contexts = contexts(&whole[..len], 1);
            let is_whole = matches!(contexts[..], [Ok(NegotiateContext { problem: None, .. })]);
            assert!(!is_whole, "the first {len} bytes");
        }
    }

    #[test]
    fn a_count_beyond_the_data_is_a_problem() {
        let message = message("0200 0400 00000000 0900 0100 00000000");
        let context = contexts(&message, 1)[0].unwrap();
        let NegotiateContextData::Encryption { ciphers } = context.data else { panic!() };
        assert_eq!(ciphers.iter().collect::<Vec<_>>(), [CipherId::AES_128_CCM]);
        assert!(context.problem.is_some());
    }

    #[test]
    fn contexts_end_with_the_first_that_is_not_there() {
        let message = message("0600 0400 00000000 00000000");
        let contexts = contexts(&message, u16::MAX);
        assert_eq!(contexts.len(), 2);
        assert!(contexts[0].is_ok());
        assert!(contexts[1].is_err());
        let inside_header: Vec<_> = NegotiateContexts::new(&message, 8, 3).iter().collect();
        assert_eq!(inside_header.len(), 1);
        assert!(inside_header[0].is_err());
        let far: Vec<_> = NegotiateContexts::new(&message, u32::MAX, 3).iter().collect();
        assert_eq!(far.len(), 1);
        assert!(far[0].is_err());
    }
}
