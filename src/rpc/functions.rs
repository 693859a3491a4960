//! Functions that open a path, or notify a host, which their caller names: a server that is called
//! so authenticates to that host with its machine account.

use crate::smb::fields::Guid;

/// An interface with such functions.
#[derive(Debug, PartialEq, Eq)]
pub struct Interface {
    /// Which it is.
    pub service: Service,
    /// Its specification.
    pub name: &'static str,
    /// Its identifier. The version is not looked at: servers and clients disagree about some.
    pub uuid: Guid,
    functions: &'static [(u16, &'static str)],
}

/// What an interface is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Encrypted files.
    EncryptedFiles,
    /// Printers.
    Printing,
    /// The namespaces of DFS.
    DfsNamespaces,
    /// Shadow copies of shares.
    ShadowCopies,
    /// Event logs.
    EventLogs,
}

impl Interface {
    /// The interface with this identifier, where it is one of these.
    pub fn of(uuid: Guid) -> Option<&'static Interface> {
        INTERFACES.iter().find(|interface| interface.uuid == uuid)
    }

    /// The name of the function with this number, where it is one of these.
    pub fn function(&self, opnum: u16) -> Option<&'static str> {
        let found = self.functions.iter().find(|(number, _)| *number == opnum);
        found.map(|(_, name)| *name)
    }

    /// Whether the first argument is the bare name of a host.
    pub(super) fn takes_host(&self, opnum: u16) -> bool {
        self.service == Service::DfsNamespaces && (10..=15).contains(&opnum)
    }
}

/// \[MS-EFSR\] 3.1.4.2.
const EFSR: &[(u16, &str)] = &[
    (0, "EfsRpcOpenFileRaw"),
    (4, "EfsRpcEncryptFileSrv"),
    (5, "EfsRpcDecryptFileSrv"),
    (6, "EfsRpcQueryUsersOnFile"),
    (7, "EfsRpcQueryRecoveryAgents"),
    (8, "EfsRpcRemoveUsersFromFile"),
    (9, "EfsRpcAddUsersToFile"),
    (12, "EfsRpcFileKeyInfo"),
    (13, "EfsRpcDuplicateEncryptionInfoFile"),
    (15, "EfsRpcAddUsersToFileEx"),
    (16, "EfsRpcFileKeyInfoEx"),
    (18, "EfsRpcGetEncryptedFileMetadata"),
    (19, "EfsRpcSetEncryptedFileMetadata"),
    (21, "EfsRpcEncryptFileExSrv"),
    (22, "EfsRpcQueryProtectors"),
];

/// \[MS-RPRN\] 3.1.4.10.
const RPRN: &[(u16, &str)] = &[
    (62, "RpcRemoteFindFirstPrinterChangeNotification"),
    (65, "RpcRemoteFindFirstPrinterChangeNotificationEx"),
];

/// \[MS-DFSNM\] 3.1.4.
const DFSNM: &[(u16, &str)] = &[
    (1, "NetrDfsAdd"),
    (2, "NetrDfsRemove"),
    (10, "NetrDfsAddFtRoot"),
    (11, "NetrDfsRemoveFtRoot"),
    (12, "NetrDfsAddStdRoot"),
    (13, "NetrDfsRemoveStdRoot"),
    (15, "NetrDfsAddStdRootForced"),
    (19, "NetrDfsAdd2"),
];

/// \[MS-FSRVP\] 3.1.4.
const FSRVP: &[(u16, &str)] = &[(8, "IsPathSupported"), (9, "IsPathShadowCopied")];

/// \[MS-EVEN\] 3.1.4.
const EVEN: &[(u16, &str)] = &[(9, "ElfrOpenBELW")];

/// Every such interface.
const INTERFACES: &[Interface] = &[
    Interface {
        service: Service::EncryptedFiles,
        name: "MS-EFSR",
        uuid: uuid(0xdf19_41c5, 0xfe89, 0x4e79, 0xbf10_4636_57ac_f44d),
        functions: EFSR,
    },
    Interface {
        service: Service::EncryptedFiles,
        name: "MS-EFSR",
        uuid: uuid(0xc681_d488, 0xd850, 0x11d0, 0x8c52_00c0_4fd9_0f7e),
        functions: EFSR,
    },
    Interface {
        service: Service::Printing,
        name: "MS-RPRN",
        uuid: uuid(0x1234_5678, 0x1234, 0xabcd, 0xef00_0123_4567_89ab),
        functions: RPRN,
    },
    Interface {
        service: Service::DfsNamespaces,
        name: "MS-DFSNM",
        uuid: uuid(0x4fc7_42e0, 0x4a10, 0x11cf, 0x8273_00aa_004a_e673),
        functions: DFSNM,
    },
    Interface {
        service: Service::ShadowCopies,
        name: "MS-FSRVP",
        uuid: uuid(0xa8e0_653c, 0x2744, 0x4389, 0xa61d_7373_df8b_2292),
        functions: FSRVP,
    },
    Interface {
        service: Service::EventLogs,
        name: "MS-EVEN",
        uuid: uuid(0x8227_3fdc, 0xe32a, 0x18c3, 0x3f78_8279_29dc_23ea),
        functions: EVEN,
    },
];

/// The identifier that is written in these groups.
const fn uuid(first: u32, second: u16, third: u16, rest: u64) -> Guid {
    let [a, b, c, d] = first.to_le_bytes();
    let [e, f] = second.to_le_bytes();
    let [g, h] = third.to_le_bytes();
    let [i, j, k, l, m, n, o, p] = rest.to_be_bytes();
    Guid([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
}

#[cfg(test)]
mod tests {
    use super::{INTERFACES, Interface, Service};

    #[test]
    fn interfaces_are_known_by_their_identifiers() {
        let written: Vec<String> = INTERFACES.iter().map(|it| it.uuid.to_string()).collect();
        assert_eq!(
            written,
            [
                "df1941c5-fe89-4e79-bf10-463657acf44d",
                "c681d488-d850-11d0-8c52-00c04fd90f7e",
                "12345678-1234-abcd-ef00-0123456789ab",
                "4fc742e0-4a10-11cf-8273-00aa004ae673",
                "a8e0653c-2744-4389-a61d-7373df8b2292",
                "82273fdc-e32a-18c3-3f78-827929dc23ea",
            ]
        );
        let print = Interface::of(INTERFACES[2].uuid).unwrap();
        assert_eq!(print.service, Service::Printing);
        assert_eq!(print.function(65), Some("RpcRemoteFindFirstPrinterChangeNotificationEx"));
        assert_eq!(print.function(1), None);
        assert_eq!(Interface::of(Default::default()), None);
    }
}
