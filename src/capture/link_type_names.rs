//! The names of link types, as the list of tcpdump.org has them, without their prefix.

/// The number of the first of some link types, and their names in order of their numbers.
type Names = (u32, &'static [&'static str]);

/// All names, in order of their numbers.
const NAMES: &[Names] = &[
    (
        0,
        &[
            "NULL",
            "ETHERNET",
            "EXP_ETHERNET",
            "AX25",
            "PRONET",
            "CHAOS",
            "IEEE802_5",
            "ARCNET_BSD",
            "SLIP",
            "PPP",
            "FDDI",
        ],
    ),
    (50, &["PPP_HDLC", "PPP_ETHER"]),
    (99, &["SYMANTEC_FIREWALL", "ATM_RFC1483", "RAW"]),
    (104, &["C_HDLC", "IEEE802_11", "ATM_CLIP", "FRELAY", "LOOP", "ENC"]),
    (
        112,
        &[
            "NETBSD_HDLC",
            "LINUX_SLL",
            "LTALK",
            "ECONET",
            "IPFILTER",
            "PFLOG",
            "CISCO_IOS",
            "IEEE802_11_PRISM",
            "AIRONET_HEADER",
        ],
    ),
    (
        122,
        &[
            "IP_OVER_FC",
            "SUNATM",
            "RIO",
            "PCI_EXP",
            "AURORA",
            "IEEE802_11_RADIOTAP",
            "TZSP",
            "ARCNET_LINUX",
            "JUNIPER_MLPPP",
            "JUNIPER_MLFR",
            "JUNIPER_ES",
            "JUNIPER_GGSN",
            "JUNIPER_MFR",
            "JUNIPER_ATM2",
            "JUNIPER_SERVICES",
            "JUNIPER_ATM1",
            "APPLE_IP_OVER_IEEE1394",
            "MTP2_WITH_PHDR",
            "MTP2",
            "MTP3",
            "SCCP",
            "DOCSIS",
            "LINUX_IRDA",
            "IBM_SP",
            "IBM_SN",
        ],
    ),
    (
        163,
        &[
            "IEEE802_11_AVS",
            "JUNIPER_MONITOR",
            "BACNET_MS_TP",
            "PPP_PPPD",
            "JUNIPER_PPPOE",
            "JUNIPER_PPPOE_ATM",
            "GPRS_LLC",
            "GPF_T",
            "GPF_F",
            "GCOM_T1E1",
            "GCOM_SERIAL",
            "JUNIPER_PIC_PEER",
            "ERF_ETH",
            "ERF_POS",
            "LINUX_LAPD",
            "JUNIPER_ETHER",
            "JUNIPER_PPP",
            "JUNIPER_FRELAY",
            "JUNIPER_CHDLC",
            "MFR",
            "JUNIPER_VP",
            "A429",
            "A653_ICM",
            "USB_FREEBSD",
            "BLUETOOTH_HCI_H4",
            "IEEE802_16_MAC_CPS",
            "USB_LINUX",
            "CAN20B",
            "IEEE802_15_4_LINUX",
            "PPI",
            "IEEE802_16_MAC_CPS_RADIO",
            "JUNIPER_ISM",
            "IEEE802_15_4_WITHFCS",
            "SITA",
            "ERF",
            "RAIF1",
            "IPMB_KONTRON",
            "JUNIPER_ST",
            "BLUETOOTH_HCI_H4_WITH_PHDR",
            "AX25_KISS",
            "LAPD",
            "PPP_WITH_DIR",
            "C_HDLC_WITH_DIR",
            "FRELAY_WITH_DIR",
            "LAPB_WITH_DIR",
        ],
    ),
    (
        209,
        &[
            "IPMB_LINUX",
            "FLEXRAY",
            "MOST",
            "LIN",
            "X2E_SERIAL",
            "X2E_XORAYA",
            "IEEE802_15_4_NONASK_PHY",
            "LINUX_EVDEV",
            "GSMTAP_UM",
            "GSMTAP_ABIS",
            "MPLS",
            "USB_LINUX_MMAPPED",
            "DECT",
            "AOS",
            "WIHART",
            "FC_2",
            "FC_2_WITH_FRAME_DELIMS",
            "IPNET",
            "CAN_SOCKETCAN",
            "IPV4",
            "IPV6",
            "IEEE802_15_4_NOFCS",
            "DBUS",
            "JUNIPER_VS",
            "JUNIPER_SRX_E2E",
            "JUNIPER_FIBRECHANNEL",
            "DVB_CI",
            "MUX27010",
            "STANAG_5066_D_PDU",
            "JUNIPER_ATM_CEMIC",
            "NFLOG",
            "NETANALYZER",
            "NETANALYZER_TRANSPARENT",
            "IPOIB",
            "MPEG_2_TS",
            "NG40",
            "NFC_LLCP",
            "PFSYNC",
            "INFINIBAND",
            "SCTP",
            "USBPCAP",
            "RTAC_SERIAL",
            "BLUETOOTH_LE_LL",
            "WIRESHARK_UPPER_PDU",
            "NETLINK",
            "BLUETOOTH_LINUX_MONITOR",
            "BLUETOOTH_BREDR_BB",
            "BLUETOOTH_LE_LL_WITH_PHDR",
            "PROFIBUS_DL",
            "PKTAP",
            "EPON",
            "IPMI_HPM_2",
            "ZWAVE_R1_R2",
            "ZWAVE_R3",
            "WATTSTOPPER_DLM",
            "ISO_14443",
            "RDS",
            "USB_DARWIN",
            "OPENFLOW",
            "SDLC",
            "TI_LLN_SNIFFER",
            "LORATAP",
            "VSOCK",
            "NORDIC_BLE",
            "DOCSIS31_XRA31",
            "ETHERNET_MPACKET",
            "DISPLAYPORT_AUX",
            "LINUX_SLL2",
            "SERCOS_MONITOR",
            "OPENVIZSLA",
            "EBHSCR",
            "VPP_DISPATCH",
            "DSA_TAG_BRCM",
            "DSA_TAG_BRCM_PREPEND",
            "IEEE802_15_4_TAP",
            "DSA_TAG_DSA",
            "DSA_TAG_EDSA",
            "ELEE",
            "ZWAVE_SERIAL",
            "USB_2_0",
            "ATSC_ALP",
            "ETW",
            "NETANALYZER_NG",
            "ZBOSS_NCP",
            "USB_2_0_LOW_SPEED",
            "USB_2_0_FULL_SPEED",
            "USB_2_0_HIGH_SPEED",
            "AUERSWALD_LOG",
            "ZWAVE_TAP",
            "SILABS_DEBUG_CHANNEL",
            "FIRA_UCI",
        ],
    ),
];

/// The name of the link type `number`, where it has one.
pub(super) fn name(number: u32) -> Option<&'static str> {
    NAMES.iter().find_map(|(first, names)| {
        let place = usize::try_from(number.checked_sub(*first)?).ok()?;
        names.get(place).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::{NAMES, name};

    #[test]
    fn numbers_are_in_order_and_each_has_its_own_name() {
        let mut next = 0;
        let mut seen = std::collections::HashSet::new();
        for (first, names) in NAMES {
            assert!(*first >= next, "{first}");
            next = first + names.len() as u32 + 1;
            assert!(names.iter().all(|name| seen.insert(*name)));
        }
    }

    #[test]
    fn numbers_without_a_name_have_none() {
        assert_eq!(name(137), Some("JUNIPER_ATM1"));
        assert_eq!(name(178), Some("JUNIPER_ETHER"));
        assert_eq!(name(276), Some("LINUX_SLL2"));
        for number in [11, 12, 52, 147, 162, 208, 300, u32::MAX] {
            assert_eq!(name(number), None, "{number}");
        }
    }
}
