//! What Wireshark finds in the tunnels of the same files, as recorded in `innermost-4.0.17.tsv`, and
//! where the two differ and why.

use std::fs;

use super::{folder, read};

/// The record, which needs no Wireshark to be compared with.
const RECORD: &str = include_str!("innermost-4.0.17.tsv");

/// What is read differently here: the file, TCP and UDP packets found, and why.
const DIFFERENCES: &[(&str, [u64; 2], &str)] = &[
    (
        "pppoe/27_pppoe_session_capture_truncated_ipv4_udp_caplen_lt_origlen.pcap",
        [0, 0],
        "the packet is cut where the UDP header would start",
    ),
    ("pppoe/28_pppoe_session_unsupported_version_with_ipv4_trailer.pcap", [0, 0], NO_SESSION),
    ("pppoe/29_pppoe_session_unsupported_type_with_ipv4_trailer.pcap", [0, 0], NO_SESSION),
    ("pppoe/30_pppoe_session_unsupported_code_with_ipv4_trailer.pcap", [0, 0], NO_SESSION),
    ("pppoe/33_pppoe_same_session_id_supported_and_unsupported_code.pcap", [0, 1], NO_SESSION),
    ("vxlan/05_vxlan_truncated_header.pcap", [0, 1], CUT_VXLAN),
    (
        "vxlan/15_vxlan_wrong_udp_port_valid_vxlan_payload.pcap",
        [1, 0],
        "VXLAN is found by its contents on any port",
    ),
    ("linux_cooked/04_sll_vlan_ipv4_udp_unsupported.pcap", [0, 1], CUT_VXLAN),
];

const CUT_VXLAN: &str = "a datagram that ends within the VXLAN header is a datagram all the same";

const NO_SESSION: &str = "RFC 2516 knows no session data with another version, type or code";

#[test]
fn tunnels_hold_what_wireshark_finds_in_them() {
    let folder = folder().join("containers/PcapFlowLab");
    if !folder.is_dir() {
        eprintln!("0 compared, all skipped: there is no folder {}", folder.display());
        return;
    }
    let mut wrong = Vec::new();
    let mut compared = 0;
    for line in RECORD.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [path, tcp, udp] = columns[..] else { panic!("{line}") };
        let Ok(bytes) = fs::read(folder.join(path)) else {
            eprintln!("skipped: {path} is not there");
            continue;
        };
        let kinds = read(&bytes, 1 << 20).kinds;
        let found = ["tcp", "udp"].map(|kind| kinds.get(kind).copied().unwrap_or(0));
        let recorded = [tcp, udp].map(|count| count.parse().unwrap());
        let known = DIFFERENCES.iter().find(|(file, ..)| *file == path);
        let expected = known.map_or(recorded, |(_, differently, _)| *differently);
        if found != expected || known.is_some_and(|(_, differently, _)| *differently == recorded) {
            wrong.push(format!("{path}: {found:?} here, {recorded:?} in Wireshark"));
        }
        compared += 1;
    }
    eprintln!("{compared} compared with Wireshark, {} differences explained", DIFFERENCES.len());
    assert!(wrong.is_empty(), "differences that are not explained:\n{}", wrong.join("\n"));
    assert!(compared > 100, "the folder has the recorded files");
}
