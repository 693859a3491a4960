//! AV pairs: what a server says about itself and a client about its aim, \[MS-NLMP\] 2.2.2.1.

use std::fmt;

use crate::auth::ntlmssp::Encoding;

/// A list of AV pairs, as it stands in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AvPairs<'a>(pub &'a [u8]);

/// AV_PAIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvPair<'a> {
    /// `[0..2]` AvId.
    pub id: AvId,
    /// `[4..]` Value, as long as AvLen `[2..4]` says.
    pub value: &'a [u8],
}

/// AvId: what a pair says. A value that the specification does not name is kept as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AvId(pub u16);

impl AvId {
    /// The last of the list.
    pub const EOL: AvId = AvId(0x0000);
    /// The server's NetBIOS name.
    pub const NB_COMPUTER_NAME: AvId = AvId(0x0001);
    /// The server's NetBIOS domain.
    pub const NB_DOMAIN_NAME: AvId = AvId(0x0002);
    /// The server's DNS name.
    pub const DNS_COMPUTER_NAME: AvId = AvId(0x0003);
    /// The server's DNS domain.
    pub const DNS_DOMAIN_NAME: AvId = AvId(0x0004);
    /// The DNS name of the server's forest.
    pub const DNS_TREE_NAME: AvId = AvId(0x0005);
    /// [`AvFlags`].
    pub const FLAGS: AvId = AvId(0x0006);
    /// The server's time, a [`FileTime`].
    pub const TIMESTAMP: AvId = AvId(0x0007);
    /// Single_Host_Data, \[MS-NLMP\] 2.2.2.2.
    pub const SINGLE_HOST: AvId = AvId(0x0008);
    /// The service principal name that the client aims at.
    pub const TARGET_NAME: AvId = AvId(0x0009);
    /// The hash of the channel's bindings; zero where there are none.
    pub const CHANNEL_BINDINGS: AvId = AvId(0x000a);

    /// The specification's name.
    pub fn name(self) -> Option<&'static str> {
        match self {
            AvId::EOL => Some("MsvAvEOL"),
            AvId::NB_COMPUTER_NAME => Some("MsvAvNbComputerName"),
            AvId::NB_DOMAIN_NAME => Some("MsvAvNbDomainName"),
            AvId::DNS_COMPUTER_NAME => Some("MsvAvDnsComputerName"),
            AvId::DNS_DOMAIN_NAME => Some("MsvAvDnsDomainName"),
            AvId::DNS_TREE_NAME => Some("MsvAvDnsTreeName"),
            AvId::FLAGS => Some("MsvAvFlags"),
            AvId::TIMESTAMP => Some("MsvAvTimestamp"),
            AvId::SINGLE_HOST => Some("MsvAvSingleHost"),
            AvId::TARGET_NAME => Some("MsvAvTargetName"),
            AvId::CHANNEL_BINDINGS => Some("MsvAvChannelBindings"),
            AvId(_) => None,
        }
    }

    /// Whether the value is text, which is UTF-16 whatever the message's flags say.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            AvId::NB_COMPUTER_NAME
                | AvId::NB_DOMAIN_NAME
                | AvId::DNS_COMPUTER_NAME
                | AvId::DNS_DOMAIN_NAME
                | AvId::DNS_TREE_NAME
                | AvId::TARGET_NAME
        )
    }
}

impl fmt::Display for AvId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "AvId {:#06x}", self.0),
        }
    }
}

/// The value of MsvAvFlags. Bits without a name are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AvFlags(pub u32);

impl AvFlags {
    /// The account's authentication is constrained.
    pub const CONSTRAINED: AvFlags = AvFlags(0x0000_0001);
    /// The AUTHENTICATE message carries a MIC.
    pub const MIC: AvFlags = AvFlags(0x0000_0002);
    /// The service principal name comes from an untrusted source.
    pub const UNTRUSTED_TARGET_NAME: AvFlags = AvFlags(0x0000_0004);

