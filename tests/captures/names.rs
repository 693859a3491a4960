//! The names of hosts in public captures, as Wireshark shows them in the packets named.

use std::fs;

use countersign::report::NameSource;

use crate::folder;
use crate::support::analyze;

/// A host's name: the capture, the address, the name, its source, its NetBIOS suffix, its packet.
type Known = (&'static str, &'static str, &'static str, NameSource, Option<u8>, u64);

const ZEEK: &str = "zeek__zeek__testing__btest__Traces__smb__smb_v2_only_non_zero_reserved1.pcap";
const NMAP: &str = "studylab1__SAMR-Enum-Lab__Resources__nmap.pcapng";
const ARKIME: &str = "arkime__arkime__tests__pcap__wireshark-smb-on-windows10.pcap";
const KERBEROS: &str = "zeek__zeek__testing__btest__Traces__dce-rpc__kerberos445_auth.pcapng";

const KNOWN: [Known; 13] = [
    (ZEEK, "172.31.112.16", "WIN-SVV-PC1", NameSource::NtlmTargetInfo, None, 10),
    (ZEEK, "172.31.112.17", "WIN-I82B81NSLLJ", NameSource::Nbns, Some(0x20), 130),
    (ZEEK, "172.31.112.17", "WORKGROUP", NameSource::Nbns, Some(0x00), 130),
    (ZEEK, "172.31.112.17", "WIN-I82B81NSLLJ", NameSource::Llmnr, None, 132),
    (ZEEK, "172.31.112.17", "WIN-I82B81NSLLJ", NameSource::NtlmWorkstation, None, 11),
    (NMAP, "192.168.10.11", "xdc1.domain-x.local", NameSource::Dns, None, 4),
    (NMAP, "192.168.10.11", "XDC1", NameSource::Nbns, Some(0x20), 9),
    (NMAP, "192.168.10.11", "DOMAIN-X", NameSource::Nbns, Some(0x1c), 9),
    (ARKIME, "192.168.199.1", "SCV", NameSource::NetbiosSession, Some(0x20), 3),
    (ARKIME, "192.168.199.133", "DESKTOP-V1FA0UQ", NameSource::NetbiosSession, Some(0x00), 3),
    (ARKIME, "192.168.199.1", "SCV", NameSource::TreeConnect, None, 23),
    (KERBEROS, "10.10.10.100", "BLACKCLOVER-DC", NameSource::KerberosService, None, 10),
    (KERBEROS, "10.10.10.100", "BLACKCLOVER-DC", NameSource::Netname, None, 6),
];

#[test]
fn hosts_have_the_names_that_their_packets_give() {
    let Some(folder) = folder() else { return };
    for (file, address, name, source, suffix, packet) in KNOWN {
        let report = analyze(file, &fs::read(folder.join("public").join(file)).unwrap()).unwrap();
        let host = report.hosts.iter().find(|host| host.address == address).unwrap();
        let found = host
            .name_sources
            .iter()
            .find(|it| (it.name.as_str(), it.source, it.netbios_suffix) == (name, source, suffix));
        let found = found.unwrap_or_else(|| panic!("{file}: {address} is not {name}"));
        assert_eq!(found.packet, Some(packet), "{file}: {address} {name}");
        let is_own = !["WORKGROUP", "DOMAIN-X"].contains(&name);
        assert_eq!(host.names.iter().any(|own| own == name), is_own, "{file}: {name}");
    }
}