    /// Whether every bit of `other` is set.
    pub fn contains(self, other: AvFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl fmt::Display for AvFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

/// FILETIME, \[MS-DTYP\] 2.3.3: steps of 100 ns since 1601-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

impl FileTime {
    /// Steps from 1601 to the Unix epoch.
    const UNIX_EPOCH: i128 = 116_444_736_000_000_000;

    /// Nanoseconds since the Unix epoch; `None` for zero, which means "no time", and for times
    /// that 64 bits do not hold.
    pub fn unix_nanoseconds(self) -> Option<i64> {
        match self.0 {
            0 => None,
            steps => i64::try_from((i128::from(steps) - FileTime::UNIX_EPOCH) * 100).ok(),
        }
    }
}

impl<'a> AvPairs<'a> {
    /// The pairs in their order, without the one that ends the list.
    pub fn iter(&self) -> impl Iterator<Item = AvPair<'a>> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (pair, after) = AvPair::split(rest)?;
            rest = after;
            (pair.id != AvId::EOL).then_some(pair)
        })
        .fuse()
    }

    /// Whether the list ends as it has to, with MsvAvEOL.
    pub fn is_complete(&self) -> bool {
        let mut rest = self.0;
        while let Some((pair, after)) = AvPair::split(rest) {
            if pair.id == AvId::EOL {
                return true;
            }
            rest = after;
        }
        false
    }

    /// The value of the first pair that says `id`.
    pub fn value(&self, id: AvId) -> Option<&'a [u8]> {
        self.iter().find(|pair| pair.id == id).map(|pair| pair.value)
    }

    /// The text of the first pair that says `id`.
    pub fn text(&self, id: AvId) -> Option<String> {
        self.iter().find(|pair| pair.id == id)?.text()
    }

    /// MsvAvFlags.
    pub fn flags(&self) -> Option<AvFlags> {
        let bytes = self.value(AvId::FLAGS)?.first_chunk()?;
        Some(AvFlags(u32::from_le_bytes(*bytes)))
    }

    /// MsvAvTimestamp.
    pub fn timestamp(&self) -> Option<FileTime> {
        let bytes = self.value(AvId::TIMESTAMP)?.first_chunk()?;
        Some(FileTime(u64::from_le_bytes(*bytes)))
    }

    /// MachineID of MsvAvSingleHost: random, and the same until the client restarts.
    pub fn machine_id(&self) -> Option<[u8; 32]> {
        let single_host = self.value(AvId::SINGLE_HOST)?;
        // Size, Z4 and CustomData stand before it.
        single_host.get(16..)?.first_chunk().copied()
    }

    /// MsvAvTargetName: the service principal name that the client aims at.
    pub fn target_name(&self) -> Option<String> {
        self.text(AvId::TARGET_NAME)
    }

    /// MsvAvChannelBindings, unless it says that there are none.
    pub fn channel_bindings(&self) -> Option<[u8; 16]> {
        let hash = self.value(AvId::CHANNEL_BINDINGS)?.first_chunk().copied()?;
        (hash != [0; 16]).then_some(hash)
    }
}

impl<'a> AvPair<'a> {
    /// The pair that `list` starts with, and what follows it.
    fn split(list: &'a [u8]) -> Option<(AvPair<'a>, &'a [u8])> {
        let (&id, rest) = list.split_first_chunk()?;
        let (&len, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(len)))?;
        Some((AvPair { id: AvId(u16::from_le_bytes(id)), value }, rest))
    }

    /// The value as text, where the pair says text. NULs at its end, as macOS sends, are left out.
    pub fn text(&self) -> Option<String> {
        let text = self.id.is_text().then(|| Encoding::Unicode.decode(self.value))?;
        Some(text.trim_end_matches('\0').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(id: u8, value: &[u8]) -> Vec<u8> {
        [&[id, 0, u8::try_from(value.len()).unwrap(), 0], value].concat()
    }

    #[test]
    fn every_pair_in_order_until_the_end() {
        let list = [pair(1, b"F\0S\0\0\0"), pair(0x77, &[9]), pair(0, &[]), pair(2, &[])].concat();
        let pairs = AvPairs(&list);
        let ids: Vec<_> = pairs.iter().map(|pair| pair.id.to_string()).collect();
        assert_eq!(ids, ["MsvAvNbComputerName", "AvId 0x0077"]);
        assert_eq!(pairs.value(AvId(0x77)), Some(&[9][..]));
        assert_eq!(pairs.text(AvId(0x77)), None);
        assert_eq!(pairs.text(AvId::NB_COMPUTER_NAME).as_deref(), Some("FS"));
        assert_eq!(pairs.value(AvId::NB_DOMAIN_NAME), None);
        assert!(pairs.is_complete());
    }

    #[test]
    fn values_of_fixed_width() {
        let hash: Vec<u8> = (0..16).collect();
        let host: Vec<u8> = (0..48).collect();
        let list = [pair(6, &[6, 0, 0, 0]), pair(10, &hash), pair(8, &host)].concat();
        let pairs = AvPairs(&list);
        assert_eq!(pairs.flags(), Some(AvFlags(6)));
        assert_eq!(pairs.flags().map(|flags| flags.to_string()).as_deref(), Some("0x00000006"));
        assert_eq!(pairs.channel_bindings().map(|hash| hash[15]), Some(15));
        assert_eq!(pairs.machine_id().map(|id| (id[0], id[31])), Some((16, 47)));
        assert!(!pairs.is_complete());
        let short = [pair(6, &[6]), pair(7, &[]), pair(10, &[1]), pair(8, &host[..47])].concat();
        let pairs = AvPairs(&short);
        assert_eq!((pairs.flags(), pairs.timestamp()), (None, None));
        assert_eq!((pairs.channel_bindings(), pairs.machine_id()), (None, None));
    }

    #[test]
    fn no_channel_bindings() {
        assert_eq!(AvPairs(&pair(10, &[0; 16])).channel_bindings(), None);
    }

    #[test]
    fn a_pair_that_is_cut_ends_the_list() {
        let list = [pair(2, b"D\0"), pair(1, b"F\0S\0")].concat();
        for len in 0..list.len() {
            let pairs = AvPairs(&list[..len]);
            assert_eq!(pairs.iter().count(), usize::from(len >= 6));
            assert!(!pairs.is_complete());
        }
    }

    #[test]
    fn times_since_1601() {
        assert_eq!(FileTime(0).unix_nanoseconds(), None);
        assert_eq!(FileTime(116_444_736_000_000_001).unix_nanoseconds(), Some(100));
        assert_eq!(FileTime(116_444_735_999_999_999).unix_nanoseconds(), Some(-100));
        assert_eq!(FileTime(1).unix_nanoseconds(), None);
        assert_eq!(FileTime(u64::MAX).unix_nanoseconds(), None);
    }
}
